"""Games in Python, to read and to copy: each is named `games.examples.MODULE:Class`."""
