"""Learning: what turns experience into a better network."""
