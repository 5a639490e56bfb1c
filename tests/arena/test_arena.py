"""The names that the package offers; its examples run with those of all docstrings."""

import arena


def test_what_is_exported_is_there():
    assert sorted(arena.__all__) == arena.__all__
    assert all(hasattr(arena, name) for name in arena.__all__)
