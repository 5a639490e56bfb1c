"""Seeds as a pure function of their purpose, never of the order of work."""

_MASK = (1 << 64) - 1


def mix(*parts: int) -> int:
    """A 64-bit seed from any whole numbers, such as (match seed, game, ply)."""
    state = 0
    for part in parts:
        state = _split_mix((state ^ part) & _MASK)
    return state


def _split_mix(x: int) -> int:
    # The finaliser of SplitMix64 (Steele, Lea and Flood 2014).
    x = (x + 0x9E3779B97F4A7C15) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    return x ^ (x >> 31)
