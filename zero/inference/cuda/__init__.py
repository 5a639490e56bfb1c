"""The network on a GPU."""
