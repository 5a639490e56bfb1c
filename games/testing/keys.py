"""The promises of keys and hashes: they agree with equality."""

import games
from games.testing.failure import require


class Keys:
    """Keys agree with equality, over all states met."""

    def __init__(self) -> None:
        self._by_text: dict[str, games.State] = {}
        self._player_of_position: dict[int, tuple[int, str]] = {}
        self._observation_of_key: dict[int, tuple[bytes, str]] = {}
        self._key_of_observation: dict[bytes, tuple[int, str]] = {}

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
        seen = state.observation().tobytes()
        known, other = self._observation_of_key.setdefault(state.observation_key, (seen, text))
        require(
            known == seen,
            game,
            f"observation_key is the same for {other!r} and {text!r}, whose observations differ",
        )
        key, other = self._key_of_observation.setdefault(seen, (state.observation_key, text))
        require(
            key == state.observation_key,
            game,
            f"observation_key differs for {other!r} and {text!r}, whose observations are the same",
        )
