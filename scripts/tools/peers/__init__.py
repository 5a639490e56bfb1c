"""The programs that bench_peers.py runs in turns, and what it needs to run them."""
