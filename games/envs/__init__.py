"""Games as environments: batches, and the faces that Gymnasium and PettingZoo ask for."""
