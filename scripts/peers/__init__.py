"""The programs that scripts/bench_peers.py runs in turns, and what it needs to run them."""
