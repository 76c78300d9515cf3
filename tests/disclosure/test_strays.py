"""One room hides, rounds and withholds: a call or a typed number anywhere else is found."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pandas as pd

import equiwait
import equiwait as ew

SRC = Path(equiwait.__file__).parent

PUBLISHED = {
    "counts/publications/pathways.py",
    "counts/publications/read_published.py",
    "counts/publications/sources.py",
}
"""What other people's stars mean is theirs to say."""


@cache
def files():
    """Every step of every file outside the room: read once for both scans."""
    return {
        path.relative_to(SRC).as_posix(): list(ast.walk(ast.parse(path.read_text("utf-8"))))
        for path in SRC.rglob("*.py")
        if path.relative_to(SRC).parts[0] != "disclosure"
    }


def test_nothing_outside_the_room_releases_a_count_for_itself():
    """``rule.release(…)`` is for the room; everybody else gives counts to `release` and reads what comes back."""
    strays = {
        name
        for name, nodes in files().items()
        for node in nodes
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "release"
    }
    assert not strays


def test_nothing_outside_the_room_types_which_counts_are_hidden():
    typed = re.compile(r"\b1 to 7\b|\b1–7 people|[\"'(]1–7")
    strays = {
        name
        for name, nodes in files().items()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and typed.search(node.value)
    }
    assert strays <= PUBLISHED


def test_a_picture_names_what_its_own_rule_hides():
    """A list under another rule: its picture must not speak of 1 to 7 people."""
    waiting = ew.flag_missing(
        pd.DataFrame({"scope": "rtt_open", "days_waiting": 9, "ethnicity": ["A"] * 60 + ["Z"] * 20 + [""] * 3}),
        ["ethnicity"],
    )
    told = ew.completeness(waiting, suppression="five")
    said = " ".join(text.get_text() for text in told.plot().texts)
    assert "part hidden (1–4 people)" in said
    assert "1–7" not in said
