"""stubs/zero_core, which mypy and editors read, says what the native module is."""

import sys
from pathlib import Path

import pytest
from nanobind.stubgen import StubGen

import zero_core

STUBS = Path(__file__).parents[2] / "stubs/zero_core"
MODULES = sorted(name for name in sys.modules if name.partition(".")[0] == zero_core.__name__)


def file_of(module: str) -> Path:
    return STUBS / f"{module.partition('.')[2] or '__init__'}.pyi"


def test_there_is_a_file_for_each_module_and_no_other() -> None:
    assert {file_of(module) for module in MODULES} == set(STUBS.iterdir())


@pytest.mark.parametrize("name", MODULES)
def test_stubs_are_those_of_the_module_as_built(name: str) -> None:
    module = sys.modules[name]
    generator = StubGen(module)
    generator.put(module)
    _, written = file_of(name).read_text().split("\n", 1)
    assert written == generator.get(), "run scripts/stubs"
