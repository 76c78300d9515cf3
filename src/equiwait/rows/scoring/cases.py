"""Why each person stands where they do, as numbers: the few cases that a list holds, so that words are made once for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from threading import Lock

import numpy as np
import pandas as pd

from equiwait.frames import categorical
from equiwait.parallel import spread
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.blocks import met_values
from equiwait.rows.scoring.pieces import blocks_of
from equiwait.rows.scoring.promises import HELD
from equiwait.rows.scoring.row_scores import OUTSIDE, SCORED, STATUSES, Reading, Sheet
from equiwait.rows.scoring.sentences import Case, why

__all__ = ["Cases"]

_FEW = 65_536  # cases that are told apart by counting
_BYTE = 8  # flags that are put together at a time


class Cases:
    """The cases of a list, found block by block.

    Parameters
    ----------
    policy : Policy
        The policy that scores the list.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.found: list[tuple[int, ...]] = []  # status and tier as one number, then the flags that are up
        self._index: dict[tuple[int, ...], int] = {}
        self._finding = Lock()  # blocks are read on several threads

    @cached_property
    def matters(self) -> list[bool]:
        """Whether each part can give points at all."""
        return [part.matters for part in self.policy.parts]

    @cached_property
    def negative(self) -> list[bool]:
        """Whether each part can take points away."""
        return [part.can_be_negative for part in self.policy.parts]

    def rows(self, reading: Reading, sheet: Sheet) -> np.ndarray:
        """Return for each row of a block the number of its case."""
        stands = sheet.status + np.int32(len(STATUSES)) * reading.tier.astype(np.int32) * (sheet.status < OUTSIDE)
        met, row = met_values(stands, int(stands.max(initial=0)) + 1)
        keys: list[tuple[int, ...]] = [(code,) for code in met.tolist()]
        flags = list(self._flags(reading, sheet))
        while flags:
            many = min(max((_FEW // max(len(keys), 1)).bit_length() - 1, 1), _BYTE)
            some, flags = flags[:many], flags[many:]
            raised = np.zeros(len(row), np.uint8)
            for _, flag in some:
                raised <<= 1
                raised |= flag
            row <<= len(some)
            row |= raised
            met, row = met_values(row, len(keys) << len(some))
            codes = [divmod(code, 1 << len(some)) for code in met.tolist()]
            named = {code: _raised(code, [place for place, _ in some]) for code in {each for _, each in codes}}
            keys = [keys[before] + named[code] for before, code in codes]
        return np.array([self._number(key) for key in keys], np.int32).take(row)

    def _number(self, key: tuple[int, ...]) -> int:
        with self._finding:
            if key not in self._index:
                self._index[key] = len(self.found)
                self.found.append(key)
            return self._index[key]

    def _flags(self, reading: Reading, sheet: Sheet) -> Iterator[tuple[int, np.ndarray]]:
        """Yield the flags that can be up, each with its number: only who is scored has any.

        They say whether the wait alone counts, and of each part whether it gave points, took some or is not recorded.
        """
        scored, after = sheet.status == SCORED, self.policy.order.long_waits_lead_days
        if after is not None:
            yield 0, (reading.days >= after) & scored
        for place, (points, part) in enumerate(zip(sheet.points, reading.parts, strict=True)):
            known = part.known & scored
            yield 3 * place + 1, (points > 0) & known
            if self.negative[place]:
                yield 3 * place + 2, (points < 0) & known
            if not part.known.all():
                yield 3 * place + 3, ~part.known & scored

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
        index = np.empty(len(number), every.dtype)

        def write(rows: slice) -> None:
            index[rows] = every.take(code(rows))

        for _ in spread(write, parts):
            pass  # each writes for itself
        return categorical(index, texts)

    def _case(self, number: int, held: int) -> Case:
        stands, *flags = self.found[number]
        tier, status = divmod(stands, len(STATUSES))
        more, less, missing = (
            tuple((flag - 1) // 3 for flag in flags if flag and (flag - 1) % 3 == kind) for kind in range(3)
        )
        missing = tuple(place for place in missing if self.matters[place])
        return Case(STATUSES[status], tier, more, less, missing, 0 in flags, HELD[held - 1] if held else "")


def _raised(code: int, places: Sequence[int]) -> tuple[int, ...]:
    """Return the flags that are up in the last bits of a code, the first of the flags highest."""
    last = len(places) - 1
    return tuple(place for at, place in enumerate(places) if code >> (last - at) & 1)
