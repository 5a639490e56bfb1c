"""`python -m zero` is the `zero` command."""

from zero.cli import main

main()
