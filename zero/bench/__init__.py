"""The speed of this machine: self-play and its limit, and a search for better settings."""
