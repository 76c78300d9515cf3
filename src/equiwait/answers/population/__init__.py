"""Who is on the list against who lives there."""

from equiwait.answers.population.representation import Representation, representation
from equiwait.answers.population.residents import read_population

__all__ = ["Representation", "read_population", "representation"]
