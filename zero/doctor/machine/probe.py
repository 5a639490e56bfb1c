"""Reads the facts about this machine. Nothing here fails: what cannot be read is empty, and errors
become text."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import sysconfig
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import games
from zero.doctor.machine.checks import Backends, Clock, Disk, Gpu, Machine, Torch
from zero.doctor.machine.selfcheck import faults

_MEASURE_SECONDS = 0.4  # for each backend
_CPP20 = b"""#include <bit>
#include <concepts>
#include <span>
template <typename T> concept Number = std::integral<T>;
int bits(std::span<const unsigned> words) { return std::popcount(words[0]); }
"""


def read_machine(runs_dir: Path) -> Machine:
    """Look at this machine; `runs_dir`: where runs would be written. Takes a few seconds."""
    from zero.inference.choice import processor_name

    load = os.getloadavg()[0]  # before we add to it
    torch = read_torch()
    free, total = read_memory()
    return Machine(
        python=platform.python_version(),
        processor=processor_name(),
        flags=read_flags(),
        core_build=games.build_info(),
        compiler=find_compiler(),
        headers=Path(sysconfig.get_path("include"), "Python.h").is_file(),
        torch=torch,
        driver=read_driver(),
        gpus=read_gpus(torch),
        backends=read_backends(torch),
        cores=read_cores(),
        quota=read_quota(),
        load=load,
        memory_free=free,
        memory_total=total,
        disk=read_disk(runs_dir),
        clock=read_clock(),
        faults=[] if torch.error else faults(),
    )


def _read(path: str) -> str:
    """Return the text of a file, empty if it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _run(*command: str, given: bytes = b"") -> str | None:
    """Return what a command prints, None if it fails or is not there."""
    try:
        done = subprocess.run(command, input=given, capture_output=True, check=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace")


def _cpuinfo(key: str) -> str:
    for line in _read("/proc/cpuinfo").splitlines():
        name, _, value = line.partition(":")
        if name.strip() == key:
            return value.strip()
    return ""


def read_flags() -> frozenset[str]:
    """Return the instruction sets, as Linux calls them; empty elsewhere."""
    return frozenset((_cpuinfo("flags") or _cpuinfo("Features")).split())


def find_compiler() -> str:
    """Return the first line of the version of a compiler that takes C++20, empty if there is none.

    The candidates are those of the set-up: $CXX, c++, g++, clang++.
    """
    for name in (os.environ.get("CXX", ""), "c++", "g++", "clang++"):
        words = name.split()
        if (
            words
            and _run(*words, "-std=c++20", "-x", "c++", "-fsyntax-only", "-", given=_CPP20) == ""
        ):
            return (_run(*words, "--version") or name).splitlines()[0].strip()
    return ""


def read_torch() -> Torch:
    """Import torch and say for what it was built."""
    try:
        import torch
    except Exception as error:  # a broken installation fails in any way it likes
        return Torch(error=_line(error))
    build = ""
    if torch.version.cuda:
        build = f"CUDA {torch.version.cuda}"
    elif torch.version.hip:
        build = f"ROCm {torch.version.hip}"
    beside = Path(torch.__file__).parents[1] / "nvidia"
    size = sum(f.stat().st_size for f in beside.rglob("*.so*")) if build else 0
    return Torch(torch.__version__, build, size / 1e9)


def read_driver() -> str:
    """Return what an NVIDIA driver calls the first GPU, empty if there is none."""
    listed = _run("nvidia-smi", "--query-gpu=name,driver_version", "--format=csv,noheader")
    if listed and listed.strip():
        name, _, version = listed.splitlines()[0].partition(",")
        return f"{name.strip()} with driver {version.strip()}"
    return "an NVIDIA GPU" if Path("/proc/driver/nvidia/gpus").is_dir() else ""


def read_gpus(torch_build: Torch) -> tuple[Gpu, ...]:
    """Try a small product on each GPU that torch sees."""
    if torch_build.error or not torch_build.gpu_build:
        return ()
    import torch

    return tuple(_try_gpu(index) for index in range(torch.cuda.device_count()))


def _try_gpu(index: int) -> Gpu:
    import torch

    name = f"GPU {index}"
    try:
        name = torch.cuda.get_device_name(index)
        ones = torch.ones(256, 256, device=f"cuda:{index}")
        total = float((ones @ ones).sum())
        if total != 256.0**3:
            return Gpu(name, error=f"{total:g} came out, not {256.0**3:g}")
        return Gpu(name, *torch.cuda.mem_get_info(index))
    except Exception as error:  # drivers fail in many ways
        return Gpu(name, error=_line(error))


def read_backends(torch_build: Torch) -> Backends:
    """Measure what each backend does on the processor: five blocks of 64 channels, Connect Four."""
    if torch_build.error:
        return Backends()
    try:
        from zero.inference.choice import fastest, measure
        from zero.networks.network import NetworkShape, build
        from zero.settings.schema import NetworkSettings

        game = games.make("connect_four")
        network = build(NetworkShape.of(game), NetworkSettings(), seed=1)
        rates = measure(network, game, read_cores(), _MEASURE_SECONDS)
    except Exception as error:  # of a package that is not ours
        return Backends(error=_line(error))
    return Backends(rates, fastest(rates))


def read_cores() -> int:
    """Return the number of cores that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def read_quota() -> float | None:
    """Return how many cores a container lets its processes use at once; None without a limit."""
    quota, _, period = _read("/sys/fs/cgroup/cpu.max").partition(" ")
    if not period:  # the older layout
        quota = _read("/sys/fs/cgroup/cpu/cpu.cfs_quota_us")
        period = _read("/sys/fs/cgroup/cpu/cpu.cfs_period_us")
    with suppress(ValueError, ZeroDivisionError):
        cores = float(quota) / float(period)
        return cores if cores > 0 else None
    return None


def read_memory() -> tuple[int, int]:
    """Return the bytes of memory that are free and that there are, in this container."""
    known = {}
    for line in _read("/proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        known[name] = int(value.split()[0]) * 1024
    if "MemAvailable" not in known:  # not Linux
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        return total, total
    free, total = known["MemAvailable"], known["MemTotal"]
    with suppress(ValueError):
        limit = int(_read("/sys/fs/cgroup/memory.max"))
        used = int(_read("/sys/fs/cgroup/memory.current"))
        free, total = min(free, limit - used), min(total, limit)
    return free, total


def read_disk(runs_dir: Path) -> Disk:
    """Write, sync and open a database where the runs are, or would be; leaves nothing behind."""
    folder = runs_dir.absolute()
    while not folder.is_dir() and folder != folder.parent:
        folder = folder.parent
    kind = _filesystem(folder)
    try:
        free = shutil.disk_usage(folder).free
        with tempfile.TemporaryDirectory(prefix=".zero-doctor-", dir=folder) as place:
            milliseconds = _sync_ms(Path(place) / "file")
            error = _database_error(Path(place) / "database")
    except OSError as problem:
        return Disk(str(folder), writing_error=problem.strerror or str(problem), filesystem=kind)
    return Disk(str(folder), free, kind, database_error=error, sync_ms=milliseconds)


def _filesystem(folder: Path) -> str:
    """Return the kind of file system of a folder: that of the deepest mount above it."""
    best, kind = "", ""
    for line in _read("/proc/mounts").splitlines():
        _, mount, name, *_ = [*line.split(), "", "", ""]
        inside = folder == Path(mount) or Path(mount) in folder.parents
        if mount and inside and len(mount) >= len(best):
            best, kind = mount, name
    return kind


def _sync_ms(path: Path) -> float:
    """Return the milliseconds until 4 KiB are on disk, the median of five."""
    times = []
    with path.open("wb", buffering=0) as file:
        for _ in range(5):
            start = time.perf_counter()
            file.write(bytes(4096))
            os.fsync(file.fileno())
            times.append(1000.0 * (time.perf_counter() - start))
    return statistics.median(times)


def _database_error(path: Path) -> str:
    """Say what keeps SQLite's write-ahead log from working, as the databases of a run need it."""
    try:
        with closing(sqlite3.connect(path)) as writer, closing(sqlite3.connect(path)) as reader:
            mode = writer.execute("PRAGMA journal_mode=WAL").fetchone()[0]
            if mode != "wal":
                return f"its journal stays in mode {mode!r} instead of 'wal'"
            writer.execute("CREATE TABLE t (a)")
            writer.execute("INSERT INTO t VALUES (1)")
            writer.commit()
            if reader.execute("SELECT a FROM t").fetchall() != [(1,)]:
                return "a second reader does not see what was committed"
    except sqlite3.Error as error:
        return _line(error)
    return ""


def read_clock() -> Clock:
    """Let a fifth of a second pass on both clocks, and look at the date."""
    wall, steady = time.time(), time.monotonic()
    time.sleep(0.2)
    passed = time.time() - wall, time.monotonic() - steady
    newest = max(path.stat().st_mtime for path in Path(__file__).parents[2].glob("*/*.py"))
    return Clock(*passed, behind_files=max(0.0, newest - time.time()))


def _line(error: Exception) -> str:
    """Return the first line of what an exception says."""
    return next(iter(str(error).splitlines()), "") or type(error).__name__
