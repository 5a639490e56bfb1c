"""Networks, learners, checkpoints, the training run, and the `zero` command."""

import os

# OpenMP threads that wait should sleep, not spin: on a machine that does anything else, a spinning
# team makes a learner step ten times slower. It is read once, when torch is loaded.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
