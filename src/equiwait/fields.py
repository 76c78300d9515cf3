"""The catalogue of columns: what each means, how it is spelt, its codes, and what its silence can mean.

Headers are matched without regard to case, spaces, underscores and hyphens. A coded column keeps the codes of the NHS
Data Dictionary; a value that is none of them becomes ``"invalid"``, a blank stays null, and both stay apart from codes
that say *not stated* or *not known*: four silences, four remedies.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, TypeAlias

__all__ = [
    "AGE_BANDS",
    "ETHNIC_GROUPS",
    "FIELDS",
    "INVALID",
    "Field",
    "Kind",
    "MissingReason",
    "field_of",
    "plain",
    "read_flag",
]

Kind: TypeAlias = Literal["code", "text", "date", "whole", "number", "flag"]
MissingReason: TypeAlias = Literal["recorded", "blank", "not_stated", "not_known", "invalid"]

INVALID = "invalid"
"""The value of a coded column whose cell holds something that is none of its codes."""

REASONS: tuple[MissingReason, ...] = ("recorded", "blank", "not_stated", "not_known", "invalid")


@dataclass(frozen=True)
class Field:
    """One column of a waiting list.

    Parameters
    ----------
    name : str
        Canonical name.
    kind : {"code", "text", "date", "whole", "number", "flag"}
        What its cells are. Codes become categories, dates ``datetime64[s]``, whole numbers ``Int32``, flags ``boolean``.
    meaning : str
        What it says, in plain words.
    aliases : tuple of str
        Other headers that mean the same, preferred first.
    codes : mapping
        Code to label, in the order of the categories (``kind="code"``).
    spellings : callable
        Reads a cell (trimmed, not empty) as one of ``codes``, or None.
    silent : mapping
        Codes that record a silence, with the reason.
    protected : bool
        Whether it is a characteristic protected by the Equality Act 2010, or a close proxy of one.
    sensitive : bool
        Whether naming it to a clerk or a family would tell tales.
    """

    name: str
    kind: Kind
    meaning: str
    aliases: tuple[str, ...] = ()
    codes: Mapping[str, str] = field(default_factory=dict)
    spellings: Callable[[str], str | None] | None = None
    silent: Mapping[str, MissingReason] = field(default_factory=dict)
    protected: bool = False
    sensitive: bool = False

    @property
    def categories(self) -> tuple[str, ...]:
        """The fixed categories of a coded column, ``"invalid"`` last."""
        return (*self.codes, INVALID) if self.codes else ()

    @property
    def wlmds(self) -> tuple[str, ...]:
        """The aliases that are names of the Waiting List Minimum Data Set, written as the data dictionary writes them."""
        return tuple(
            alias for alias in self.aliases if alias.startswith("der") or ("_" in alias and alias[0].isupper())
        )

    def read(self, cell: str) -> str | None:
        """Return the code that ``cell`` means (``"true"`` or ``"false"`` of a flag), or None if it means none.

        Examples
        --------
        >>> FIELDS["priority"].read("p 1A"), FIELDS["priority"].read("Priority 2"), FIELDS["priority"].read("soon")
        ('P1a', 'P2', None)
        >>> FIELDS["carer"].read("Y"), FIELDS["carer"].read("0"), FIELDS["carer"].read("perhaps")
        ('true', 'false', None)
        """
        if self.kind == "flag":
            return read_flag(cell)
        if cell in self.codes:
            return cell
        return self.spellings(cell) if self.spellings else None

    def reason(self, code: str | None) -> MissingReason:
        """Return what a value of the column says about itself: recorded, or which silence.

        Examples
        --------
        >>> [FIELDS["ethnicity"].reason(code) for code in ("A", "Z", "99", None, "invalid")]
        ['recorded', 'not_stated', 'not_known', 'blank', 'invalid']
        """
        if code is None or code == "":
            return "blank"
        if code == INVALID:
            return "invalid"
        return self.silent.get(code, "recorded" if not self.codes or self.read(code) else "invalid")


def plain(header: object) -> str:
    """Return a header without case, accents of spelling or marks, for matching.

    Examples
    --------
    >>> plain(" RTT_Clock-Start Date"), plain("rttclockstartdate")
    ('rttclockstartdate', 'rttclockstartdate')
    """
    return re.sub(r"[^a-z0-9]", "", str(header).lower())


# --- how codes are spelt ---------------------------------------------------------------------------------------------


def read_flag(cell: str) -> Literal["true", "false"] | None:
    """Return yes or no as a flag spells it, or None if the cell says neither.

    Examples
    --------
    >>> read_flag("Yes"), read_flag("0.0"), read_flag("Q")
    ('true', 'false', None)
    """
    word = cell.lower()
    if word in ("y", "yes", "1", "1.0", "true", "t"):
        return "true"
    return "false" if word in ("n", "no", "0", "0.0", "false", "f") else None


def _priority(cell: str) -> str | None:
    """P-codes in any spelling: P2, p2, 2, 'P 2', 'P-2', 'Priority 2', '2 - within 4 weeks'; P1 unsplit stays P1."""
    found = re.fullmatch(
        r"(?:priority|p)?[\s._-]*(?:level|code)?[\s._-]*0?([1-6])(?:\.0)?[\s._-]*([ab])?(?:[\s:(–-].*)?",
        cell.strip().lower(),
    )
    if not found or (found[2] and found[1] != "1"):
        return None
    return f"P{found[1]}{found[2] or ''}"


def _referral_priority(cell: str) -> str | None:
    words = {
        "routine": "1", "urgent": "2", "soon": "2", "twoweekwait": "3", "2ww": "3", "2weekwait": "3", "tww": "3",
        "usc": "3", "suspectedcancer": "3", "urgentsuspectedcancer": "3", "cancer": "3",
    }  # fmt: skip
    return words.get(plain(cell)) or {"1.0": "1", "2.0": "2", "3.0": "3"}.get(cell.strip())


def _ethnicity(cell: str) -> str | None:
    """The national code is the first character; the second is for local use. 99 is not known; 9, X and XX are its older forms."""
    code = cell.strip().upper()
    if code in ("99", "99.0", "9", "X", "XX", "NOT KNOWN", "UNKNOWN"):
        return "99"
    if code in ("NOT STATED", "Z: NOT STATED", "PATIENT REFUSED", "REFUSED", "DECLINED"):
        return "Z"
    if re.fullmatch(r"[A-HJ-NPRSZ][A-Z0-9*#]?", code) or re.match(r"[A-HJ-NPRSZ]\s*[:–-]\s*\w", code):
        return code[0]
    return _ETHNICITY_WORDS.get(plain(cell))


ETHNICITIES: Mapping[str, str] = MappingProxyType(
    {
        "A": "White British", "B": "White Irish", "C": "Any other White", "D": "White and Black Caribbean",
        "E": "White and Black African", "F": "White and Asian", "G": "Any other mixed", "H": "Indian", "J": "Pakistani",
        "K": "Bangladeshi", "L": "Any other Asian", "M": "Black Caribbean", "N": "Black African", "P": "Any other Black",
        "R": "Chinese", "S": "Any other ethnic group", "Z": "Not stated (asked)", "99": "Not known",
    }
)  # fmt: skip
_BROAD = {
    "ABC": ("White",), "DEFG": ("Mixed",), "HJKL": ("Asian", "Asian or Asian British"), "MNP": ("Black", "Black or Black British"),
    "RS": ("Other", "Other Ethnic Groups"),
}  # fmt: skip
_ANY_OTHER = {"C": "White", "G": "Mixed", "L": "Asian", "P": "Black"}


def _ethnicity_words() -> dict[str, str]:
    """Every description that names one code: alone, or after any name of its broad group."""
    words = {}
    for code, label in ETHNICITIES.items():
        broad = next((names for letters, names in _BROAD.items() if code in letters), ())
        other = _ANY_OTHER.get(code)
        ways = [label.removeprefix("White ").removeprefix("Black ")] if code in "ABMN" else [label]
        ways = [f"any other {other} background", f"other {other}", f"{other} other"] if other else ways
        words.update({plain(way): code for way in (label, *ways)})
        words.update({plain(f"{name} {way}"): code for name in broad for way in ways})
    return words | {"other": "S", "notstated": "Z"}


_ETHNICITY_WORDS = _ethnicity_words()

ETHNIC_GROUPS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        # The 2001 NHS grouping puts Chinese under Other; the censuses of 2011 and 2021 put it under Asian.
        "nhs": {**dict.fromkeys("ABC", "White"), **dict.fromkeys("DEFG", "Mixed"), **dict.fromkeys("HJKL", "Asian"),
                **dict.fromkeys("MNP", "Black"), **dict.fromkeys("RS", "Other")},
        "census": {**dict.fromkeys("ABC", "White"), **dict.fromkeys("DEFG", "Mixed"), **dict.fromkeys("HJKLR", "Asian"),
                   **dict.fromkeys("MNP", "Black"), "S": "Other"},
    }
)  # fmt: skip

AGE_BANDS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"nhse": (0, 19, 65), "cyp": (0, 1, 5, 11, 16, 18), "five_year": tuple(range(0, 95, 5))}
)
"""First year of each age band, by the name of the banding: NHS England's, children and young people's, five-year."""


def _sex(cell: str) -> str | None:
    words = {
        "m": "1",
        "male": "1",
        "f": "2",
        "female": "2",
        "i": "9",
        "indeterminate": "9",
        "notspecified": "9",
        "u": "X",
        "unknown": "X",
        "notknown": "X",
    }
    return words.get(plain(cell)) or {"1.0": "1", "2.0": "2", "9.0": "9", "0.0": "0", "x": "X"}.get(
        cell.strip().lower()
    )


def _list_type(cell: str) -> str | None:
    """The eight documented codes; a zero or a one for O or I is mended only where the exact spelling fails; the rest is unknown."""
    code = cell.strip().upper()
    for spelling in (code, code.replace("0", "O").replace("1", "I")):
        if spelling in _LIST_TYPES:
            return _LIST_TYPES[spelling]
    return _LIST_WORDS.get(plain(cell))


_LIST_TYPES = {
    "ORTT": "ORTT", "PTLO": "ORTT", "RTTO": "ORTT", "IRTT": "IRTT", "PTLI": "IRTT", "RTTI": "IRTT",
    "ONON": "ONON", "INON": "INON",
}  # fmt: skip
_LIST_WORDS = {
    "outpatient": "ORTT", "nonadmitted": "ORTT", "inpatient": "IRTT", "daycase": "IRTT", "admitted": "IRTT",
    "inpatientdaycase": "IRTT", "ipdc": "IRTT", "planned": "planned", "surveillance": "planned", "diagnostic": "diagnostic",
    "diagnostics": "diagnostic", "nonrtt": "ONON", "notrtt": "ONON",
}  # fmt: skip


def _digits(cell: str) -> str | None:
    found = re.fullmatch(r"0*(\d+)(?:\.0)?", cell.strip())
    code = found[1] if found else cell.strip()[:2]
    return code if code in RTT_STATUSES else None


RTT_STATUSES: Mapping[str, str] = MappingProxyType(
    {
        "10": "First activity", "11": "First activity after active monitoring", "12": "New consultant referral",
        "20": "Further activity expected", "21": "Transferred to another provider", "30": "First treatment",
        "31": "Active monitoring, patient's choice", "32": "Active monitoring, clinician's decision",
        "33": "Did not attend the first appointment", "34": "Decision not to treat", "35": "Treatment declined",
        "36": "Died before treatment", "90": "After treatment", "91": "During active monitoring",
        "92": "Not yet referred", "98": "Not a referral-to-treatment activity", "99": "Not yet known",
    }
)  # fmt: skip


def _stop_reason(cell: str) -> str | None:
    words = {
        "treated": "treated", "treatment": "treated", "firsttreatment": "treated", "admitted": "treated",
        "left": "left_otherwise", "leftotherwise": "left_otherwise", "removed": "left_otherwise", "discharged": "left_otherwise",
        "declined": "left_otherwise", "died": "died", "death": "died", "deceased": "died", "unknown": "unknown",
    }  # fmt: skip
    return words.get(plain(cell))


def _school_missed(cell: str) -> str | None:
    return {"none": "none", "no": "none", "0": "none", "under10": "under_10", "lessthan10": "under_10",
            "10to49": "10_to_49", "persistent": "10_to_49", "50ormore": "50_or_more", "severe": "50_or_more"}.get(plain(cell))  # fmt: skip


def _specialty(cell: str) -> str | None:
    code = cell.strip().upper().removeprefix("C_").removesuffix(".0")
    return code or None


# --- the catalogue ---------------------------------------------------------------------------------------------------

_PRIORITIES = {
    "P1a": "Emergency, within 24 hours", "P1b": "Urgent, within 72 hours", "P1": "P1, not split",
    "P2": "Within 4 weeks", "P3": "Within 3 months", "P4": "Can wait over 3 months",
}  # fmt: skip

_CATALOGUE = (
    Field("pathway_id", "text", "Identifier of the pathway: one wait for one condition", ("PATIENT_PATHWAY_IDENTIFIER", "PSEUDO_PATIENT_PATHWAY_IDENTIFIER", "pathway identifier", "pathway number", "pathway", "ppid", "rtt pathway id", "unique pathway id", "waiting list id", "wl id", "entry number")),
    Field("pathway_issuer", "text", "Organisation that issued the pathway identifier", ("ORGANISATION_CODE_PATIENT_PATHWAY_IDENTIFIER_ISSUER", "PSEUDO_ORGANISATION_CODE_PATIENT_PATHWAY_IDENTIFIER_ISSUER", "issuer")),
    Field("referral_id", "text", "Identifier of the referral; not unique between hospitals", ("Referral_Identifier", "Pseudo_Referral_Identifier", "referral id", "ubrn", "referral number")),
    Field("person_id", "text", "Identifier of the person, who may have several pathways", ("Pseudo NHS_NUMBER", "NHS_NUMBER", "nhs no", "nhsno", "LOCAL_PATIENT_IDENTIFIER", "patient id", "patient identifier", "hospital number", "hospital no", "mrn", "unit number", "district number", "patient_number", "crn")),
    Field("snapshot_date", "date", "The day that the list describes", ("Week_Ending_Date", "derWeekEnding", "census date", "extract date", "as at", "snapshot", "report date")),
    Field("clock_start", "date", "When the wait that counts began", ("REFERRAL_TO_TREATMENT_PERIOD_START_DATE", "rtt start", "rtt start date", "rtt clock start", "rtt clock start date", "clock start date", "clockstart", "start of wait", "rtt period start", "start date")),
    Field("clock_stop", "date", "When the wait ended; empty or 9999-12-31 while it is open", ("REFERRAL_TO_TREATMENT_PERIOD_END_DATE", "rtt end", "rtt end date", "rtt stop date", "clock stop date", "clock end date", "rtt clock stop date", "rtt clock stop")),
    Field("stop_reason", "code", "How the wait ended", ("clock stop reason", "removal reason", "reason for removal", "outcome"), {"treated": "Treated", "left_otherwise": "Left otherwise", "died": "Died", "unknown": "Not known"}, _stop_reason, {"unknown": "not_known"}),
    Field("rtt_status", "code", "Referral-to-treatment period status", ("REFERRAL_TO_TREATMENT_PERIOD_STATUS", "rtt status code", "rtt period status", "Local_Rtt_Status_Code"), RTT_STATUSES, _digits, {"99": "not_known"}),
    Field("list_type", "code", "Which list: outpatient or admitted, on a referral-to-treatment clock or not", ("Waiting_List_Type", "wl type", "list", "waiting list", "pathway type"), {"ORTT": "Outpatient, on the clock", "IRTT": "For admission, on the clock", "ONON": "Outpatient, no clock", "INON": "For admission, no clock", "planned": "Planned", "diagnostic": "Diagnostic"}, _list_type),
    Field("provider", "text", "Organisation that provides the care", ("ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER", "PSEUDO_ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER", "provider code", "trust", "trust code", "ReportingOrganisation", "organisation code", "org code")),
    Field("site", "text", "Hospital site", ("ORGANISATION_SITE_IDENTIFIER_OF_TREATMENT", "PSEUDO_ORGANISATION_SITE_IDENTIFIER_OF_TREATMENT", "site code", "hospital", "hospital site", "site of treatment")),
    Field("commissioner", "text", "Organisation that commissions the care", ("ORGANISATION_IDENTIFIER_CODE_OF_COMMISSIONER", "PSEUDO_ORGANISATION_IDENTIFIER_CODE_OF_COMMISSIONER", "commissioner code", "sub icb of responsibility")),
    Field("specialty", "text", "Treatment function", ("ACTIVITY_TREATMENT_FUNCTION_CODE", "treatment function code", "treatment function", "tfc", "tfc code", "specialty code", "spec", "MAIN_SPECIALTY_CODE", "main specialty", "speciality"), spellings=_specialty),
    Field("procedure", "text", "Proposed procedure (OPCS-4)", ("Proposed_Procedure_Opcs_Code", "OPCS_Code", "opcs", "procedure code", "intended procedure", "proposed procedure")),
    Field("consultant", "text", "Consultant's code", ("CONSULTANT_CODE", "cons code", "consultant name")),
    Field("priority", "code", "Clinical priority code of a person listed for a procedure (P1a to P4)", ("Procedure_Priority_Code", "p code", "pcode", "priority code", "clinical priority", "surgical priority", "clinical prioritisation", "procedure priority", "admitted priority", "p category", "priority"), _PRIORITIES, _priority),
    Field("patient_choice", "code", "The person has asked to wait: the clock runs, urgency is unchanged", ("postponed by patient", "patient initiated delay"), {"P5": "Postponed by the patient (first used for COVID-19)", "P6": "Postponed by the patient"}, _priority),
    Field("diagnostic_priority", "code", "Priority of a diagnostic test (D1 to D6)", ("Diagnostic_Priority_Code", "d code", "dcode"), {f"D{i}": f"Diagnostic priority {i}" for i in range(1, 7)}, lambda cell: f"D{m[1]}" if (m := re.fullmatch(r"d?[\s._-]*([1-6])(?:\.0)?", cell.strip().lower())) else None),
    Field("referral_priority", "code", "Priority of the referral; runs the other way from P-codes and is never turned into one", ("PRIORITY_TYPE_CODE", "priority type", "service request priority type", "referral priority code", "referral urgency", "urgency"), {"1": "Routine", "2": "Urgent", "3": "Two-week wait or urgent suspected cancer"}, _referral_priority),
    Field("priority_date", "date", "When the clinical priority was last reviewed", ("Date_Of_Last_Priority_Review", "priority review date", "date prioritised", "p code date")),
    Field("decision_to_admit", "date", "When it was decided to admit the person", ("DECISION_TO_ADMIT_DATE", "dta", "dta date", "decision to admit date", "date added to waiting list", "date on list", "date listed", "Decision_To_Treat_Date")),
    Field("tci_date", "date", "Date to come in: the person is booked", ("Tci_Date", "tci", "to come in date", "admission date", "booked date", "date booked")),
    Field("first_attendance", "date", "First outpatient attendance", ("first_activity_date", "first seen", "first appointment", "first attendance date")),
    Field("due_date", "date", "When planned care is due", ("Due_Date", "planned due date", "Planned_Diagnostic_Due_Date")),
    Field("referral_received", "date", "When the referral was received", ("REFERRAL_REQUEST_RECEIVED_DATE", "ORIGINAL_REFERRAL_REQUEST_RECEIVED_DATE", "referral date", "date of referral", "referral received date")),
    Field("cancer_pathway", "flag", "On a cancer pathway", ("Inclusion_On_Cancer_Ptl", "cancer", "cancer ptl", "cancer flag")),
    Field("last_validated", "date", "When the entry was last checked", ("Last_PAS_Validation_Date", "validated", "last validation date", "date validated")),
    Field("submitted_at", "text", "When the row was submitted; the latest of duplicates counts", ("DATE_AND_TIME_DATA_SET_CREATED", "derSubmissionId", "submission id", "submission date")),
    Field("submission_row", "text", "Row number within a submission", ("derRowId", "row id")),
    Field("postcode", "text", "Postcode of usual address", ("post_code", "post code", "POSTCODE OF USUAL ADDRESS", "patient postcode", "home postcode", "pcode of residence", "address postcode", "pcd")),
    Field("area_code", "text", "Small area of residence (LSOA, data zone or super output area)", ("derLSOA2021", "lsoa21", "lsoa21cd", "lsoa 2021", "lsoa code 2021", "lsoa", "lsoa code", "derLSOA", "lsoa11", "lsoa11cd", "lsoa 2011", "lsoa code 2011", "lsoa of residence", "data zone", "datazone", "soa")),
    Field("ethnicity", "code", "Ethnic category as the person gave it (16+1 codes of 2001)", ("ETHNIC_CATEGORY", "ethnic origin", "ethnic group", "ethnic category code", "ethnicity code", "ethnic code", "ethnic"), ETHNICITIES, _ethnicity, {"Z": "not_stated", "99": "not_known"}, protected=True),
    Field("sex", "code", "Sex or stated gender, as recorded", ("PERSON_STATED_GENDER_CODE", "gender", "gender code", "sex code", "PERSON_GENDER_CODE", "person stated gender"), {"1": "Male", "2": "Female", "9": "Indeterminate or not specified", "X": "Not known", "0": "Not known (older code)"}, _sex, {"X": "not_known", "0": "not_known"}, protected=True),
    Field("date_of_birth", "date", "Date of birth", ("dob", "birth date", "birthdate", "d o b", "PERSON_BIRTH_DATE"), protected=True),
    Field("age", "whole", "Age in years on the day of the snapshot", ("der_Age_WeekEndingDate", "age at snapshot", "age years", "patient age", "der_Age_at_Referral_To_Treatment_Period_Start_Date"), protected=True),
    Field("age_band", "text", "Age band", ("der_AgeBand_WeekEndingDate", "age_group", "age range"), protected=True),
    Field("learning_disability", "flag", "Has a learning disability", ("ld", "ld flag", "learning disability flag", "learning disabilities"), protected=True),
    Field("reasonable_adjustment", "flag", "Needs a reasonable adjustment", ("reasonable adjustment flag", "ra flag", "reasonable adjustments"), protected=True),
    Field("interpreter_needed", "flag", "Needs an interpreter", ("interpreter", "interpreter required", "needs interpreter"), protected=True),
    Field("carer", "flag", "Cares for someone", ("carer flag", "is a carer", "unpaid carer", "young carer")),
    Field("looked_after", "flag", "Looked after by a local authority", ("looked after child", "lac", "looked after child flag", "in care"), sensitive=True),
    Field("child_protection", "flag", "Has a child protection plan", ("cp flag", "child protection plan", "safeguarding", "child protection flag", "cpp"), sensitive=True),
    Field("developmental_window", "date", "Date by which treatment must happen before a developmental window closes, set by a clinician", ("developmental window closes", "window closes", "treat before")),
    Field("school_missed", "code", "Share of school sessions missed because of the condition", ("school absence", "school missed band"), {"none": "None", "under_10": "Under 10%", "10_to_49": "10% to 49%", "50_or_more": "50% or more"}, _school_missed),
    Field("contact_recorded", "flag", "A way to reach the person is recorded", ("contact", "phone recorded", "has contact", "contact details")),
    Field("dna_count", "whole", "Appointments not attended", ("dnas", "dna", "did not attend count", "number of dnas")),
    Field("patient_cancellations", "whole", "Appointments cancelled by the person", ("patient cancellations count", "patient cancelled")),
    Field("hospital_cancellations", "whole", "Appointments cancelled by the hospital", ("hospital cancelled", "hospital cancellations count")),
)  # fmt: skip

FIELDS: Mapping[str, Field] = MappingProxyType({each.name: each for each in _CATALOGUE})

_BY_HEADER = {
    plain(header): each.name for each in reversed(_CATALOGUE) for header in (*reversed(each.aliases), each.name)
}


def field_of(header: object) -> str | None:
    """Return the canonical name of a header, or None for a column of the user's own.

    Examples
    --------
    >>> field_of("REFERRAL_TO_TREATMENT_PERIOD_START_DATE"), field_of("Favourite colour")
    ('clock_start', None)
    """
    return _BY_HEADER.get(plain(header))
