"""The checks of a machine: its facts (`Machine`), and what each check makes of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from zero.doctor import limits
from zero.doctor.finding import Finding, judged

_GIB = 1 << 30
# What the core is built with where the processor has it.
CORE_INSTRUCTIONS = ("popcnt", "bmi2", "avx2", "avx512f")
# Products of bytes, four at a time: without them int8 is no faster than float32.
INT8_INSTRUCTIONS = ("avx512_vnni", "avx_vnni", "amx_int8", "asimddp")
# SQLite's log in shared memory, and locks, work on one machine only.
NETWORK_FILESYSTEMS = ("nfs", "cifs", "smb", "9p", "sshfs", "lustre", "ceph", "gluster", "afs")


@dataclass(frozen=True)
class Torch:
    """The installed torch. `error`: why it cannot be imported."""

    version: str = ""
    gpu_build: str = ""  # "CUDA 12.8" or "ROCm 6.3"; empty in a build for processors
    gpu_gigabytes: float = 0.0  # of libraries for GPUs that were installed beside it
    error: str = ""


@dataclass(frozen=True)
class Gpu:
    """What torch says about a GPU. `error`: why a product on it failed."""

    name: str = ""
    free: int = 0  # bytes
    total: int = 0
    error: str = ""


@dataclass(frozen=True)
class Backends:
    """The ways to evaluate on the processor. `error`: why one of them fails."""

    rates: Mapping[str, float] = field(default_factory=dict)  # evaluations/s, all cores
    fastest: str = ""  # what inference.backend=auto takes
    error: str = ""


@dataclass(frozen=True)
class Disk:
    """The disk that runs are written to. Errors are empty if all went well."""

    folder: str
    free: int = 0  # bytes
    filesystem: str = ""
    writing_error: str = ""
    database_error: str = ""
    sync_ms: float = 0.0


@dataclass(frozen=True)
class Clock:
    """The clock: two measures of the same stretch, and the time of the program's newest file."""

    wall_seconds: float
    monotonic_seconds: float
    behind_files: float = 0.0  # seconds by which a file of ours is newer than now


@dataclass(frozen=True)
class Machine:
    """All facts that the checks of a machine judge."""

    python: str
    processor: str
    flags: frozenset[str]  # instruction sets, as in /proc/cpuinfo; empty where that is not told
    core_build: dict[str, str]  # of games.build_info
    compiler: str  # its version, empty if none takes C++20
    headers: bool  # whether Python's C headers are there
    torch: Torch
    driver: str  # what the driver of a GPU calls it, empty if there is none
    gpus: tuple[Gpu, ...]
    backends: Backends
    cores: int
    quota: float | None  # cores that a container may use at once
    load: float  # mean number of running tasks in the last minute
    memory_free: int  # bytes
    memory_total: int
    disk: Disk
    clock: Clock
    faults: list[str] = field(default_factory=list)  # of the core's self-check


def check_core(machine: Machine) -> Finding:
    """Is the core built for this processor?"""
    built = machine.core_build.get("instructions", "").split()
    unused = [name for name in CORE_INSTRUCTIONS if name in machine.flags and name not in built]
    text = (
        f"Python {machine.python}, core built by {machine.core_build.get('compiler', '?')}"
        f" with {' '.join(built) or 'no special instructions'}"
    )
    if machine.core_build.get("kind") == "debug":
        advice = "build the core with CMAKE_BUILD_TYPE=Release: a debug build is many times slower"
        return Finding("core", "look", f"{text}, for debugging", advice)
    if unused:
        return Finding(
            "core",
            "look",
            f"{text}; this processor also has {' '.join(unused)}",
            "the core was built for another machine, or for any: build it here, without "
            "CMAKE_ARGS=-DZERO_NATIVE=OFF (rm -r build .venv, then scripts/zero games)",
        )
    return Finding("core", "ok", text)


def check_faults(machine: Machine) -> Finding:
    """Does the core do what it must, here and now?"""
    if not machine.faults:
        found = "random games, self-play and a forward pass repeat exactly and agree with torch"
        return Finding("self-check", "ok", found)
    advice = "build the core and install torch anew; if it stays, test the memory of the machine"
    return Finding("self-check", "wrong", "; ".join(machine.faults), advice)


def check_compiler(machine: Machine) -> Finding:
    """Can the core be built again?"""
    if not machine.compiler:
        advice = (
            "needed only to build the core again: install g++ 11, clang++ 14 or newer "
            "(Debian: apt-get install g++; Fedora: dnf install gcc-c++; macOS: xcode-select "
            "--install)"
        )
        return Finding("compiler", "look", "no compiler takes C++20", advice)
    if not machine.headers:
        advice = "needed only to build the core again (Debian: apt-get install python3-dev)"
        return Finding(
            "compiler", "look", f"{machine.compiler}, but no C headers of Python", advice
        )
    return Finding("compiler", "ok", f"{machine.compiler} takes C++20")


def check_torch(machine: Machine) -> Finding:
    """Does the build of torch fit the machine?"""
    torch = machine.torch
    if torch.error:
        advice = "install torch anew: pip install --force-reinstall torch"
        return Finding("torch", "wrong", f"torch cannot be imported: {torch.error}", advice)
    if machine.driver and not torch.gpu_build:
        advice = (
            "install the build for GPUs: pip install --force-reinstall torch, without the index "
            "of CPU wheels (unset PIP_EXTRA_INDEX_URL)"
        )
        found = f"torch {torch.version} is for processors only, but there is {machine.driver}"
        return Finding("torch", "wrong", found, advice)
    if torch.gpu_build and not machine.driver and not machine.gpus:
        advice = (
            "it works, but fills the disk: pip install --force-reinstall torch --index-url "
            "https://download.pytorch.org/whl/cpu, then pip uninstall what is called nvidia-*"
        )
        found = f"torch {torch.version} is built for {torch.gpu_build}, and there is no GPU"
        if torch.gpu_gigabytes >= 0.1:
            found += f": {torch.gpu_gigabytes:.1f} GB of libraries do nothing here"
        return Finding("torch", "look", found, advice)
    return Finding("torch", "ok", f"torch {torch.version}, {torch.gpu_build or 'for processors'}")


def check_gpu(machine: Machine) -> Finding:
    """Can a GPU be used?"""
    if not machine.gpus:
        if machine.driver and machine.torch.gpu_build:
            advice = (
                "its driver is too old for torch, or the GPU is hidden (CUDA_VISIBLE_DEVICES, a "
                "container without --gpus all): compare nvidia-smi with torch's build"
            )
            found = f"there is {machine.driver}, but torch sees none"
            return Finding("gpu", "wrong", found, advice)
        found = f"{machine.driver or 'none'}; the processor does all of the work"
        return Finding("gpu", "ok", found)
    for gpu in machine.gpus:
        if gpu.error:
            advice = (
                "until that is mended (driver, or a build of torch for this GPU), train with "
                "--device cpu"
            )
            found = f"{gpu.name}: a small product on it fails: {gpu.error}"
            return Finding("gpu", "wrong", found, advice)
    best = max(machine.gpus, key=lambda gpu: gpu.free)
    found = f"{best.name}, {best.free / _GIB:.1f} of {best.total / _GIB:.1f} GiB free"
    if best.free < _GIB:
        advice = "another program holds its memory (nvidia-smi lists them): end it"
        return Finding("gpu", "look", found, advice)
    return Finding("gpu", "ok", found)


def check_backend(machine: Machine) -> Finding:
    """Is the fastest inference that this processor can do installed?"""
    if any(not gpu.error for gpu in machine.gpus):
        return Finding("inference", "ok", "on the GPU")
    backends = machine.backends
    if backends.error:
        advice = "install openvino anew or uninstall it; --set inference.backend=torch works always"
        return Finding("inference", "wrong", f"a backend fails: {backends.error}", advice)
    if not backends.rates:
        return Finding("inference", "early", "not measured without torch")
    rates = sorted(backends.rates.items(), key=lambda pair: -pair[1])
    listed = ", ".join(f"{name} {rate / 1000:.1f} k" for name, rate in rates)
    found = f"auto takes {backends.fastest}: {listed} evaluations/s (5 x 64, Connect Four)"
    int8 = [name for name in INT8_INSTRUCTIONS if name in machine.flags]
    if int8 and set(backends.rates) == {"torch"}:
        advice = (
            "pip install openvino (from a clone: .venv/bin/pip): it evaluates in int8, 3 to 5 "
            "times as fast"
        )
        found += f"; this processor multiplies bytes ({int8[0]}), which torch does not"
        return Finding("inference", "look", found, advice)
    return Finding("inference", "ok", found)


def check_cores(machine: Machine) -> Finding:
    """Are the cores there for us?"""
    if machine.quota is not None and machine.quota < machine.cores - 0.5:
        found = f"{machine.cores} cores, but this container may use {machine.quota:g} at once"
        advice = (
            f"give --threads {max(1, int(machine.quota))}: threads beyond that are held up in the "
            "middle of a batch"
        )
        return Finding("cores", "look", found, advice)
    busy = machine.load / machine.cores
    found = f"{machine.cores} cores of {machine.processor}, load {machine.load:.1f}"
    advice = (
        "other work takes them (top lists it; a run of your own is no fault): end it, or measure "
        "and train when it is over"
    )
    return judged("cores", limits.LOAD.mark(busy), found, advice)


def check_memory(machine: Machine) -> Finding:
    """Is there room to train?"""
    free = machine.memory_free / _GIB
    found = f"{free:.1f} of {machine.memory_total / _GIB:.1f} GiB free"
    advice = "end other programs, or take fewer slots, a smaller window or network"
    return judged("memory", limits.MEMORY_GIB.mark(free), found, advice)


def check_disk(machine: Machine) -> Finding:
    """Is there room for runs?"""
    disk = machine.disk
    if disk.writing_error:
        advice = "go to a folder that you may write to, or give --runs-dir"
        found = f"{disk.folder} cannot be written: {disk.writing_error}"
        return Finding("disk", "wrong", found, advice)
    free = disk.free / _GIB
    advice = f"free some space: a run stops when the disk of {disk.folder} is full"
    found = f"{free:.1f} GiB free in {disk.folder}"
    return judged("disk", limits.DISK_GIB.mark(free), found, advice)


def check_database(machine: Machine) -> Finding:
    """Do the databases of a run work on this disk, and does it sync?"""
    disk = machine.disk
    advice = "keep runs on a local disk (--runs-dir), and copy them afterwards"
    where = f"{disk.folder} ({disk.filesystem or 'unknown'} file system)"
    if disk.writing_error:
        return Finding("databases", "early", "not tried: nothing can be written there")
    if disk.database_error:
        found = f"SQLite fails in {where}: {disk.database_error}"
        return Finding("databases", "wrong", found, advice)
    if any(name in disk.filesystem for name in NETWORK_FILESYSTEMS):
        found = f"{where} is shared over a network, where locks and logs cannot be relied on"
        return Finding("databases", "look", found, advice)
    found = f"a write is on disk after {disk.sync_ms:.1f} ms in {where}"
    return judged("databases", limits.SYNC_MS.mark(disk.sync_ms), found, advice)


def check_clock(machine: Machine) -> Finding:
    """Do the clocks agree, and is the date possible?"""
    clock = machine.clock
    advice = "set the clock (timedatectl set-ntp true): times of runs and files will mislead"
    if clock.behind_files > 86_400:
        days = clock.behind_files / 86_400
        found = f"the date is {days:.0f} days before that of the newest file here"
        return Finding("clock", "look", found, advice)
    drift = abs(clock.wall_seconds / clock.monotonic_seconds - 1.0)
    found = f"wall clock and steady clock agree to {100 * drift:.1f} %"
    return judged("clock", limits.CLOCK_DRIFT.mark(drift), found, advice)


CHECKS: tuple[Callable[[Machine], Finding], ...] = (
    check_core,
    check_faults,
    check_compiler,
    check_torch,
    check_gpu,
    check_backend,
    check_cores,
    check_memory,
    check_disk,
    check_database,
    check_clock,
)


def examine(machine: Machine) -> list[Finding]:
    """Return what every check says, in order."""
    return [check(machine) for check in CHECKS]
