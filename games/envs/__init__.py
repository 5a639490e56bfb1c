"""Games as environments: batches, and the interfaces of Gymnasium and PettingZoo."""
