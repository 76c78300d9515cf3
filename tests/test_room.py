"""Room for long columns: noughts that can be written, of any kind and length."""

from __future__ import annotations

import pickle
import platform
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from equiwait.room import noughts, room_for

LONG = 5_000_000


@pytest.mark.parametrize("rows", [0, 1, LONG])
@pytest.mark.parametrize("kind", [np.int8, np.float64, np.bool_])
@pytest.mark.parametrize("take", [room_for, noughts])
def test_room_can_be_written(rows, kind, take):
    room = take(rows, kind)
    assert (room.dtype, room.shape) == (np.dtype(kind), (rows,))
    assert take is room_for or not room.any()
    room[:] = 1
    assert room.all()
    assert pickle.loads(pickle.dumps(room[:10])).tolist() == room[:10].tolist()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists a process's memory so")
def test_no_other_process_sees_what_is_written():
    room = room_for(LONG, np.float64)
    at = room.__array_interface__["data"][0]
    lines = [line.split() for line in Path("/proc/self/maps").read_text().splitlines()]
    ends = [(*(int(end, 16) for end in line[0].split("-")), line[1]) for line in lines]
    assert [kind for first, last, kind in ends if first <= at < last] == ["rw-p"]


AGAIN = """
import resource
from equiwait.room import system_memory

def taken_anew(many=16_000_000):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    len(b"1" * many)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

with system_memory():
    print(taken_anew() > 3_000, taken_anew() < 300)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other libraries keep what is freed in other ways")
def test_memory_that_one_block_has_had_is_not_taken_anew_for_the_next():
    said = subprocess.run([sys.executable, "-c", AGAIN], check=True, capture_output=True, text=True)
    assert said.stdout.split() == ["True", "True"]
