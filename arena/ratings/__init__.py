"""What results prove: Elo from pairs of games, with intervals."""
