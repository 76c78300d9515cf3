"""A streaming job is killed at every event of its end, and at some of its passes: the next call gives the same, or says that it is there."""

from __future__ import annotations

import random
import shutil
import signal
from pathlib import Path

import pytest

from engines import killed


@pytest.fixture(scope="module")
def nursery():
    with killed.Nursery() as several:
        yield several


def solved(events: list[str]) -> int:
    """At which event all passes are done: only the end is left."""
    return max(at for at, event in enumerate(events, 1) if event.startswith("os.rename") and "told.json" in event)


@pytest.fixture(scope="module", params=killed.KINDS)
def endings(request, nursery, tmp_path_factory):
    """How a job ended that was killed at each event of its end: its last code, what was unlike, what was left beside its output."""
    place = tmp_path_factory.mktemp("endings")
    first = killed.undisturbed(nursery, place, request.param, policy=False, people=100)
    stopped = killed.another(first, place / "stopped")
    assert nursery.run(stopped, solved(killed.events(first)) + 1) == -signal.SIGKILL
    told, deaths = [], 1
    while deaths:
        job = killed.another(first, place / "killed")
        shutil.copytree(Path(stopped.to).parent, Path(job.to).parent, dirs_exist_ok=True)
        deaths, code = killed.ended(nursery, job, [len(told) + 1])
        told.append((code, killed.wrong(job, first, code), killed.beside(job)))
    assert any("output" in event for event in killed.events(job))
    return told


def test_a_job_that_is_killed_at_any_event_of_its_end_gives_the_same(endings):
    assert {at: unlike for at, (_, unlike, _) in enumerate(endings, 1) if unlike} == {}
    assert {code for code, _, _ in endings} == {0, killed.REFUSED}  # killed before its output had its name, and after


def test_a_job_that_is_killed_at_any_event_of_its_end_leaves_nothing_beside_its_output(endings):
    assert {at: left for at, (_, _, left) in enumerate(endings, 1) if left} == {}


@pytest.mark.parametrize("policy", [True, False])
@pytest.mark.parametrize("kind", killed.KINDS)
def test_a_job_that_is_killed_again_and_again_gives_the_same(nursery, tmp_path, kind, policy):
    first = killed.undisturbed(nursery, tmp_path, kind, policy, people=200)
    points, chance = len(killed.events(first)), random.Random(f"{kind} {policy}")
    job, kills = killed.another(first, tmp_path / "killed"), [chance.randint(1, points) for _ in range(5)]
    deaths, code = killed.ended(nursery, job, kills)
    assert deaths
    assert killed.wrong(job, first, code) == [], kills[:deaths]
