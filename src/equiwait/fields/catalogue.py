"""The catalogue of columns: what each means, how it is spelt, its codes, and what its silence can mean.

Headers are matched without regard to case, spaces, underscores and hyphens. A coded column keeps the codes of the NHS
Data Dictionary; a value that is none of them becomes ``"invalid"``, a blank stays null, and both stay apart from codes
that say *not stated* or *not known*: four silences, four remedies.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from equiwait.fields import code_spellings as spelt
from equiwait.fields.code_spellings import RTT_STATUSES
from equiwait.fields.ethnicity import ETHNICITIES, read_ethnicity
from equiwait.fields.field import Field
from equiwait.fields.missing_words import plain

__all__ = ["AGE_BANDS", "FIELDS", "field_of", "named_by"]

AGE_BANDS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"nhse": (0, 19, 65), "cyp": (0, 1, 5, 11, 16, 18), "five_year": tuple(range(0, 95, 5))}
)
"""First year of each age band, by the name of the banding: NHS England's, children and young people's, five-year."""

_PRIORITIES = {
    "P1a": "Emergency, within 24 hours",
    "P1b": "Urgent, within 72 hours",
    "P1": "P1, not split",
    "P2": "Within 4 weeks",
    "P3": "Within 3 months",
    "P4": "Can wait over 3 months",
}

_CATALOGUE = (
    Field("pathway_id", "text", "Identifier of the pathway: one wait for one condition", ("PATIENT_PATHWAY_IDENTIFIER", "PSEUDO_PATIENT_PATHWAY_IDENTIFIER", "pathway identifier", "pathway number", "pathway", "ppid", "rtt pathway id", "unique pathway id", "waiting list id", "wl id", "entry number")),
    Field("pathway_issuer", "text", "Organisation that issued the pathway identifier", ("ORGANISATION_CODE_PATIENT_PATHWAY_IDENTIFIER_ISSUER", "PSEUDO_ORGANISATION_CODE_PATIENT_PATHWAY_IDENTIFIER_ISSUER", "issuer")),
    Field("referral_id", "text", "Identifier of the referral; not unique between hospitals", ("Referral_Identifier", "Pseudo_Referral_Identifier", "referral id", "ubrn", "referral number")),
    Field("person_id", "text", "Identifier of the person, who may have several pathways", ("Pseudo NHS_NUMBER", "NHS_NUMBER", "nhs no", "nhsno", "LOCAL_PATIENT_IDENTIFIER", "patient id", "patient identifier", "hospital number", "hospital no", "mrn", "unit number", "district number", "patient_number", "crn")),
    Field("snapshot_date", "date", "The day that the list describes", ("Week_Ending_Date", "derWeekEnding", "census date", "extract date", "as at", "snapshot", "report date")),
    Field("clock_start", "date", "When the wait that counts began", ("REFERRAL_TO_TREATMENT_PERIOD_START_DATE", "rtt start", "rtt start date", "rtt clock start", "rtt clock start date", "clock start date", "clockstart", "start of wait", "rtt period start", "start date")),
    Field("clock_stop", "date", "When the wait ended; empty or 9999-12-31 while it is open", ("REFERRAL_TO_TREATMENT_PERIOD_END_DATE", "rtt end", "rtt end date", "rtt stop date", "clock stop date", "clock end date", "rtt clock stop date", "rtt clock stop")),
    Field("stop_reason", "code", "How the wait ended", ("clock stop reason", "removal reason", "reason for removal", "outcome"), {"treated": "Treated", "left_otherwise": "Left otherwise", "died": "Died", "unknown": "Not known"}, spelt.stop_reason, {"unknown": "not_known"}),
    Field("rtt_status", "code", "Referral-to-treatment period status", ("REFERRAL_TO_TREATMENT_PERIOD_STATUS", "rtt status code", "rtt period status", "Local_Rtt_Status_Code"), RTT_STATUSES, spelt.rtt_status, {"99": "not_known"}),
    Field("list_type", "code", "Which list: outpatient or admitted, on a referral-to-treatment clock or not", ("Waiting_List_Type", "wl type", "list", "waiting list", "pathway type"), {"ORTT": "Outpatient, on the clock", "IRTT": "For admission, on the clock", "ONON": "Outpatient, no clock", "INON": "For admission, no clock", "planned": "Planned", "diagnostic": "Diagnostic"}, spelt.list_type),
    Field("provider", "text", "Organisation that provides the care", ("ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER", "PSEUDO_ORGANISATION_IDENTIFIER_CODE_OF_PROVIDER", "provider code", "trust", "trust code", "ReportingOrganisation", "organisation code", "org code")),
    Field("site", "text", "Hospital site", ("ORGANISATION_SITE_IDENTIFIER_OF_TREATMENT", "PSEUDO_ORGANISATION_SITE_IDENTIFIER_OF_TREATMENT", "site code", "hospital", "hospital site", "site of treatment")),
    Field("commissioner", "text", "Organisation that commissions the care", ("ORGANISATION_IDENTIFIER_CODE_OF_COMMISSIONER", "PSEUDO_ORGANISATION_IDENTIFIER_CODE_OF_COMMISSIONER", "commissioner code", "sub icb of responsibility")),
    Field("specialty", "text", "Treatment function", ("ACTIVITY_TREATMENT_FUNCTION_CODE", "treatment function code", "treatment function", "tfc", "tfc code", "specialty code", "spec", "MAIN_SPECIALTY_CODE", "main specialty", "speciality"), spellings=spelt.specialty),
    Field("procedure", "text", "Proposed procedure (OPCS-4)", ("Proposed_Procedure_Opcs_Code", "OPCS_Code", "opcs", "procedure code", "intended procedure", "proposed procedure")),
    Field("consultant", "text", "Consultant's code", ("CONSULTANT_CODE", "cons code", "consultant name")),
    Field("priority", "code", "Clinical priority code of a person listed for a procedure (P1a to P4)", ("Procedure_Priority_Code", "p code", "pcode", "priority code", "clinical priority", "surgical priority", "clinical prioritisation", "procedure priority", "admitted priority", "p category", "priority"), _PRIORITIES, spelt.priority),
    Field("patient_choice", "code", "The person has asked to wait: the clock runs, urgency is unchanged", ("postponed by patient", "patient initiated delay"), {"P5": "Postponed by the patient (first used for COVID-19)", "P6": "Postponed by the patient"}, spelt.patient_choice),
    Field("choice_code", "code", "A choice of the person's, recorded beside the P-code; never an urgency", ("c code", "ccode", "patient choice code"), {f"C{i}": f"Patient choice code C{i}" for i in range(1, 5)}, spelt.choice_code),
    Field("diagnostic_priority", "code", "Priority of a diagnostic test (D1 to D6)", ("Diagnostic_Priority_Code", "d code", "dcode"), {f"D{i}": f"Diagnostic priority {i}" for i in range(1, 7)}, spelt.diagnostic_priority),
    Field("referral_priority", "code", "Priority of the referral; runs the other way from P-codes and is never turned into one", ("PRIORITY_TYPE_CODE", "priority type", "service request priority type", "referral priority code", "referral urgency", "urgency"), {"1": "Routine", "2": "Urgent", "3": "Two-week wait or urgent suspected cancer"}, spelt.referral_priority),
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
    Field("postcode", "text", "Postcode of usual address", ("post_code", "post code", "POSTCODE OF USUAL ADDRESS", "patient postcode", "home postcode", "pcode of residence", "address postcode", "pcd"), social=True),
    Field("area_code", "text", "Small area of residence (LSOA, data zone or super output area)", ("derLSOA2021", "lsoa21", "lsoa21cd", "lsoa 2021", "lsoa code 2021", "lsoa", "lsoa code", "derLSOA", "lsoa11", "lsoa11cd", "lsoa 2011", "lsoa code 2011", "lsoa of residence", "data zone", "datazone", "soa"), social=True),
    Field("imd_decile", "whole", "Decile of deprivation of the area of residence, 1 the most deprived, as the list itself gives it or as linked", ("imd decile", "deprivation decile", "index of multiple deprivation decile", "imd decile 2019", "imd 2019 decile", "imd 2015 decile", "imd 2025 decile", "imd2019 decile", "imd2025 decile", "imd decile 2025", "imd decile 2015"), spellings=spelt.imd_decile, limits=(1, 10), social=True),
    Field("imd_quintile", "whole", "Fifth of deprivation of the area of residence, 1 the most deprived, as the list itself gives it or as linked", ("imd quintile", "deprivation quintile", "index of multiple deprivation quintile", "imd quintile 2019", "imd 2019 quintile", "imd 2015 quintile", "imd 2025 quintile", "imd2019 quintile", "imd2025 quintile", "imd quintile 2025", "imd quintile 2015"), spellings=spelt.imd_quintile, limits=(1, 5), social=True),
    Field("imd_rank", "whole", "Rank of deprivation of the area of residence, 1 the most deprived, as the list itself gives it or as linked", ("imd rank", "deprivation rank", "index of multiple deprivation rank", "imd rank 2019", "imd 2019 rank", "imd 2015 rank", "imd 2025 rank", "imd2019 rank", "imd2025 rank", "imd rank 2025", "imd rank 2015"), spellings=spelt.imd_rank, limits=(1, 42_619), social=True),
    Field("ethnicity", "code", "Ethnic category as the person gave it (16+1 codes of 2001, and recorded groups that have no code there)", ("ETHNIC_CATEGORY", "ethnic origin", "ethnic group", "ethnic category code", "ethnicity code", "ethnic code", "ethnic"), ETHNICITIES, read_ethnicity, {"Z": "not_stated", "99": "not_known"}, protected="characteristic"),
    Field("sex", "code", "Sex or stated gender, as recorded", ("PERSON_STATED_GENDER_CODE", "gender", "gender code", "sex code", "PERSON_GENDER_CODE", "person stated gender"), {"1": "Male", "2": "Female", "9": "Indeterminate or not specified", "X": "Not known", "0": "Not known (older code)", "other": "Other", "non_binary": "Non-binary"}, spelt.sex, {"X": "not_known", "0": "not_known"}, protected="characteristic"),
    Field("date_of_birth", "date", "Date of birth", ("dob", "birth date", "birthdate", "d o b", "PERSON_BIRTH_DATE"), protected="age"),
    Field("age", "whole", "Age in years on the day of the snapshot", ("der_Age_WeekEndingDate", "age at snapshot", "age years", "patient age"), protected="age"),
    Field("age_at_clock_start", "whole", "Age in years when the wait began; it is not the age now", ("der_Age_at_Referral_To_Treatment_Period_Start_Date", "age at rtt start", "age at clock start", "age at referral", "age at start"), protected="age"),
    Field("age_band", "text", "Age band", ("der_AgeBand_WeekEndingDate", "age_group", "age range"), protected="age"),
    Field("learning_disability", "flag", "Has a learning disability", ("ld", "ld flag", "learning disability flag", "learning disabilities"), protected="disability"),
    Field("reasonable_adjustment", "flag", "Needs a reasonable adjustment", ("reasonable adjustment flag", "ra flag", "reasonable adjustments"), protected="disability"),
    Field("interpreter_needed", "flag", "Needs an interpreter", ("interpreter", "interpreter required", "needs interpreter"), protected="proxy"),
    Field("carer", "flag", "Cares for someone", ("carer flag", "is a carer", "unpaid carer", "young carer"), social=True),
    Field("looked_after", "flag", "Looked after by a local authority", ("looked after child", "lac", "looked after child flag", "in care"), social=True, sensitive=True),
    Field("child_protection", "flag", "Has a child protection plan", ("cp flag", "child protection plan", "safeguarding", "child protection flag", "cpp"), social=True, sensitive=True),
    Field("developmental_window", "date", "Date by which treatment must happen before a developmental window closes, set by a clinician", ("developmental window closes", "window closes", "treat before")),
    Field("school_missed", "code", "Share of school sessions missed because of the condition", ("school absence", "school missed band"), {"none": "None", "under_10": "Under 10%", "10_to_49": "10% to 49%", "50_or_more": "50% or more"}, spelt.school_missed),
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


def named_by(headers: Iterable[object]) -> str:
    """Return the column that tells the waits of a list apart: the pathway's own number, or the person's where it has only that.

    A person's number is never taken for a pathway's: two waits of one person are two rows, not one row twice.

    Examples
    --------
    >>> named_by(["pathway_id", "person_id"]), named_by(["person_id"]), named_by([])
    ('pathway_id', 'person_id', 'pathway_id')
    """
    here = set(map(str, headers))
    return "person_id" if "person_id" in here and "pathway_id" not in here else "pathway_id"
