"""Each rule at its edges: the last count that is hidden and the first that is shown, where rounding turns, and what it says."""

from __future__ import annotations

import numpy as np
import pytest

from equiwait.disclosure import RULES, Cell, Rule, count, in_digits, load_rule, release, rule_named, tally
from equiwait.disclosure.cells import LEFT_OUT, SHOWN
from equiwait.disclosure.curves import digits_error, held_steps, rising_steps
from equiwait.errors import OptionError

OWN = {
    "trust": Rule("trust", 9, 10, source="x"),
    "one": Rule("one", 1, 3, source="x"),
    "rounded": Rule("rounded", 0, 5),
}
TEN, ONE, _ = OWN.values()
EDGES = {
    "hes": {0: 0, 1: None, 7: None, 8: 10, 12: 10, 13: 15, 17: 15, 18: 20, 1002: 1000, 1003: 1005},
    "opensafely": {0: None, 1: None, 7: None, 8: 10, 12: 10, 13: 15},
    "five": {0: 0, 1: None, 4: None, 5: 5, 7: 5, 8: 10},
    "none": {0: 0, 1: 1, 4: 4, 7: 7, 1003: 1003},
    "one": {0: 0, 1: None, 2: 3, 4: 3, 5: 6},
    "rounded": {0: 0, 1: 0, 2: 0, 3: 5, 7: 5, 8: 10},
    "trust": {0: 0, 1: None, 9: None, 10: 10, 14: 10, 15: 20, 24: 20, 25: 30},
}


def named(name: str) -> Rule:
    return OWN.get(name) or rule_named(name)


@pytest.mark.parametrize("name", EDGES)
def test_what_is_hidden_and_what_others_become(name):
    for people, shown in EDGES[name].items():
        found = named(name).release(people)
        assert bool(found.hidden) is (shown is None), people
        assert np.isnan(found.counts) if shown is None else found.counts == shown, people
    assert bool(named(name).release(np.nan).hidden), "what came hidden stays hidden"


@pytest.mark.parametrize("name", EDGES)
def test_what_a_shown_count_may_stand_for_is_what_is_shown_so(name):
    """The ends against every count there is: none that the rule shows so lies outside, and both ends are shown so."""
    rule = named(name)
    counts = np.arange(0, 300)
    shown = rule.release(counts).counts
    for value in np.unique(shown[np.isfinite(shown)])[:-2]:
        behind = counts[shown == value]
        low, high = rule.between(value)
        assert (low, high) == (behind.min(), behind.max()), value
    small = counts[np.isnan(shown)]
    ends = [
        (float(low), float(high))
        for low, high in zip(*rule.allowed(np.full(6, 20.0), np.arange(6, dtype=np.int8)), strict=True)
    ]
    assert ends[0] == tuple(float(end) for end in rule.between(20))
    if len(small):
        assert ends[1] == (small.min(), small.max())
        assert ends[2] == (0, small.max())
        assert ends[3] == (small.max() + 1, np.inf)
        assert ends[4:] == [(0, np.inf), (1, np.inf)]


def test_what_follows_from_a_rule():
    said = {
        name: (rule.fewest, rule.possible, rule.slack, rule.variance, rule.exact, rule.mark, rule.small)
        for name, rule in RULES.items()
    }
    assert said == {
        "hes": (1, 5, 2, 2, False, "1–7", "1 to 7"),
        "opensafely": (0, 5, 2, 2, False, "0–7", "0 to 7"),
        "five": (1, 4, 2, 2, False, "1–4", "1 to 4"),
        "none": (1, 2, 0, 0, True, "1–0", "1 to 0"),
    }
    assert Rule("x", 7, 1).possible == 2
    assert Rule("x", 3, 10).possible == 3
    assert Rule("x", 1, 5).possible == 2
    assert (Rule("x", 7, 1).slack, Rule("x", 7, 2).slack, TEN.slack) == (0, 1, 5)
    assert TEN.variance == pytest.approx(8.25)
    assert not Rule("x", 7, 1).exact
    assert not Rule("x", 0, 5).exact
    assert rule_named("hes").off([0, 1, 10]).tolist() == [0, 2, 2]
    assert rule_named("none").off([0, 10]).tolist() == [0, 0]


def test_a_lone_count_of_one_that_the_rule_tells_by_its_mark_is_left_out():
    """Where only 1 is hidden, its mark says 1: it stands in no equation, and nothing can be hidden beside it."""
    assert release(count(Cell("open"), 1), ONE).marks.tolist() == [LEFT_OUT]
    assert release(count(Cell("open"), 2), ONE).marks.tolist() == [SHOWN]
    assert release(tally("open", "sex", ["F", "M"], [1, 50]), ONE).marks.tolist() == [SHOWN, LEFT_OUT, LEFT_OUT]


def test_how_far_a_share_may_be_off():
    hes = rule_named("hes")
    assert float(hes.share_error(10, 100)) == pytest.approx(12 / 98 - 0.1)
    assert float(hes.share_error(95, 100)) == pytest.approx(max(0.95 - 93 / 102, 97 / 98 - 0.95))
    assert float(hes.share_error(100, 100)) == pytest.approx(1 - 98 / 102)
    assert float(hes.share_error(0, 100)) == pytest.approx(2 / 98)
    assert np.isnan(hes.share_error(0, 2))
    assert np.isfinite(hes.share_error(0, 3))


def test_what_a_rule_says():
    assert rule_named("hes").says == "Counts of 1 to 7 are hidden and others are rounded to the nearest 5."
    assert rule_named("none").says == "Counts are exact: in-team, not for release."
    assert Rule("x", 7, 1).says == "Counts of 1 to 7 are hidden and others are exact."
    assert Rule("x", 7, 2).says == "Counts of 1 to 7 are hidden and others are rounded to the nearest 2."
    assert Rule("x", 0, 5).says == "No count is hidden and others are rounded to the nearest 5."
    assert [rule_named("hes").text(n) for n in (0, 7, 8, 1202)] == ["0", "1–7", "10", "1,200"]


GOOD = {"name": "trust", "most_hidden": 7, "round_to": 5, "source": "Our group, 2026"}


def written(folder, **fields):
    path = folder / "ours.toml"
    told = {name: value for name, value in {**GOOD, **fields}.items() if value is not None}
    plain = {True: "true", False: "false"}
    path.write_text("".join(
        f"{name} = {plain[value] if isinstance(value, bool) else repr(value) if isinstance(value, int) else chr(34) + value + chr(34)}\n"
        for name, value in told.items()
    ))  # fmt: skip
    return path


@pytest.mark.parametrize(
    "fields",
    [{}, {"hides_zero": True}, {"name": "x"}, {"name": "x" * 40}, {"source": "x" * 300}, {"most_hidden": 1, "round_to": 1},
     {"most_hidden": 4, "round_to": 10}, {"most_hidden": 1000, "round_to": 1000}],
)  # fmt: skip
def test_a_rule_of_ones_own(fields, tmp_path):
    told = {**GOOD, **fields}
    rule = load_rule(written(tmp_path, **fields))
    assert rule == Rule(
        told["name"], told["most_hidden"], told["round_to"], told.get("hides_zero", False), told["source"]
    )
    assert rule_named(tmp_path / "ours.toml") == rule_named(str(tmp_path / "ours.toml")) == rule_named(rule) == rule


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": None}, "name is missing."),
        ({"source": None}, "source is missing."),
        ({"most_hidden": True}, "most_hidden is not a whole number."),
        ({"name": 5}, "name is not text."),
        ({"hides_zero": 1}, "hides_zero is not true or false."),
        ({"rounding": 5}, "Not known"),
        ({"name": "hes"}, "name is that of a built-in rule"),
        ({"name": "x" * 41}, "name is that of a built-in rule, blank, or over 40 letters"),
        ({"name": " "}, "blank"),
        ({"source": "x" * 301}, "over 300 letters"),
        ({"source": " "}, "source is blank"),
        ({"source": "a\\nb"}, "several lines"),
        ({"most_hidden": 0, "round_to": 1}, "must be 1 or more"),
        ({"round_to": 0}, "must be 1 or more"),
        ({"most_hidden": 4, "round_to": 11}, "twice the smallest count"),
        ({"most_hidden": 1001}, "1,000 or less"),
        ({"most_hidden": 1000, "round_to": 1001}, "1,000 or less"),
    ],
)
def test_what_is_no_rule(fields, said, tmp_path):
    with pytest.raises(OptionError, match="is not a small-number rule") as caught:
        load_rule(written(tmp_path, **fields))
    assert said in str(caught.value)


def test_a_rule_that_cannot_be_read(tmp_path):
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    for name in ("a.toml", "not there.toml"):
        with pytest.raises(OptionError, match="could not be read as a rule") as caught:
            load_rule(tmp_path / name)
        assert caught.value.__context__ is None
    with pytest.raises(OptionError):
        rule_named("hess")


def test_digits_and_steps_of_curves():
    hes, none = rule_named("hes"), rule_named("none")
    assert in_digits([0.12345], 2, hes).tolist() == [0.12]
    assert (digits_error(3, hes), digits_error(3, none)) == (0.0005, 0.0)
    assert rising_steps([10, 17, 20, 30], hes) == [0, 2, 3]
    assert rising_steps([10, 20, 21], none) == [0, 1, 2], "and the last"
    assert rising_steps([10, 19, 29], none) == [0, 2]
    assert rising_steps([3, 4], hes) == []
    assert held_steps([0, 9, 10, 19, 20], hes) == ([0, 0, 2, 2, 4], True)
    assert held_steps([0, 9], hes) == ([0, 0], False)
    assert held_steps([5, 5, 15], hes) == ([0, 1, 2], True)
    assert held_steps([0, 10, 10, 12], hes) == ([0, 1, 2, 2], True)
    assert held_steps([0, 1, 2], none) == ([0, 1, 2], True)
    assert held_steps([0, 0], none) == ([0, 1], False)
    wide = Rule("x", 12, 5)
    assert held_steps([0, 12, 13], wide) == ([0, 0, 2], True)
