"""Why each person stands where they do, as numbers: the few cases that a list holds, so that words are made once for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from threading import Lock

import numpy as np
import pandas as pd

from equiwait.frames import categorical
from equiwait.parallel import spread
from equiwait.room import room_for
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.alike import Alike, Column, by_row, worked
from equiwait.rows.scoring.pieces import blocks_of
from equiwait.rows.scoring.promises import HELD
from equiwait.rows.scoring.row_scores import OUTSIDE, SCORED, STATUSES, Reading
from equiwait.rows.scoring.score_sheets import Sheet
from equiwait.rows.scoring.sentences import Case, why

__all__ = ["Cases", "flags_of"]

_LONG = 0  # the flag of a wait that alone counts; then each part has three
_MORE, _LESS, _MISSING = range(_KINDS := 3)  # it gave points, took some, or is not recorded
_BYTE = 8  # flags that are put together at a time


class _Numbers:
    """Numbers of what a row is once so many more flags are known, from 0 in the order in which it was met.

    Parameters
    ----------
    flags : sequence of int
        The flags.
    before : list of tuple, optional
        What each number stood for until then; by default itself.
    """

    def __init__(self, flags: Sequence[int], before: Sequence[tuple[int, ...]] | None = None) -> None:
        self.flags, self.met = flags, list[tuple[int, ...]]()
        self._before, self._finding = before, Lock()  # blocks are read on several threads
        self._known = np.zeros(0, np.int32)  # of each code its number, -1 before it is met

    def of(self, before: np.ndarray, raised: np.ndarray) -> np.ndarray:
        """Return the numbers of rows, for what they were before and the flags that are up."""
        code = before.astype(np.intp) << len(self.flags)
        code |= raised
        if int(code.max(initial=-1)) >= len(self._known) or self._known.take(code).min(initial=0) < 0:
            self._meet(np.flatnonzero(np.bincount(code)).tolist())
        return self._known.take(code)

    def _meet(self, codes: Sequence[int]) -> None:
        with self._finding:
            known = np.full(max(codes[-1] + 1, len(self._known)), -1, np.int32)
            known[: len(self._known)] = self._known
            for code in codes:
                if known[code] < 0:
                    known[code] = len(self.met)
                    before, raised = divmod(code, 1 << len(self.flags))
                    stood = (before,) if self._before is None else self._before[before]
                    self.met.append(stood + _raised(raised, self.flags))
            self._known = known


class Cases:
    """The cases of a list, found block by block.

    Of each row is told apart where it stands (status and tier, as one number), then which flags are up.

    Parameters
    ----------
    policy : Policy
        The policy that scores the list.
    flags : sequence of int, optional
        Its `flags_of`, where somebody has them at hand.
    """

    def __init__(self, policy: Policy, flags: Sequence[int] | None = None) -> None:
        self.policy, self._steps = policy, list[_Numbers]()
        flags = list(flags_of(policy)) if flags is None else flags
        for start in range(0, max(len(flags), 1), _BYTE):
            before = self._steps[-1].met if self._steps else None
            self._steps.append(_Numbers(flags[start : start + _BYTE], before))
        self.found: Sequence[tuple[int, ...]] = self._steps[-1].met

    @cached_property
    def matters(self) -> list[bool]:
        """Whether each part can give points at all."""
        return [part.matters for part in self.policy.parts]

    def rows(self, reading: Reading, sheet: Sheet) -> np.ndarray:
        """Return for each row of a block the number of its case."""
        scored = sheet.status == SCORED
        number = np.asarray(sheet.status + len(STATUSES) * (by_row(reading.tier) * (sheet.status < OUTSIDE)))
        for step in self._steps:
            ups = [self._is_up(flag, reading, sheet) for flag in step.flags]
            number = step.of(number, _together(ups, len(number)) * scored)
        return number

    def _is_up(self, flag: int, reading: Reading, sheet: Sheet) -> Column:
        if flag == _LONG:
            return np.asarray(reading.days >= (self.policy.order.long_waits_lead_days or 0))
        place, kind = divmod(flag - 1, _KINDS)
        points, known = sheet.points[place], reading.parts[place].known
        if kind == _MISSING:
            return worked(np.logical_not, known)
        return worked(_more if kind == _MORE else _less, points, known)

    def said(self, number: np.ndarray, held: np.ndarray) -> pd.Categorical[str]:
        """Return the words of each row, for the number of its case and which guard held its place."""
        parts = list(blocks_of(len(number)))
        guards = len(HELD) + 1 if any(spread(lambda rows: held[rows].any(), parts)) else 1
        reach = len(self.found) * guards

        def code(rows: slice) -> np.ndarray:
            return number[rows] if guards == 1 else number[rows].astype(np.intp) * guards + held[rows]

        met = np.arange(reach)  # every case was found in some row, but not every guard holds somebody of each
        if guards > 1:
            met = np.flatnonzero(sum(spread(lambda rows: np.bincount(code(rows), minlength=reach), parts)))
        words = {each: why(self.policy, self._case(*divmod(each, guards))) for each in met.tolist()}
        texts = sorted(set(words.values()))  # whatever the order of the file
        place = {text: at for at, text in enumerate(texts)}
        every = np.zeros(reach, np.int8 if len(texts) < 128 else np.int32)
        every[list(words)] = [place[text] for text in words.values()]
        index = room_for(len(number), every.dtype)

        def write(rows: slice) -> None:
            index[rows] = every.take(code(rows))

        for _ in spread(write, parts):
            pass  # each writes for itself
        return categorical(index, texts)

    def _case(self, number: int, held: int) -> Case:
        stands, *flags = self.found[number]
        tier, status = divmod(stands, len(STATUSES))
        more, less, missing = (
            tuple((flag - 1) // _KINDS for flag in flags if flag != _LONG and (flag - 1) % _KINDS == kind)
            for kind in range(_KINDS)
        )
        missing = tuple(place for place in missing if self.matters[place])
        return Case(STATUSES[status], tier, more, less, missing, _LONG in flags, HELD[held - 1] if held else "")


def flags_of(policy: Policy) -> Iterator[int]:
    """Yield the flags that can be up; only who is scored has any."""
    if policy.order.long_waits_lead_days is not None:
        yield _LONG
    for place, part in enumerate(policy.parts):
        for kind in (_MORE, *([_LESS] if part.can_be_negative else []), _MISSING):
            yield 1 + _KINDS * place + kind


def _more(points: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.asarray((points > 0) & known)


def _less(points: np.ndarray, known: np.ndarray) -> np.ndarray:
    return np.asarray((points < 0) & known)


def _together(ups: Sequence[Column], rows: int) -> np.ndarray:
    """Return flags as the bits of one number, the first of them highest; those of kinds of row are put together first."""
    bits = [1 << at for at in reversed(range(len(ups)))]
    several = [(up, np.uint8(bit)) for up, bit in zip(ups, bits, strict=True)]
    raised = np.zeros(rows, np.uint8)
    if alike := [(up.each, bit) for up, bit in several if isinstance(up, Alike)]:
        kind = next(up.kind for up in ups if isinstance(up, Alike))
        raised = sum((each * bit for each, bit in alike), np.zeros(len(alike[0][0]), np.uint8)).take(kind)
    for up, bit in several:
        if not isinstance(up, Alike):
            raised |= up.view(np.uint8) * bit
    return raised


def _raised(code: int, places: Sequence[int]) -> tuple[int, ...]:
    """Return the flags that are up in the last bits of a code, the first of the flags highest."""
    last = len(places) - 1
    return tuple(place for at, place in enumerate(places) if code >> (last - at) & 1)
