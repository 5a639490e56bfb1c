"""Players choose moves; strings name them."""

# Each kind of player registers itself when it is imported.
from arena.players import one_ply as one_ply
from arena.players import random as random
from arena.players import rollouts as rollouts
