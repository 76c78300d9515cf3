"""Releases that follow one another: the intruder has them all, and what the earlier ones say cannot be unsaid."""

from __future__ import annotations

import numpy as np
import pytest

from disclosure import attack_releases as attack
from disclosure.attack_lists import random_list
from disclosure.intruder import Intruder
from equiwait.counts.waits import count_waits
from equiwait.disclosure import Cell, ReleasedCounts, Sum, count, release, rule_named, tally
from equiwait.disclosure.audit import audited
from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL
from equiwait.disclosure.documents import from_document, to_document
from equiwait.errors import OptionError
from equiwait.reporting.release_gate import FIGURES, figures_in

HES = rule_named("hes")


def released(figures: dict[Cell, float | int], *sums: Sum) -> ReleasedCounts:
    """Shown numbers as they are; a mark where the number is negative: -SMALL and so on."""
    numbers = np.array(list(figures.values()), float)
    marks = np.where(numbers < 0, -numbers, SHOWN).astype(np.int8)
    return ReleasedCounts(HES, tuple(figures), np.where(numbers < 0, np.nan, numbers), marks, tuple(sums))


def month(first: str, last: str, group: str = "") -> Cell:
    return Cell(f"completed 2026-{first}/2026-{last}", (("site", group),) if group else ())


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


@pytest.mark.parametrize("name", attack.WINDOWS)
def test_nothing_hidden_is_narrowed_by_windows_that_share_people(name):
    found = [attack.completed(attack.WINDOWS[name])(seed, people) for seed, people in ((1, 90), (4, 350))]
    assert sum(each.hidden for each in found) > 0
    assert [each.narrowed for each in found] == [[], []]


def test_nothing_hidden_is_narrowed_by_treatment_in_a_longer_window():
    found = attack.treated(1, 90)
    assert found.hidden > 0
    assert not found.narrowed


@pytest.mark.parametrize("whole_first", [True, False])
def test_nothing_hidden_is_narrowed_by_the_list_of_a_part(whole_first):
    found = attack.part_of(random_list(3, 220), known=False, whole_first=whole_first)
    assert found.hidden > 0
    assert not found.narrowed


def test_windows_that_overlap_would_give_counts_away_if_they_were_not_read_together():
    waiting = attack.closed_list(0, 90)
    apart = [
        count_waits(waiting, ["ethnicity", "sex"], estimand="completed", window=window).released(weeks=[18])
        for window in attack.WINDOWS["months, then their quarter"]
    ]
    assert Intruder(*apart).attack().narrowed
    assert not Intruder(*attack.chain(apart)).attack().narrowed


def test_what_an_earlier_release_says_is_never_said_otherwise():
    site = Cell("open", (("site", "A"),))
    for before, now, after in (
        (-SMALL, -SHARED, SMALL),
        (-SHARED, -SMALL, SHARED),
        (50, -BESIDE, SHOWN),
        (-BESIDE, 50, BESIDE),
    ):
        (found,) = audited([released({site: now})], previous=[released({site: before})])
        assert found.marked(site) == (after if after != SHOWN else BESIDE), (
            "hidden now stays hidden in the files of now"
        )


def test_a_zero_that_was_shown_is_still_known_where_the_whole_is_small_now():
    january, quarter = month("01-01", "01-31"), month("01-01", "03-31")
    (now,) = audited([released({quarter: -SMALL})], previous=[released({january: 0})])
    assert now.marks.tolist() == [SMALL]


def test_a_count_that_was_hidden_before_is_not_given_away_by_a_table_of_now():
    """January 1 to 7; February would leave two values of it beside two months: what is new is left out, and says so."""
    january, february, both = month("01-01", "01-31"), month("02-01", "02-28"), month("01-01", "02-28")
    before = released({january: -SMALL, both: 10})
    (alone,) = audited([released({february: 10})])
    (beside,) = audited([released({february: 10})], previous=[before])
    assert alone.marks.tolist() == [SHOWN]
    assert beside.marks.tolist() == [LEFT_OUT]
    assert [population for population, *_ in beside.left_out] == [february.population]


def test_what_earlier_releases_give_away_by_themselves_is_no_reason_to_hide_more_now():
    january, february, both = month("01-01", "01-31"), month("02-01", "02-28"), month("01-01", "02-28")
    before = [released({january: -SMALL, both: 10}), released({february: 10})]
    march = month("03-01", "03-31")
    (now,) = audited([released({march: 50, month("02-01", "03-31"): 60})], previous=before)
    assert now.marks.tolist() == [SHOWN, SHOWN]


def test_three_releases_in_a_chain_need_all_their_folders():
    january, february, both = month("01-01", "01-31"), month("02-01", "02-28"), month("01-01", "02-28")
    first, second, third = released({january: -SMALL}), released({both: 10}), released({february: 10})
    assert audited([third], previous=[second])[0].marks.tolist() == [SHOWN], "the last alone does not tell"
    assert audited([third], previous=[first, second])[0].marks.tolist() == [LEFT_OUT]


def test_a_whole_that_was_left_out_before_is_no_equation_now():
    cells = [Cell("open", (("sex", sex), ("site", site))) for sex in "FM" for site in "AB"]
    earlier = released(dict.fromkeys(cells, -LEFT_OUT) | {Cell("open"): 100}, Sum(Cell("open"), tuple(cells)))
    now = release(tally("open", "sex", ["F", "M"], [60, 40]), HES)
    (after,) = audited([now], previous=[earlier])
    assert after.marks.tolist() == [SHOWN] * 3


def test_an_extract_that_was_made_anew_and_contradicts_the_last_is_read_by_itself():
    january, quarter = month("01-01", "01-31"), month("01-01", "03-31")
    (now,) = audited([released({quarter: 50})], previous=[released({january: 100})])
    assert now.marks.tolist() == [SHOWN]
    sites = [month("01-01", "03-31", site) for site in "AB"]
    parts = [month("01-01", "01-31", site) for site in "AB"]
    # Each pair can be true, all together they cannot.
    before = released(dict.fromkeys(parts, 50))
    (after,) = audited(
        [released({quarter: 90} | dict.fromkeys(sites, -BESIDE), Sum(quarter, tuple(sites)))], previous=[before]
    )
    assert after.marks.tolist() == [SHOWN, BESIDE, BESIDE]


def test_populations_told_apart_in_a_folder_stay_apart_in_the_next():
    whole, part = released({Cell("open"): 100}), released({Cell("open"): 50})
    folder = from_document(to_document([whole, part]))
    assert {cell.population for cell in folder.cells} == {"open", "open (2)"}
    after = audited([part, whole], previous=[folder])
    assert [each.shown.tolist() for each in after] == [[50], [100]]
    assert len(from_document(to_document([folder, whole, part])).cells) == 2


def test_the_folders_of_several_releases_may_be_given(tmp_path):
    january, february, both = month("01-01", "01-31"), month("02-01", "02-28"), month("01-01", "02-28")
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder, figures in zip(folders, ({january: -SMALL}, {both: 10}), strict=True):
        folder.mkdir()
        (folder / FIGURES).write_text(to_document([released(figures)]))
    assert [len(figures_in(given)) for given in (None, folders[0], str(folders[0]), folders)] == [0, 1, 1, 2]
    (now,) = audited([released({february: 10})], previous=figures_in(folders))
    assert now.marks.tolist() == [LEFT_OUT]
    with pytest.raises(OptionError, match="'three' holds no released figures"):
        figures_in([folders[0], tmp_path / "three"])


def test_one_count_of_everybody_hides_nothing():
    (now,) = audited([release(count(Cell("open"), 100), HES)], previous=[release(count(Cell("open"), 100), HES)])
    assert now.marks.tolist() == [SHOWN]
