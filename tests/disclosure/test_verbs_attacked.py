"""The intruder on what single verbs release, bands and curves included: no hidden count is known too closely."""

from __future__ import annotations

import pytest

from disclosure.intruder import Intruder
from disclosure.test_noninterference import ANSWERS, people

ATTACKED = (
    "disparities, like with like", "disparities, completed", "disparities, time to treatment", "tail", "persistence", "exits",
    "unknowns", "reconciliation",
)  # fmt: skip


@pytest.mark.parametrize("name", ATTACKED)
def test_an_intruder_narrows_nothing_that_a_verb_hides(name):
    found = Intruder(ANSWERS[name](people(3)).released).attack()
    assert found.hidden > 0
    assert found.narrowed == []
    assert found.exact == 0
