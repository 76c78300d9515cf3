"""The monthly RTT tables: pathways by week waited, organisation and treatment function.

What is read differs by file (the full extract, the workbooks old and new, tables made from them); what comes of it is one
shape, `Pathways`, in which the rules of the publication are kept once: a total row stands beside the treatment functions
that it adds up and is never added to them; pathways with a decision to admit are part of the incomplete ones; those
commissioned outside England are not England's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from equiwait.counts.publications.sources import changed
from equiwait.counts.publications.treatment_functions import FUNCTIONS, TOTAL, specialty_code, specialty_name
from equiwait.counts.waits import About, By, Waits, question_name, questions, settled
from equiwait.errors import OptionError, RefusedError, choose, listed

PARTS: Mapping[str, str] = {
    "incomplete": "open",
    "incomplete_with_dta": "open",
    "admitted": "treated",
    "non_admitted": "unknown",  # treated, or left otherwise: the publication does not say which
}
"""Parts of the publication, and how the waits in them ended."""

OUTSIDE_ENGLAND = "NONC"
_LEVELS = ("provider", "provider_parent", "commissioner", "commissioner_parent", "region")


@dataclass(frozen=True, eq=False)
class Pathways:
    """A monthly table of one part.

    ``ids`` has a column of codes for each level that the file has, and ``specialty``; ``names`` the name of each code.
    ``counts`` is rows × bands, NaN where hidden, or where a row has no bands at all; ``unknown`` people whose clock start
    is not known; ``everyone`` the row's own total, NaN where hidden; ``note`` what must be said of the file.
    """

    file: Path
    part: str
    month: dt.date
    ids: pd.DataFrame
    names: Mapping[str, Mapping[str, str]]
    bands: tuple[int, ...]
    counts: NDArray[np.float64]
    unknown: NDArray[np.float64]
    everyone: NDArray[np.float64]
    note: str = ""

    @property
    def levels(self) -> list[str]:
        """The kinds of organisation that the file tells apart."""
        return [level for level in _LEVELS if level in self.ids.columns]

    def only(self, rows: NDArray[np.bool_]) -> Pathways:
        """The same table, some rows only."""
        return replace(
            self,
            ids=self.ids[rows].reset_index(drop=True),
            counts=self.counts[rows],
            unknown=self.unknown[rows],
            everyone=self.everyone[rows],
        )

    def by_function(self) -> pd.DataFrame:
        """Bands, and the total, of each treatment function."""
        return _sums(pd.DataFrame(self.counts).assign(_all=self.everyone), [self.ids["specialty"].to_numpy()])

    def waits(
        self,
        by: By | None = None,
        *,
        organisation: str | None = None,
        level: str | None = None,
        specialty: str | None = None,
    ) -> Waits:
        """Return the counts of England, of one organisation or of all of a level, by treatment function or organisation."""
        asked = tuple(questions(by if by is not None else "specialty"))
        self._refuse_unknown_columns(asked, level)
        rows, place = self._of_organisation(organisation, level)
        outside = self._outside_england(rows, organisation)
        rows = rows & ~outside & self._of_specialty(specialty)
        strata = self._strata(organisation, level, specialty)
        banded = ~np.isnan(self.counts).all(1)
        tables = [self._counted(one, strata, rows & banded) for one in asked]
        about = About(
            "still_waiting" if PARTS[self.part] == "open" else "completed",
            asked,
            strata,
            snapshot=self.month.isoformat(),
            suppression="hes" if np.isnan(self.counts[banded]).any() else "none",
            window=()
            if PARTS[self.part] == "open"
            else (self.month.replace(day=1).isoformat(), self.month.isoformat()),
            bands=self.bands,
            source=f"NHS England, RTT waiting times, {self.part} pathways, {self.month:%B %Y}: {place}{self.note}",
            excluded=self._excluded(outside, rows & ~banded),
        )
        return Waits(settled(tables, asked, strata), about)

    # --- which rows ---

    def _refuse_unknown_columns(self, asked: Sequence[tuple[str, ...]], level: str | None) -> None:
        known = [*self.levels, "specialty"]
        named = {column for one in asked for column in one}
        if named - set(known):
            raise OptionError(
                f"The publication does not break pathways down by {listed(sorted(named - set(known)))}.",
                todo=f"Use some of: {listed(known)}. It holds nothing about the people themselves.",
            )
        if level is not None:
            choose("level", level, self.levels)

    def _of_organisation(self, organisation: str | None, level: str | None) -> tuple[NDArray[np.bool_], str]:
        """The rows of an organisation, and its name; of all of England where none is named."""
        if organisation is None or organisation.upper() == "ENG":
            return np.ones(len(self.ids), bool), f"each {level}" if level else "every organisation in the file"
        code = organisation.upper()
        among = [level] if level else self.levels
        found = [one for one in among if (self.ids[one] == code).any()]
        if not found:
            raise OptionError(
                f"organisation={organisation!r} is not in the publication.",
                todo="; ".join(f"{one}: {listed(self.ids[one].unique(), 8)}" for one in among) + ".",
            )
        if len(found) > 1:
            raise OptionError(
                f"organisation={organisation!r} is a {' and a '.join(found)}.",
                todo=f"Say which with level=: {listed(found)}.",
            )
        return (self.ids[found[0]] == code).to_numpy(), self._label(found[0], code)

    def _outside_england(self, rows: NDArray[np.bool_], organisation: str | None) -> NDArray[np.bool_]:
        if "commissioner" not in self.ids.columns or (organisation or "").upper() == OUTSIDE_ENGLAND:
            return np.zeros(len(rows), bool)
        return rows & (self.ids["commissioner"] == OUTSIDE_ENGLAND).to_numpy()

    def _of_specialty(self, specialty: str | None) -> NDArray[np.bool_]:
        """The treatment functions, or the total rows where the file has nothing else; or the one that is named."""
        codes = self.ids["specialty"]
        if specialty not in (None, "all"):
            code = specialty_code(str(specialty))
            if code not in set(codes):
                known = [specialty_name(one) for one in sorted(codes.unique())]
                raise OptionError(
                    f"specialty={specialty!r} is not in the publication.",
                    todo=f"Use 'all' or one of: {listed(known, 30)}.",
                )
            return (codes == code).to_numpy()
        only_totals = (codes == TOTAL).all()
        return np.full(len(codes), True) if only_totals else (codes != TOTAL).to_numpy()

    def _strata(self, organisation: str | None, level: str | None, specialty: str | None) -> tuple[str, ...]:
        everyone = organisation is None or organisation.upper() == "ENG"
        return (*([level] if level and everyone else []), *(["specialty"] if specialty == "all" else []))

    def _excluded(self, outside: NDArray[np.bool_], unbanded: NDArray[np.bool_]) -> dict[str, int]:
        """People left out, by reason; total rows would count them twice."""
        single = (self.ids["specialty"] != TOTAL).to_numpy() | (self.ids["specialty"] == TOTAL).all()
        reasons = {"commissioned_outside_england": outside & single, "waits_not_banded": unbanded}
        people = {reason: int(np.nansum(self.everyone[rows])) for reason, rows in reasons.items()}
        return {reason: count for reason, count in people.items() if count}

    # --- their counts ---

    def _counted(self, question: tuple[str, ...], strata: tuple[str, ...], rows: NDArray[np.bool_]) -> pd.DataFrame:
        here = self.ids[rows]
        group, within = self._labels(here, question), self._labels(here, strata)
        cells = pd.DataFrame(np.column_stack([self.counts[rows], self.unknown[rows]]))
        summed = cells.groupby([group, within], sort=False).sum()
        hidden = cells.isna().groupby([group, within], sort=False).any().to_numpy()  # a hidden part hides the sum
        days = pd.array([*self.bands, None], "Int32")
        events = [PARTS[self.part]] * len(self.bands) + ["unknown_clock_start"]
        row, cell = np.nonzero((summed.to_numpy() > 0) | hidden)
        people = summed.to_numpy()[row, cell].astype(np.int64)
        labels = np.array(summed.index.tolist(), object).reshape(-1, 2)
        return pd.DataFrame({
            "by": question_name(question), "group": labels[row, 0], "known": True, "within": labels[row, 1],
            "days": days[cell], "event": np.array(events, object)[cell], "people": pd.arrays.IntegerArray(people, hidden[row, cell]),
        })  # fmt: skip

    def _labels(self, here: pd.DataFrame, columns: Sequence[str]) -> NDArray[Any]:
        """What each row's group is called: codes with their names, crossed."""
        parts = [
            here[column].map({code: self._label(column, code) for code in here[column].unique()}) for column in columns
        ]
        return np.array(
            [question_name(names) for names in zip(*parts, strict=True)] if parts else [""] * len(here), object
        )

    def _label(self, column: str, code: str) -> str:
        if column == "specialty" and code in FUNCTIONS:
            return specialty_name(code)
        name = self.names.get(column, {}).get(code, "")
        return f"{code}: {name}" if name and name != code else code or "Not recorded (blank)"


# --- does the file agree with itself ---------------------------------------------------------------------------------


def agreed(pathways: Pathways, where: str = "") -> Pathways:
    """Return the table, if its rows add up.

    Raises
    ------
    InputError
        If a row's bands do not add up to its total, or the treatment functions of an organisation to its total row.
    """
    _refuse_repeats(pathways, where)
    pathways = without_totals(pathways, where)
    banded = ~np.isnan(pathways.counts).all(1)
    hidden = np.isnan(pathways.counts).sum(1)
    parts = np.nansum(pathways.counts, 1) + pathways.unknown
    fewest, most = parts + hidden, parts + 7 * hidden  # a star is 1 to 7
    apart = banded & ((pathways.everyone < fewest) | (pathways.everyone > most))
    lacking = np.isnan(pathways.everyone) & (hidden == 0)
    if apart.any() or lacking.any():
        what = f"{int(np.count_nonzero(apart | lacking))} of {len(apart)} rows do not add up to their total."
        raise changed(pathways.file, where, what)
    _refuse_missing_functions(pathways, where)
    return pathways


_EVERYONE = {"ENG", "ENGLAND", "TOTAL", "ALL", "GRAND TOTAL", "ENGLAND TOTAL", "NATIONAL", "-"}
"""Codes of the row in which a table adds up its own organisations."""


def without_totals(pathways: Pathways, where: str) -> Pathways:
    """Return the table without the rows that add up its organisations, if they do.

    Raises
    ------
    InputError
        If the organisations do not add up to the file's own total: some are missing, or were changed.
    """
    level = next((one for one in ("provider", "commissioner", "region") if one in pathways.ids), None)
    if level is None:
        return pathways
    total = pathways.ids[level].str.strip().str.upper().isin(_EVERYONE).to_numpy()
    if not total.any() or total.all():
        return pathways
    rest = pathways.only(np.logical_not(total))
    refuse_other_total(pathways.only(total), [rest], rest, where.removeprefix("sheet "))
    return rest


def refuse_other_total(whole: Pathways, every: Sequence[Pathways], chosen: Pathways, sheet: str) -> None:
    """Refuse organisations that do not add up to a total of the same file, whichever of its sheets that total covers."""
    total = whole.by_function()
    outside = [
        one.only((one.ids["commissioner"] != OUTSIDE_ENGLAND).to_numpy(bool))
        for one in every
        if "commissioner" in one.ids
    ]
    for these in ([chosen], every, outside):
        if these and _same(total, pd.concat([one.by_function() for one in these]).groupby(level=0).sum(min_count=1)):
            return
    what = f"The organisations do not add up to the file's own total{f' in sheet {sheet}' if sheet else ''}: some are missing."
    raise changed(chosen.file, "", what)


def _same(whole: pd.DataFrame, parts: pd.DataFrame) -> bool:
    """Whether two tables by treatment function agree in the functions that both have, but for what is hidden."""
    both = whole.index.intersection(parts.index)
    one, other = whole.loc[both].to_numpy(), parts.loc[both].to_numpy()
    return bool(len(both)) and bool((np.isclose(one, other) | np.isnan(one) | np.isnan(other)).all())


def _refuse_repeats(pathways: Pathways, where: str) -> None:
    repeated = int(pathways.ids.duplicated().sum())
    if repeated:
        raise changed(pathways.file, where, f"{repeated} rows stand twice.")


def _refuse_missing_functions(pathways: Pathways, where: str) -> None:
    """Where there are both, the functions of each organisation add up to its total row."""
    total = (pathways.ids["specialty"] == TOTAL).to_numpy(bool)
    if total.all() or not total.any():
        return
    keys = [pathways.ids[level].to_numpy() for level in pathways.levels] or [np.zeros(len(total))]
    banded = np.asarray(~np.isnan(pathways.counts).all(1), bool)
    cells = pd.DataFrame(np.where(banded[:, None], pathways.counts, 0)).assign(_all=pathways.everyone)
    here: list[NDArray[np.bool_]] = [total, ~total]
    whole, parts = (_sums(cells[rows], [key[rows] for key in keys]) for rows in here)
    both = whole.index.union(parts.index)
    one, other = whole.reindex(both, fill_value=0), parts.reindex(both, fill_value=0)
    apart = ((one != other) & one.notna() & other.notna()).any(axis=1)
    if apart.any():
        what = f"The treatment functions of {int(apart.sum())} of {len(both)} organisations do not add up to their total row."
        raise changed(pathways.file, where, what)


def _sums(cells: pd.DataFrame, keys: list[NDArray[Any]]) -> pd.DataFrame:
    """Sums by keys; a hidden part hides the sum."""
    return cells.groupby(keys).sum().mask(cells.isna().groupby(keys).any())


def refuse_other_part(given: str, there: Sequence[str]) -> None:
    """Refuse a part of the publication that the file does not hold."""
    if given in ("new_periods", "Part_3"):
        raise RefusedError(
            "New periods are counts of clocks that started; nobody in them has waited yet.",
            todo=f"Use part= one of: {listed(there)}.",
        )
    choose("part", given, list(PARTS))
    if given not in there:
        raise OptionError(
            f"part={given!r} is not in this file.", todo=f"It holds: {listed(there)}. Say part={there[0]!r}."
        )
