"""Scoring: a suggested order under a written policy, part by part, with what unrecorded inputs could change.

What puts a list in order is here; explaining a place and scoring one record stand in files of their own, which a list needs not.
"""

from equiwait.rows.scoring.kernel import ScoreRows
from equiwait.rows.scoring.score_list import score

__all__ = ["ScoreRows", "score"]
