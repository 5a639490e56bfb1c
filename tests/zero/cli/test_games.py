"""`zero games show`: a position on the screen, as a picture, as JSON, and out of a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from zero import cli

Zero = Callable[..., tuple[int, str, str]]


@pytest.fixture
def zero(capsys: pytest.CaptureFixture[str]) -> Zero:
    """Run `zero games show` in this process: (exit code, stdout, stderr)."""

    def run(*words: object) -> tuple[int, str, str]:
        code = cli.run(["games", "show", *map(str, words)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def refused(zero: Zero, *words: object) -> str:
    code, out, err = zero(*words)
    assert (code, out) == (2, "")
    assert err.startswith("zero: ") and err.count("\n") == 1
    return err


BAD = [
    (("conect_four",), "did you mean 'connect_four'"),
    (("othello?size=5",), "size='5' is not possible; give 4, 6 or 8"),
    (("othello", "xx"), "othello: 'xx' must end in"),
    (("othello", "--moves", "d3 d3"), "move 2: othello: 'd3' is not legal here"),
    (("othello", "--ply", "3"), "--ply and --number need --file"),
    (("othello", "x", "--file", "a.sgf"), "a position or --file, not both"),
    (("othello", "--file", "none.sgf"), "none.sgf cannot be read"),
    (("othello", "--file", "none.txt"), "ends in .sgf or .pgn"),
    (("othello", "--out", "board.jpg"), "svg or png, not 'jpg'"),
    (("othello", "--out", "board"), "svg or png, not ''"),
    (("othello", "--out", "no/board.svg"), "no/board.svg cannot be written"),
]


@pytest.mark.parametrize(("words", "message"), BAD, ids=[" ".join(words) for words, _ in BAD])
def test_bad_input_is_one_line_and_exit_code_2(
    zero: Zero, words: tuple[str, ...], message: str
) -> None:
    assert message in refused(zero, *words)


def test_a_position_is_drawn(zero: Zero, tmp_path: Path) -> None:
    code, out, err = zero("othello", "--moves", "d3 c3")
    assert (code, err) == (0, "")
    assert " 3  .  . [o] x  .  .  .  .\n" in out
    assert "x to move; 4 legal: b3 c4 f5 e6\n" in out
    text = out.partition("text: ")[2].strip()
    assert zero("othello", text)[1] == out.replace("[o]", " o ")
    over = "xxx/oo./... "
    code, out, _ = zero("tic_tac_toe", over.strip())
    assert (code, "x has won\n" in out) == (0, True)
    code, out, _ = zero("hex?size=3", "--json")
    shown = json.loads(out)
    assert (shown["game"], shown["board"], shown["to_play"]) == ("hex?size=3", ["..."] * 3, 0)
    assert (shown["returns"], len(shown["legal"])) == (None, 9)
    for name in ("board.svg", "board.PNG"):
        code, _, err = zero("go?size=9", "--moves", "e5", "--out", tmp_path / name)
        assert (code, err) == (0, f"wrote {tmp_path / name}\n")
        assert (tmp_path / name).stat().st_size > 1000


def test_games_come_from_files(zero: Zero, tmp_path: Path) -> None:
    file = tmp_path / "two.sgf"
    file.write_text("(;GM[2]SZ[6];B[cb];W[bb];B[bc])(;GM[2]SZ[4])")
    code, out, _ = zero("othello", "--file", file)
    assert (code, out.partition("\n")[0]) == (0, "othello?size=6")
    assert "[x]" in out and "o to move" in out
    shown = zero("othello", "--file", file, "--ply", 2, "--moves", "b3")[1]
    assert shown == out
    assert "[" not in zero("othello", "--file", file, "--ply", 0)[1]
    assert zero("othello", "--file", file, "--number", 2)[1].startswith("othello?size=4\n")
    for words, message in (
        (("othello", "--ply", 4), "the game has 3 plies; --ply 4"),
        (("othello", "--number", 3), "has no game 3; it has 2"),
        (("hex",), "has a game of othello?size=6, not of hex"),
        (("othello?size=8",), "the file is of othello on 6 x 6, not of othello"),
    ):
        assert message in refused(zero, *words, "--file", file)
    file.write_text("(;GM[2];B[aa])")
    assert "SGF game 1, move 1: B[aa]" in refused(zero, "othello", "--file", file)


def test_chess_takes_any_fen_and_moves_in_san(zero: Zero) -> None:
    code, out, _ = zero("chess", "8/P6k/8/8/8/8/8/K7 w - -", "--moves", "a8=Q")
    assert (code, "[Q]" in out, "black to move; " in out) == (0, True, True)
    code, out, _ = zero("chess", "--moves", "1. f3 e5 2. g4 Qh4#")
    assert (code, "black has won (checkmate)\n" in out) == (0, True)
    assert "chess: 'Qh5' is not a move here" in refused(zero, "chess", "--moves", "Qh5")


def test_the_result_of_a_file_is_that_of_its_last_position(zero: Zero, tmp_path: Path) -> None:
    file = tmp_path / "game.sgf"
    file.write_text("(;GM[11]SZ[5]RE[B+R];B[c3];W[b2])")
    code, out, _ = zero("hex", "--file", file)
    assert (code, "x has won (the players ended it here)\n" in out) == (0, True)
    code, out, _ = zero("hex", "--file", file, "--ply", "1")
    assert (code, "o to move" in out, "won" in out) == (0, True, False)
