"""How strong a checkpoint is: when it is rated, and the player it becomes."""
