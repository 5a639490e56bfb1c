"""Matches between two players, and the openings that they start from."""
