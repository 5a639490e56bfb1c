"""A training run: its directory, its database, its phases, and its resumption."""
