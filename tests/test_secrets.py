"""Secrets in any column, header, sheet or file name, and objects that no library expects: nothing is said of them anywhere."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import zipfile
from decimal import Decimal
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import equiwait as ew
from equiwait.counts.waits.group_values import NOT_SHOWN, value_named
from equiwait.counts.waits.groups import group_named
from equiwait.reporting import how_linked, how_ordered
from equiwait.results import Result
from test_privacy import everything_said

SECRET = "Zqx7Secret"
PEOPLE = 160


@cache
def a_list() -> pd.DataFrame:
    """A list that was read, linked, flagged and scored, with columns of the user's own."""
    lots = np.random.default_rng(3)
    start = pd.Timestamp("2026-10-31") - pd.to_timedelta(lots.gamma(2, 90, PEOPLE).astype(int), unit="D")
    raw = pd.DataFrame(
        {
            "pathway_id": [f"EQP-{n}" for n in range(PEOPLE)],
            "person_id": [f"EQ{n % 150:06}" for n in range(PEOPLE)],
            "clock_start": start.strftime("%Y-%m-%d"),
            "ethnicity": lots.choice([*"AHMN", ""], PEOPLE),
            "sex": lots.choice(["1", "2"], PEOPLE),
            "site": lots.choice(["EQ001", "EQ002"], PEOPLE),
            "provider": "EQ0",
            "specialty": lots.choice(["100", "110"], PEOPLE),
            "priority": lots.choice(["P2", "P3"], PEOPLE),
            "list_type": "IRTT",
            "rtt_status": "20",
            "decision_to_admit": "2026-06-01",
            "postcode": lots.choice(["EQ1 1AA", "EQ4 8JZ", ""], PEOPLE),
            "ward notes": "x",
        }
    )
    waiting = ew.read_list(raw, snapshot="2026-10-31")
    places = {name: ew.samples.sample_path(name) for name in ("directory", "index")}
    waiting = ew.flag_missing(ew.link_deprivation(waiting, **places))
    return ew.score(waiting, ew.Policy.preset("england_default"))


def planted(*columns: str) -> pd.DataFrame:
    waiting = a_list().copy()
    for column in columns:
        cells = waiting[column].astype(object)
        cells.iloc[7] = f"{SECRET} {column}"
        waiting[column] = cells
    return waiting


def said_by(verbs) -> tuple[list[str], list[Result]]:
    """Everything that verbs say, in results and in errors; an error of a library is none of ours."""
    said, results = [], []
    for do in verbs:
        try:
            result = do()
        except ew.EquiwaitError as error:
            assert error.__context__ is None
            said.append(everything_said(error))
        else:
            said.append(repr(result) + str(getattr(result, "about", "")))
            if isinstance(result, Result):
                said.append(" ".join((result.title, *result.notes, *result.findings)) + result._repr_html_())
                results.append(result)
    return said, results


def asked_of(waiting: pd.DataFrame) -> list:
    policy = ew.Policy.preset("england_default")
    return [
        lambda: ew.check_list(waiting),
        lambda: ew.completeness(waiting),
        lambda: ew.disparities(waiting),
        lambda: ew.unknowns(waiting, "ethnicity", measure="over_18_weeks"),
        lambda: ew.tail(waiting),
        lambda: ew.displacement(waiting),
        lambda: ew.plausibility(waiting),
        lambda: ew.referral_growth(waiting),
        lambda: ew.exits(waiting, waiting),
        lambda: ew.persistence([waiting, waiting]),
        lambda: ew.count_waits(waiting, ["sex", "ethnicity"]).about,
        lambda: how_linked(waiting),
        lambda: how_ordered(waiting, policy),
        lambda: ew.score(waiting.head(40), policy).shape,
    ]


def read_back(folder: Path) -> dict[str, str]:
    """The words of every file that is not the team's own, workbooks unpacked."""
    found = {}
    for path in folder.rglob("*"):
        if path.is_file() and "IN-TEAM" not in path.name:
            content = path.read_bytes()
            if path.suffix == ".xlsx":
                with zipfile.ZipFile(io.BytesIO(content)) as book:
                    content = b"".join(book.read(name) for name in book.namelist())
            found[path.name] = content.decode("utf-8", "replace")
    return found


@pytest.mark.parametrize(
    "columns",
    [
        ("nation", "site", "provider", "specialty", "directory_edition", "index_edition", "policy", "ward notes",
         "lad", "icb", "link_note", "tier_name", "why", "held_by"),
        ("scope", "score_status", "row_problems"), ("age_band", "imd_quintile", "rural_urban"),
    ],
    ids=lambda columns: columns[0],
)  # fmt: skip
def test_a_secret_in_a_column_is_said_nowhere(columns, tmp_path):
    waiting = planted(*(column for column in columns if column in a_list()))
    said, results = said_by(asked_of(waiting))
    assert SECRET not in " ".join(said)
    assert results
    ew.outputs(
        *results, to=tmp_path / "out", waiting=waiting, policy=ew.Policy.preset("england_default"),
        sources={"list": _file(tmp_path / f"{SECRET}.csv")},
    )  # fmt: skip
    told = read_back(tmp_path / "out")
    assert {"report.html", "workbook.xlsx", "manifest.json"} <= set(told)
    assert [name for name, text in told.items() if SECRET in text] == []
    assert SECRET not in json.dumps(ew.release_check(tmp_path / "out").record)


def test_what_is_no_day_is_refused_where_equiwait_writes_days():
    said, results = said_by(asked_of(planted("snapshot_date"))[:-1])
    assert results == []
    assert all("The column snapshot_date does not hold" in each and SECRET not in each for each in said)


def _file(path: Path) -> Path:
    path.write_text("a")
    return path


@pytest.mark.parametrize("column", ["nhs number", "person_id", "surname", "contact"])
def test_a_group_is_never_a_person(column):
    """Also on a short list: fifty numbers, names or numbers of telephones in fifty rows."""
    waiting = a_list().head(50).copy()
    values = {"contact": "07700 900{:03}", "surname": "Smith{}"}.get(column, "999 123 4{:03}")
    waiting[column] = [values.format(n) for n in range(50)]
    with pytest.raises(ew.EquiwaitError) as caught:
        ew.disparities(waiting, column)
    assert "tells persons apart" in str(caught.value)
    assert not any(value in everything_said(caught.value) for value in waiting[column])


def test_a_value_that_looks_like_a_persons_own_is_no_name_of_a_group():
    waiting = a_list().copy()
    ward = waiting["site"].astype(object)
    ward.iloc[:3] = ["943 476 5919", "lives at EQ1 1AA", "a sentence " * 9]
    result = ew.completeness(waiting.assign(ward=ward), "ward")
    assert set(result.table["group"]) == {"everyone", "EQ001", "EQ002", "Not shown (written like one person's own)"}


@pytest.mark.parametrize(
    "value",
    [
        "943 476 5919", "943.476.5919", "943–476–5919", "943/476/5919", "943\u200b476\u200b5919", "9434\u00ad765919", "９４３４７６５９１９",
        "NHS 943 476 5919x", "jo@example.org", "jo(at)example.org", "jo [at] example.org", "07700-900-123", "(0121) 496 0000",
        "lives at sw1a 1aa", "SW1A1AA", "\u202eSW1A 1AA", "Mrs Smith", "Mr. J Smith", "Smith, Mrs J", "03/05/2014", "3 May 2014",
        "2014-05-03", "born 2014", "dob 3.5.14", "12 High Street", "Flat 3, Mill Lane", "https://example.org/p?id=3", "\u200b\u202e",
        "a sentence about somebody " * 4, "x" * 61,
    ],
)  # fmt: skip
def test_thirty_ways_to_write_what_is_one_persons_own(value):
    assert value_named(value) == NOT_SHOWN


def test_names_of_wards_teams_and_surgeons_are_shown():
    for name in ("Ward 10", "St Mary's", "A&E", "10–19", "18 to 25", "Dr Martin's Ward", "C1234567", "Team 3 / Bay 4", "Ward C1 4th floor",
                 "Mill Lane Clinic", "12 High Street Clinic", "7 Mill Road Surgery", "30 The Drive, Health Centre", "level b2 3rd floor", "E01000001", "£0–£100", "T&O", "1.5-2.5", "K40.9", "MS Nurse"):  # fmt: skip
        assert value_named(name) == name
    assert group_named("consultant", "Mr J Smith") == ("Mr J Smith", True)
    assert group_named("ward", "Mr J Smith") == (NOT_SHOWN, True)


def test_the_name_of_a_group_is_text_wherever_it_stands(tmp_path):
    """Marks of HTML, mathematics, formulas and tables are letters like any other; what cannot be seen is not there."""
    names = ["<b>Ward</b>", "$W_1$ ward", "=1+1", "|x|y", "A\u202eB\u200bC"]
    waiting = a_list().assign(ward=np.array(names, object)[np.arange(PEOPLE) % len(names)])
    gaps = ew.disparities(waiting, "ward", measures=["over_18_weeks"])
    assert set(gaps.table["group"]) == {"<b>Ward</b>", "$W_1$ ward", "=1+1", "|x|y", "A B C"}
    page = ew.report(gaps, to=tmp_path / "page.html").read_text("utf-8")
    assert "<b>Ward" not in page + gaps._repr_html_()
    assert "&lt;b&gt;Ward&lt;/b&gt;" in page
    assert not {"\u202e", "\u200b"} & set(page)
    figure = gaps.plot().figure
    figure.canvas.draw()  # $…$ that were mathematics would be set as such, or fail
    assert not [
        text
        for text in figure.findobj(lambda each: hasattr(each, "get_parse_math"))
        if text.get_parse_math() and "$" in text.get_text()
    ]
    for path in ew.tidy(gaps, to=tmp_path / "tidy"):
        assert not [
            cell
            for row in csv.reader(io.StringIO(path.read_text("utf-8-sig")))
            for cell in row
            if cell.startswith(("=", "@"))
        ]
    with zipfile.ZipFile(ew.workbook(gaps, to=tmp_path / "book.xlsx")) as book:
        assert not [name for name in book.namelist() if name.startswith("xl/worksheets/") and b"<f>" in book.read(name)]


class Unreadable:
    """An object that cannot be written, compared or told from others."""

    def __str__(self) -> str:
        raise ValueError(SECRET)

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        raise ValueError(SECRET)

    __hash__ = None


CIRCLE: list = [SECRET]
CIRCLE.append(CIRCLE)
ODD = {
    "bytes": SECRET.encode(), "unreadable": Unreadable(), "a circle": CIRCLE, "NUL": f"\0{SECRET}", "huge": 10**5000,
    "half a letter": f"\udcff{SECRET}", "a set": {SECRET}, "a tuple": (SECRET,), "not a number": Decimal("sNaN"),
    "a frame": pd.DataFrame({"a": [SECRET]}), "the last day": dt.datetime.max, "long": SECRET * 20_000,
}  # fmt: skip


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_object_in_a_cell_escapes_nowhere(kind):
    cells = np.empty(30, object)
    cells[:] = "2026-04-01"
    cells[3] = ODD[kind]
    frame = pd.DataFrame({"clock_start": "2026-04-01", "sex": ["1", "2"] * 15, "priority": "P2"})
    verbs = [
        lambda column=column: (
            ew.read_list(frame.assign(**{column: pd.Series(cells, dtype=object)}), snapshot="2026-10-31").shape
        )
        for column in ("pathway_id", "clock_start", "sex", "ward", "date_of_birth")
    ]
    read = ew.read_list(frame, snapshot="2026-10-31").assign(ward=pd.Series(cells, dtype=object))
    record = {"snapshot_date": "2026-10-31", "clock_start": "2026-08-02", "priority": "P2", "list_type": "IRTT"}
    policy = ew.Policy.preset("england_default")
    verbs += [
        lambda: ew.disparities(read, "ward").title,
        *(
            lambda field=field: ew.score_record({**record, field: ODD[kind]}, policy)
            for field in ("clock_start", "ward")
        ),
    ]
    said, _ = said_by(verbs)
    assert SECRET not in " ".join(said)


@pytest.mark.parametrize("kind", ["bytes", "unreadable", "a circle", "huge", "a set", "a frame", "not a number"])
def test_an_odd_object_for_an_option_is_one_message(kind):
    given = ODD[kind]
    verbs = [
        lambda: ew.read_list(pd.DataFrame({"clock_start": ["2026-04-01"]}), snapshot=given),
        lambda: ew.disparities(a_list(), "sex", suppression=given),
        lambda: ew.disparities(a_list(), [given]),
    ]
    for do in verbs:
        with pytest.raises(ew.EquiwaitError) as caught:
            do()
        assert SECRET not in everything_said(caught.value)


def test_a_cell_beyond_the_limit_of_the_csv_module_is_one_message(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(f'clock_start,sex,note\n2026-04-01,1,"{SECRET * 20_000}"\n2026-04-01,1,x\n')
    said, _ = said_by([lambda: ew.read_list(path, snapshot="2026-10-31").shape])
    assert SECRET not in said[0]
