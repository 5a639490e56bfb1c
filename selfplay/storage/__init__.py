"""What self-play leaves on disk: game records in SQLite, under a lock, durably."""
