import threading

import pytest

import games
from arena.players.limit import OWN, UNTIL_STOPPED, Limit
from arena.players.player import Player
from arena.players.position import Position
from arena.players.random import RandomPlayer
from arena.players.specs import resolve
from arena.players.thinking import Decision
from arena.session import Refusal, Session, Tally, adviser_for
from games.errors import GameError
from selfplay.seeds import mix

CONNECT_FOUR = games.make("connect_four")
TIC_TAC_TOE = games.make("tic_tac_toe")


class Scripted(Player):
    """Plays given moves in turn, and remembers what it was asked."""

    name = "scripted"

    def __init__(self, *actions):
        self.actions = list(actions)
        self.asked = []

    def choose(self, positions, limit, seeds):
        self.asked += zip(positions, [limit] * len(positions), seeds, strict=True)
        return [Decision(self.actions.pop(0)) for _ in positions]


def against(player, game=TIC_TAC_TOE, side=0, **options):
    """A session in which a person has the side, and a player the other one."""
    return Session(game, (None, player) if side == 0 else (player, None), **options)


def answer(session):
    """Lets players move until a person is to move or the game is over."""
    while session.to_move is not None:
        session.answer(session.think())


def play(session, *actions):
    for action in actions:
        session.play(action)
        answer(session)


def test_a_game_from_the_first_move_to_the_last():
    session = against(Scripted(3, 4))
    assert (session.person, session.to_move, session.is_over) == (0, None, False)
    session.play(0)
    assert session.to_move is session.seats[1]
    answer(session)
    assert [position.actions for position in session.line] == [(), (0,), (0, 3)]
    play(session, 1)
    assert session.returns is None
    session.play(2)
    assert session.is_over and session.returns == (1, -1) and session.to_move is None
    assert session.tally == Tally(wins=1)
    with pytest.raises(Refusal, match="already over"):
        session.play(8)


def test_what_is_not_legal_changes_nothing():
    session = against(Scripted(), CONNECT_FOUR)
    before = session.position
    with pytest.raises(GameError):
        session.play(7)
    with pytest.raises(Refusal, match="your move"):
        session.think()
    assert session.position is before and session.branches == []


def test_players_are_asked_with_line_limit_and_seed():
    player, limit = Scripted(4, 8), Limit(simulations=5)
    session = against(player, seed=77, limit=limit)
    play(session, 0, 1)
    session.begin()
    player.actions = [3]
    play(session, 0)
    assert [position.actions for position, _, _ in player.asked] == [(0,), (0, 4, 1), (0,)]
    assert {limit for _, limit, _ in player.asked} == {limit}
    assert [seed for _, _, seed in player.asked] == [mix(77, 1, 1), mix(77, 1, 3), mix(77, 2, 1)]


def test_taking_back_takes_the_answer_too():
    session = against(Scripted(4, 8, 5))
    play(session, 0, 1)
    session.take_back()
    assert session.position.actions == (0, 4)
    session.take_back()
    assert session.position.actions == ()
    with pytest.raises(Refusal, match="nothing to take back"):
        session.take_back()


def test_taking_back_as_second_keeps_the_first_move():
    session = against(Scripted(4, 0), side=1)
    answer(session)
    with pytest.raises(Refusal, match="not moved yet"):
        session.take_back()
    play(session, 2)
    session.take_back()
    assert session.position.actions == (4,)


def test_what_was_taken_back_comes_again():
    session = against(Scripted(4, 8))
    play(session, 0, 1)
    whole, decisions = session.position, session.decisions
    session.take_back()
    session.take_back()
    session.redo()
    assert session.position.actions == (0, 4)
    session.redo()
    assert (session.position, session.decisions) == (whole, decisions)
    assert decisions == [None, Decision(4), None, Decision(8)]
    with pytest.raises(Refusal, match="nothing to replay"):
        session.redo()


def test_branches_are_kept():
    session = against(Scripted(4, 8, 5))
    play(session, 0, 1)
    session.take_back()
    play(session, 2)
    assert session.position.actions == (0, 4, 2, 5)
    session.take_back()
    assert session.branches == [1, 2]
    session.redo()
    assert session.position.actions == (0, 4, 2, 5), "redo follows the newest branch"
    session.take_back()
    session.play(1)
    assert session.branches == [8]
    session.play(8)
    assert session.decisions[-1] == Decision(8), "what the player thought there is still known"


def test_going_back_to_a_ply():
    session = against(Scripted(4, 8))
    play(session, 0, 1)
    session.take_back(1)
    assert session.position.actions == (0,) and session.to_move is not None
    session.redo()
    assert session.position.actions == (0, 4)
    for ply in (-1, 3):
        with pytest.raises(Refusal, match=f"no ply {ply} to go back to; give 0 to 2"):
            session.take_back(ply)


def test_a_finished_game_can_be_taken_back_and_then_does_not_count():
    session = against(Scripted(3, 4))
    play(session, 0, 1, 2)
    assert session.tally == Tally(wins=1)
    session.take_back()
    assert not session.is_over and session.tally == Tally()
    session.redo()
    assert session.tally == Tally(wins=1)


def test_resigning():
    session = against(Scripted(), side=1, seed=1)
    session.resign()
    assert (session.is_over, session.resigned, session.returns) == (True, 1, (1, -1))
    assert session.tally == Tally(losses=1)
    for late in (session.resign, session.think, session.change_sides):
        with pytest.raises(Refusal, match="already over"):
            late()
    session.take_back()
    assert not session.is_over and session.tally == Tally()
    session.resign(0)
    assert session.tally == Tally(wins=1)


def test_games_add_up_over_changes_of_sides():
    session = against(Scripted(3, 4))
    play(session, 0, 1, 2)
    session.begin(seats=(session.seats[1], None))
    assert session.tally == Tally(wins=1) and session.person == 1
    session.resign()
    session.begin()
    session.begin()  # a game that nobody finished does not count
    assert session.tally == Tally(wins=1, losses=1) and session.tally.games == 2


def test_changing_sides_in_the_middle():
    player = Scripted(4, 8)
    session = against(player)
    play(session, 0)
    session.change_sides()
    assert session.person == 1 and session.to_move is player
    answer(session)
    assert session.position.actions == (0, 4, 8)


def test_a_hint_plays_nothing():
    session = against(RandomPlayer(), seed=3)
    assert session.adviser.name == "rollouts"
    decision = session.hint(Limit(simulations=20)).finish()
    assert decision.thought.simulations == 20
    assert session.position.actions == () and session.decisions == []
    session.resign()
    with pytest.raises(Refusal, match="no move to find"):
        session.hint()


def test_who_gives_hints():
    searching = resolve("mcts:30", TIC_TAC_TOE)
    assert adviser_for(None, searching) is searching
    assert adviser_for(RandomPlayer(), None).name == "rollouts"
    assert Session(TIC_TAC_TOE, (RandomPlayer(), searching)).adviser is searching


def test_a_player_can_be_asked_to_move_for_a_person():
    session = Session(TIC_TAC_TOE, (None, None))
    engine = Scripted(4, 0)
    session.answer(session.think(engine))
    session.play(1)
    session.answer(session.think(engine, Limit(depth=2)))
    assert session.position.actions == (4, 1, 0)
    assert [limit for _, limit, _ in engine.asked] == [OWN, Limit(depth=2)]
    session.take_back()
    assert session.position.actions == (4, 1), "with nobody's answer to take, one ply goes"


def test_two_players_are_watched():
    session = Session(TIC_TAC_TOE, (RandomPlayer("a"), RandomPlayer("b")), seed=5)
    answer(session)
    assert session.is_over and session.tally.games == 1
    assert all(decision is not None for decision in session.decisions)


def test_an_answer_to_another_position_is_refused():
    session = against(Scripted(4, 4))
    session.play(0)
    late = session.think()
    session.take_back()
    with pytest.raises(Refusal, match="too late"):
        session.answer(late)
    assert session.position.actions == ()
    session.redo()
    session.resign()
    with pytest.raises(Refusal, match="too late"):
        session.answer(late)


def test_a_search_is_worked_on_by_another_thread_and_stopped():
    session = against(resolve("mcts:50", CONNECT_FOUR), CONNECT_FOUR, limit=UNTIL_STOPPED)
    session.play(3)
    thinking = session.think()
    begun = threading.Event()

    def work():
        while thinking.advance():
            begun.set()

    worker = threading.Thread(target=work)
    worker.start()
    assert begun.wait(60)
    assert session.state.to_play == 1, "the session goes on meanwhile"
    thinking.stop()
    worker.join(60)
    decision = session.answer(thinking)
    assert session.position.actions == (3, decision.action)
    assert session.decisions[-1].thought.simulations > 0


def test_a_position_is_set_up_with_its_line():
    session = against(Scripted())
    session.begin(Position.of(TIC_TAC_TOE.initial(), 0, 4, 1))
    assert session.position.actions == (0, 4, 1) and session.to_move is not None
    session.take_back()
    assert session.position.actions == (0, 4)
    late = TIC_TAC_TOE.initial().apply(0).apply(4)
    session.begin(Position.of(late))
    assert session.state == late and session.line == [Position.of(late)]
    other = Position.of(CONNECT_FOUR.initial())
    with pytest.raises(Refusal, match="a position of connect_four, not of tic_tac_toe"):
        session.begin(other)
    assert session.state == late
    begun = Session(TIC_TAC_TOE, (None, None), start=Position.of(TIC_TAC_TOE.initial(), 8))
    assert begun.position.actions == (8,)


def test_every_change_is_saved():
    saved = []
    session = against(Scripted(4, 8), autosave=saved.append)
    play(session, 0)
    session.take_back()
    session.redo()
    session.begin()
    assert [position.actions for position in saved] == [(0,), (0, 4), (), (0, 4), ()]
    assert all(position.start == TIC_TAC_TOE.initial() for position in saved)


def test_a_saved_line_is_a_game_to_go_on_with():
    saved = []
    session = against(RandomPlayer(), seed=4, autosave=saved.append)
    play(session, 0)
    resumed = against(RandomPlayer(), seed=4, start=saved[-1])
    assert resumed.position == session.position
    free = session.state.legal_actions()[0]
    play(session, free)
    play(resumed, free)
    assert resumed.position == session.position
