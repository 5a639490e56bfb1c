"""What a run takes from its machine."""

from __future__ import annotations

import pytest

from games.errors import UserError
from zero.inference.cuda import TIERS
from zero.run.machine import batch_rows, on_this_machine, sampler_threads, threads_of_group
from zero.settings import Settings


def test_more_batches_than_streams_are_refused() -> None:
    def settled(slots: int, groups: int) -> Settings:
        playing = {"slots": slots, "groups": groups}
        tables = {"game": {"name": "connect_four"}, "selfplay": playing}
        return on_this_machine(Settings.from_tables(tables), "cuda")

    assert settled(8 * TIERS[-1], 8).selfplay.groups == 8
    for slots, groups in ((9, 9), (16 * TIERS[-1], 8)):
        with pytest.raises(UserError, match=r"and 8 is the most: lower selfplay\.slots"):
            settled(slots, groups)
    small = on_this_machine(Settings.from_tables({"game": {"name": "connect_four"}}), "cuda")
    assert (small.selfplay.groups, small.selfplay.slots % 3, small.run.overlap) == (3, 0, True)


@pytest.mark.parametrize(("slots", "rows"), [(86, 64), (171, 171), (1280, 1024), (5120, 4096)])
def test_batches_on_a_card_fill_its_graphs(slots: int, rows: int) -> None:
    assert batch_rows(slots, sharing=True, on_cpu=False) == rows
    assert batch_rows(slots, sharing=False, on_cpu=False) == slots


def test_the_learner_of_a_card_has_cores_of_its_own() -> None:
    def threads(overlap: bool, cores: int, device: str) -> tuple[int, int]:
        run = {"overlap": overlap, "threads": cores}
        tables = {"game": {"name": "connect_four"}, "run": run}
        settings = on_this_machine(Settings.from_tables(tables), device)
        group = threads_of_group(settings, on_cpu=device == "cpu")
        return group, sampler_threads(cores, device)

    assert threads(True, 16, "cuda") == (14, 2)
    assert threads(False, 16, "cuda") == (16, 2)
    assert threads(True, 1, "cuda") == (1, 1)
    assert threads(True, 16, "cpu") == (1, 16)
