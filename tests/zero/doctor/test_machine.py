"""The checks of a machine: each finds its fault in a made-up machine, and none in a sound one."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import games
from zero.doctor.finding import Finding, Threshold
from zero.doctor.machine import probe, selfcheck
from zero.doctor.machine.checks import (
    CHECKS,
    CORE_INSTRUCTIONS,
    Backends,
    Clock,
    Disk,
    Gpu,
    Machine,
    Torch,
    examine,
)

GIB = 1 << 30
SOUND = Machine(
    python="3.13.1",
    processor="Some Processor",
    flags=frozenset(["popcnt", "bmi2", "avx2", "avx512f", "avx512_vnni"]),
    core_build={"compiler": "GCC 13", "instructions": "popcnt bmi2 avx2 avx512f ", "kind": "opt"},
    compiler="g++ 13.2.0",
    headers=True,
    torch=Torch("2.9.0+cpu"),
    driver="",
    gpus=(),
    backends=Backends({"torch": 8000.0, "openvino-int8": 35_000.0}, "openvino-int8"),
    cores=8,
    quota=None,
    load=0.4,
    memory_free=20 * GIB,
    memory_total=32 * GIB,
    disk=Disk("/home/me/runs", 100 * GIB, "ext4", sync_ms=2.0),
    clock=Clock(0.2, 0.2),
)
ALONE = Backends({"torch": 8000.0}, "torch")
CUDA = Torch("2.9.0+cu128", "CUDA 12.8", gpu_gigabytes=4.3)
GPU = Gpu("NVIDIA H100", free=70 * GIB, total=80 * GIB)
WITH_GPU = replace(SOUND, torch=CUDA, driver="NVIDIA H100 with driver 570", gpus=(GPU,))


def finding(machine: Machine, check: str) -> Finding:
    (found,) = (f for f in examine(machine) if f.check == check)
    return found


@pytest.mark.parametrize("machine", [SOUND, WITH_GPU], ids=["processor", "gpu"])
def test_nothing_is_found_in_a_sound_machine(machine: Machine) -> None:
    assert [f for f in examine(machine) if f.mark != "ok" or f.advice] == []


FAULTS: dict[str, tuple[Machine, str, str, str]] = {  # machine, check, mark, what is said
    "plain core": (
        replace(SOUND, core_build={"compiler": "GCC 13", "instructions": "popcnt "}),
        "core",
        "look",
        "also has bmi2 avx2 avx512f",
    ),
    "debug core": (
        replace(SOUND, core_build=SOUND.core_build | {"kind": "debug"}),
        "core",
        "look",
        "CMAKE_BUILD_TYPE=Release",
    ),
    "broken core": (replace(SOUND, faults=["two and two are five"]), "self-check", "wrong", "five"),
    "no compiler": (replace(SOUND, compiler=""), "compiler", "look", "apt-get install g++"),
    "no headers": (replace(SOUND, headers=False), "compiler", "look", "python3-dev"),
    "no torch": (replace(SOUND, torch=Torch(error="no lib")), "torch", "wrong", "no lib"),
    "useless CUDA": (replace(SOUND, torch=CUDA), "torch", "look", "4.3 GB"),
    "GPU unused": (
        replace(SOUND, driver="NVIDIA T4 with driver 570"),
        "torch",
        "wrong",
        "only, but there is NVIDIA T4",
    ),
    "old driver": (replace(WITH_GPU, gpus=()), "gpu", "wrong", "driver is too old"),
    "broken GPU": (
        replace(WITH_GPU, gpus=(Gpu("T4", error="no kernel image"),)),
        "gpu",
        "wrong",
        "no kernel image",
    ),
    "full GPU": (
        replace(WITH_GPU, gpus=(replace(GPU, free=GIB // 4),)),
        "gpu",
        "look",
        "nvidia-smi",
    ),
    "torch alone": (replace(SOUND, backends=ALONE), "inference", "look", "pip install openvino"),
    "broken backend": (
        replace(SOUND, backends=Backends(error="undefined symbol")),
        "inference",
        "wrong",
        "undefined symbol",
    ),
    "busy": (replace(SOUND, load=7.9), "cores", "look", "load 7.9"),
    "quota": (replace(SOUND, quota=2.0), "cores", "look", "--threads 2"),
    "little memory": (replace(SOUND, memory_free=GIB), "memory", "look", "1.0 of 32.0 GiB"),
    "no memory": (replace(SOUND, memory_free=GIB // 8), "memory", "wrong", "fewer slots"),
    "full disk": (
        replace(SOUND, disk=replace(SOUND.disk, free=GIB // 4)),
        "disk",
        "wrong",
        "free some space",
    ),
    "read-only disk": (
        replace(SOUND, disk=Disk("/runs", writing_error="Read-only file system")),
        "disk",
        "wrong",
        "Read-only",
    ),
    "network disk": (
        replace(SOUND, disk=replace(SOUND.disk, filesystem="nfs4")),
        "databases",
        "look",
        "local disk",
    ),
    "no log": (
        replace(SOUND, disk=replace(SOUND.disk, database_error="locking protocol")),
        "databases",
        "wrong",
        "locking protocol",
    ),
    "slow disk": (
        replace(SOUND, disk=replace(SOUND.disk, sync_ms=300.0)),
        "databases",
        "look",
        "300.0 ms",
    ),
    "past date": (
        replace(SOUND, clock=Clock(0.2, 0.2, behind_files=9e5)),
        "clock",
        "look",
        "10 days before",
    ),
    "stepping clock": (replace(SOUND, clock=Clock(0.3, 0.2)), "clock", "look", "timedatectl"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_with_what_to_do(fault: str) -> None:
    machine, check, mark, said = FAULTS[fault]
    found = finding(machine, check)
    assert (found.mark, bool(found.advice)) == (mark, True)
    assert said in f"{found.found}; {found.advice}"


def test_every_check_has_a_fault_that_it_finds() -> None:
    assert {f.check for f in examine(SOUND)} == {check for _, check, _, _ in FAULTS.values()}
    assert len(CHECKS) == len({f.check for f in examine(SOUND)})


def test_a_processor_without_int8_needs_no_backend() -> None:
    plain = replace(SOUND, backends=ALONE, flags=SOUND.flags - {"avx512_vnni"})
    assert finding(plain, "inference").mark == "ok"


@pytest.mark.parametrize(
    ("limit", "figure", "mark"),
    [
        (Threshold(0.5, 0.9, ""), 0.4, "ok"),
        (Threshold(0.5, 0.9, ""), 0.5, "look"),
        (Threshold(0.5, 0.9, ""), 0.9, "wrong"),
        (Threshold(0.5, 0.1, ""), 0.6, "ok"),
        (Threshold(0.5, 0.1, ""), 0.5, "look"),
        (Threshold(0.5, 0.1, ""), 0.0, "wrong"),
        (Threshold(0.5, 0.1, ""), float("nan"), "ok"),
    ],
)
def test_a_limit_marks_from_its_own_side(limit: Threshold, figure: float, mark: str) -> None:
    assert limit.mark(figure) == mark


# ---- reading this machine ----------------------------------------------------------------------


def test_the_core_says_how_it_was_built() -> None:
    built = games.build_info()
    assert built["kind"] in ("optimised", "debug")
    assert built["compiler"]
    assert set(built["instructions"].split()) <= {*CORE_INSTRUCTIONS}
    # It runs here, so it may use nothing that this processor lacks.
    assert not probe.read_flags() or set(built["instructions"].split()) <= probe.read_flags()


def test_this_machine_can_be_read_and_is_left_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "_MEASURE_SECONDS", 0.02)
    machine = probe.read_machine(tmp_path / "not" / "yet")
    assert machine.faults == []
    assert machine.backends.error == ""
    assert machine.backends.rates[machine.backends.fastest] > 0
    assert machine.torch.version
    assert machine.cores >= 1
    assert 0 < machine.memory_free <= machine.memory_total
    assert (machine.disk.folder, machine.disk.database_error) == (str(tmp_path), "")
    assert list(tmp_path.iterdir()) == []
    assert machine.clock.behind_files == 0.0


def test_a_compiler_that_takes_no_cpp20_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CXX", raising=False)
    assert probe.find_compiler() == ""
    fake = tmp_path / "g++"
    fake.write_text('#!/bin/sh\ncase "$1" in --version) echo "old 4.8";; *) exit 1;; esac\n')
    fake.chmod(0o755)
    assert probe.find_compiler() == ""
    fake.write_text('#!/bin/sh\ncase "$1" in --version) echo "new 14";; esac\n')
    assert probe.find_compiler() == "new 14"


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryDirectory", refuse)
    assert probe.read_disk(tmp_path).writing_error == "Permission denied"


def test_a_database_without_a_write_ahead_log_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    # A database in memory has no such log: SQLite then says which journal it keeps.
    connect = sqlite3.connect
    monkeypatch.setattr("sqlite3.connect", lambda _: connect(":memory:"))
    assert "instead of 'wal'" in probe._database_error(Path("x"))


def test_the_kind_of_a_file_system_is_that_of_the_deepest_mount(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    table = "/dev/a / ext4 rw 0 0\nhost:/x /home nfs4 rw 0 0\ntmpfs /home/me/fast tmpfs rw 0 0\n"
    monkeypatch.setattr(probe, "_read", lambda _: table)
    kinds = [probe._filesystem(Path(p)) for p in ("/srv", "/home/me", "/home/me/fast/runs")]
    assert kinds == ["ext4", "nfs4", "tmpfs"]


@pytest.mark.parametrize(
    ("files", "quota"),
    [
        ({"/sys/fs/cgroup/cpu.max": "150000 100000\n"}, 1.5),
        ({"/sys/fs/cgroup/cpu.max": "max 100000\n"}, None),
        (
            {
                "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "400000",
                "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000",
            },
            4.0,
        ),
        ({"/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1"}, None),
        ({}, None),
    ],
)
def test_the_quota_of_a_container_is_read(
    monkeypatch: pytest.MonkeyPatch, files: dict[str, str], quota: float | None
) -> None:
    monkeypatch.setattr(probe, "_read", lambda path: files.get(path, ""))
    assert probe.read_quota() == quota


# ---- the self-check ----------------------------------------------------------------------------


def test_random_games_that_do_not_repeat_are_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds = iter(range(10))
    play = games.random_games
    monkeypatch.setattr("games.random_games", lambda game, n, seed: play(game, n, next(seeds)))
    assert "different random games" in selfcheck.faults()[0]


def test_selfplay_that_depends_on_its_workers_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfcheck, "_records", lambda _, workers: [b"%d" % workers] * 16)
    assert selfcheck.faults() == ["the same seed made different games in self-play"]


def test_a_backend_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ImportError("libopenvino.so: cannot open\nmore")

    monkeypatch.setattr("zero.inference.choice.measure", fail)
    assert probe.read_backends(Torch("2")).error == "libopenvino.so: cannot open"


def test_a_network_whose_sums_are_wrong_is_a_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    from zero.inference.backends.torch import WinogradSession

    forward = WinogradSession.forward

    def skewed(self: WinogradSession) -> object:
        logits, wdl = forward(self)
        return logits, wdl + np.float32([0.1, 0.0, 0.0])

    monkeypatch.setattr(WinogradSession, "forward", skewed)
    (fault,) = selfcheck.faults()
    assert "from what torch computes" in fault
