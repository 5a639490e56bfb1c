"""What a run takes from its machine."""

from __future__ import annotations

import pytest

from games.errors import UserError
from zero.inference.cuda.evaluator import TIERS
from zero.settings.schema import Settings
from zero.training.machine import batch_rows, on_this_machine, sampler_threads, threads_of_group


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


@pytest.mark.parametrize(
    ("slots", "rows"),
    [
        (86, 64),
        (171, 128),  # no graph is near: the share of a processor
        (1280, 1024),
        (2000, 1600),
        (3000, 2048),
        (4096, 4096),
        (5120, 4096),
        (10240, 8192),  # twice the largest
    ],
)
def test_batches_on_a_gpu_fill_its_graphs(slots: int, rows: int) -> None:
    assert batch_rows(slots, sharing=True, on_cpu=False) == rows
    alone = batch_rows(slots, sharing=False, on_cpu=False)
    assert alone == (rows if rows % 1024 == 0 or rows in TIERS else slots)
    assert batch_rows(slots, sharing=False, on_cpu=True) == slots


@pytest.mark.parametrize(
    ("cores", "run", "playing", "drawing"),
    [
        (16, {"overlap": True}, 14, 2),
        (4, {"overlap": True}, 3, 1),
        (2, {"overlap": True}, 2, 2),
        (16, {"overlap": False}, 16, 16),
        (16, {"overlap": True, "store": "games.sqlite3"}, 16, 16),
    ],
)
def test_the_learner_of_a_gpu_has_cores_of_its_own_while_others_play(
    cores: int, run: dict[str, object], playing: int, drawing: int
) -> None:
    tables = {"game": {"name": "connect_four"}, "run": run | {"threads": cores}}
    settings = on_this_machine(Settings.from_tables(tables), "cuda")
    assert threads_of_group(settings, "cuda") == playing
    assert sampler_threads(settings, "cuda") == drawing
    here = on_this_machine(Settings.from_tables(tables), "cpu")
    assert (threads_of_group(here, "cpu"), sampler_threads(here, "cpu")) == (1, cores)
