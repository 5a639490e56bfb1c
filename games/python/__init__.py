"""Games whose rules are a Python class: what an author subclasses, and how it is made a `Game`."""
