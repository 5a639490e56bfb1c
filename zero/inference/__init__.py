"""The network's forward pass: on the processor in one of several backends, or on a GPU."""
