# The set-up behind scripts/zero, scripts/test and scripts/lint. To be sourced, not run.
#
# `prepare` (or `prepare dev`, with the tools for tests and linting) leaves a .venv that holds the
# pinned packages and an editable installation, with the native core built from the present sources.
# When nothing has changed that costs a few milliseconds: one checksum of the files that decide the
# installation, and one search for a C++ source newer than the core.
#
# A set-up that was interrupted is repeated: the stamps are written last, and a .venv in which pip was
# killed is made anew. Two first calls at once wait for each other. Works with bash 3.2 and later.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
venv=$root/.venv
core=$root/build/venv        # CMake's tree of the core that .venv uses
log=$root/build/setup.log    # what pip and the compiler said, shown only if they fail
stamp=$venv/zero-installed   # its text says what the installation was made from
built=$venv/zero-built       # its time is that of the last build
unfinished=$venv/zero-unfinished

say() { printf 'zero: %s\n' "$*" >&2; }

fail() {
  say "$@"
  exit 1
}

# Leaves everything ready, or ends the script with one message. $1: "dev" or nothing.
prepare() {
  local extras=${1-}
  if installed "$extras" && core_is_fresh; then return; fi
  trap 'say "set-up interrupted; the next call goes on with it"; exit 130' INT TERM HUP
  local python compiler
  python=$(usable_venv || find_python) || no_python
  compiler=$(find_compiler) || no_compiler
  export CXX=$compiler
  lock "$python"
  if ! installed "$extras" || [ ! -f "$core/CMakeCache.txt" ]; then
    make_venv "$python"
    install "$extras"
  elif ! core_is_fresh; then
    rebuild
  fi
  exec 9>&-
  trap - INT TERM HUP
}

# ---- is there anything to do? ----------------------------------------------------------------

# What the installation depends on: a change of any of it installs again. The names of the modules are
# part of it, because an editable installation remembers where each one was.
fingerprint() {
  printf '%s\n' "$root"
  (
    cd -- "$root" && cksum pyproject.toml constraints.txt scripts/prepare.sh &&
      find games selfplay arena zero -name '*.py' | LC_ALL=C sort | cksum
  )
}

# True if .venv was made from these files, with at least these extras.
installed() {
  [ -x "$venv/bin/zero" ] && [ -x "$venv/bin/python" ] && [ -f "$stamp" ] || return 1
  local recorded current
  recorded=$(<"$stamp")
  current=$(fingerprint)
  [ "$recorded" = "$current"$'\n'dev ] ||
    { [ "$1" != dev ] && [ "$recorded" = "$current"$'\n'base ]; }
}

# True if no native source, and no folder that holds them, is newer than the core.
core_is_fresh() {
  [ -f "$built" ] && [ -z "$(
    cd -- "$root" && find CMakeLists.txt games selfplay zero -newer "$built" \
      \( -name '*.[ch]pp' -o -name CMakeLists.txt -o -type d -path '*/native*' \) -print 2>&1
  )" ]
}

# ---- what the machine has --------------------------------------------------------------------

# Prints the Python of .venv if that is whole: not half-made, of this checkout, with a working pip.
usable_venv() {
  [ ! -f "$unfinished" ] && [ -x "$venv/bin/python" ] || return 1
  [ ! -f "$stamp" ] || [ "$(head -n 1 "$stamp")" = "$root" ] || return 1
  "$venv/bin/python" -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null &&
    printf '%s' "$venv/bin/python"
}

# Prints the first Python that can make a virtual environment and compile an extension. A name found
# on the PATH may be a shim for a Python that is not there, so each is run.
find_python() {
  local candidate
  for candidate in ${ZERO_PYTHON:+"$ZERO_PYTHON"} \
    python3.14 python3.13 python3.12 python3.11 python3; do
    if usable_python "$candidate"; then
      command -v -- "$candidate"
      return
    fi
  done
  return 1
}

usable_python() {
  "$1" - >/dev/null 2>&1 <<'PYTHON'
import ensurepip, pathlib, sys, sysconfig, venv
header = pathlib.Path(sysconfig.get_path("include"), "Python.h")
sys.exit(not (sys.version_info >= (3, 11) and header.exists()))
PYTHON
}

# Prints the first compiler that takes C++20.
find_compiler() {
  local candidate
  for candidate in ${CXX:+"$CXX"} c++ g++ clang++; do
    if $candidate -std=c++20 -x c++ -fsyntax-only - >/dev/null 2>&1 <<'SOURCE'; then
#include <bit>
#include <concepts>
#include <span>
template <typename T>
concept Number = std::integral<T>;
int bits(std::span<const unsigned> words) { return std::popcount(words[0]); }
SOURCE
      printf '%s' "$candidate"
      return
    fi
  done
  return 1
}

no_python() {
  local found=none apt='python3 python3-venv python3-dev' dnf=python3-devel
  if python3 -c '' 2>/dev/null; then
    found=$(python3 -c 'import platform; print("python3", platform.python_version())')
    if ! python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
      apt='python3.11 python3.11-venv python3.11-dev' dnf=python3.11-devel
    fi
  fi
  fail "needs Python 3.11 or newer with venv and the C headers; found: $found. To install it:
    $(mending_line "$apt" "$dnf" python@3.13)
  or name one that is elsewhere: ZERO_PYTHON=/path/to/python3 scripts/zero ..."
}

no_compiler() {
  fail "needs a C++20 compiler (g++ 11, clang++ 14, or newer) and found none. To install one:
    $(mending_line g++ gcc-c++ gcc)"
}

# The command that installs something here. $1: Debian packages, $2: Fedora's, $3: Homebrew's.
mending_line() {
  local sudo='sudo '
  if [ "$(id -u)" = 0 ]; then sudo=; fi
  if command -v apt-get >/dev/null; then
    printf '%sapt-get install -y %s' "$sudo" "$1"
  elif command -v dnf >/dev/null; then
    printf '%sdnf install -y %s' "$sudo" "$2"
  elif command -v brew >/dev/null; then
    printf 'brew install %s' "$3"
  else
    printf 'install what Debian calls: %s' "$1"
  fi
}

# ---- the work --------------------------------------------------------------------------------

# Waits for any other set-up of this checkout. The lock is on an open file, so that it goes when its
# holders do, however they end. Python ($1) takes it: not every system has a flock command.
lock() {
  if ! { mkdir -p "$root/build" && exec 9>"$root/build/setup.lock"; } 2>/dev/null; then
    fail "cannot write to $root/build, where the core is built"
  fi
  "$1" -c '
import fcntl, sys
try:
    fcntl.flock(9, fcntl.LOCK_EX | fcntl.LOCK_NB)
except BlockingIOError:
    print("zero: waiting for another set-up of this checkout to end", file=sys.stderr)
    fcntl.flock(9, fcntl.LOCK_EX)
' || fail "could not lock $root/build/setup.lock"
  : >"$log"
}

make_venv() {
  if usable_venv >/dev/null; then return; fi
  # Another call may have removed the .venv whose Python was chosen before the lock was had.
  local python
  python=$(find_python) || no_python
  say "first call: making .venv with $("$python" --version)"
  if [ "$(uname)" = Linux ] && ! command -v nvidia-smi >/dev/null &&
    [ -z "${PIP_INDEX_URL-}${PIP_EXTRA_INDEX_URL-}${PIP_FIND_LINKS-}" ]; then
    say 'no NVIDIA GPU here: "Install" in README.md says how to do without gigabytes of CUDA'
  fi
  rm -rf "$venv" "$core" || fail "cannot remove the unusable $venv"
  quietly 'making .venv' "$python" -m venv "$venv"
}

install() {
  local extras=$1
  if [ -f "$stamp" ] && [ "$(tail -n 1 "$stamp")" = dev ]; then extras=dev; fi
  say 'installing the packages and building the core (minutes at first, seconds later)'
  : >"$unfinished"
  rm -f "$stamp"
  : >"$built.new"
  install_packages --config-settings=build-dir="$core" -e "$root${extras:+[$extras]}"
  mv -f "$built.new" "$built"
  { fingerprint && printf '%s\n' "${extras:-base}"; } >"$stamp.new"
  mv -f "$stamp.new" "$stamp"
  rm -f "$unfinished"
}

# Installs into .venv what pip's arguments say. What is built from source, the core above all, is built
# with the tools that .venv has, so that later builds find the same CMake and nanobind.
install_packages() {
  pip setuptools scikit-build-core nanobind cmake ninja
  pip --no-build-isolation "$@"
}

pip() {
  PATH=$venv/bin:$PATH quietly 'installing' "$venv/bin/python" -m pip install \
    --disable-pip-version-check --no-input --progress-bar off -c "$root/constraints.txt" "$@"
}

# The new core is renamed into place: a run that has the old one loaded keeps it.
rebuild() {
  say 'the C++ sources have changed: building the core'
  : >"$built.new"
  PATH=$venv/bin:$PATH quietly 'building the core' "$venv/bin/cmake" --build "$core"
  local module site
  module=$(cd -- "$core" && printf '%s' zero_core.*.so)
  site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("platlib"))')
  cp -f "$core/$module" "$site/$module.new"
  mv -f "$site/$module.new" "$site/$module"
  mv -f "$built.new" "$built"
}

# Runs a command with its output in the log, whose end is shown if it fails. A pip that failed by
# itself leaves a sound .venv; one that was killed may have left half a package.
quietly() {
  local what=$1 status=0
  shift
  "$@" >>"$log" 2>&1 || status=$?
  if [ "$status" = 0 ]; then return; fi
  if [ "$status" -lt 128 ]; then rm -f "$unfinished"; fi
  tail -n 40 "$log" >&2
  fail "$what failed (exit code $status); the lines above end $log"
}
