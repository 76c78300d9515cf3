"""Every public function says what it computes, by which formula, who found it and when, and shows it at work."""

from __future__ import annotations

import inspect
import re

import pytest

from equiwait import statistics as st

FUNCTIONS = [name for name in st.__all__ if inspect.isfunction(getattr(st, name))]
ANSWERS = [name for name in st.__all__ if inspect.isclass(getattr(st, name))]


def section(name: str, title: str) -> str:
    """The text under a heading of a docstring, up to the next heading; empty where there is none."""
    parts = re.split(r"^(\w+)\n-+\n", inspect.getdoc(getattr(st, name)) or "", flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True)).get(title, "")


def test_every_public_name_is_looked_at() -> None:
    assert sorted(FUNCTIONS + ANSWERS) == st.__all__


@pytest.mark.parametrize("name", FUNCTIONS)
def test_notes_hold_a_formula_and_a_dated_source(name: str) -> None:
    notes = section(name, "Notes")
    assert re.search(r"\b(1[89]|20)\d\d\b", notes), f"{name}: no year in the Notes"
    assert any(re.search(r"\W", formula) for formula in re.findall(r"``(.+?)``", notes, re.DOTALL)), (
        f"{name}: no formula in the Notes"
    )


@pytest.mark.parametrize("name", FUNCTIONS + ANSWERS)
def test_there_is_an_example_with_its_answer(name: str) -> None:
    """That it runs, and gives what it says, is the doctest runner's to find (``--doctest-modules``)."""
    assert re.search(r"^>>> .+\n(?!$|>>>)", section(name, "Examples"), flags=re.MULTILINE), f"{name}: no example"
