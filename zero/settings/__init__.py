"""The settings of a run: what there are, their presets, and their way to the native core."""
