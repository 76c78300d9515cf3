"""Why each person stands where they do, as numbers: the few cases that a list holds, so that words are made once for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from threading import Lock

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from equiwait.frames import categorical
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.promises import HELD
from equiwait.rows.scoring.row_scores import OUTSIDE, SCORED, STATUSES, Reading, Sheet
from equiwait.rows.scoring.sentences import Case, why
from equiwait.rows.scoring.tiers import met_values

__all__ = ["Cases"]

_BITS = 40  # of a word of flags; the first has room for status and tier beside them


class Cases:
    """The cases of a list, found block by block.

    Parameters
    ----------
    policy : Policy
        The policy that scores the list.
    """

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.found: list[tuple[int, ...]] = []
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
        row = np.zeros(0, np.int64)
        keys: list[tuple[int, ...]] = []
        for word in self._words(reading, sheet):
            coded = pc.dictionary_encode(pa.array(word))
            values, place = coded.dictionary.to_pylist(), np.asarray(coded.indices)
            if not keys:  # the first word
                row, keys = place, [(value,) for value in values]
                continue
            row = row.astype(np.int64) * len(values) + place
            met, row = met_values(row, len(keys) * len(values))
            keys = [(*keys[code // len(values)], values[code % len(values)]) for code in met.tolist()]
        return np.array([self._number(key) for key in keys], np.int32).take(row)

    def _number(self, key: tuple[int, ...]) -> int:
        with self._finding:
            if key not in self._index:
                self._index[key] = len(self.found)
                self.found.append(key)
            return self._index[key]

    def _words(self, reading: Reading, sheet: Sheet) -> Iterator[np.ndarray]:
        """Yield status and tier with as many flags as there is room for, then the rest of them: only who is scored has any.

        The flags are whether the wait alone counts, and of each part whether it gave points, took some or is not recorded.
        """
        scored, after = sheet.status == SCORED, self.policy.order.long_waits_lead_days
        flags: list[np.ndarray | None] = [None if after is None else reading.days >= after]
        for points, part, negative in zip(sheet.points, reading.parts, self.negative, strict=True):
            every = part.known.all()
            flags += [points > 0 if every else (points > 0) & part.known]
            flags += [(points < 0) & part.known if negative else None, None if every else ~part.known]
        for start in range(0, len(flags), _BITS):
            word = np.zeros(len(scored), np.int64)
            for place, flag in enumerate(flags[start : start + _BITS]):
                if flag is not None:
                    word |= flag.astype(np.int64) << place
            word *= scored
            if start == 0:
                stands = sheet.status + len(STATUSES) * np.where(sheet.status < OUTSIDE, reading.tier, 0)
                word |= stands.astype(np.int64) << _BITS
            yield word

    def said(self, number: np.ndarray, held: np.ndarray) -> pd.Categorical[str]:
        """Return the words of each row, for the number of its case and which guard held its place."""
        guards = len(HELD) + 1
        met, row = met_values(number.astype(np.int64) * guards + held, len(self.found) * guards)
        words = [why(self.policy, self._case(*divmod(code, guards))) for code in met.tolist()]
        texts = sorted(set(words))  # whatever the order of the file
        place = {text: at for at, text in enumerate(texts)}
        index = np.array([place[text] for text in words], np.int8 if len(texts) < 128 else np.int32)
        return categorical(index[row], texts)

    def _case(self, number: int, held: int) -> Case:
        tier, status = divmod(self.found[number][0] >> _BITS, len(STATUSES))
        flags = [place for at, word in enumerate(self.found[number]) for place in _places(word, at * _BITS)]
        more, less, missing = (
            tuple((flag - 1) // 3 for flag in flags if flag and (flag - 1) % 3 == kind) for kind in range(3)
        )
        missing = tuple(place for place in missing if self.matters[place])
        return Case(STATUSES[status], tier, more, less, missing, 0 in flags, HELD[held - 1] if held else "")


def _places(word: int, first: int) -> Sequence[int]:
    """Return the numbers of the flags that are up."""
    return [first + place for place in range(_BITS) if word >> place & 1]
