"""Work on many pieces: answers in the order of the pieces, whatever the number of threads, and few pieces ahead."""

from __future__ import annotations

import threading
import time
import weakref
from contextvars import ContextVar

import pytest

from equiwait import parallel
from equiwait.parallel import cores, meanwhile, spread, taken_out


@pytest.mark.parametrize("threads", [None, 1, 2, 5])
@pytest.mark.parametrize("pieces", [0, 1, 2, 3, 50])
def test_answers_come_in_the_order_of_the_pieces(threads, pieces):
    def slow_at_first(piece):
        time.sleep(0.002 if piece % 5 == 0 else 0)
        return piece * piece

    assert list(spread(slow_at_first, range(pieces), threads=threads)) == [each * each for each in range(pieces)]


def test_a_failure_is_raised_in_its_turn_and_stops_the_rest():
    done = []

    def work(piece):
        if piece == 3:
            raise ValueError("the fourth")
        done.append(piece)
        return piece

    answers = spread(work, iter(range(1000)), threads=2)
    assert [next(answers) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(ValueError, match="the fourth"):
        list(answers)
    assert len(done) < 20


def test_only_a_few_pieces_are_taken_ahead():
    taken = []

    def pieces():
        for each in range(100):
            taken.append(each)
            yield each

    answers = spread(lambda each: each, pieces(), threads=2)
    next(answers)
    assert len(taken) <= 5


def test_more_than_one_thread_works_where_there_are_cores():
    seen = set()
    both = threading.Barrier(2, timeout=10)

    def work(piece):
        if piece < 2:
            both.wait()  # passes only if two work at once
        seen.add(threading.get_ident())
        return piece

    assert list(spread(work, range(4), threads=2)) == [0, 1, 2, 3]
    assert len(seen) == 2
    assert cores() >= 1


def test_work_that_is_spread_already_is_not_spread_again():
    def inner(_piece):
        return {threading.get_ident(), *spread(lambda _each: threading.get_ident(), range(4), threads=3)}

    assert all(len(threads) == 1 for threads in spread(inner, range(6), threads=2))
    assert len(set(spread(lambda _each: (time.sleep(0.01), threading.get_ident())[1], range(6), threads=2))) == 2


def test_pieces_that_are_done_are_let_go():
    class Piece:
        """What can be told to be gone."""

    held = [Piece() for _ in range(9)]
    alive = [weakref.ref(piece) for piece in held]
    answers = spread(lambda piece: 1, taken_out(held), threads=2)
    for _ in range(6):
        next(answers)
    assert sum(each() is not None for each in alive[:4]) == 0
    assert list(answers) == [1, 1, 1]
    assert not held


@pytest.fixture
def two_cores(monkeypatch):
    """A machine with two cores, whatever this one has."""
    monkeypatch.setattr(parallel, "cores", lambda: 2)


@pytest.mark.usefixtures("two_cores")
def test_work_is_done_while_something_else_is_done():
    both = threading.Barrier(2, timeout=10)
    with meanwhile(both.wait):
        both.wait()  # passes only if the other one waits too


@pytest.mark.parametrize("many", [1, 2])
def test_work_beside_a_block_is_done_when_the_block_ends(monkeypatch, many):
    monkeypatch.setattr(parallel, "cores", lambda: many)
    done = []
    with meanwhile(lambda: done.append(1)):
        pass
    assert done == [1]


@pytest.mark.parametrize(("many", "worth"), [(1, True), (2, False)])
def test_work_that_is_worth_no_thread_is_done_after_the_block_and_only_if_that_went_well(monkeypatch, many, worth):
    monkeypatch.setattr(parallel, "cores", lambda: many)
    done = []
    with meanwhile(lambda: done.append("work"), worth=worth):
        done.append("block")
    assert done == ["block", "work"]
    with pytest.raises(KeyError), meanwhile(lambda: done.append("work"), worth=worth):
        raise KeyError
    assert done == ["block", "work"]


@pytest.mark.usefixtures("two_cores")
@pytest.mark.parametrize("kind", [OSError, KeyboardInterrupt])
def test_what_work_beside_a_block_raises_is_raised_when_the_block_ends(kind):
    def fail():
        raise kind("the work")

    done = []
    with pytest.raises(kind, match="the work"), meanwhile(fail):
        done.append("block")
    assert done == ["block"]


@pytest.mark.usefixtures("two_cores")
def test_where_the_block_fails_its_error_is_raised_and_the_work_has_ended():
    block_failed, ended = threading.Event(), []

    def work():
        block_failed.wait(10)
        ended.append(True)
        raise OSError("the work")

    def fail():
        block_failed.set()
        raise ValueError("the block")

    with pytest.raises(ValueError, match="the block"), meanwhile(work):
        fail()
    assert ended == [True]


@pytest.mark.usefixtures("two_cores")
def test_work_beside_a_block_knows_what_was_said_around_it():
    said = ContextVar("said", default="nothing")
    before, heard = said.set("something"), []
    with meanwhile(lambda: heard.append(said.get())):
        pass
    said.reset(before)
    assert heard == ["something"]
