"""Scoring: a suggested order under a written policy, part by part, with what unrecorded inputs could change."""

from equiwait.scoring.batch import score
from equiwait.scoring.explanation import Explanation, explain
from equiwait.scoring.record import Score, score_record, score_records
from equiwait.scoring.rowwork import ScoreRows
from equiwait.scoring.schemas import schema

__all__ = ["Explanation", "Score", "ScoreRows", "explain", "schema", "score", "score_record", "score_records"]
