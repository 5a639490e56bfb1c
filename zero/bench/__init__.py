"""The speed of this machine: self-play beside its limit, and the search for better settings."""
