"""Movement: who moves when the order changes, and whether the order that was suggested is the order that was kept."""

from equiwait.answers.reordering.adherence import Adherence, adherence
from equiwait.answers.reordering.displacement import Displacement, displacement
from equiwait.answers.reordering.sensitivity import Sensitivity, places_that_depend, sensitivity

__all__ = ["Adherence", "Displacement", "Sensitivity", "adherence", "displacement", "places_that_depend", "sensitivity"]
