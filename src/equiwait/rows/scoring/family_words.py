"""A place on the list in plain words, for the person or, where the person is a child, for the family."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pandas as pd

from equiwait.rows.policies import Policy
from equiwait.rows.policies.expiry import protected_lines
from equiwait.rows.policies.protected_characteristics import protection_of
from equiwait.rows.scoring.score_record import case_of
from equiwait.rows.scoring.sentences import OTHER_NEEDS, has_secrets, is_secret, joined, open_factors

__all__ = ["family_words"]

_CHILD_UNDER = 16  # years: from then on people speak for themselves
_LINES = {
    "scored": "{Who} {are} on the list for treatment. We suggest an order so that the most urgent come first.",
    "booked": "{Who} {have} a date for treatment, and {keep} it.",
    "patient_choice": "You asked us to wait. {Who} {stay} on the list, and you can tell us when {who} {are} ready.",
    "unscored": "{Who} {are} on the list for treatment. Something that we need is not written down yet, and we are finding out.",
    "no_mean": "{Who} {are} on the list for treatment. Something that we need is not written down yet, and we are finding out.",
    "ask_clinician": "{Who} {are} on the list for treatment. A doctor is looking at how soon it should be.",
    "no_tier": "{Who} {are} on the list for treatment. Our rules do not say yet where {who} {stand}, and we are finding out.",
    "below_threshold": "{Who} {are} with us. Ask your doctor what happens next; nobody is taken off by this list.",
    "out_of_scope": "This order is for some people only, such as those who are to come into hospital. {Who} {are} not among them now.",
    "not_open": "This record is not open on the list at the moment. Please ask us if you think that it should be.",
}
_AGAIN = (
    "We go over the order again and again, so {whose} place can change. A person checks it before anything is booked."
)
_TELL = "Tell us if anything about {who} has changed, or if waiting is hard for {who}."
_YOU = {"who": "you", "are": "are", "have": "have", "keep": "keep", "stay": "stay", "stand": "stand", "whose": "your"}
_CHILD = {"who": "your child", "are": "is", "have": "has", "keep": "keeps", "stay": "stays", "stand": "stands",
          "whose": "your child's"}  # fmt: skip
_EITHER = {**_YOU, "who": "you or your child", "whose": "your or your child's"}
_OWN_WORDS = (
    (r"\byou are\b", "your child is"),
    (r"\byou (have|had)\b", r"your child \1"),
    (r"\byour child have\b", "your child has"),
    (r"\byour doctor\b", "the doctor"),
    (r"\byour\b(?! child)", "your child's"),
    (r"\byou\b", "your child"),
)
"""How the words of a policy, written to the person, are said of a child."""


def family_words(row: Mapping[str, Any], policy: Policy) -> str:
    """Return plain words, with nothing about anybody else, and nothing that would tell tales."""
    child = _is_child(row)
    words = _EITHER if child is None else _CHILD if child else _YOU
    said = [_filled(_LINES[str(row["score_status"])], words)]
    if row["score_status"] == "scored":
        counted = [_of_a_child(each) if child else each for each in _plainly(row, policy)]
        said.append(_filled(f"What counted for {{who}}: {joined(counted)}.", words))
        said += ["Other recorded needs count too, where there are any."] if has_secrets(policy) else []
        said += ["Where people are alike in this, the order is drawn by lot."] if policy.then == "lottery" else []
        said.append(_filled(_AGAIN, words))
    said += [_filled(_TELL, words), _by_law(policy)]
    said += [] if policy.approved else ["This order comes from rules that are not approved for use."]
    return " ".join(filter(None, said))


def _filled(text: str, words: Mapping[str, str]) -> str:
    return text.format(**words, Who=words["who"].capitalize())


def _plainly(row: Mapping[str, Any], policy: Policy) -> list[str]:
    case = case_of(row, policy)
    what = ["how soon your doctor said that you should be seen"] if policy.tiers else []
    if case.leads:
        return [*what, "how very long you have waited"]
    more, less = (open_factors(policy, places) for places in (case.more, case.less))
    later = [f"{factor.said_plainly} (this counts for a later place)" for factor in less]
    what += dict.fromkeys([*(factor.said_plainly for factor in more), *later])
    return what or ["how long you have waited"]


def _is_child(row: Mapping[str, Any]) -> bool | None:
    """Whether it is a child, so that it is the family whom we speak to; None where no age is recorded."""
    if row.get("age") is not None:
        return float(row["age"]) < _CHILD_UNDER
    born, today = (_day(row.get(name)) for name in ("date_of_birth", "snapshot_date"))
    if born is not None and today is not None:
        return bool(born + pd.DateOffset(years=_CHILD_UNDER) > today)
    ends = re.fullmatch(r"(\d+)\D+(\d+)", str(row.get("age_band") or ""))
    return None if ends is None else int(ends[2]) < _CHILD_UNDER


def _day(value: Any) -> pd.Timestamp | None:
    day = pd.to_datetime(str(value or ""), errors="coerce")
    return day if isinstance(day, pd.Timestamp) else None


def _of_a_child(words: str) -> str:
    for pattern, instead in _OWN_WORDS:
        words = re.sub(pattern, instead, words)
    return words


def _by_law(policy: Policy) -> str:
    """Say in plain words that the rules look at what the law protects, and at what, but for what is sensitive."""
    columns = [column for _, line in protected_lines(policy) for column in line.reads if protection_of(column)]
    if not columns:
        return ""
    known = dict.fromkeys(column.replace("_", " ") for column in columns if not is_secret(column, policy))
    secret = [OTHER_NEEDS] if any(is_secret(column, policy) for column in columns) else []
    return f"The rules also look at something about people that the law protects: {joined([*known, *secret])}."
