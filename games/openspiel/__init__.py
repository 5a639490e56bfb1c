"""The games of OpenSpiel, as games.Rules."""

PREFIX = "openspiel:"  # of the name of such a game
