"""Movement: who moves when the order changes, and whether the order that was suggested is the order that was kept."""

from equiwait.answers.reordering.adherence import Adherence, adherence
from equiwait.answers.reordering.displacement import Displacement, asked_displacement, displacement
from equiwait.answers.reordering.fairness import movers
from equiwait.answers.reordering.overrides import OVERRIDE_REASONS, record_override
from equiwait.answers.reordering.promise_price import PromisePrice, price_of_the_promise
from equiwait.answers.reordering.sensitivity import Sensitivity, places_that_depend, sensitivity

__all__ = [
    "OVERRIDE_REASONS",
    "Adherence",
    "Displacement",
    "PromisePrice",
    "Sensitivity",
    "adherence",
    "asked_displacement",
    "displacement",
    "movers",
    "places_that_depend",
    "price_of_the_promise",
    "record_override",
    "sensitivity",
]
