"""What results prove: Elo from pairs of games, and intervals."""
