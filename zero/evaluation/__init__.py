"""How strong a checkpoint is: when it is rated, and as what it plays."""
