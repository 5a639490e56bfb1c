"""Where a learner's games come from."""
