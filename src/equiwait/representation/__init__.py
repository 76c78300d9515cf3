"""Who is in the tail, who is never reached, who leaves, and who is on the list against who lives there.

Each answer counts people by group and compares a part with the whole that it belongs to: the longest waits with the list,
those who are still there with those who were, the list with the population. None of them is anybody's score.
"""

from .growing import Growth, growth_ratio, growth_warnings, referral_growth
from .leaving import Exits, exits
from .longest import Tail, tail
from .residents import read_population
from .standardising import Representation, representation
from .staying import Persistence, persistence

__all__ = [
    "Exits",
    "Growth",
    "Persistence",
    "Representation",
    "Tail",
    "exits",
    "growth_ratio",
    "growth_warnings",
    "persistence",
    "read_population",
    "referral_growth",
    "representation",
    "tail",
]
