"""`Stitched`: many extracts as one record for each pathway, each day as it stood, and any column's history."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.errors import OptionError, listed
from equiwait.frames import categorical
from equiwait.rows.intake.extract_dates import INCOMPLETE, MISSING, WHOLE
from equiwait.rows.intake.extracts import KEY
from equiwait.rows.intake.parts import SEEN, Parts, joined
from equiwait.rows.intake.same_pathway import RECORD
from equiwait.rows.intake.scopes import SCOPES

__all__ = ["BECAME", "GONE", "GONE_MEANS", "NOT_SENT", "Stitched"]

GONE_MEANS = ("unknown", "treated")
STILL, TREATED, LEFT, DIED, NO_REASON = (
    "still waiting",
    "treated",
    "left otherwise",
    "died",
    "ended, reason not recorded",
)
RESTARTED, OFF, GONE, NOT_SENT = "clock start changed", "off the clock", "gone without an end", "not sent since"
BECAME = (STILL, TREATED, LEFT, DIED, NO_REASON, RESTARTED, OFF, GONE, NOT_SENT)
"""What became of a pathway by the last day."""

_REASONS = {"treated": TREATED, "left_otherwise": LEFT, "died": DIED}
_OURS = (SEEN, RECORD, "followed", "restarted")
_NEEDED = {
    *KEY, *_OURS, "person_id", "clock_start", "clock_stop", "stop_reason", "scope", "days_waiting", "weeks_waiting", "tci_date",
}  # fmt: skip
"""What a record is made of, whatever is asked."""
Days = NDArray[np.int64]
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, eq=False, repr=False)
class Stitched:
    """Many extracts put together by `stitch`: give it to `count_waits`, `completeness`, `trend` and the rest as it is.

    Parameters
    ----------
    rows : Parts
        Every row of every day, once.
    extracts : pandas.DataFrame
        ``provider snapshot state open absent``: each provider's days, *whole*, *looks incomplete* or *missing*; how many
        open pathways it sent, and how many that were there before and after are not.
    gone_means : str
        As in `stitch`.
    doubtful : tuple of pair of str
        Days between which many pathways look as if they were given other numbers, or another provider.
    """

    rows: Parts
    extracts: pd.DataFrame
    gone_means: str = "unknown"
    doubtful: tuple[tuple[str, str], ...] = ()

    @cached_property
    def days(self) -> tuple[str, ...]:
        """The days on which anybody sent anything, as ISO text."""
        sent = self.extracts.loc[self.extracts["state"] != MISSING, "snapshot"].unique()
        return tuple(str(day)[:10] for day in np.sort(sent))

    @cached_property
    def pathways(self) -> pd.DataFrame:
        """One row for each pathway, as last seen, by provider, number and start."""
        return self._sorted(joined(list(self.parts())))

    def parts(self, columns: Iterable[str] | None = None) -> Iterator[pd.DataFrame]:
        """Yield the pathways part by part; of their columns all, or those that are asked for and there."""
        wanted = None if columns is None else set(columns)
        reads = None if wanted is None else wanted | _NEEDED
        for part in range(self.rows.count):
            rows = self.rows.load(part, reads)
            yield _only(self._sorted(_records(rows, self.extracts, self.days[-1], self.gone_means)), wanted)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns of `pathways`."""
        return tuple(map(str, next(self.parts()).columns))

    def as_list(self, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Return `pathways`: what stands for these extracts where one list is asked for.

        With ``columns``, only these are held, and the pathways stand part by part.
        """
        return self.pathways if columns is None else joined(list(self.parts(columns)))

    def on(self, day: str, part: int | None = None, columns: Iterable[str] | None = None) -> pd.DataFrame:
        """Return the list as it stood on a day, all its providers that sent one; with ``columns``, only these.

        Raises
        ------
        OptionError
            If nobody sent a list on that day.
        """
        if day not in self.days:
            raise OptionError(
                f"No extract is of {day}.", found=f"Days: {listed(self.days)}.", todo="Ask for one of them."
            )
        which = range(self.rows.count) if part is None else [part]
        wanted = None if columns is None else {*columns, *KEY, *_OURS, "clock_start", "person_id"}
        parts = [self._of_day(self.rows.load(each, wanted, pd.Timestamp(day)), day) for each in which]
        return self._sorted(joined(parts) if len(parts) > 1 else parts[0])

    def on_days(self, part: int, columns: Iterable[str]) -> pd.DataFrame:
        """Return these columns of every row of a part, of all days; the day is ``seen_on``, a blank provider an empty text."""
        return self.rows.load(part, {*columns, SEEN})

    @property
    def whole_days(self) -> tuple[str, ...]:
        """The days on which every provider sent a whole list; all days, if there is none such."""
        not_whole = self.extracts[self.extracts["state"] != WHOLE]
        broken = {str(day)[:10] for day in not_whole["snapshot"]}
        return tuple(day for day in self.days if day not in broken) or self.days

    def history(self, column: str) -> pd.DataFrame:
        """Return what a column has said of each pathway: a row for its first value, and for each day on which it changed.

        Parameters
        ----------
        column : str
            Any column of the lists.

        Returns
        -------
        pandas.DataFrame
            The columns of the pathway's number, ``snapshot_date`` and the column.
        """
        named = [name for name in self.rows.columns() if name not in _OURS]
        if column not in named:
            raise OptionError(f"No extract has a column {column!r}.", found=f"Columns: {listed(named, 60)}.")
        reads = {*KEY, SEEN, RECORD, column}
        return joined([_history(self.rows.load(part, reads), column) for part in range(self.rows.count)])

    @property
    def findings(self) -> tuple[str, ...]:
        """The days that are missing or look incomplete, and those between which numbers look changed, in words."""
        found = []
        for state in (MISSING, INCOMPLETE):
            rows = self.extracts[self.extracts["state"] == state]
            for provider, part in rows.groupby("provider", sort=True):
                whom = f"{provider!s}: " if provider else ""
                days = listed([str(day)[:10] for day in part["snapshot"]], 60)
                found.append(f"{whom}{state}: {days}.")
        found += [
            f"between {one} and {other} many are gone without an end, and as many have come that began before: numbers or the "
            "provider may have changed, and the same people be there twice."
            for one, other in self.doubtful
        ]
        return tuple(found)

    def __len__(self) -> int:
        """Return how many pathways there are."""
        return sum(len(part) for part in self.parts(("scope",)))

    def __repr__(self) -> str:
        """Return the days, and no number of people."""
        providers = self.extracts["provider"].nunique()
        return f"<Stitched: {len(self.days)} days, {self.days[0]} to {self.days[-1]}; providers {providers}; {len(self.findings)} remarks>"

    @staticmethod
    def _of_day(rows: pd.DataFrame, day: str) -> pd.DataFrame:
        here = rows[(rows[SEEN] == pd.Timestamp(day)).to_numpy()].drop(columns=list(_OURS))
        return here.assign(snapshot_date=pd.Series(categorical(np.zeros(len(here), np.int8), [day]), index=here.index))

    @staticmethod
    def _sorted(frame: pd.DataFrame) -> pd.DataFrame:
        """In an order of their own, so that the order of the files leaves no trace; blanks are missing again."""
        by = [*KEY, "clock_start", *(name for name in ("first_listed", "person_id") if name in frame.columns)]
        texts: dict[str, Any] = {name: frame[name].fillna("") for name in KEY if name in frame.columns}
        texts = {**dict.fromkeys(KEY, ""), **texts}
        lined_up = frame.assign(**texts).sort_values(by, ignore_index=True, kind="stable")
        blank = [name for name in KEY if name != "pathway_id" and (lined_up[name] == "").all()]
        back = {name: lined_up[name].mask(lined_up[name] == "") for name in KEY if name not in blank}
        return lined_up.drop(columns=blank).assign(**back)


def _only(frame: pd.DataFrame, wanted: set[str] | None) -> pd.DataFrame:
    return frame if wanted is None else frame[[name for name in frame.columns if name in wanted]]


def _history(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    ordered = rows.sort_values([*KEY, RECORD, SEEN], kind="stable", ignore_index=True)
    told = ordered[column].astype(object).where(ordered[column].notna(), "")
    new = (ordered[RECORD] != ordered[RECORD].shift()) | (told != told.shift())
    names = [*KEY, SEEN, *([column] if column not in KEY else [])]
    return ordered.loc[new.to_numpy(), names].rename(columns={SEEN: "snapshot_date"}).reset_index(drop=True)


# --- records ---------------------------------------------------------------------------------------------------------


def _day_numbers(column: pd.Series[Any]) -> Days:
    return column.to_numpy().astype("datetime64[D]").astype(np.int64)


def _dates(days: Days) -> NDArray[Any]:
    return days.astype("datetime64[D]").astype("datetime64[s]")


def _records(rows: pd.DataFrame, extracts: pd.DataFrame, last: str, gone_means: str) -> pd.DataFrame:
    """One row for each record of a part: as last seen, and what became of it."""
    order = np.lexsort((rows[SEEN].to_numpy(), rows[RECORD].to_numpy()))
    seen, starts = (_day_numbers(rows[name])[order] for name in (SEEN, "clock_start"))
    number = rows[RECORD].to_numpy()[order]
    begins = np.flatnonzero(np.append(True, number[1:] != number[:-1])) if len(number) else np.zeros(0, np.int64)
    ends = np.append(begins[1:], len(number)) - 1 if len(number) else begins
    same = np.append(False, (number[1:] == number[:-1]) & (starts[1:] != starts[:-1]))
    changed = np.add.reduceat(same.astype(np.int64), begins) if len(begins) else np.zeros(0, np.int64)
    kept = rows.iloc[order[ends]].reset_index(drop=True)
    first, final = seen[begins], seen[ends]
    # A row without a number is looked at on the last day only: earlier ones would be the same people again.
    here = _last_of(kept, extracts)
    counts = kept["followed"].to_numpy(dtype=bool) | (final == here)
    chances = _Chances(extracts)
    before, after = chances.before(kept, first), chances.after(kept, final)
    start = _day_numbers(kept["clock_start"])
    known = kept["clock_start"].notna().to_numpy()
    late = known & (start <= before)
    became = _became(kept, final, after, here)
    records = kept.drop(columns=list(_OURS)).assign(
        first_listed=_dates(first),
        last_listed=_dates(final),
        times_listed=(ends - begins + 1).astype(np.int64),
        seen_from=_dates(np.where(known & ~late & (before > -_NEVER), start, first)),
        start_corrections=changed,
        back_dated=late & (before > -_NEVER),
        became=pd.Categorical(became, BECAME),
        **_first_seen_with(rows, order, begins, seen, {"date_given": "tci_date"}),
    )
    records = _ended(records, became, final, after, gone_means).loc[counts]
    days = categorical(np.zeros(len(records), np.int8), [last])
    made: pd.DataFrame = records.assign(snapshot_date=pd.Series(days, index=records.index))
    return made


def _first_seen_with(
    rows: pd.DataFrame, order: NDArray[np.intp], begins: Days, seen: Days, columns: Mapping[str, str]
) -> dict[str, Any]:
    """The first day on which each record had a date in a column: when it was given, as near as the extracts can tell."""
    found: dict[str, Any] = {}
    for name, column in columns.items():
        if column in rows.columns and len(begins):
            there = rows[column].notna().to_numpy()[order]
            first = np.minimum.reduceat(np.where(there, seen, _NEVER), begins)
            days = _dates(np.where(first < _NEVER, first, 0))
            days[first == _NEVER] = np.datetime64("NaT")
            found[name] = days
    return found


def _last_of(kept: pd.DataFrame, extracts: pd.DataFrame) -> Days:
    """The last day of each row's provider; never, where it sent nothing on the days that came after."""
    last = extracts.sort_values("snapshot").groupby("provider").last()
    days = last["snapshot"].where(last["state"] != MISSING)
    found = kept["provider"].map(days)
    return np.where(found.notna(), _day_numbers(found.astype("datetime64[s]")), _NEVER)


class _Chances:
    """When a provider sent lists: the last one before a day, and the first whole one after it."""

    def __init__(self, extracts: pd.DataFrame) -> None:
        sent, whole = extracts[extracts["state"] != MISSING], extracts[extracts["state"] == WHOLE]
        self._sent = {name: np.unique(_day_numbers(part)) for name, part in sent.groupby("provider")["snapshot"]}
        self._whole = {name: np.unique(_day_numbers(part)) for name, part in whole.groupby("provider")["snapshot"]}

    def before(self, kept: pd.DataFrame, days: Days) -> Days:
        """Return the last whole list before each day; long ago where there is none."""
        return self._at(self._whole, kept, days, "left", -1, -_NEVER)

    def after(self, kept: pd.DataFrame, days: Days) -> Days:
        """Return the first whole list after each day; never where there is none."""
        return self._at(self._whole, kept, days, "right", 0, _NEVER)

    @staticmethod
    def _at(sent: dict[Any, Days], kept: pd.DataFrame, days: Days, side: Any, step: int, none: int) -> Days:
        found = np.full(len(kept), none, np.int64)
        for provider, places in kept.groupby("provider", sort=False).indices.items():
            on = sent.get(provider, np.zeros(0, np.int64))
            at = np.searchsorted(on, days[places], side=side) + step
            there = (at >= 0) & (at < len(on))
            found[places[there]] = on[at[there]]
        return found


def _became(kept: pd.DataFrame, final: Days, after: Days, last: Days) -> NDArray[Any]:
    scope = kept["scope"].astype(object).to_numpy()
    reason = kept["stop_reason"].astype(object).to_numpy() if "stop_reason" in kept.columns else np.full(len(kept), "")
    ended = np.select([reason == name for name in _REASONS], list(_REASONS.values()), NO_REASON)
    waiting = np.select(
        [kept["restarted"].to_numpy(dtype=bool), final == last, after < _NEVER], [RESTARTED, STILL, GONE], NOT_SENT
    )
    return np.select([scope == "closed", scope == "rtt_open"], [ended, waiting], OFF)


def _ended(records: pd.DataFrame, became: NDArray[Any], final: Days, after: Days, gone_means: str) -> pd.DataFrame:
    """Give waits that nobody sent any more an end: in the middle between last seen and not seen, or when last seen."""
    gone = became == GONE
    lost = gone | np.isin(became, (RESTARTED, NOT_SENT))
    if not lost.any() and {"clock_stop", "stop_reason"} <= set(records.columns):
        return records
    middle = np.where(gone, final + (np.where(gone, after, final) - final) // 2, final)
    stops = (
        records["clock_stop"].to_numpy().copy()
        if "clock_stop" in records
        else np.full(len(records), "NaT", "datetime64[s]")
    )
    stops = np.where(lost, _dates(middle), stops.astype("datetime64[s]"))
    why = (
        records["stop_reason"].astype(object)
        if "stop_reason" in records
        else pd.Series(None, index=records.index, dtype=object)
    )
    kinds = ["treated", "left_otherwise", "died", "unknown", "invalid"]
    why = why.mask(lost, "unknown").mask(gone, gone_means)
    start = _day_numbers(records["clock_start"])
    known = lost & records["clock_start"].notna().to_numpy()
    days = records["days_waiting"].mask(lost, pd.array(np.where(known, middle - start, 0), "Int32"))
    days = days.mask(lost & ~known)
    return records.assign(
        clock_stop=stops,
        stop_reason=pd.Categorical(why, kinds),
        scope=pd.Categorical(np.where(lost, "closed", records["scope"].astype(object)), SCOPES),
        days_waiting=days,
        weeks_waiting=(days.astype("Float64") / 7).astype("Float64"),
    )
