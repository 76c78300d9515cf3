"""The list work beneath `score`: numbering, counting and identifiers, against sorting by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scoring_lists import lists, policies

from equiwait.engines.passes import HOME
from equiwait.rows.scoring import pieces as row_pieces
from equiwait.rows.scoring import score
from equiwait.rows.scoring.ordering import _numbered_with
from equiwait.rows.scoring.pieces import Pieces, Runs, Stretches
from equiwait.rows.scoring.rank_ranges import Ends, _below_both, _may_be_passed
from equiwait.rows.scoring.ranking import Digits, Turn, arranged, count_below, numbered
from equiwait.rows.scoring.score_passes import _groups
from equiwait.rows.scoring.tie_breaks import Identifier, Identity, Leads, after_all_share, groups_of, leads_of

MANY = settings(max_examples=80, deadline=None)
WIDE = st.integers(-(2**61), 2**61)
columns = st.integers(1, 30).flatmap(
    lambda rows: st.lists(arrays(np.int64, rows, elements=st.one_of(st.integers(-3, 3), WIDE)), min_size=1, max_size=6)
)


@MANY
@given(columns)
def test_numbers_stand_in_the_order_of_the_keys(keys):
    number = numbered(keys)
    rows = [tuple(int(key[row]) for key in keys) for row in range(len(number))]
    assert number.tolist() == [sorted(rows).index(row) for row in rows]


@MANY
@given(columns, st.data())
def test_digits_stand_in_the_order_of_a_key_that_rises_or_falls(keys, data):
    falls = [data.draw(st.booleans()) for _ in keys]
    digits = [Digits.of(key, falling=down) for key, down in zip(keys, falls, strict=True)]
    turned = [[-int(each) if down else int(each) for each in key] for key, down in zip(keys, falls, strict=True)]
    rows = list(zip(*turned, strict=True))
    assert numbered(digits).tolist() == [sorted(rows).index(row) for row in rows]
    few = [Digits.of(np.array([1, 0, 2], np.int8)), Digits.of(np.array([5, 5, -5], np.int32), falling=True)]
    assert numbered([few[0].then(few[1])]).tolist() == numbered(few).tolist() == [1, 0, 2]


def test_nobody_is_numbered_too():
    assert numbered([np.zeros(0, np.int64)]).tolist() == []


@MANY
@given(columns, st.data())
def test_rows_are_numbered_with_themselves_as_they_could_be(keys, data):
    rows = len(keys[0])
    best, worst = (data.draw(st.permutations(range(rows))) for _ in range(2))
    ends = [[key[at] for key in keys] for at in (best, worst)]
    turn, tie = (data.draw(arrays(np.int64, rows, elements=st.integers(0, 3))) for _ in range(2))
    every = [np.concatenate(several) for several in zip(keys, *ends, strict=True)]
    whole = numbered([*every, np.tile(turn, 3), np.tile(tie, 3)])
    found = np.concatenate(_numbered_with(keys, *ends, turn=Turn.of(turn), tie=lambda some: [tie[some]]))
    one, two = (np.unique(each, return_inverse=True)[1].tolist() for each in (whole, found))
    assert one == two, "in the same order, though a row that could not be otherwise is counted once"


@MANY
@given(arrays(np.int64, st.integers(1, 40), elements=st.integers(0, 2**62)))
def test_arranged_sorts_every_row_once(key):
    order = arranged(key)
    assert sorted(order.tolist()) == list(range(len(key)))
    assert key[order].tolist() == sorted(key.tolist())


@MANY
@given(arrays(np.int64, 30, elements=st.integers(0, 3)), arrays(np.int64, 30, elements=st.integers(0, 2**40)))
def test_arranged_sorts_by_the_first_key_first_and_few_values_as_they_stand(one, two):
    rows = list(zip(one.tolist(), two.tolist(), strict=True))
    assert [rows[at] for at in arranged(one, two).tolist()] == sorted(rows)
    assert arranged(one).tolist() == np.argsort(one, kind="stable").tolist()


@MANY
@given(columns, st.data())
def test_ties_settle_only_what_the_keys_leave_open(keys, data):
    rows = len(keys[0])
    one, two = (data.draw(arrays(np.int64, rows, elements=st.integers(-3, 3))) for _ in range(2))
    tied = numbered(keys, lambda some: [one[some]], lambda some: [two[some]])
    assert tied.tolist() == numbered([*keys, one, two]).tolist()


@MANY
@given(arrays(np.int64, 12, elements=st.integers(0, 9)), arrays(np.int64, 7, elements=st.integers(0, 12)))
def test_counting_below(points, queries):
    assert count_below(points, queries).tolist() == [int((points < query).sum()) for query in queries]


@MANY
@given(st.data(), st.integers(1, 25))
def test_below_in_both_coordinates(data, rows):
    group = np.sort(data.draw(arrays(np.int64, rows, elements=st.integers(0, 3))))
    group = np.unique(group, return_inverse=True)[1]
    drawn = data.draw(arrays(np.int64, (4, rows), elements=st.integers(0, 6)))
    both = np.concatenate([group, group])
    (x, limit_x), (y, limit_y) = (np.split(numbered((both, np.concatenate([*drawn[at : at + 2]]))), 2) for at in (0, 2))
    found = _below_both(group, (x, y), (limit_x, limit_y))
    expected = [int(((group == group[row]) & (x < limit_x[row]) & (y < limit_y[row])).sum()) for row in range(rows)]
    assert found.tolist() == expected


@MANY
@given(st.data(), st.integers(1, 25))
def test_who_may_be_passed_is_told_without_counting_by_whom(data, rows):
    group = np.unique(np.sort(data.draw(arrays(np.int64, rows, elements=st.integers(0, 3)))), return_inverse=True)[1]
    both = np.concatenate([group, group])
    base, equity = (
        Ends(
            *np.sort(
                np.split(numbered((both, data.draw(arrays(np.int64, 2 * rows, elements=st.integers(0, 9))))), 2), 0
            )
        )
        for _ in range(2)
    )
    kept = np.flatnonzero(data.draw(arrays(bool, rows)))
    expected = [
        any(
            base.worst[other] > base.best[row] and equity.best[other] < equity.worst[row]
            for other in np.flatnonzero(group == group[row])
            if other != row
        )
        for row in kept
    ]
    assert _may_be_passed(base, equity, kept).tolist() == expected


# --- identifiers ------------------------------------------------------------------------------------------------------

texts = st.lists(
    st.one_of(st.none(), st.text(st.characters(min_codepoint=1, codec="utf-8"), max_size=12)), min_size=1, max_size=25
)


@MANY
@given(texts, st.sampled_from([pa.string(), pa.large_string()]), st.booleans())
def test_identifiers_stand_in_the_order_of_their_text(values, kind, coded):
    column = pa.array(["before", *values], kind).slice(1)
    number = numbered(
        Identifier.of(lambda: column.dictionary_encode() if coded else column).keys(np.arange(len(values)))
    )
    said = [(value is None, (value or "").encode()) for value in values]
    assert number.tolist() == [sorted(said).index(each) for each in said]


@MANY
@given(texts, st.sampled_from(["", "1000000", "a shared beginning of many letters"]), st.booleans())
def test_ties_are_settled_by_identifiers_from_the_first_letter_to_the_last(values, shared, coded):
    values = [None if value is None else shared + value for value in values]
    column = pa.array(["before", *values, *values[:3]]).slice(1)  # some stand there twice
    column_ = column.dictionary_encode() if coded else column
    identity, some = Identity([Identifier.of(lambda: column_)]), leads_of(column_)
    rows = np.arange(len(column))
    leads = np.concatenate([some(slice(start, start + 4)) for start in range(0, len(rows), 4)])
    said = [(value is None, (value or "").encode()) for value in column.to_pylist()]
    number = numbered([np.zeros(len(rows), int)], identity.tie(lambda: rows), turn=Turn.of(leads))
    assert number.tolist() == [sorted(said).index(each) for each in said]


BEGINNINGS = ["", "R", "RXX", "RXX-2026-0", "RXX-2026-0000001"]


@MANY
@given(st.lists(st.tuples(st.sampled_from(BEGINNINGS), texts), min_size=1, max_size=4))
def test_leads_of_parts_that_share_other_beginnings_stand_in_the_order_of_the_text(parts):
    columns = [pa.array([each and begin + each for each in values], pa.string()) for begin, values in parts]
    several = list(map(Leads.of, columns))
    whole, part = (
        np.concatenate([each.numbers for each in several]),
        np.repeat(np.arange(len(parts)), list(map(len, columns))),
    )
    leads = after_all_share(whole, part, [each.shared for each in several])
    said = [(text is None, (text or "").encode()) for column in columns for text in column.to_pylist()]
    in_order = sorted(range(len(said)), key=said.__getitem__)
    assert (np.diff(leads[in_order].astype(object)) >= 0).all()
    identity = Identity([Identifier.of(lambda: pa.concat_arrays(columns))])
    number = numbered([np.zeros(len(said), int)], identity.tie(lambda: np.arange(len(said))), turn=Turn.of(leads))
    assert number.tolist() == [sorted(said).index(each) for each in said]


def test_leads_of_a_part_whose_first_text_ends_in_what_others_share_with_letters_of_no_value():
    parts = [Leads.of(pa.array(texts)) for texts in (["A", "A\0b"], ["A\0a"])]
    assert parts[0].shared == b"A\0"[: len(parts[0].shared)]
    leads = after_all_share(
        np.concatenate([each.numbers for each in parts]), np.array([0, 0, 1]), [each.shared for each in parts]
    )
    assert leads[0] < leads[2] < leads[1]


def in_the_forms_that_homes_have(number):
    """A column of homes as a plan gives it, and as it lies on disk."""
    plain = pa.array(number)
    runs = pc.run_end_encode(pa.concat_arrays([plain, plain])).slice(len(plain) // 2, len(plain))
    here = pa.concat_arrays([plain, plain]).slice(len(plain) // 2, len(plain))
    return [(plain, plain), (plain.dictionary_encode(), plain), (pc.run_end_encode(plain), plain), (runs, here)]


@MANY
@given(st.lists(st.lists(st.integers(0, 5), max_size=20), min_size=1, max_size=3), st.booleans())
def test_groups_are_numbered_in_the_order_of_homes_whether_they_stand_together_or_not(blocks, together):
    several = [np.array(sorted(homes) if together else homes, np.uint64) for homes in blocks]
    for homes in zip(*map(in_the_forms_that_homes_have, several), strict=True):
        runs, nowhere = _groups([pa.record_batch({HOME: home}) for home, _ in homes])
        group = np.concatenate([np.repeat(*each) for each in runs])
        number = np.concatenate([home.to_numpy() for _, home in homes])
        assert [each == nowhere for each in group] == (number == 0).tolist()
        here = [(each, which) for each, which in zip(number.tolist(), group.tolist(), strict=True) if each]
        assert sorted(here) == sorted(here, key=lambda pair: pair[1])
        assert len(set(here)) == len({each for each, _ in here})


def test_leads_of_parts_of_dates_are_as_they_are():
    one, two = (Leads.of(pa.array([day], pa.timestamp("s"))) for day in (pd.Timestamp("1931-03-01"), None))
    leads = after_all_share(np.append(one.numbers, two.numbers), np.array([0, 1]), [one.shared, two.shared])
    assert leads[0] < leads[1]


def test_long_text_is_ranked_as_it_stands():
    column = pa.array(["b" * 300, "a" * 300, "b" * 300 + "a"])
    assert numbered(Identifier.of(lambda: column).keys(np.arange(3))).tolist() == [1, 0, 2]


def test_dates_settle_ties_in_their_order_and_blanks_last():
    column = pa.array([pd.Timestamp("2026-03-01"), None, pd.Timestamp("1999-01-01")], pa.timestamp("s"))
    assert numbered(Identifier.of(lambda: column).keys(np.arange(3))).tolist() == [1, 2, 0]


@MANY
@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", None])), min_size=1, max_size=20))
def test_groups_are_the_combinations_that_occur(rows):
    one, two = (pa.array([row[side] for row in rows]) for side in (0, 1))
    group = groups_of([one, two.dictionary_encode()], len(rows))
    pairs = dict(zip(group.tolist(), rows, strict=True))
    assert len(pairs) == len(set(rows))
    assert [pairs[each] for each in group.tolist()] == rows


def test_more_groups_than_a_short_number_holds_are_told_apart():
    chance = np.random.default_rng(3)
    one, two = (pa.array(chance.integers(0, 300, 5000).astype(str)).dictionary_encode() for _ in range(2))
    group = groups_of([one, two], 5000)
    pairs = list(zip(one.to_pylist(), two.to_pylist(), strict=True))
    assert len(one.dictionary) * len(two.dictionary) > 65_536
    assert len(set(zip(group.tolist(), pairs, strict=True))) == len(set(pairs)) == len(set(group.tolist()))


# --- pieces -----------------------------------------------------------------------------------------------------------


@MANY
@given(
    arrays(np.int64, st.integers(0, 60), elements=st.integers(0, 9)), st.integers(1, 20), st.integers(1, 9), st.data()
)
def test_pieces_hold_whole_groups_and_everybody_once(group, size, block, data):
    wanted = data.draw(arrays(bool, len(group)))
    before, row_pieces.PIECE, row_pieces.BLOCK = (row_pieces.PIECE, row_pieces.BLOCK), size, block
    try:
        pieces = Pieces(group)
    finally:
        row_pieces.PIECE, row_pieces.BLOCK = before
    lead = np.arange(len(group), dtype=np.uint64 if data.draw(st.booleans()) else np.int32)
    for number, rows in enumerate(pieces.blocks):
        columns = {"tenfold": 10 * np.arange(rows.start, rows.stop), "now_score": lead[rows], "lead": lead[rows]}
        pieces.put(number, columns, wanted[rows])
    check_pieces(pieces, group, wanted)


@MANY
@given(st.lists(st.lists(st.integers(0, 9), max_size=30), min_size=1, max_size=4), st.integers(1, 20))
def test_stretches_of_blocks_in_the_order_of_groups_are_pieces_too(several, size):
    place = {each: at for at, each in enumerate(sorted({each for block in several for each in block} - {9}))}
    blocks = [np.array(sorted(place.get(each, len(place)) for each in block), np.int32) for block in several]
    runs = [Runs(*np.unique(block, return_counts=True)) for block in blocks]
    group = np.concatenate(blocks)
    row = np.split(10 * np.arange(len(group)), np.cumsum([len(each) for each in blocks])[:-1])
    before, row_pieces.PIECE = row_pieces.PIECE, size
    try:
        pieces = Stretches([{"tenfold": each} for each in row], runs, len(place))
    finally:
        row_pieces.PIECE = before
    assert all(each.in_order for each in runs)
    check_pieces(pieces, group, group != len(place))


def check_pieces(pieces, group, wanted):
    """Everybody who is wanted is in one piece with all of their group, and what is found of them comes back to them."""
    found = [{**pieces.piece(number), "row": pieces.rows(number)} for number in range(pieces.many)]
    assert sorted(row for piece in found for row in piece["row"].tolist()) == np.flatnonzero(wanted).tolist()
    assert sum(len(set(piece["group"].tolist())) for piece in found) == len(set(group[wanted].tolist()))
    for number, piece in enumerate(found):
        assert (piece["group"] == group[piece["row"]]).all()
        assert (piece["tenfold"] == 10 * piece["row"]).all()
        odd = {"held": (piece["row"] % 2).astype(np.int8)} if number else {}  # of the first piece nothing is held
        pieces.keep(number, {"rank": 2 * piece["tenfold"], "base": piece["row"].astype(np.int32), **odd})
    back, rows = pieces.found(), np.arange(len(group))
    first = set(found[0]["row"].tolist()) if found else set()
    expected = {"rank": 20 * rows, "base": rows, "held": np.where(np.isin(rows, list(first)), 0, rows % 2)}
    for name, column in back.items():
        assert column.tolist() == np.where(wanted, expected[name], 0).tolist()
    assert set(back) == {"rank", "base", *(["held"] if len(found) > 1 else [])} if found else not back


def test_runs_are_in_order_where_each_group_comes_once_and_after_those_before_it():
    one = np.ones(3, int)
    assert Runs(np.array([1, 2, 4]), one).in_order
    assert not Runs(np.array([1, 2, 2]), one).in_order
    assert not Runs(np.array([1, 4, 2]), one).in_order


@MANY
@given(waiting=lists(), policy=policies())
def test_places_are_the_same_in_pieces_of_any_size(waiting, policy):
    whole, before = score(waiting, policy), row_pieces.PIECE
    try:
        for row_pieces.PIECE in (1, 3):
            pd.testing.assert_frame_equal(score(waiting, policy), whole)
    finally:
        row_pieces.PIECE = before


# --- turns ------------------------------------------------------------------------------------------------------------


@MANY
@given(
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.integers(0, 9)), min_size=1, max_size=40), st.booleans()
)
def test_who_has_a_turn_stands_where_a_further_key_would_put_them(rows, wide):
    key, turn, tie = (np.array([row[side] for row in rows]) for side in range(3))
    keys = [key << 62, turn[::-1] * 0 + (key << 40)] if wide else [key]  # more bits than a machine word has room for
    first = turn if wide else np.arange(len(rows))[::-1]  # some share a turn, or nobody does
    expected = numbered([*keys, first, tie])
    assert numbered(keys, lambda some: [tie[some]], turn=Turn.of(first)).tolist() == expected.tolist()


def test_ties_leave_a_turn_as_it_was():
    turn, keys = Turn.of(np.array([1, 1, 0])), [np.zeros(3, int)]
    before = turn.rows.tolist()
    assert numbered(keys, lambda some: [np.array([1, 0, 0])[some]], turn=turn).tolist() == [2, 1, 0]
    assert turn.rows.tolist() == before  # another order of the same people goes by it too


def test_people_of_equal_turns_and_keys_share_their_number():
    same = np.zeros(3, int)
    assert numbered([same], turn=Turn.of(np.array([1, 0, 1]))).tolist() == [1, 0, 1]
    assert numbered(
        [np.array([5, 5, 5, 4])], turn=Turn.of(np.array([1, 0, 1])).among(np.array([0, 1, 2, 0]))
    ).tolist() == [2, 1, 2, 0]
