"""Random numbers as a pure function of (seed, game id, ply): `selfplay/native/support/rng.hpp`."""

import math

from selfplay.reference.arithmetic import total

MASK = 2**64 - 1
GOLDEN = 0x9E3779B97F4A7C15


def mix64(x: int) -> int:
    """The finaliser of SplitMix64 of x + GOLDEN (Steele, Lea & Flood 2014)."""
    x = (x + GOLDEN) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


class Rng:
    """SplitMix64, seeded by (seed, game id, ply).

    The draws of one ply, in order: whether the search is full (one `uniform`, only if cheap
    searches are on), the root noise in the order of the legal actions (only if the search has
    noise), and the choice of the action.
    """

    def __init__(self, seed: int, game_id: int = 0, ply: int = 0):
        self.state = mix64(mix64(mix64(seed) ^ game_id) ^ ply)

    def next(self) -> int:
        """The next 64 random bits."""
        value = mix64(self.state)
        self.state = (self.state + GOLDEN) & MASK
        return value

    def uniform(self) -> float:
        """Uniform in [0, 1), 53 bits."""
        return (self.next() >> 11) * 2.0**-53

    def uniform_open(self) -> float:
        """Uniform in (0, 1), 52 bits: the half beside them is exact."""
        return ((self.next() >> 12) + 0.5) * 2.0**-52

    def gumbel(self) -> float:
        """Standard Gumbel."""
        return -math.log(-math.log(self.uniform_open()))

    def normal(self) -> float:
        """Standard normal: the cosine branch of Box and Muller (1958)."""
        u1 = self.uniform_open()
        u2 = self.uniform_open()
        return math.sqrt(-2.0 * math.log(u1)) * math.cos(2.0 * math.pi * u2)

    def gamma(self, alpha: float) -> float:
        """Gamma(alpha, 1), by Marsaglia and Tsang (2000)."""
        if alpha < 1.0:
            larger = self.gamma(alpha + 1.0)
            return larger * math.pow(self.uniform_open(), 1.0 / alpha)
        d = alpha - 1.0 / 3.0
        c = 1.0 / math.sqrt(9.0 * d)
        while True:
            x = self.normal()
            t = 1.0 + c * x
            if t <= 0.0:
                continue
            v = t * t * t
            u = self.uniform_open()
            if math.log(u) < 0.5 * x * x + d - d * v + d * math.log(v):
                return d * v

    def dirichlet(self, alpha: float, size: int) -> list[float]:
        """A symmetric Dirichlet sample; uniform if every gamma underflows to 0."""
        gammas = [self.gamma(alpha) for _ in range(size)]
        norm = total(gammas)
        return [g / norm if norm > 0.0 else 1.0 / size for g in gammas]
