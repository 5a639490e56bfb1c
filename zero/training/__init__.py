"""The training run: phases of experience and learning, until it is over."""
