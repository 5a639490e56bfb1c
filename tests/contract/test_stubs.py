"""stubs/zero_core, which mypy and editors read, says what the native module is."""

from stubs import FOLDER, stubs


def test_the_stubs_are_those_of_the_module_as_built() -> None:
    built = dict(stubs())
    assert set(built) == set(FOLDER.iterdir())
    changed = [path.name for path, text in built.items() if path.read_text() != text]
    assert changed == [], "run scripts/dev stubs"
