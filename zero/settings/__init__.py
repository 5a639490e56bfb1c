"""The settings of a run: what they are, their presets, and where they come from."""
