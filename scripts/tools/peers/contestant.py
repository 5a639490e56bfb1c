"""One program of the comparison: its environment, its processes, and their turns."""

import json
import os
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from peers.figures import Stretch, together

HERE = Path(__file__).parent
BUILD = HERE.parents[2] / "build" / "peers"
WARM_UP_SECONDS = 900.0  # at most; a compiler on a busy machine is slow


class PeerError(Exception):
    """A program that cannot be installed or has failed; the message is the last line it wrote."""


@dataclass(frozen=True, eq=False)  # each is itself: a key of dictionaries
class Contestant:
    """Who plays, how, and with what."""

    who: str
    how: str
    program: str  # a file of this folder
    environment: str | None = None  # its requirements are in NAME.txt of this folder; None: zero's
    options: dict[str, Any] = field(default_factory=dict)
    per_core: bool = False  # a process for each core, in place of one for all

    def __str__(self) -> str:
        return f"{self.who}, {self.how}"


def last_line(text: str) -> str:
    """The line of an output that says what went wrong: pip's last error, else the last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or ["it ended without a word"])[-1]


def python_of(environment: str | None) -> Path:
    """The interpreter of an environment, which is made unless it is there with the same pins.

    Raises PeerError if it cannot be made.
    """
    if environment is None:
        return Path(sys.executable)
    folder, wanted = BUILD / environment, HERE / f"{environment}.txt"
    python, stamp = folder / "bin" / "python", folder / "installed.txt"
    content = f"{sys.version}\n{wanted.read_text()}"
    if stamp.exists() and stamp.read_text() == content:
        return python
    shutil.rmtree(folder, ignore_errors=True)
    pip = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-input", "-q"]
    for command in ([sys.executable, "-m", "venv", str(folder)], [*pip, "-r", str(wanted)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PeerError(last_line(done.stdout + done.stderr))
    stamp.write_text(content)  # last: an interrupted installation is made anew
    return python


def thread_limits(threads: int) -> dict[str, str]:
    """Environment variables that let a process use no more than `threads` threads."""
    names = (
        "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NPROC", "PJRT_NPROC",
    )  # fmt: skip
    return {**os.environ, **dict.fromkeys(names, str(threads)), "JAX_PLATFORMS": "cpu"}


@contextmanager
def pinned(cores: list[int]) -> Iterator[None]:
    """Processes that begin inside run on these cores alone, where the system can do that."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


class Process:
    """One process of a contestant, on some cores."""

    def __init__(
        self, python: Path, contestant: Contestant, cores: list[int], options: dict[str, Any]
    ) -> None:
        name = "".join(c if c.isalnum() else "_" for c in str(contestant))
        BUILD.mkdir(parents=True, exist_ok=True)
        self._log = BUILD / f"{name}.{options['process']}.log"
        with pinned(cores), self._log.open("w") as log:
            self._process = subprocess.Popen(
                [
                    str(python),
                    str(HERE / contestant.program),
                    json.dumps({**options, "cores": len(cores)}),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                bufsize=1,
                env=thread_limits(len(cores)),
            )

    def tell(self, line: str) -> None:
        """Write a line to the process; whether it is still there shows when it is to answer."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
        except BrokenPipeError:
            return

    def answer(self, seconds: float) -> dict[str, Any]:
        """Its next line. Raises PeerError if it ends, or takes longer than `seconds`."""
        out = self._process.stdout
        assert out is not None
        if not select.select([out], [], [], seconds)[0]:
            raise PeerError(f"no answer within {seconds:.0f} s")
        line = out.readline()
        if not line:
            raise PeerError(last_line(self._log.read_text()))
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """End the process, whatever it is doing."""
        self._process.kill()
        self._process.communicate()


class Running:
    """A contestant whose processes are ready to play."""

    def __init__(self, contestant: Contestant, cores: list[int], simulations: int) -> None:
        """Make the environment, start, and wait for the warm-up. Raises PeerError."""
        self.contestant = contestant
        python = python_of(contestant.environment)
        shares = [[core] for core in cores] if contestant.per_core else [cores]
        self._processes: list[Process] = []
        try:
            for at, share in enumerate(shares):
                options = {**contestant.options, "simulations": simulations, "process": at}
                self._processes.append(Process(python, contestant, share, options))
            ready = [process.answer(WARM_UP_SECONDS) for process in self._processes]
        except BaseException:
            self.end()
            raise
        self.packages: dict[str, str] = ready[0]["packages"]

    def play(self, seconds: float) -> Stretch:
        """Play about that long, all processes at once. Raises PeerError."""
        for process in self._processes:
            process.tell(str(seconds))
        return together(process.answer(20 * seconds + 300) for process in self._processes)

    def end(self) -> None:
        """End all processes."""
        for process in self._processes:
            process.end()
