"""Players, matches between them, what the results prove, and the terminal board."""
