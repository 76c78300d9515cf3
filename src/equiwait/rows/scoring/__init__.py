"""Scoring: a suggested order under a written policy, part by part, with what unrecorded inputs could change."""

from equiwait.rows.scoring.explain import Explanation, explain
from equiwait.rows.scoring.kernel import ScoreRows
from equiwait.rows.scoring.schemas import schema
from equiwait.rows.scoring.score_list import score
from equiwait.rows.scoring.score_record import Score, score_record, score_records

__all__ = ["Explanation", "Score", "ScoreRows", "explain", "schema", "score", "score_record", "score_records"]
