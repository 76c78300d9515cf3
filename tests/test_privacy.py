"""No patient's value in any message, note, repr, finding or file that is meant to be shown: secrets are planted and looked for."""

from __future__ import annotations

import logging
import traceback

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import equiwait as ew

SECRET = "Zqx7Secret"
COLUMNS = [
    "pathway_id", "person_id", "clock_start", "clock_stop", "priority", "ethnicity", "sex", "postcode", "dob", "list_type", "rtt_status",
    "dna_count", "learning_disability", "age", "decision_to_admit", "tci_date", "specialty", "snapshot_date", "area_code", "own column",
]  # fmt: skip
GOOD = {
    "clock_start": "2026-04-01",
    "priority": "P2",
    "list_type": "IRTT",
    "specialty": "110",
    "snapshot_date": "2026-10-31",
}


def read(raw):
    return ew.read_list(raw, snapshot="2026-10-31")


def scored(raw):
    return ew.score(read(raw), ew.Policy.preset("england_default"))


STEPS = {
    "read": read,
    "read with a wrong header": lambda raw: ew.read_list(raw, snapshot="2026-10-31", columns={"own columm": "sex"}),
    "read month first": lambda raw: ew.read_list(raw, snapshot="2026-10-31", date_order="month_first"),
    "check": lambda raw: ew.check_list(read(raw)),
    "flag": lambda raw: ew.flag_missing(read(raw), ["ethnicity", "age", "dna_count"]),
    "completeness": lambda raw: ew.completeness(read(raw)),
    "disparities": lambda raw: ew.disparities(read(raw)),
    "a wrong reference": lambda raw: ew.disparities(read(raw), "sex", reference="nobody"),
    "count": lambda raw: ew.count_waits(read(raw), ["sex", ("sex", "ethnicity")]),
    "score": scored,
    "explain": lambda raw: ew.explain(scored(raw), "no such pathway"),
    "score a record": lambda raw: ew.score_record(raw.iloc[0].to_dict(), ew.Policy.preset("england_default")),
    "link without a directory": lambda raw: ew.link_deprivation(read(raw), index=ew.samples.sample_path("index")),
    "link": lambda raw: ew.link_deprivation(
        read(raw), directory=ew.samples.sample_path("directory"), index=ew.samples.sample_path("index")
    ),
}
OWN = {ew.EquiwaitError}


def everything_said(error: BaseException) -> str:
    """The whole traceback, with every error that travels along."""
    seen, text = error, ""
    while seen is not None:
        text += "".join(traceback.TracebackException.from_exception(seen).format_exception_only()) + repr(seen.args)
        seen = seen.__cause__ or seen.__context__
    return text


@pytest.mark.parametrize("step", STEPS)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_secrets_are_never_said(step, data, caplog, capsys):
    cells = st.sampled_from(
        [SECRET, f" {SECRET}\u00a0", "", "A", "1", "2026-04-01", "EQ1 1AA", f"={SECRET}", f"31/31/{SECRET}"]
    )
    rows = data.draw(st.lists(st.fixed_dictionaries(dict.fromkeys(COLUMNS, cells)), min_size=1, max_size=4))
    keep = data.draw(st.sets(st.sampled_from(sorted(GOOD))))
    raw = pd.DataFrame([{**row, **{name: GOOD[name] for name in keep}} for row in rows])
    with caplog.at_level(logging.DEBUG):
        try:
            result = STEPS[step](raw)
        except ew.EquiwaitError as error:
            assert SECRET not in everything_said(error)
            assert error.__cause__ is None
            assert error.__context__ is None, "a library's message may quote a cell"
        else:
            if isinstance(result, ew.Result):
                shown = repr(result) + " ".join((*result.notes, *result.findings, result.title))
                assert SECRET not in shown
            elif not isinstance(result, pd.DataFrame):
                assert SECRET not in repr(result) or step == "explain"
    out = capsys.readouterr()
    assert SECRET not in out.out + out.err + caplog.text


FIRST_ROW = ["Zq Secret", "EQP-0000354", "2026-04-01", "Q", "B15 2TT", "Zq Secret"]


@pytest.mark.parametrize("row", [FIRST_ROW, ["Zq Secret", "Smithson", "Zq Secret"], ["Zq Secret", "Smithson", "Odd"]])
@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_a_file_without_a_header_row_does_not_have_its_first_row_said(row, ending, tmp_path):
    path = tmp_path / f"list.{ending}"
    frame = pd.DataFrame([row, row])
    frame.to_csv(path, index=False, header=False) if ending == "csv" else frame.to_excel(
        path, index=False, header=False
    )
    attempts = [
        lambda: read_path(path),
        lambda: ew.read_list(path, snapshot="2026-10-31", columns={"Start": "clock_start"}),
    ]
    if row is FIRST_ROW:
        attempts += [lambda: ew.load_index(path), lambda: ew.Directory.build(path)]
    for attempt in attempts:
        with pytest.raises(ew.EquiwaitError) as caught:
            attempt()
        said = everything_said(caught.value)
        assert not [cell for cell in row if len(cell) > 2 and cell in said]


def read_path(path):
    return ew.read_list(path, snapshot="2026-10-31")
