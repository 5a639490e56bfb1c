"""The evaluation cache keeps its promise: what was answered last under a key, or nothing."""

import random
import struct
from collections import Counter

import pytest

from zero_core.selfplay import EvaluationCache

Answer = tuple[list[float], list[float]]


def answer(draw: random.Random, count: int) -> Answer:
    """Numbers that a float32 holds exactly."""
    logits = [draw.randint(-(2**20), 2**20) / 2**16 for _ in range(count)]
    return logits, [draw.randint(0, 2**20) / 2**20 for _ in range(3)]


@pytest.mark.parametrize("counts", [(7, 7), (1, 9), (1, 218), (0, 1)])
@pytest.mark.parametrize("size", [0, 1, 63, 200, 1000, 5000, 60_000])
def test_it_answers_what_was_said_last_or_nothing(size: int, counts: tuple[int, int]) -> None:
    """Against a dict, with few keys that come often, through many turns of the ring."""
    draw = random.Random(size)
    cache, said = EvaluationCache(size, sum(counts) // 2), dict[int, Answer]()
    keys = [draw.getrandbits(64) >> draw.choice([0, 3]) for _ in range(300)] + [0, 2**64 - 1]
    found = Counter[bool]()
    for step in range(6000):
        key = draw.choice(keys)
        if draw.random() < 0.4:
            said[key] = answer(draw, draw.randint(*counts))
            cache.insert(key, *said[key])
        elif draw.random() < 0.002:
            cache.clear()
            said.clear()
        asked = draw.choice([key, draw.choice(keys)])
        count = len(said[asked][0]) if asked in said else draw.randint(*counts)
        known = cache.find(asked, count)
        assert known is None or known == said[asked], step
        assert cache.find(asked, count + 1) is None
        found[known is not None] += 1
    if size >= 5000:
        assert found[True] > 100
    if size < 16:
        assert found[True] == 0


def test_the_newest_answer_is_always_found() -> None:
    draw = random.Random(3)
    cache = EvaluationCache(2000, 7)
    for _ in range(2000):
        key, said = draw.getrandbits(64), answer(draw, draw.randint(1, 30))
        cache.insert(key, *said)
        assert cache.find(key, len(said[0])) == said


@pytest.mark.parametrize("lowest_of", [1, 8])
@pytest.mark.parametrize("count", [1, 7, 80])
def test_it_holds_about_what_its_memory_allows(count: int, lowest_of: int) -> None:
    """No more than fits, and nearly that, the newest; small keys are spread like others."""
    draw = random.Random(4)
    size, each = 300_000, 4 * (count + 4)
    cache = EvaluationCache(size, count)
    keys = [min(draw.getrandbits(64) for _ in range(lowest_of)) for _ in range(30_000)]
    for key in keys:
        cache.insert(key, *answer(draw, count))
    kept = [cache.find(key, count) is not None for key in keys]
    assert 0.9 * size / (each + 24) <= sum(kept) <= size / each
    newest = kept[-int(size / (each + 24)) :]
    assert sum(newest) > 0.9 * len(newest)
    assert not any(kept[: -size // each])


def test_an_answer_that_is_larger_than_the_memory_is_not_kept() -> None:
    cache = EvaluationCache(1000, 7)
    cache.insert(5, [0.0] * 2000, [0.0, 1.0, 0.0])
    assert cache.find(5, 2000) is None
    cache.insert(5, [1.0], [0.0, 1.0, 0.0])
    assert cache.find(5, 1) == ([1.0], [0.0, 1.0, 0.0])


def test_any_bits_come_back_as_they_are() -> None:
    (odd,) = struct.unpack("f", struct.pack("I", 3))  # denormal
    cache = EvaluationCache(1000, 7)
    cache.insert(9, [odd, float("inf"), -0.0], [odd, 1.0, 0.0])
    known = cache.find(9, 3)
    assert known is not None
    assert [struct.pack("f", x) for x in known[0]] == [
        struct.pack("f", x) for x in (odd, float("inf"), -0.0)
    ]
