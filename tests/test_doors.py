"""One scoring function, several doors: Python, the list, the command line and the service give the same for the same record."""

from __future__ import annotations

import io
import json
import sys
from random import Random

import pandas as pd
import pytest

from equiwait.cli import main
from equiwait.rows.policies import Policy, State
from equiwait.rows.scoring import score
from equiwait.rows.scoring.score_record import score_records
from service.conftest import client, policies, settings  # noqa: F401 - fixtures

ODD = {
    "priority": ["P2", "p3", "P-4", "2", "soon", None, "P1A", "P5"], "learning_disability": ["Y", "n", "0", "?", None],
    "looked_after": ["Y", None, "x"], "cancer_pathway": ["N", "Y", None, "?"], "idaci_quintile": [1, 5, 6, None, "3"],
    "school_missed": ["none", "persistent", "??", None], "decision_to_admit": ["2026-05-01", None, "01/05/2026"],
    "priority_date": [None, "2026-08-01", "bad"], "tci_date": [None, None, "2026-12-01"], "list_type": ["IRTT", None, "ORTT"],
    "patient_choice": [None, None, "P5"], "days_waiting": [10, 400, "77", 90.0, -3], "interpreter_needed": ["N", "Y"],
    "developmental_window": [None, "2027-01-01"], "child_protection": ["N", "y", None], "link_status": ["matched", "no_fixed_abode"],
    "scope": ["rtt_open", "rtt_open", "closed"],
}  # fmt: skip


def records(many: int) -> list[dict]:
    chance = Random(20261127)
    return [
        {
            "pathway_id": f"p{at}",
            "snapshot_date": "2026-10-31",
            **{name: chance.choice(cells) for name, cells in ODD.items()},
        }
        for at in range(many)
    ]


@pytest.mark.parametrize("name", ["england_default", "paediatric_surgery_illustrative"])
def test_every_door_gives_the_same(name: str, client, policies, monkeypatch, capsys) -> None:  # noqa: F811
    rows, file = (
        records(120),
        policies / {"england_default": "a.toml", "paediatric_surgery_illustrative": "b.toml"}[name],
    )
    policy = Policy.load(file)
    python = [one.to_dict() for one in score_records(rows, policy, why=True)]
    assert python == [score_records([row], policy, why=True)[0].to_dict() for row in rows]

    service = client.post("/v1/score", json={"policy": name, "records": rows, "why": True}).json()["results"]
    assert service == python

    monkeypatch.setattr(
        sys, "stdin", io.TextIOWrapper(io.BytesIO("".join(f"{json.dumps(row)}\n" for row in rows).encode()))
    )
    assert main(["score", "-", "--policy", str(file), "--why"]) == 0
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == python

    lax = {"coverage": 0.0, "coverage_because": "a test"}  # a list refuses a factor that is recorded for few
    tiers = tuple(each.model_copy(update=lax) if each.kind == "equity" else each for each in policy.tiers)
    lenient = policy.model_copy(
        update={"tiers": tiers, "factors": tuple(each.model_copy(update=lax) for each in policy.factors)}
    )
    lenient.remember(State(snapshot="2026-10-31", means={"idaci": 4.0}))
    ordered = score(pd.DataFrame(rows).astype("string"), lenient).astype(object)
    ordered = ordered.where(ordered.notna(), None).to_dict("records")
    for row, one in zip(ordered, python, strict=True):
        mine = {
            "status": row["score_status"],
            **{key: row[key] for key in ("tier", "tier_name", "score", "score_low", "score_high")},
        }
        assert {key: one[key] for key in mine} == mine
        assert one["points"] == {part: row[f"points_{part}"] for part in one["points"]}
        assert row["held_by"] is not None or one["why"] == row["why"]
