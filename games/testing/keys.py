"""The promises of keys and hashes: they agree with equality."""

import games
from games.testing.failure import require


class Keys:
    """Keys agree with equality, over all states met."""

    def __init__(self) -> None:
        self._by_text: dict[str, games.State] = {}
        self._player_of_position: dict[int, tuple[int, str]] = {}
        # Apart for states that are over, of which nobody asks what the network says.
        self._seen_of_key: dict[tuple[bool, int], tuple[bytes, list[int], str]] = {}
        self._key_of_seen: dict[tuple[bytes, tuple[int, ...]], tuple[int, str]] = {}

    def check(self, state: games.State) -> None:
        """Compares the state with all that came before it."""
        game, text = state.game, str(state)
        twin = self._by_text.setdefault(text, state)
        require(
            twin == state
            and hash(twin) == hash(state)
            and twin.position_key == state.position_key
            and twin.observation_key == state.observation_key,
            game,
            f"two states written {text!r} differ, or their keys do",
        )
        player, other = self._player_of_position.setdefault(
            state.position_key, (state.to_play, text)
        )
        require(
            player == state.to_play,
            game,
            f"position_key is the same for {other!r} and {text!r}, where the other player moves",
        )
        self._check_observation_key(state, text)

    def _check_observation_key(self, state: games.State, text: str) -> None:
        """What an evaluator said of a state is said of all states with the same key."""
        game, key = state.game, state.observation_key
        seen, legal = state.observation().tobytes(), state.legal_actions()
        known, actions, other = self._seen_of_key.setdefault(
            (state.is_terminal, key), (seen, legal, text)
        )
        both = f"for {other!r} and {text!r}, whose"
        require(known == seen, game, f"observation_key is the same {both} observations differ")
        require(actions == legal, game, f"observation_key is the same {both} legal actions differ")
        known_key, other = self._key_of_seen.setdefault((seen, tuple(legal)), (key, text))
        require(
            known_key == key,
            game,
            f"observation_key differs for {other!r} and {text!r}, whose observations and legal "
            "actions are the same",
        )
