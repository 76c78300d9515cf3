"""`persistence`: the same people across lists; who is still there, still missed, and still waiting longest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from equiwait import persistence
from equiwait.errors import ColumnsError, OptionError, RefusedError
from people_lists import read, row

DAYS = ("2026-08-31", "2026-09-30", "2026-10-31")


def pathways(numbers, start="2026-02-01", **columns):
    """One pathway a number, each a day later than the one before."""
    starts = pd.date_range(start, periods=len(numbers)).strftime("%Y-%m-%d")
    return [
        {"pathway_id": f"w{number}", "clock_start": day, **columns} for number, day in zip(numbers, starts, strict=True)
    ]


def following(*lists):
    return [read(rows, day) for rows, day in zip(lists, DAYS, strict=False)]


def test_worked_case():
    """Twenty people; of the three who wait longest two stay, of the other seventeen eight; four join."""
    first = pathways(range(20))
    stays = [0, 2, *range(10, 18)]
    later = [first[number] for number in stays] + pathways(range(100, 104), start="2026-09-01")
    table = persistence(following(first, later), share=0.15, suppression="none").table
    still = row(table, measure="share_still_waiting", by="everyone")
    assert (still["n"], still["of"], still["value"]) == (10, 20, 0.5)
    split = table[(table["measure"] == "share_still_waiting") & (table["by"] == "wait at first")]
    assert split[["group", "n", "of"]].to_numpy().tolist() == [["longest", 2, 3], ["everyone else", 8, 17]]
    longest = row(table, measure="share_still_longest", by="everyone")
    # The later list has 14 people, so its longest-waiting 15% are three: 0, 2 and 10. Two of them were so at first. Had
    # these three been any of the twenty, 3 × 3 / 20 would have been so at first.
    assert (longest["n"], longest["of"]) == (2, 3)
    assert longest["expected"] == pytest.approx(3 * 3 / 20, abs=0.051)
    assert longest["ratio"] == pytest.approx(2 / (3 * 3 / 20))


def test_chance_alone_gives_what_is_expected():
    """Two tails of 12 of the same 60, the second drawn anew each time: on average as many are in both as `expected` says."""
    chance, found, people = np.random.default_rng(11), [], 60
    for _ in range(25):
        waits = [np.arange(people), chance.permutation(people)]
        lists = [
            pd.DataFrame({
                "scope": "rtt_open", "days_waiting": days, "snapshot_date": day, "person_id": list(map(str, range(people))),
            })
            for days, day in zip(waits, DAYS, strict=False)
        ]  # fmt: skip
        table = persistence(lists, share=0.2, fields=[], suppression="none").table
        longest = row(table, measure="share_still_longest", by="everyone")
        assert longest["n"] == ((waits[0] >= 48) & (waits[1] >= 48)).sum()
        assert longest["expected"] == 2.4
        found.append(longest["n"])
    assert np.mean(found) == pytest.approx(2.4, abs=3 * np.std(found) / np.sqrt(len(found)))


def test_where_all_have_waited_alike_nobody_waits_longest():
    first, later = pathways("abcd"), [{**each, "clock_start": "2026-05-01"} for each in pathways("abcd")]
    table = persistence(following(first, first[:1]), share=0.5, suppression="none").table
    assert row(table, measure="share_still_longest", by="everyone")[["n", "of"]].tolist() == [0, 2]
    table = persistence(following(later, later), share=0.5, suppression="none").table
    assert row(table, measure="share_still_longest", by="everyone")[["n", "of"]].tolist() == [0, 0]
    assert "wait at first" not in set(table["by"])


def test_not_reached_means_on_no_list_so_far():
    first = pathways("abcd")
    second = [dict(each) for each in first]
    second[1]["tci_date"] = "2026-11-20"  # b is booked
    third = [dict(each) for each in first]  # b's date is gone again, and c has been seen
    third[2]["first_attendance"] = "2026-10-20"
    lists = following(
        *[[{"first_attendance": "", "tci_date": "", **each} for each in rows] for rows in (first, second, third)]
    )
    table = persistence(lists, suppression="none").table
    missed = table[(table["measure"] == "share_still_not_reached") & (table["by"] == "everyone")]
    assert missed[["snapshot", "n", "of"]].to_numpy().tolist() == [[DAYS[1], 3, 4], [DAYS[2], 2, 4]]


def test_silences_are_followed_and_an_answer_is_not_one():
    """Blank, not known and invalid are still to be found out; not stated is an answer."""
    first = [
        {**each, "ethnicity": code, "contact_recorded": contact}
        for each, code, contact in zip(
            pathways("abcdef"), ["", "99", "??", "Z", "A", ""], ["", "no", "yes", "", "", ""], strict=True
        )
    ]
    second = [{**each, "ethnicity": each["ethnicity"] if each["pathway_id"] != "wa" else "B"} for each in first]
    table = persistence(following(first, second), suppression="none").table
    everyone = table[table["by"] == "everyone"].set_index("measure")
    assert everyone.loc["share_still_without_ethnicity", ["n", "of"]].tolist() == [3, 4]
    assert everyone.loc["share_still_without_contact", ["n", "of"]].tolist() == [5, 5]
    # a and b and f lack both at first; by the second list a's ethnicity is known.
    assert everyone.loc["share_missed_in_several_ways", ["n", "of"]].tolist() == [2, 3]
    assert "share_still_not_reached" not in everyone.index, "neither list says who was seen or booked"


def test_people_are_matched_by_issuer_number_and_clock_start():
    first = [{**each, "pathway_issuer": issuer} for issuer in ("R1", "R2") for each in pathways("ab")]
    second = [first[0], {**first[3], "clock_start": "2026-09-01"}]
    table = persistence(following(first, second), suppression="none").table
    assert row(table, measure="share_still_waiting", by="everyone")["n"] == 1, (
        "R2's b has another start, R2's a is gone"
    )


def test_people_can_be_followed_under_a_new_pathway_number():
    first = [{**each, "person_id": f"p{each['pathway_id']}"} for each in pathways("abc")]
    second = [{**first[0], "pathway_id": "z"}]
    lists = following(first, second)
    assert row(persistence(lists, suppression="none").table, measure="share_still_waiting", by="everyone")["n"] == 0
    by_person = persistence(lists, match="person", suppression="none")
    assert row(by_person.table, measure="share_still_waiting", by="everyone")["n"] == 1
    assert "by person" in " ".join(by_person.notes)


def test_somebody_sent_twice_or_without_a_number_is_counted_in_the_notes():
    first = [*pathways("abc"), {"pathway_id": "", "clock_start": "2026-04-01"}]
    result = persistence(following(first, first[:2]), suppression="none")
    assert row(result.table, measure="share_still_waiting", by="everyone")["of"] == 3
    assert any(note.startswith("1 rows of the first list could not be looked for") for note in result.notes)


def test_groups_are_those_of_the_first_list():
    first = [{**each, "sex": sex} for each, sex in zip(pathways(range(40)), "12" * 20, strict=True)]
    second = [{**each, "sex": "2"} for each in first[:30:2]] + [{**each, "sex": "1"} for each in first[1:11:2]]
    table = persistence(following(first, second), "sex", suppression="none").table
    still = table[(table["measure"] == "share_still_waiting") & (table["by"] == "sex")].set_index("group")
    assert still.loc["Male", ["n", "of"]].tolist() == [15, 20]
    assert still.loc["Female", ["n", "of"]].tolist() == [5, 20]
    assert still.loc["Male", "expected"] == 10
    assert still.loc["Male", "ratio"] == pytest.approx(1.5)
    assert still.loc["Male", "p_value"] < 0.05


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_groups_add_up_and_nobody_comes_back_from_nowhere(data):
    """Over three lists: groups sum to everyone, n never exceeds of, and what must hold on every list so far only falls."""
    people = data.draw(st.integers(12, 30))
    sexes = data.draw(st.lists(st.sampled_from(["1", "2", ""]), min_size=people, max_size=people))
    codes = data.draw(
        st.lists(st.lists(st.sampled_from(["", "A"]), min_size=people, max_size=people), min_size=3, max_size=3)
    )
    stays = data.draw(st.lists(st.lists(st.booleans(), min_size=people, max_size=people), min_size=2, max_size=2))
    first = pathways(range(people))
    lists = [[{**each, "sex": sex, "ethnicity": code} for each, sex, code in zip(first, sexes, codes[0], strict=True)]]
    for stay, code in zip(stays, codes[1:], strict=True):
        rows = [{**each, "ethnicity": new} for each, new, here in zip(lists[0], code, stay, strict=True) if here]
        lists.append(rows + pathways(range(900, 912), start="2026-05-01", sex="1", ethnicity="A"))
    table = persistence(following(*lists), "sex", suppression="none").table
    assert (table["n"] <= table["of"]).all()
    for (measure, snapshot), rows in table.groupby(["measure", "snapshot"]):
        everyone = rows[rows["by"] == "everyone"].iloc[0]
        assert rows.loc[rows["by"] == "sex", ["n", "of"]].sum().tolist() == everyone[["n", "of"]].tolist(), (
            measure,
            snapshot,
        )
    silent = table[(table["measure"] == "share_still_without_ethnicity") & (table["by"] == "everyone")]
    assert silent["n"].is_monotonic_decreasing


def test_a_mapping_and_a_sequence_are_one():
    lists = following(pathways(range(20)), pathways(range(10)))
    given_so = persistence(dict(zip("ab", lists, strict=True)), suppression="none")
    pd.testing.assert_frame_equal(given_so.table, persistence(lists, suppression="none").table)


def test_findings_say_what_the_numbers_allow():
    first = [
        {**each, "sex": sex} for each, sex in zip(pathways(range(400), start="2025-01-01"), "12" * 200, strict=True)
    ]
    second = [each for place, each in enumerate(first) if each["sex"] == "1" or place % 8 == 1]
    result = persistence(following(first, second), "sex")
    assert result.findings[0] == ("Still waiting on 2026-09-30: 250 of the 400 people on the list on 2026-08-31 (62%).")
    assert "chance alone would give" in result.findings[1]
    assert any(sentence.startswith("By sex: of Male, 100% are still waiting") for sentence in result.findings)
    calm = persistence(following(first, first[:200]), "sex")
    assert not any(sentence.startswith("By sex") for sentence in calm.findings)


def test_small_numbers_are_hidden():
    first = [{**each, "sex": sex} for each, sex in zip(pathways(range(60)), "1" * 55 + "2" * 5, strict=True)]
    table = persistence(following(first, first[:40] + first[55:]), "sex").table
    assert (table["n"].dropna() % 5 == 0).all()
    few = table[table["group"] == "Female"]
    assert few["suppressed"].all()
    assert few[["n", "of", "value", "ratio", "expected"]].isna().all(axis=None)


def test_pictures():
    first = [{**each, "sex": sex, "tci_date": ""} for each, sex in zip(pathways(range(80)), "12" * 40, strict=True)]
    result = persistence(following(first, first[:60]), "sex")
    names = [chart.name for chart in result.charts()]
    assert names[0] == "still missed"
    assert "share_still_not_reached by sex" in names
    ax = result.plot()
    assert [label.get_text().split("\n")[0] for label in ax.get_yticklabels()][:2] == [
        "Still waiting", "Still among the longest waiting",
    ]  # fmt: skip


def test_nonsense_is_refused():
    first, second = following(pathways("abc"), pathways("ab"))
    with pytest.raises(OptionError, match="two days or more"):
        persistence([first])
    with pytest.raises(RefusedError, match="oldest first"):
        persistence([second, first])
    with pytest.raises(RefusedError, match="oldest first"):
        persistence([first, first])
    with pytest.raises(ColumnsError, match="numbers by which the same person"):
        persistence([first.drop(columns="pathway_id"), second])
    with pytest.raises(OptionError, match="match='name'"):
        persistence([first, second], match="name")
    with pytest.raises(RefusedError, match="holds 2 snapshots"):
        persistence([pd.concat([first, second]), second.assign(snapshot_date="2026-12-01")])
    with pytest.raises(ColumnsError, match="ethnicity"):
        persistence([first, second], "ethnicity")
