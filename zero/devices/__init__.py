"""Cores of the processor, and everything that needs a GPU."""
