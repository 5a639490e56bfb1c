"""Checkpoints: one safetensors file with all that learning depends on, checked when it is read.

The tensors are the networks of the learner by name (`network.*`, `average.*`), the optimizer of the
one called network (`optimizer.*`), and `blob.*` (bytes that the run adds, such as the games in
flight). The header holds one JSON text: format, game, the learner's method, its networks and which
of them plays, their shape and settings, the learner's counters, and `extra` for the run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import pydantic
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from games import Game
from games.errors import UserError
from selfplay.storage.files import write_atomically
from zero.learners.common.parts import take_part
from zero.learners.learner import Learner
from zero.networks.network import Network, NetworkShape
from zero.settings.schema import NetworkSettings

FORMAT = 1
_HEADER = "zero"
_STATE_KEYS = ("step", "exp_avg", "exp_avg_sq", "momentum_buffer")


@dataclass(frozen=True)
class CheckpointInfo:
    """The header of a checkpoint. `networks`: their names; `plays`: the one that plays."""

    game: str
    method: str
    networks: tuple[str, ...]
    plays: str
    shape: NetworkShape
    network: NetworkSettings
    counters: dict[str, Any]
    extra: dict[str, Any]

    @property
    def steps(self) -> int:
        """Learner steps done."""
        return int(self.counters["steps"])


@dataclass(frozen=True)
class Checkpoint:
    """A checkpoint that has passed every check: `tensors` suit the `restore` of its learner."""

    info: CheckpointInfo
    tensors: dict[str, Tensor]
    blobs: dict[str, bytes]


def save_checkpoint(
    path: Path,
    learner: Learner[Any],
    game: str,
    extra: Mapping[str, Any] | None = None,
    blobs: Mapping[str, bytes] | None = None,
) -> str:
    """Write a checkpoint and make it durable; return its SHA-256 in hexadecimal.

    game: the game's name. extra: JSON values. Raises UserError if it cannot be written.
    """
    tensors = {name: t.detach().cpu().contiguous() for name, t in learner.tensors().items()}
    for name, blob in (blobs or {}).items():
        tensors[f"blob.{name}"] = (
            torch.frombuffer(bytearray(blob), dtype=torch.uint8)
            if blob
            else torch.empty(0, dtype=torch.uint8)
        )
    header = {
        "format": FORMAT,
        "game": game,
        "method": learner.method,
        "networks": list(learner.networks),
        "plays": learner.plays,
        "shape": learner.networks[learner.plays].shape.to_dict(),
        "network": learner.networks[learner.plays].settings.model_dump(),
        "counters": learner.counters(),
        "extra": dict(extra or {}),
    }
    data = safetensors.torch.save(tensors, {_HEADER: json.dumps(header, sort_keys=True)})
    write_atomically(path, data)
    return hashlib.sha256(data).hexdigest()


def load_checkpoint(path: Path, game: Game | None = None) -> Checkpoint:
    """Read and check a whole checkpoint, for a learner to go on with.

    game: if given, the checkpoint must be of this game and its shape. Raises UserError.
    """
    info, tensors = _read(path, game)
    blobs = {
        name.removeprefix("blob."): tensors.pop(name).numpy().tobytes()
        for name in list(tensors)
        if name.startswith("blob.")
    }
    return Checkpoint(info, tensors, blobs)


def load_network(path: Path, game: Game | None = None) -> tuple[Network, CheckpointInfo]:
    """Read the network that a checkpoint plays with, in evaluation mode.

    game: if given, the checkpoint must be of this game and its shape. Raises UserError.
    """
    info, tensors = _read(path, game)
    network = _blank(info)
    network.load_state_dict(take_part(tensors, info.plays), assign=True)
    return network.eval().requires_grad_(False), info


def _read(path: Path, game: Game | None) -> tuple[CheckpointInfo, dict[str, Tensor]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from None
    try:
        info = _info(path, data, game)
        tensors = safetensors.torch.load(data)
    except SafetensorError as error:
        raise UserError(_not_safetensors(path, data, error)) from None
    _check_tensors(path, info, tensors)
    return info, tensors


def _not_safetensors(path: Path, data: bytes, error: Exception) -> str:
    """Say why the file is refused. Nothing in it has been run: it is never unpickled."""
    if data[:2] == b"\x80\x02" or data[:4] == b"PK\x03\x04" or data[:1] == b"\x80":
        return (
            f"{path} is a pickle, not a checkpoint of zero; it was not opened, for a pickle can "
            "run any code: give a .safetensors file that zero wrote"
        )
    return (
        f"{path} is damaged or no checkpoint ({error}); take another checkpoint of the run, "
        "or restore the file from a copy"
    )


def _info(path: Path, data: bytes, game: Game | None) -> CheckpointInfo:
    """Read and check the header. Raises UserError, or SafetensorError for what is no such file."""
    length = int.from_bytes(data[:8], "little")
    if len(data) < 8 or length > len(data) - 8:
        raise SafetensorError("truncated header")
    try:
        text = json.loads(data[8 : 8 + length])["__metadata__"][_HEADER]
        header = json.loads(text)
        if header["format"] != FORMAT:
            raise UserError(
                f"{path} has checkpoint format {header['format']!r}, this version of zero reads "
                f"{FORMAT}: use the version that wrote it"
            )
        info = CheckpointInfo(
            game=_typed(header["game"], str),
            **_learner(header),
            shape=_shape(header["shape"]),
            network=NetworkSettings.model_validate(header["network"]),
            counters=_counters(header["counters"]),
            extra=_typed(header["extra"], dict),
        )
    except (ValueError, KeyError, TypeError, RecursionError, pydantic.ValidationError):
        raise SafetensorError("its header is not one that zero wrote") from None
    if game is not None:
        _check_game(path, info, game)
    return info


def _learner(header: dict[str, Any]) -> dict[str, Any]:
    """Read which learner wrote the file; before there were several, no header said so."""
    networks = _typed(header.get("networks", ["network", "average"]), list)
    names = tuple(str(_typed(name, str)) for name in networks)
    plays = header.get("plays", "average")
    reserved = {"optimizer", "blob"} & set(names)
    if plays not in names or reserved or any("." in name for name in names):
        raise ValueError
    method = _typed(header.get("method", "alphazero"), str)
    return {"method": method, "networks": names, "plays": plays}


def _counters(values: dict[str, Any]) -> dict[str, Any]:
    """Read the counters: numbers, or lists of lists of them; that of steps is always there."""
    _typed(values["steps"], int)
    for value in _typed(values, dict).values():
        numbers = [n for row in value for n in row] if isinstance(value, list) else [value]
        if not all(type(number) in (int, float) for number in numbers):
            raise TypeError
    return values


def _typed(value: Any, kind: type) -> Any:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise TypeError
    return value


def _shape(values: dict[str, Any]) -> NetworkShape:
    """Read a shape; the bounds keep a forged one from asking for all memory."""
    shape = NetworkShape(**{f.name: values[f.name] for f in fields(NetworkShape)})
    _typed(shape.layout, str)
    numbers = [_typed(values[f.name], int) for f in fields(NetworkShape) if f.name != "layout"]
    sizes_fit = min(numbers) >= 0 and max(numbers) <= 1 << 16 and 0 < shape.squares <= 1 << 12
    heads_fit = shape.inputs > 0 and shape.actions >= max(1, shape.squares * shape.action_planes)
    if not sizes_fit or not heads_fit:
        raise ValueError
    return shape


def _check_game(path: Path, info: CheckpointInfo, game: Game) -> None:
    if info.game != game.name:
        raise UserError(f"{path} is a checkpoint of {info.game}, not of {game.name}")
    expected = NetworkShape.of(game)
    if info.shape != expected:
        changed = [
            f"{f.name} {getattr(info.shape, f.name)} instead of {getattr(expected, f.name)}"
            for f in fields(NetworkShape)
            if getattr(info.shape, f.name) != getattr(expected, f.name)
        ]
        raise UserError(
            f"{path} was made with another version of {game.name} ({', '.join(changed)}): "
            "start a new run"
        )


def _blank(info: CheckpointInfo) -> Network:
    """Return a network without memory for its weights."""
    with torch.device("meta"):
        return Network(info.shape, info.network)


def _check_tensors(path: Path, info: CheckpointInfo, tensors: Mapping[str, Tensor]) -> None:
    """Check names, shapes, types and finiteness of every tensor. Raises UserError."""
    expected = _blank(info)
    states = expected.state_dict()
    for part in info.networks:
        for name, blank in states.items():
            _check_tensor(path, tensors.get(f"{part}.{name}"), f"{part}.{name}", blank)
    known = {f"{part}.{name}" for part in info.networks for name in states}
    parameters = dict(expected.named_parameters())
    for name, tensor in tensors.items():
        if name in known:
            continue
        if name.startswith("blob.") and tensor.dtype == torch.uint8 and tensor.ndim == 1:
            continue
        owner, _, key = name.removeprefix("optimizer.").rpartition(".")
        if not name.startswith("optimizer.") or owner not in parameters or key not in _STATE_KEYS:
            raise UserError(f"{path} holds {name}, which does not belong in this checkpoint")
        blank = torch.empty((), device="meta") if key == "step" else parameters[owner]
        _check_tensor(path, tensor, name, blank)


def _check_tensor(path: Path, tensor: Tensor | None, name: str, blank: Tensor) -> None:
    if tensor is None:
        raise UserError(f"{path} lacks {name}: it is damaged, or of another network")
    if tensor.shape != blank.shape or tensor.dtype != blank.dtype:
        raise UserError(
            f"{path}: {name} is {tensor.dtype} {list(tensor.shape)}, "
            f"expected {blank.dtype} {list(blank.shape)}: it is damaged, or of another network"
        )
    if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
        raise UserError(f"{path}: {name} is not finite; take an older checkpoint of the run")
