"""Movement: who moves when the order changes, and whether the order that was suggested is the order that was kept."""

from equiwait.movement.adherence import Adherence, adherence
from equiwait.movement.displacement import Displacement, displacement
from equiwait.movement.sensitivity import Sensitivity, sensitivity

__all__ = ["Adherence", "Displacement", "Sensitivity", "adherence", "displacement", "sensitivity"]
