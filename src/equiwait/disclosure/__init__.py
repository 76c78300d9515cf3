"""Disclosure: what may leave the room. The only room that hides, rounds or withholds."""

from equiwait.disclosure.rules import RULES, Released, Rule, rule_named

__all__ = ["RULES", "Released", "Rule", "rule_named"]
