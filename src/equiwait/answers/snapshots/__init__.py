"""Several lists over time: who is still there, who left, and whose referrals grew."""

from equiwait.answers.snapshots.exits import Exits, exits
from equiwait.answers.snapshots.persistence import Persistence, persistence
from equiwait.answers.snapshots.referral_growth import Growth, growth_beside, growth_ratio, referral_growth

__all__ = [
    "Exits",
    "Growth",
    "Persistence",
    "exits",
    "growth_beside",
    "growth_ratio",
    "persistence",
    "referral_growth",
]
