"""Is it recorded: what is not, about whom, and how those people wait."""

from equiwait.answers.completeness.completeness import Completeness, asked_completeness, completeness

__all__ = ["Completeness", "asked_completeness", "completeness"]
