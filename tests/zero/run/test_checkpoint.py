"""Checkpoints: nothing is lost between save and load, and nothing bad comes through."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

import games
from games.errors import UserError
from selfplay.storage.files import check_sha256, sha256_of, write_atomically
from zero.learners.alphazero import AlphaZero
from zero.learners.common.gradients import Sample
from zero.networks.network import NetworkShape, build
from zero.run.checkpoint import load_checkpoint, load_network, save_checkpoint
from zero.settings.schema import NetworkSettings, TrainingSettings

Samples = Callable[..., Sample]
GAME = games.make("connect_four")
SHAPE = NetworkShape.of(GAME)
SETTINGS = NetworkSettings(blocks=1, channels=16)


def make_learner(seed: int = 1, **training: Any) -> AlphaZero:
    settings = TrainingSettings.model_validate({"warmup_steps": 10} | training)
    return AlphaZero(GAME, build(SHAPE, SETTINGS, seed), settings)


@pytest.fixture
def saved(tmp_path: Path, make_sample: Samples) -> Path:
    learner = make_learner()
    for step in range(3):
        learner.step(make_sample(SHAPE, 8, seed=step))
    path = tmp_path / "3.safetensors"
    save_checkpoint(path, learner, "connect_four", {"phase": 7}, {"pool": b"\x00\xffgames"})
    return path


def rewrite(path: Path, change: Callable[[dict[str, torch.Tensor], dict[str, Any]], None]) -> None:
    """Change tensors and header of a checkpoint, as a careful forger would."""
    data = path.read_bytes()
    tensors = safetensors.torch.load(data)
    length = int.from_bytes(data[:8], "little")
    header = json.loads(json.loads(data[8 : 8 + length])["__metadata__"]["zero"])
    change(tensors, header)
    path.write_bytes(safetensors.torch.save(tensors, {"zero": json.dumps(header)}))


def refused(path: Path, words: str, game: Any = GAME) -> None:
    for load in (load_checkpoint, load_network):
        with pytest.raises(UserError, match=words) as raised:
            load(path, game)
        assert "\n" not in str(raised.value)
        assert str(path) in str(raised.value)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("steps", [0, 5])
def test_a_resumed_learner_goes_on_bit_for_bit(
    tmp_path: Path, make_sample: Samples, optimizer: str, steps: int
) -> None:
    path = tmp_path / "a.safetensors"
    learner = make_learner(optimizer=optimizer)
    for step in range(steps):
        learner.step(make_sample(SHAPE, 16, seed=step))
    save_checkpoint(path, learner, "connect_four")
    resumed = make_learner(seed=99, optimizer=optimizer)
    checkpoint = load_checkpoint(path, GAME)
    resumed.restore(checkpoint.tensors, checkpoint.info.counters)
    for step in range(steps, steps + 3):
        sample = make_sample(SHAPE, 16, seed=step)
        assert resumed.step(sample) == learner.step(sample)
    ours, theirs = resumed.tensors(), learner.tensors()
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_everything_comes_back(tmp_path: Path, make_sample: Samples) -> None:
    learner = make_learner()
    for step in range(3):
        learner.step(make_sample(SHAPE, 8, seed=step))
    path = tmp_path / "3.safetensors"
    extra = {"phase": 2, "credit": 0.1 + 0.2, "generator": [1, 2**63]}
    blobs = {"pool": b"\x00\xffgames", "none": b""}
    digest = save_checkpoint(path, learner, "connect_four", extra, blobs)
    assert digest == sha256_of(path) == hashlib.sha256(path.read_bytes()).hexdigest()
    checkpoint = load_checkpoint(path, GAME)
    assert checkpoint.info.game == "connect_four"
    assert checkpoint.info.method == "alphazero"
    assert (checkpoint.info.networks, checkpoint.info.plays) == (("network", "average"), "average")
    assert checkpoint.info.shape == SHAPE
    assert checkpoint.info.network == SETTINGS
    assert checkpoint.info.steps == 3
    assert checkpoint.info.extra == extra
    assert checkpoint.blobs == blobs


def test_equal_learners_write_equal_files(tmp_path: Path, make_sample: Samples) -> None:
    digests = set()
    for name in ("a", "b"):
        learner = make_learner()
        learner.step(make_sample(SHAPE, 8, seed=1))
        path = tmp_path / f"{name}.safetensors"
        digests.add(save_checkpoint(path, learner, "connect_four", {"b": 1, "a": 2}))
    assert len(digests) == 1


def test_a_file_from_before_there_were_several_methods_is_read(saved: Path) -> None:
    expected = load_checkpoint(saved).info
    rewrite(saved, lambda _, h: [h.pop(key) for key in ("method", "networks", "plays")])
    assert load_checkpoint(saved).info == expected
    assert torch.equal(
        load_network(saved)[0].stem.conv.weight,
        load_checkpoint(saved).tensors["average.stem.conv.weight"],
    )


def test_players_get_the_network_that_is_named(saved: Path) -> None:
    rewrite(saved, lambda _, header: header.update(plays="network"))
    trained = load_checkpoint(saved).tensors["network.stem.conv.weight"]
    assert torch.equal(load_network(saved)[0].stem.conv.weight, trained)


def test_players_get_the_averaged_network(saved: Path) -> None:
    network, info = load_network(saved)
    checkpoint = load_checkpoint(saved)
    assert info == checkpoint.info
    assert not network.training
    for name, value in network.state_dict().items():
        assert torch.equal(value, checkpoint.tensors[f"average.{name}"])
    trained = checkpoint.tensors["network.stem.conv.weight"]
    assert not torch.equal(network.stem.conv.weight, trained)
    policy, wdl = network(torch.zeros(2, 2, 6, 7))
    assert policy.shape == (2, 7) and wdl.shape == (2, 3)


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "file"
    write_atomically(path, b"old")

    def no_space(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(UserError, match=r"No space left.*free some space"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    monkeypatch.undo()
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new"
    with pytest.raises(UserError, match="cannot be written"):
        write_atomically(tmp_path / "no" / "folder", b"")


def test_every_truncation_is_refused(saved: Path) -> None:
    data = saved.read_bytes()
    header = int.from_bytes(data[:8], "little")
    for length in (0, 1, 7, 8, 9, header // 2, header + 7, header + 8, len(data) // 2, -1):
        saved.write_bytes(data[:length])
        refused(saved, "damaged or no checkpoint")


def test_flipped_bits_never_load_unnoticed_in_the_header(saved: Path) -> None:
    data = bytearray(saved.read_bytes())
    expected = load_checkpoint(saved).info
    rng = np.random.default_rng(1)
    header = 8 + int.from_bytes(data[:8], "little")
    for place in rng.integers(0, header, 200):
        spoilt = bytearray(data)
        spoilt[place] ^= 1 << int(rng.integers(8))
        saved.write_bytes(spoilt)
        try:
            info = load_checkpoint(saved, GAME).info
        except UserError:
            continue
        # What still loads has only a changed number or word of the run in it.
        assert info.shape == expected.shape and info.network == expected.network


@pytest.mark.parametrize("content", [b"", b"hello", b"\xff" * 64, b"SQLite format 3\x00" * 10])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(content)
    refused(path, "damaged or no checkpoint")


class Trap:
    """Unpickling this leaves a mark."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.mark),))


@pytest.mark.parametrize("kind", ["protocol 2", "protocol 5", "zip"])
def test_a_pickle_is_refused_and_not_opened(tmp_path: Path, kind: str) -> None:
    mark, path = tmp_path / "mark", tmp_path / "a.safetensors"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("archive/data.pkl", pickle.dumps(Trap(mark)))
    else:
        path.write_bytes(pickle.dumps(Trap(mark), protocol=int(kind[-1])))
    refused(path, "is a pickle, not a checkpoint")
    assert not mark.exists()


def test_missing_files_are_said(tmp_path: Path) -> None:
    refused(tmp_path / "none.safetensors", "cannot be read: No such file")
    refused(tmp_path, "cannot be read: Is a directory")
    with pytest.raises(UserError, match="is missing"):
        check_sha256(tmp_path / "none.safetensors", "")
    with pytest.raises(IsADirectoryError):  # not known to be damaged: no message may say so
        check_sha256(tmp_path, "")


def test_another_game_is_refused(saved: Path) -> None:
    refused(saved, "checkpoint of connect_four, not of othello", games.make("othello"))
    rewrite(saved, lambda _, header: header["shape"].update(planes=3))
    refused(saved, r"another version of connect_four \(planes 3 instead of 2\)")


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda t, h: t.pop("average.stem.conv.weight"), "lacks average.stem.conv.weight"),
        (lambda t, h: t.update(intruder=torch.zeros(1)), "intruder, which does not belong"),
        (
            lambda t, h: t.update({"network.value.out.bias": torch.zeros(4)}),
            r"network.value.out.bias is torch.float32 \[4\], expected torch.float32 \[3\]",
        ),
        (
            lambda t, h: t.update({"network.value.out.bias": torch.zeros(3).half()}),
            "torch.float16",
        ),
        (
            lambda t, h: t["average.value.out.bias"].fill_(torch.nan),
            "average.value.out.bias is not finite",
        ),
        (
            lambda t, h: t["optimizer.value.out.bias.exp_avg"].fill_(torch.inf),
            "optimizer.value.out.bias.exp_avg is not finite",
        ),
        (lambda t, h: h["network"].update(channels=32), "of another network"),
        (lambda t, h: h["network"].update(channels=10**9), "damaged or no checkpoint"),
        (lambda t, h: h["shape"].update(height=10**9), "damaged or no checkpoint"),
        (lambda t, h: h["shape"].update(action_planes=5), "damaged or no checkpoint"),
        (lambda t, h: h["shape"].update(width="7"), "damaged or no checkpoint"),
        (lambda t, h: h.pop("counters"), "damaged or no checkpoint"),
        (lambda t, h: h["counters"].update(steps="3"), "damaged or no checkpoint"),
        (lambda t, h: h["counters"].update(credit="3"), "damaged or no checkpoint"),
        (lambda t, h: h["counters"].update(ages=[[1, None]]), "damaged or no checkpoint"),
        (lambda t, h: h["counters"].update(ages=[1]), "damaged or no checkpoint"),
        (lambda t, h: h.update(method=3), "damaged or no checkpoint"),
        (lambda t, h: h.update(plays="target"), "damaged or no checkpoint"),
        (lambda t, h: h.update(networks=["average", "blob"]), "damaged or no checkpoint"),
        (lambda t, h: h.update(networks=["network", "average", "target"]), "lacks target.stem"),
        (lambda t, h: h.update(networks=["average"]), "network.* does not belong"),
        (lambda t, h: h.update(format=2), "has checkpoint format 2, this version of zero reads 1"),
    ],
)
def test_what_does_not_fit_is_refused(saved: Path, change: Any, words: str) -> None:
    rewrite(saved, change)
    refused(saved, words)


def test_a_checkpoint_without_the_runs_header_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(safetensors.torch.save(build(SHAPE, SETTINGS, 1).state_dict()))
    refused(path, "damaged or no checkpoint")


def test_the_header_names_every_field_of_the_shape(saved: Path) -> None:
    """A shape that grows a field must raise the format, or old files would be misread."""
    assert [f.name for f in dataclasses.fields(NetworkShape)] == [
        "planes", "scalars", "height", "width", "actions", "layout", "action_planes",
    ]  # fmt: skip
