"""zero_core.pyi, which mypy and editors read, says what the native module is."""

from pathlib import Path

from nanobind.stubgen import StubGen

import zero_core

STUBS = Path(__file__).parents[2] / "zero_core.pyi"


def test_stubs_are_those_of_the_module_as_built() -> None:
    generator = StubGen(zero_core)
    generator.put(zero_core)
    _, written = STUBS.read_text().split("\n", 1)
    assert written == generator.get(), "run scripts/stubs"
