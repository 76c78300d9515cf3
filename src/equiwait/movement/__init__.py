"""Movement: who moves when the order changes, and whether the order that was suggested is the order that was kept."""

from equiwait.movement.keeping import Adherence, adherence
from equiwait.movement.leaning import Sensitivity, places_that_depend, sensitivity
from equiwait.movement.moving import Displacement, displacement

__all__ = ["Adherence", "Displacement", "Sensitivity", "adherence", "displacement", "places_that_depend", "sensitivity"]
