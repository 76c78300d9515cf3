"""Two releases of one list, the second asked in other groups: the intruder has both, and what both show is known."""

from __future__ import annotations

import pytest

from disclosure.attack_lists import random_list
from disclosure.intruder import Intruder
from equiwait.counts.waits import count_waits
from equiwait.disclosure.audit import audited


@pytest.mark.parametrize(("seed", "people"), [(2, 90), (5, 160), (8, 240)])
@pytest.mark.parametrize(
    ("first", "second"), [("ethnicity", "ethnicity:nhs"), ("ethnicity:nhs", "ethnicity"), ("site", ("sex", "site"))]
)
def test_nothing_hidden_is_narrowed_by_a_second_release_in_other_groups(seed, people, first, second):
    waiting = random_list(seed, people)
    before = count_waits(waiting, [first]).released()
    (now,) = audited([count_waits(waiting, [second]).released()], previous=[before])
    found = Intruder(before, now).attack(differences=False)
    assert not found.narrowed
    assert found.exact == 0
