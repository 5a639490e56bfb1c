"""The checks of a machine: reads its facts, and judges them."""
