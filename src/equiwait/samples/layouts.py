"""The three lists as files: which headers each system writes, and what stands under them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
import pandas as pd

from equiwait.samples import spelling
from equiwait.samples.random_streams import Chance
from equiwait.samples.spelling import Text

__all__ = ["HEADERS", "TITLES", "write_cells"]

HEADERS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "adult_ptl": {
            "Pathway ID": "pathway_id", "Hospital No": "person_id", "Trust Code": "provider", "Site Code": "site",
            "WL Type": "list_type", "RTT Status": "rtt_status", "Referral Date": "referral_received",
            "RTT Clock Start Date": "clock_start", "RTT Stop Date": "clock_stop", "TFC": "specialty",
            "Consultant Code": "consultant", "P Code": "priority", "P Code Date": "priority_date",
            "DTA Date": "decision_to_admit", "TCI Date": "tci_date", "Planned Due Date": "due_date",
            "Cancer PTL": "cancer_pathway", "Ethnic Origin": "ethnicity", "Gender": "sex", "DOB": "date_of_birth",
            "Post Code": "postcode", "LD Flag": "learning_disability", "Interpreter Required": "interpreter_needed",
            "Carer Flag": "carer", "DNAs": "dna_count", "Last Validation Date": "last_validated",
            "Admin Note": "note",
        },
        "childrens_surgery": {
            "Waiting List ID": "pathway_id", "Patient ID": "person_id", "Provider Code": "provider",
            "Hospital Site": "site", "Waiting List": "list_type", "RTT Status Code": "rtt_status",
            "Clock Start": "clock_start", "Clock Stop": "clock_stop", "Specialty Code": "specialty",
            "Procedure Priority": "priority", "Priority Review Date": "priority_date",
            "Date Listed": "decision_to_admit", "TCI": "tci_date", "Planned Due Date": "due_date",
            "Date of Birth": "date_of_birth", "Sex": "sex", "Ethnic Group": "ethnicity", "Postcode": "postcode",
            "Learning Disability": "learning_disability", "Looked After Child": "looked_after",
            "Child Protection Plan": "child_protection", "Interpreter Needed": "interpreter_needed",
            "Young Carer": "carer", "School Absence": "school_missed",
            "Developmental Window Closes": "developmental_window", "Admin Note": "note",
        },
        "wlmds_extract": {
            "Week_Ending_Date": "snapshot_date", "PATIENT_PATHWAY_IDENTIFIER": "pathway_id",
            "ORGANISATION_CODE_PATIENT_PATHWAY_IDENTIFIER_ISSUER": "provider_issuer",
            "Referral_Identifier": "referral_id", "LOCAL_PATIENT_IDENTIFIER": "person_id",
            "ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER": "provider",
            "ORGANISATION_SITE_IDENTIFIER_OF_TREATMENT": "site", "Waiting_List_Type": "list_type",
            "REFERRAL_TO_TREATMENT_PERIOD_STATUS": "rtt_status",
            "REFERRAL_REQUEST_RECEIVED_DATE": "referral_received",
            "REFERRAL_TO_TREATMENT_PERIOD_START_DATE": "clock_start",
            "REFERRAL_TO_TREATMENT_PERIOD_END_DATE": "clock_stop", "ACTIVITY_TREATMENT_FUNCTION_CODE": "specialty",
            "PRIORITY_TYPE_CODE": "referral_priority", "Procedure_Priority_Code": "priority",
            "Date_Of_Last_Priority_Review": "priority_date", "DECISION_TO_ADMIT_DATE": "decision_to_admit",
            "Tci_Date": "tci_date", "Due_Date": "due_date", "Inclusion_On_Cancer_Ptl": "cancer_pathway",
            "ETHNIC_CATEGORY": "ethnicity", "PERSON_STATED_GENDER_CODE": "sex", "der_Age_WeekEndingDate": "age",
            "derLSOA2021": "area_code", "Last_PAS_Validation_Date": "last_validated",
            "derSubmissionId": "submitted_at", "derRowId": "submission_row",
        },
    }
)  # fmt: skip

TITLES = ("Eastquay Children's Hospital: surgical waiting list", "As at 31 October 2026. An invented list of nobody.")
"""The two lines that stand above the headers of the children's workbook."""

_NOTES = ("letter sent", "=see letter", "-awaiting test", "+1 to transport", "@ward clerk to ring")
_USUAL_DATES = {"adult_ptl": "day_first", "childrens_surgery": "iso", "wlmds_extract": "iso"}
_OPEN_END = np.datetime64("9999-12-31", "D")


def write_cells(kind: str, rows: pd.DataFrame, boxes: list[str], chance: Chance, *, dirt: bool) -> dict[str, Text]:
    """Return the cells of every header of a kind, as text; None is an empty cell."""
    clerk = _Clerk(kind, rows, boxes, chance, 1.0 if dirt else 0.0)
    return {header: clerk.write(name) for header, name in HEADERS[kind].items()}


class _Clerk:
    """Writes one column at a time, neatly or as busy people do."""

    def __init__(self, kind: str, rows: pd.DataFrame, boxes: list[str], chance: Chance, dirt: float) -> None:
        self.kind, self.rows, self.boxes, self.chance, self.dirt = kind, rows, boxes, chance, dirt

    def write(self, name: str) -> Text:
        own: Callable[[], Text] | None = getattr(self, f"write_{name}", None)
        if own is not None:
            return own()
        values = self.rows[name]
        if values.dtype == bool:
            return self._flag(name)
        if values.dtype.kind == "M":
            return self._date(name)
        return [str(value) for value in values]

    def _uniform(self, name: str) -> np.ndarray:
        return self.chance(f"spelling of {name}", len(self.rows))

    def _flag(self, name: str) -> Text:
        blank = self.rows["flag_blank"] & (name != "cancer_pathway")
        return spelling.flags(self.rows[name].tolist(), blank.tolist(), self._uniform(name), 0.1 * self.dirt)

    def _date(self, name: str) -> Text:
        usual = _USUAL_DATES[self.kind] if self.dirt else "iso"
        bad = 0.004 * self.dirt if name in ("tci_date", "date_of_birth", "last_validated", "priority_date") else 0.0
        days = self.rows[name].to_numpy()
        return spelling.dates(days, self._uniform(name), 0.12 * self.dirt, usual=usual, bad=bad)

    # --- columns with ways of their own ---

    def write_pathway_id(self) -> Text:
        return [f"EQP-{number:07d}" for number in self.rows["pathway"]]

    def write_referral_id(self) -> Text:
        return [f"EQR-{number:07d}" for number in self.rows["pathway"]]

    def write_person_id(self) -> Text:
        return [f"EQ-{number:06d}" for number in self.rows["person"]]

    def write_provider(self) -> Text:
        return ["EQ0"] * len(self.rows)

    write_provider_issuer = write_provider

    def write_consultant(self) -> Text:
        return [f"EQCON{number:02d}" for number in self.rows["consultant"]]

    def write_list_type(self) -> Text:
        state, admitted = self.rows["state"], self.rows["admitted"]
        own = {"non_rtt": "ONON", "planned": "planned", "planned_overdue": "planned", "diagnostic": "diagnostic"}
        kinds = [own.get(each, "IRTT" if inside else "ORTT") for each, inside in zip(state, admitted, strict=True)]
        ways = spelling.NATIONAL_LIST_TYPES if self.kind == "wlmds_extract" else spelling.LIST_TYPES
        return spelling.one_of(kinds, ways, self._uniform("list_type"), 0.08 * self.dirt)

    def write_clock_start(self) -> Text:
        """Leave a clock start that is not known blank, or write something that is no date."""
        cells, uniform = self._date("clock_start"), self._uniform("unknown clock start")
        odd = [spelling.BAD_DATES[int(u * 3)] if u < 0.5 else None for u in uniform]
        lost = self.rows["state"] == "unknown_start"
        return [instead if gone else cell for cell, instead, gone in zip(cells, odd, lost, strict=True)]

    def write_clock_stop(self) -> Text:
        """Write, for some waits that have not ended, the last day of the calendar, as some systems do."""
        days = self.rows["clock_stop"].to_numpy()
        still = np.isnat(days) & (self._uniform("open end") < 0.05 * self.dirt)
        usual = _USUAL_DATES[self.kind] if self.dirt else "iso"
        return spelling.dates(np.where(still, _OPEN_END, days), self._uniform("clock_stop"), 0.0, usual=usual)

    def write_specialty(self) -> Text:
        ways = {code: (code, f"C_{code}") if code.isdigit() else (code,) for code in self.rows["specialty"].unique()}
        return spelling.one_of(self.rows["specialty"].tolist(), ways, self._uniform("specialty"), 0.06 * self.dirt)

    def write_priority(self) -> Text:
        """Blank for some of anyone alike; a postponement (P5, P6) is written over the clinical code."""
        choice = np.where(self._uniform("which choice") < 0.3, "P5", "P6")
        codes = np.where(self.rows["postponed"], choice, self.rows["priority"])
        codes = np.where(self.rows["priority_blank"], "", codes)
        return spelling.one_of(codes.tolist(), spelling.PRIORITIES, self._uniform("priority"), 0.35 * self.dirt)

    def write_referral_priority(self) -> Text:
        """Write the older code of the referral: 3 is the most urgent, and it says nothing of the P-code."""
        uniform = self._uniform("referral_priority")
        usual = np.where(self.rows["cancer_pathway"], "3", np.where(uniform < 0.2, "2", "1"))
        return [str(code) for code in np.where((uniform > 0.99) & (self.dirt > 0), "R", usual)]

    def write_ethnicity(self) -> Text:
        return spelling.ethnicities(self.rows["told_ethnicity"].tolist(), self._uniform("ethnicity"), 0.15 * self.dirt)

    def write_sex(self) -> Text:
        silence = np.where(self._uniform("which silence") < 0.3, "9", "X")
        told = np.where(self._uniform("sex not known") < 0.006 * self.dirt, silence, self.rows["sex"])
        words = 0.3 if self.kind != "wlmds_extract" else 0.0
        return spelling.one_of(told.tolist(), spelling.SEXES, self._uniform("sex"), words * self.dirt)

    def write_postcode(self) -> Text:
        return spelling.postcodes(self.rows, self.boxes, self._uniform("postcode"), 0.24 * self.dirt)

    def write_area_code(self) -> Text:
        """Areas that the index does not know, and blanks, for anyone alike."""
        elsewhere = {"not_found": "E01880001", "malformed": "E0199", "known": None}
        told = zip(self.rows["area_code"], self.rows["address"], strict=True)
        return [code if address == "known" else elsewhere.get(address) for code, address in told]

    def write_carer(self) -> Text:
        """Write a yes only, as for many flags: a blank is not a no."""
        return ["Y" if cares else None for cares in self.rows["carer"]]

    def write_school_missed(self) -> Text:
        blank = self.rows["flag_blank"]
        return [
            None if gone else spelling.SCHOOL[band]
            for band, gone in zip(self.rows["school_missed"], blank, strict=True)
        ]

    def write_age(self) -> Text:
        """Whole years on the day of the snapshot."""
        born = self.rows["date_of_birth"].to_numpy().astype("datetime64[D]")
        months = (np.datetime64("2026-10") - born.astype("datetime64[M]")).astype(int)
        return [str(month // 12) for month in months]  # the snapshot is the last day of its month

    def write_note(self) -> Text:
        """Write what people type into a spare column; some of it looks like a formula."""
        uniform = self._uniform("note")
        return [_NOTES[int(u / 0.08 * len(_NOTES))] if u < 0.08 * self.dirt else None for u in uniform]

    def write_submitted_at(self) -> Text:
        return [str(number) for number in self.rows["submission"]]

    def write_submission_row(self) -> Text:
        return [str(number) for number in self.rows["row_number"]]
