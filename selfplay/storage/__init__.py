"""Stores what self-play produces: game records in SQLite, under a lock, durably."""
