"""`zero doctor`: what is wrong with a machine or a run, and what to do about it.

`machine` and `run` collect the findings. `probe` and `evidence` gather the facts that the checks
judge, so that a check is a function of plain facts.
"""
