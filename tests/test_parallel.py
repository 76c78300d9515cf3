"""Work on many pieces: answers in the order of the pieces, whatever the number of threads, and few pieces ahead."""

from __future__ import annotations

import threading
import time
import weakref

import pytest

from equiwait.parallel import cores, spread, taken_out


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
    assert sum(each() is not None for each in alive[2:4]) == 0
    assert list(answers) == [1, 1, 1]
    assert not held
