"""What the people whose record is silent could change: does it matter, and how many records would settle it."""

from equiwait.answers.unknowns.result import Unknowns
from equiwait.answers.unknowns.unknowns import asked_unknowns, unknowns

__all__ = ["Unknowns", "asked_unknowns", "unknowns"]
