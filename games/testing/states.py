"""The promises of a single state, and of one step."""

import itertools
import random

import numpy as np

import games
from games.errors import GameError
from games.testing.failure import ContractError, refuses, require

_NONSENSE = ("", " ", "?", "no such thing", "\n", "\x00", "é", "9" * 200)


def check_state(game: games.Game, state: games.State, rng: random.Random) -> None:
    """Everything that a state says of itself. `rng` chooses the illegal actions to try."""
    _check_actions(game, state)
    _check_end(game, state)
    _check_observation(game, state)
    _check_board(game, state)
    _check_text(game, state)
    _check_action_text(game, state)
    _check_refusals(game, state, rng)


def _check_actions(game: games.Game, state: games.State) -> None:
    """The legal actions: sorted, within their bounds, none exactly at the end; the mask."""
    legal = state.legal_actions()
    here = repr(str(state))
    require(state.to_play in (0, 1), game, f"to_play is {state.to_play} at {here}; it is 0 or 1")
    require(
        all(a < b for a, b in itertools.pairwise(legal)),
        game,
        f"legal_actions() is not in ascending order, or names one twice, at {here}: {legal}",
    )
    require(
        all(0 <= action < game.num_actions for action in legal),
        game,
        f"legal_actions() names an action outside 0 to {game.num_actions - 1} at {here}: {legal}",
    )
    require(
        len(legal) <= game.max_legal_actions,
        game,
        f"{len(legal)} legal actions at {here}; max_legal_actions is {game.max_legal_actions}",
    )
    require(
        (not legal) == state.is_terminal,
        game,
        f"is_terminal is {state.is_terminal} at {here}, which has {len(legal)} legal actions; "
        "there are none exactly at the end",
    )
    mask = state.legal_mask()
    require(
        mask.shape == (game.num_actions,) and mask.dtype == np.bool_,
        game,
        f"legal_mask() is {mask.dtype}{list(mask.shape)}; it is bool[{game.num_actions}]",
    )
    require(
        [int(action) for action in np.flatnonzero(mask)] == legal,
        game,
        f"legal_mask() and legal_actions() disagree at {here}",
    )


def _check_end(game: games.Game, state: games.State) -> None:
    """Returns exist at the end only, are -1, 0 or 1, and sum to zero."""
    here = repr(str(state))
    if not state.is_terminal:
        require(not state.ending, game, f"ending is {state.ending!r} before the end, at {here}")
        require(
            refuses(state.returns), game, f"returns() gives an answer before the end, at {here}"
        )
        return
    returns = state.returns()
    require(
        len(returns) == 2 and all(value in (-1, 0, 1) for value in returns),
        game,
        f"returns() is {returns} at {here}; it is two of -1, 0, 1",
    )
    require(sum(returns) == 0, game, f"returns() is {returns} at {here}; the sum must be 0")


def _check_observation(game: games.Game, state: games.State) -> None:
    """Shape and type; planes of 0 and 1; scalars that are finite and alike on all squares."""
    shape = game.observation
    here = repr(str(state))
    observation = state.observation()
    expected = (shape.planes + shape.scalars, shape.height, shape.width)
    require(
        observation.shape == expected and observation.dtype == np.float32,
        game,
        f"observation() is {observation.dtype}{list(observation.shape)} at {here}; it is "
        f"float32{list(expected)}",
    )
    planes, scalars = observation[: shape.planes], observation[shape.planes :]
    require(bool(np.isin(planes, (0.0, 1.0)).all()), game, f"a plane is neither 0 nor 1 at {here}")
    require(
        bool(np.isfinite(scalars).all()) and bool((scalars == scalars[:, :1, :1]).all()),
        game,
        f"a scalar of the observation is not finite, or differs between squares, at {here}",
    )
    require(
        np.array_equal(observation, state.observation()),
        game,
        f"observation() differs from one call to the next at {here}",
    )


def _check_board(game: games.Game, state: games.State) -> None:
    """The drawn board has its size, and actions end on it."""
    board, rows, here = game.board, state.board(), repr(str(state))
    require(
        len(rows) == board.height and all(len(row) == board.width for row in rows),
        game,
        f"board() is {rows} at {here}; it is {board.height} rows of {board.width} characters",
    )
    for action in state.legal_actions():
        square = state.square_of(action)
        require(
            -1 <= square < board.height * board.width,
            game,
            f"square_of({action}) is {square} at {here}, which is not on the board",
        )


def _check_text(game: games.Game, state: games.State) -> None:
    """str(state) is one line, and parse reads the same state back."""
    text = str(state)
    require(
        bool(text) and text.isprintable(), game, f"str(state) is not one printable line: {text!r}"
    )
    try:
        back = game.parse(text)
    except GameError as error:
        raise ContractError(
            f"{game.name}: parse refuses {text!r}, which str wrote: {error}"
        ) from error
    require(
        back == state or str(back) != text,
        game,
        f"another state is written {text!r} too; the text must say all of a state, the player to "
        "move included",
    )
    require(
        back == state and hash(back) == hash(state) and str(back) == text,
        game,
        f"parse(str(state)) is another state: {text!r} became {str(back)!r}",
    )


def _check_action_text(game: games.Game, state: games.State) -> None:
    """Legal actions have distinct names, and parse_action reads them back."""
    here = repr(str(state))
    legal = state.legal_actions()
    names = [state.action_to_string(action) for action in legal]
    require(len(set(names)) == len(names), game, f"two legal actions have the same name at {here}")
    for action, name in zip(legal, names, strict=True):
        require(
            not refuses(state.parse_action, name) and state.parse_action(name) == action,
            game,
            f"parse_action does not read {name!r}, the name of action {action}, back at {here}",
        )


def _check_refusals(game: games.Game, state: games.State, rng: random.Random) -> None:
    """What is not legal raises GameError and changes nothing."""
    text = str(state)
    legal = set(state.legal_actions())
    tried = rng.sample(range(game.num_actions), min(game.num_actions, 12))
    illegal = [action for action in tried if action not in legal]
    for action in [-1, game.num_actions, *illegal[:4]]:
        require(
            refuses(state.apply, action),
            game,
            f"apply({action}) is not legal at {text!r}, but raises no GameError",
        )
    for word in _NONSENSE:
        require(
            refuses(state.parse_action, word),
            game,
            f"parse_action({word!r}) raises no GameError at {text!r}",
        )
        require(
            refuses(game.parse, word),
            game,
            f"parse({word!r}) raises no GameError",
        )
    require(str(state) == text, game, f"a refused action changed {text!r} to {str(state)!r}")


def check_step(state: games.State, action: int, after: games.State) -> None:
    """States are values: playing an action leaves the state as it was, and always leads to one."""
    game = state.game
    text = str(state)
    again = state.apply(action)
    require(str(state) == text, game, f"apply({action}) changes the state it is called on: {text}")
    require(
        again == after and str(again) == str(after),
        game,
        f"apply({action}) at {text!r} leads to {str(again)!r} and to {str(after)!r}",
    )
    require(after != state, game, f"apply({action}) at {text!r} leads to the same state")
    square = state.square_of(action)
    require(
        square < 0 or "".join(state.board())[square] != "".join(after.board())[square],
        game,
        f"square_of({action}) is {square} at {text!r}, but nothing changes there",
    )
