"""`read_published`: NHS England's published aggregates as counts, by the same door as a list.

A published table has bands instead of days, hidden cells instead of small ones, and totals that were rounded by
themselves. The counts that come of it say all three, so that what the table cannot answer is refused, not guessed.
"""

from equiwait.counts.publications.read_published import read_published

__all__ = ["read_published"]
