"""Several releases as one, on disk and off it, and what must be hidden when they are read together or after an earlier one."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from equiwait.disclosure import (
    Cell,
    Note,
    ReleasedCounts,
    Rule,
    Sum,
    cells_of,
    everyone_cells,
    in_sentences,
    in_words,
    middles,
    notes_of,
    release,
    row_notes,
    rule_named,
    tally,
)
from equiwait.disclosure.audit import audited
from equiwait.disclosure.cells import BESIDE, LEFT_OUT, SHARED, SHOWN, SMALL, UNTOLD
from equiwait.disclosure.documents import from_document, named_apart, renamed, to_document, together
from equiwait.errors import DisclosureError

HES = rule_named("hes")


def one(cell: Cell, number: float, mark: int = SHOWN) -> ReleasedCounts:
    return ReleasedCounts(HES, (cell,), np.array([number]), np.array([mark], np.int8))


SEX = tally("open", "sex", ["F", "M", "X"], [100, 80, 3])


def test_what_any_release_hides_is_hidden_by_the_mark_that_says_less():
    cell = Cell("open")
    order = [SHOWN, UNTOLD, SMALL, BESIDE, SHARED, LEFT_OUT]
    for here in order:
        for there in order:
            number = {True: 50.0, False: np.nan}
            both = together([one(cell, number[here == SHOWN], here), one(cell, number[there == SHOWN], there)])
            assert both.marks.tolist() == [max(here, there, key=order.index)]
            assert np.isnan(both.shown[0]) == (both.marks[0] != SHOWN)
    assert together([one(cell, np.nan, UNTOLD), one(cell, 50.0)]).marks.tolist() == [UNTOLD]
    two = together([one(cell, 50.0), one(Cell("left"), 10.0)])
    assert (two.cells, two.shown.tolist()) == ((cell, Cell("left")), [50, 10])


def test_populations_of_one_name_and_other_numbers_are_two():
    a, b = everyone_cells("open")[0], Cell("open", (("sex", "F"),))
    same, other = one(a, 50.0), one(a, 55.0)
    elsewhere = one(b, 20.0)
    assert named_apart([same, same, other, elsewhere, other]) == [
        {"open": "open"}, {"open": "open"}, {"open": "open (2)"}, {"open": "open"}, {"open": "open (2)"},
    ]  # fmt: skip
    assert named_apart([one(a, np.nan, SMALL)]) == [{"open": "open"}]
    mixed = ReleasedCounts(HES, (a, b), np.array([50.0, 25.0]), np.zeros(2, np.int8))
    assert named_apart([elsewhere, mixed]) == [{"open": "open"}, {"open": "open (2)"}], "one number of two is enough"
    with_sum = ReleasedCounts(HES, (a, b), np.array([50.0, 20.0]), np.zeros(2, np.int8), (Sum(a, (b,)),))
    new = renamed(with_sum, {"open": "x", "left": "left"})
    assert new.cells == (a._replace(population="x"), b._replace(population="x"))
    assert new.sums == (Sum(new.cells[0], (new.cells[1],)),)
    assert renamed(with_sum, {"open": "open"}) is with_sum
    assert renamed(with_sum, {}) is with_sum
    assert renamed(with_sum, {"left": "y"}).cells == with_sum.cells


def test_released_figures_come_back_from_disk_as_they_were():
    crossed = release(
        tally("open", ("sex", "site"), [("F", "A"), ("M", "B")], [[100, 40], [83, 3]], overs=[-1, 126]), HES
    )
    back = from_document(to_document([release(SEX, HES), crossed]))
    whole = together([release(SEX, HES), crossed])
    assert back.rule == HES
    assert back.cells == whole.cells
    assert back.marks.tolist() == whole.marks.tolist()
    assert np.array_equal(back.shown, whole.shown, equal_nan=True)
    assert back.sums == whole.sums
    lonely = ReleasedCounts(
        HES,
        (Cell("a"),),
        np.array([50.0]),
        np.zeros(1, np.int8),
        (Sum(Cell("a"), (Cell("b"),)), Sum(Cell("c"), (Cell("a"),))),
    )
    assert json.loads(to_document([lonely]))["sums"] == [], "a sum of what is not there is not written"
    half = replace(lonely, sums=(Sum(Cell("a"), (Cell("a"), Cell("b"))),))
    assert json.loads(to_document([half]))["sums"] == [], "nor one of which a part is not there"
    assert "é" in to_document([one(Cell("é"), 50.0)])
    for text in (
        "[]",
        "{}",
        '{"rule": {}}',
        '{"rule": 3}',
        to_document([lonely]).replace('"sums":[]', '"sums":[[9,[0]]]'),
        "not json",
    ):
        with pytest.raises(ValueError):
            from_document(text)


FIGURES = json.loads(to_document([release(SEX, HES)]))
OTHERS = [None, -1, 1.5, 7, 10**30, float("nan"), "", "x", [], ["x"], {}, {"x": 1}, True]


@given(st.data())
def test_figures_that_somebody_has_changed_are_read_as_a_whole_or_refused(data):
    """Anything in the place of anything: what is read can be written again, and the same comes back."""
    changed = copy.deepcopy(FIGURES)
    inner, at = changed, data.draw(st.sampled_from(list(changed)))
    while data.draw(st.booleans()) and isinstance(inner[at], list | dict) and inner[at]:
        inner = inner[at]
        at = data.draw(st.sampled_from(list(inner) if isinstance(inner, dict) else range(len(inner))))
    inner[at] = data.draw(st.sampled_from(OTHERS))
    text = json.dumps(changed)
    text = text[: data.draw(st.integers(0, len(text)))] if data.draw(st.booleans()) else text
    try:
        found = from_document(text)
    except ValueError as refused:
        assert str(refused) == "no released figures", "nothing of the file is said"
    else:
        assert from_document(to_document([found])).cells == found.cells
        assert np.isfinite(found.shown[found.marks == SHOWN]).all()


def test_an_audit_of_exact_counts_hides_nothing_and_one_of_nothing_is_nothing():
    none = rule_named("none")
    exact = [release(SEX, none), release(tally("open", "site", ["A", "B"], [180, 3]), none)]
    assert audited(exact) == exact
    assert audited([]) == []


def test_an_audit_hides_across_answers_and_keeps_their_own_marks():
    sex = release(tally("open", "sex", ["F", "M"], [100, 80]), HES)
    site = release(tally("open", "site", ["A", "B", "C"], [102, 76, 2]), HES)
    found = audited([sex, site])
    assert found[0].marks.tolist() == [SHOWN, SHOWN, SHOWN]
    hidden = sex.hide([Cell("open", (("sex", "F"),))])
    assert audited([hidden, site])[0].marks[1] == BESIDE


def test_what_was_released_before_is_known_and_what_it_hid_stays_hidden():
    site = release(tally("open", "site", ["A", "B", "C"], [102, 76, 2]), HES)
    assert site.marks.tolist() == [SHOWN, SHOWN, SHOWN, SMALL]
    earlier = site.hide([Cell("open", (("site", "B"),))])
    [after] = audited([site], [earlier])
    assert after.marks.tolist() == [SHOWN, SHOWN, BESIDE, SMALL]
    close = release(tally("open", "site", ["A", "B"], [100, 8]), HES)
    shown_before = one(Cell("open", (("site", "A"),)), 100.0)
    [after] = audited([close], [shown_before])
    assert after.people(Cell("open", (("site", "A"),))) == 100, (
        "what an earlier release shows is shown, whatever this one hides"
    )
    unlike = audited([close.hide([Cell("open", (("site", "A"),))])], [shown_before])[0]
    assert unlike.marked(Cell("open", (("site", "A"),))) == BESIDE, "what this one hides it goes on hiding"
    exact = Rule("ours", 7, 1)
    parts = release(tally("open", "site", ["A", "B", "C"], [100, 50, 3]), exact)
    assert parts.marks.tolist() == [SHOWN, SHOWN, BESIDE, SMALL], "the cheapest to hide"
    before = replace(one(Cell("open", (("site", "B"),)), 50.0), rule=exact)
    assert audited([parts], [before])[0].marks.tolist() == [SHOWN, BESIDE, BESIDE, SMALL], (
        "B is known: another must go too"
    )
    hid = replace(one(Cell("open", (("site", "B"),)), np.nan, BESIDE), rule=exact)
    for earlier_ones in ([before, hid], [hid, before]):
        assert audited([parts], earlier_ones)[0].marks.tolist() == [SHOWN, BESIDE, BESIDE, SMALL], (
            "what one of two told is told"
        )
    with pytest.raises(DisclosureError):
        audited([release(SEX, HES), release(SEX, rule_named("none"))])
    five = release(SEX, rule_named("five"))
    with pytest.raises(DisclosureError, match="different small-number rules") as caught:
        audited([release(SEX, HES)], [five])
    assert "five and hes" in str(caught.value) or "five, hes" in str(caught.value)


# --- words -----------------------------------------------------------------------------------------------------------


def test_words_for_each_mark():
    cells = [Cell("open", (("site", name),)) for name in "ABCDE"]
    released = ReleasedCounts(
        HES,
        tuple(cells),
        np.array([1205.0, *[np.nan] * 4]),
        np.array([SHOWN, SMALL, SHARED, BESIDE, LEFT_OUT], np.int8),
    )
    assert [in_words(released, cell) for cell in cells] == ["1,205", "1–7", "0–7", "(hidden)", "(hidden)"]
    assert in_sentences([Note((cells[0], " of ", cells[1])), ""], released) == ("1,205 of 1–7",)
    assert row_notes(HES, np.arange(5, dtype=np.int8)[:, None], "people treated") == [
        "", "hidden: 1 to 7 people treated", "hidden: 7 people treated or fewer, part of a hidden number",
        "hidden, so that a smaller number cannot be worked out", "left out: no way of hiding makes it safe",
    ]  # fmt: skip
    assert row_notes(HES, np.array([[BESIDE, SMALL], [SHARED, LEFT_OUT]], np.int8)) == [
        "hidden: 1 to 7 people", "left out: no way of hiding makes it safe",
    ]  # fmt: skip
    crossed = Cell("open", (("imd_quintile", "1"), ("site", "A")), "over_18_weeks")
    plain = Cell("open", (("sex", "F"),))
    out = ReleasedCounts(
        HES,
        (crossed, crossed._replace(over=7), plain, cells[3]),
        np.full(4, np.nan),
        np.array([LEFT_OUT, LEFT_OUT, LEFT_OUT, BESIDE], np.int8),
    )
    assert notes_of(out) == (
        HES.says,
        "Some other counts are hidden too, so that the small ones cannot be worked out from them.",
        "Left out, since no way of hiding makes them safe: over 18 weeks by imd quintile × site; people by sex.",
    )


def test_the_middle_of_what_a_hidden_count_can_be():
    names = ["A", "B", "C", "D"]
    parts = cells_of("open", "site", names)[:, 0]
    whole = everyone_cells("open")[0]

    def of(marks, shown, total=100.0):
        everything = ReleasedCounts(HES, (whole, *parts), np.array([total, *shown]), np.array([SHOWN, *marks], np.int8))
        return middles(everything, parts, whole)

    found = of([SHOWN, SMALL, SHARED, SHOWN], [50.0, np.nan, np.nan, 0.0])
    assert found.people.tolist() == [50, 4, 3.5, 0]
    assert found.off.tolist() == [2, 3, 3.5, 0]
    found = of([SHOWN, BESIDE, BESIDE, SMALL], [50.0, np.nan, np.nan, np.nan])
    assert found.people.tolist() == [50, 23, 23, 4], "those hidden beside others share what the rest leaves"
    assert found.off.tolist() == [2, 23, 23, 3]
    assert of([SHOWN, BESIDE, SMALL, SMALL], [120.0, np.nan, np.nan, np.nan]).people.tolist() == [120, 0, 4, 4]
    assert np.isnan(of([SHOWN, BESIDE, SMALL, SMALL], [50.0, *[np.nan] * 3], np.nan).people[1])
