"""Read a waiting-list extract as it really comes, lose nobody's row, and say every problem at once."""

from equiwait.rows.intake.problems import Problems, check_list
from equiwait.rows.intake.read_list import read_list

__all__ = ["Problems", "check_list", "read_list"]
