"""PettingZoo's classic games on our rules: the same environments, faster.

Each module takes the place of the module of the same name in `pettingzoo.classic`:

>>> from games.envs.pettingzoo.classic import connect_four_v3
>>> env = connect_four_v3.env()

`register()` puts all of them into PettingZoo's registry, so that `pettingzoo.make` returns ours.
"""

from __future__ import annotations

NAMES = ("chess_v6", "connect_four_v3", "go_v5", "tictactoe_v3")


def register() -> None:
    """Has `pettingzoo.make("aec", "classic/NAME")` return our environments, in this process.

    PettingZoo warns of each name that it overrides.
    """
    from pettingzoo.env_registry.registration import register as enter

    for name in NAMES:
        enter("aec", f"classic/{name}", entry_point=f"{__name__}.{name}:env")
