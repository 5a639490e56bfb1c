"""metrics.jsonl: the figures of a run, one JSON object a line; TensorBoard gets the same.

There are two kinds of lines: `phase` (rates, losses, games) and `rating` (strength of a
checkpoint). They only report: when a run is resumed, they are cut back to its checkpoint.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from selfplay.storage.files import write_atomically

Line = dict[str, Any]


def read_metrics(path: Path) -> Iterator[Line]:
    """Yield the lines of a metrics file; a torn or damaged line is passed over."""
    if not path.is_file():
        return
    with path.open("r", encoding="utf-8", errors="replace") as file:
        for text in file:
            try:
                line = json.loads(text)
            except json.JSONDecodeError:
                continue
            if isinstance(line, dict) and isinstance(line.get("phase"), int):
                yield line


def cut_back(path: Path, keep: Callable[[Line], bool]) -> None:
    """Rewrite a metrics file with only the lines that `keep` accepts."""
    if path.is_file():
        text = "".join(_encode(line) for line in read_metrics(path) if keep(line))
        write_atomically(path, text.encode())


def _encode(line: Line) -> str:
    """Write a line; JSON has no NaN, so a figure that is none becomes null."""
    finite = {
        key: None if isinstance(value, float) and not math.isfinite(value) else value
        for key, value in line.items()
    }
    return json.dumps(finite) + "\n"


class Metrics:
    """Appends lines to metrics.jsonl and, unless turned off, to TensorBoard's event files."""

    def __init__(self, path: Path, tensorboard: Path | None, start: int = 0) -> None:
        self._file = path.open("a", encoding="utf-8")
        self._folder = tensorboard
        self._start = start
        self._board: Any = None

    def write(self, line: Line) -> None:
        """Append one line; its `phase` is the step in TensorBoard."""
        self._file.write(_encode(line))
        self._file.flush()
        try:
            self._draw(line)
        except Exception:  # TensorBoard's files are a picture of the run: nothing hangs on them
            self._board, self._folder = None, None

    def _draw(self, line: Line) -> None:
        """Hand the figures of a line to TensorBoard."""
        board = self._tensorboard()
        if board is None:
            return
        group = line.get("opponent", "") if line["kind"] == "rating" else ""
        for key, value in line.items():
            if isinstance(value, int | float) and key != "phase" and math.isfinite(value):
                name = f"{line['kind']}/{group}/{key}" if group else f"{line['kind']}/{key}"
                board.add_scalar(name, value, line["phase"])
        board.flush()

    def _tensorboard(self) -> Any:
        """Return the writer of event files, made when first needed: its import is slow."""
        if self._board is None and self._folder is not None:
            from torch.utils.tensorboard import SummaryWriter

            # purge_step hides what a killed run wrote after the checkpoint that we resume from.
            self._board = SummaryWriter(str(self._folder), purge_step=self._start + 1)
        return self._board

    def close(self) -> None:
        self._file.close()
        with suppress(Exception):
            if self._board is not None:
                self._board.close()
