"""Games whose rules are a Python class: what authors subclass, and how it becomes a `Game`."""
