"""The examples in the docstrings of the package are true."""

import doctest

import pytest

import arena
from arena.players import limit


@pytest.mark.parametrize("module", [arena, limit])
def test_the_examples(module):
    result = doctest.testmod(module)
    assert result.attempted > 0 and result.failed == 0


def test_what_is_exported_is_there():
    assert sorted(arena.__all__) == arena.__all__
    assert all(hasattr(arena, name) for name in arena.__all__)
