"""The checks of a machine: what is read from it, and what that says."""
