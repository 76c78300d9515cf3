"""The monthly RTT tables: pathways by week waited, organisation and treatment function.

What is read differs by file (the full extract, the workbooks old and new, tables made from them); what comes of it is one
shape, `Pathways`, in which the rules of the publication are kept once: a total row stands beside the treatment functions
that it adds up and is never added to them; pathways with a decision to admit are part of the incomplete ones; those
commissioned outside England are not England's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    ``counts`` is rows × bands, NaN where a row has no bands at all; ``unknown`` people whose clock start is not known;
    ``everyone`` the row's own total.
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

    @property
    def levels(self) -> list[str]:
        """The kinds of organisation that the file tells apart."""
        return [level for level in _LEVELS if level in self.ids.columns]

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
            "still_waiting" if PARTS[self.part] == "open" else "completed", asked, strata,
            snapshot=self.month.isoformat(),
            window=() if PARTS[self.part] == "open" else (self.month.replace(day=1).isoformat(), self.month.isoformat()),
            bands=self.bands, source=f"NHS England, RTT waiting times, {self.part} pathways, {self.month:%B %Y}: {place}",
            excluded=self._excluded(outside, rows & ~banded),
        )  # fmt: skip
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
        cells = np.column_stack([np.nan_to_num(self.counts[rows]), self.unknown[rows]])
        summed = pd.DataFrame(cells).groupby([group, within], sort=False).sum()
        days = pd.array([*self.bands, None], "Int32")
        events = [PARTS[self.part]] * len(self.bands) + ["unknown_clock_start"]
        row, cell = np.nonzero(summed.to_numpy() > 0)
        labels = np.array(summed.index.tolist(), object).reshape(-1, 2)
        return pd.DataFrame({
            "by": question_name(question), "group": labels[row, 0], "known": True, "within": labels[row, 1],
            "days": days[cell], "event": np.array(events, object)[cell], "people": summed.to_numpy()[row, cell].astype(np.int64),
        })  # fmt: skip

    def _labels(self, here: pd.DataFrame, columns: Sequence[str]) -> NDArray[Any]:
        """What each row's group is called: codes with their names, crossed."""
        parts = [
            here[column].map({code: self._label(column, code) for code in here[column].unique()}) for column in columns
        ]
        return np.array([question_name(names) for names in zip(*parts, strict=True)] if parts else [""] * len(here), object)  # fmt: skip

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
    banded = ~np.isnan(pathways.counts).all(1)
    parts = np.nansum(pathways.counts, 1) + pathways.unknown
    apart = banded & (parts != pathways.everyone)
    if apart.any() or np.isnan(pathways.everyone).any():
        what = f"{int(np.count_nonzero(apart | np.isnan(pathways.everyone)))} of {len(apart)} rows do not add up to their total."
        raise changed(pathways.file, where, what)
    _refuse_missing_functions(pathways, where)
    return pathways


def _refuse_repeats(pathways: Pathways, where: str) -> None:
    repeated = int(pathways.ids.duplicated().sum())
    if repeated:
        raise changed(pathways.file, where, f"{repeated} rows stand twice.")


def _refuse_missing_functions(pathways: Pathways, where: str) -> None:
    """Where there are both, the functions of each organisation add up to its total row."""
    total = (pathways.ids["specialty"] == TOTAL).to_numpy()
    if total.all() or not total.any():
        return
    keys = [pathways.ids[level].to_numpy() for level in pathways.levels]
    cells = pd.DataFrame(np.nan_to_num(pathways.counts)).assign(_all=pathways.everyone)
    whole, parts = (cells[rows].groupby([key[rows] for key in keys]).sum() for rows in (total, ~total))
    both = whole.index.union(parts.index)
    apart = (whole.reindex(both, fill_value=0) != parts.reindex(both, fill_value=0)).any(axis=1)
    if apart.any():
        what = f"The treatment functions of {int(apart.sum())} of {len(both)} organisations do not add up to their total row."
        raise changed(pathways.file, where, what)


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
