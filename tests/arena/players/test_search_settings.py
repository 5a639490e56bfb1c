from arena.players.search_settings import evaluation_settings, uct_settings, with_simulations
from selfplay import SearchSettings


def settings(**values):
    made = SearchSettings()
    for name, value in values.items():
        setattr(made, name, value)
    return made


NAMES = {name for name in dir(SearchSettings) if not name.startswith("_")}


def test_evaluation_settings_copies_every_other_setting():
    odd = settings(rule="uct", simulations=7, c_init=2.0, c_base=9.0, uct_c=3.0, virtual_loss=0.5)
    quiet = evaluation_settings(odd)
    for name in NAMES - {"noise_fraction", "gumbel_scale"}:
        assert getattr(quiet, name) == getattr(odd, name)
    assert quiet.noise_fraction == quiet.gumbel_scale == 0.0


def test_the_number_of_simulations_alone_changes():
    odd = settings(rule="gumbel", simulations=7, c_init=2.0, noise_fraction=0.5)
    other = with_simulations(odd, 9)
    assert (other.simulations, odd.simulations) == (9, 7)
    assert all(getattr(other, n) == getattr(odd, n) for n in NAMES - {"simulations"})


def test_uct_is_the_default_search_with_another_rule():
    made, default = uct_settings(30, 1.5), SearchSettings()
    assert (made.rule, made.simulations, made.uct_c) == ("uct", 30, 1.5)
    assert all(
        getattr(made, n) == getattr(default, n) for n in NAMES - {"rule", "simulations", "uct_c"}
    )
