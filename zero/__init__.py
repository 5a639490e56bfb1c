"""Networks, learners, checkpoints, the training run, and the `zero` command."""
