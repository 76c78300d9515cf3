"""Policies: what is scored and how, written down, checked to the last fault, readable aloud.

`Policy` is the front door; the other names are the parts of a policy file, for those who make one in code.
"""

from equiwait.rows.policies.conditions import Cut
from equiwait.rows.policies.factor_parts import PerUnit, Special, Times
from equiwait.rows.policies.factors import Factor
from equiwait.rows.policies.groups import Group
from equiwait.rows.policies.order import Guards, Order, Protect, Tier
from equiwait.rows.policies.people import Approval, Consulted, Eligibility, Justification, State
from equiwait.rows.policies.policy import Policy
from equiwait.rows.policies.targets import Case, HarmReview, Retier, Targets

__all__ = [
    "Approval",
    "Case",
    "Consulted",
    "Cut",
    "Eligibility",
    "Factor",
    "Group",
    "Guards",
    "HarmReview",
    "Justification",
    "Order",
    "PerUnit",
    "Policy",
    "Protect",
    "Retier",
    "Special",
    "State",
    "Targets",
    "Tier",
    "Times",
]
