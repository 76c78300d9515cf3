"""Where on the way to treatment a gap arises: the time in each stage, and what happened on the way."""

from equiwait.answers.stages.stages import Stages, stages

__all__ = ["Stages", "stages"]
