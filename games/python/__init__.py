"""Games whose rules are written in Python: what an author subclasses, and how it is made a `Game`."""
