"""Players: whatever can be asked for a move, and the strings that name them."""
