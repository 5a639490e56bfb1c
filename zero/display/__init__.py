"""What a person sees of a run: a panel while it goes on, a report afterwards."""
