"""Policies: what is scored and how, written down, checked to the last fault, readable aloud.

`Policy` is the front door; the other names are the parts of a policy file, for those who make one in code.
"""

from equiwait.rows.policies.factors import Factor, PerUnit, Special
from equiwait.rows.policies.order import Guards, Order, Protect, Retier, Targets, Tier
from equiwait.rows.policies.people import Approval, Consulted, Eligibility, Justification, State
from equiwait.rows.policies.policy import Policy

__all__ = [
    "Approval",
    "Consulted",
    "Eligibility",
    "Factor",
    "Guards",
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
]
