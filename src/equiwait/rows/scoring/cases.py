"""Why each person stands where they do, as numbers: the few cases that a list holds, so that words are made once for each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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

_BITS = 62  # of a word of flags


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

    def rows(self, reading: Reading, sheet: Sheet) -> np.ndarray:
        """Return for each row of a block the number of its case."""
        row, keys = np.zeros(len(sheet.status), np.int64), [()]
        for word in self._words(reading, sheet):
            coded = pc.dictionary_encode(pa.array(word))
            values = coded.dictionary.to_pylist()
            row = row * len(values) + np.asarray(coded.indices)
            met, row = met_values(row, len(keys) * len(values))
            keys = [(*keys[code // len(values)], values[code % len(values)]) for code in met.tolist()]
        return np.array([self._number(key) for key in keys], np.int32)[row]

    def _number(self, key: tuple[int, ...]) -> int:
        with self._finding:
            if key not in self._index:
                self._index[key] = len(self.found)
                self.found.append(key)
            return self._index[key]

    def _words(self, reading: Reading, sheet: Sheet) -> Iterator[np.ndarray]:
        """Yield the status and the tier, then whether the wait alone counts, and for each part three flags."""
        scored, after = sheet.status == SCORED, self.policy.order.long_waits_lead_days
        yield sheet.status.astype(np.int64) + len(STATUSES) * np.where(sheet.status < OUTSIDE, reading.tier, 0)
        leads = scored & (reading.days >= after) if after is not None else np.zeros(len(scored), bool)
        flags = [leads]
        for points, part in zip(sheet.points, reading.parts, strict=True):
            known = part.known & scored
            flags += [(points > 0) & known, (points < 0) & known, scored & ~known]
        for start in range(0, len(flags), _BITS):
            word = np.zeros(len(scored), np.int64)
            for place, flag in enumerate(flags[start : start + _BITS]):
                word |= flag.astype(np.int64) << place
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
        tier, status = divmod(self.found[number][0], len(STATUSES))
        flags = [place for at, word in enumerate(self.found[number][1:]) for place in _places(word, at * _BITS)]
        more, less, missing = (
            tuple((flag - 1) // 3 for flag in flags if flag and (flag - 1) % 3 == kind) for kind in range(3)
        )
        missing = tuple(place for place in missing if self.policy.parts[place].matters)
        return Case(STATUSES[status], tier, more, less, missing, 0 in flags, HELD[held - 1] if held else "")


def _places(word: int, first: int) -> Sequence[int]:
    """Return the numbers of the flags that are up."""
    return [first + place for place in range(_BITS) if word >> place & 1]
