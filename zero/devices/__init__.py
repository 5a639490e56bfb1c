"""Cores of the processor, and what only a GPU has."""
