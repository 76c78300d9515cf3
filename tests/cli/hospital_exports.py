"""Twenty exports with headers as hospitals and their systems name them: the headers are from public sources, every row is invented.

Run in tests/cli, a whole report on each: python -m hospital_exports

``SHAPES`` maps a name to (source of the headers, headers with what each holds, options that are needed, a hint that the
first run must give where it cannot make a report). What a header holds is one of the words that ``cell`` knows.
"""

from __future__ import annotations

import datetime as dt
import random
import re
import shlex
import sys
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from equiwait.samples import sample_path

DAY = dt.date(2026, 10, 31)


class Shape(NamedTuple):
    """An export: where its headers are from, what each holds, and what has to be typed beside its name."""

    source: str
    headers: dict[str, str]
    typed: tuple[str, ...] = ()
    first: str = ""  # what the first run says must be typed, where it makes no report
    ending: str = "csv"


_NCL = "ncl-icb-analytics/dbt-ncl-analytics, staging models of the Waiting List Minimum Data Set"
_TPP = "OpenSAFELY, ehrQL docs, schema raw.tpp (wl_openpathways)"
_EPIC = "HYLODE/HyUi, SQL on an Epic data warehouse (WaitingListEntryFact, SurgicalCaseFact)"
_R = "NHSRwaitinglist, sim_patients.R"
_T21 = "t21services21/T21-RTT-Validator, PTL guide and tracker"
_API = "NHSDigital/elective-waiting-list-api"
_PAS = "a PAS manual, Waiting List Procedures v2.12 (Portsmouth)"
_DD = "NHS Data Dictionary attribute names"
_WALES = "NHS Wales Data Dictionary, waiting times"
_SCOT = "Public Health Scotland, Waiting Times recording manual v5.1"

SHAPES = {
    "wlmds as an ICB sees it": Shape(_NCL, {
        "Week_Ending_Date": "snapshot", "Pseudo NHS_NUMBER": "person", "PATIENT_PATHWAY_IDENTIFIER": "id", "Waiting_List_Type": "irtt",
        "REFERRAL_TO_TREATMENT_PERIOD_START_DATE": "start", "ACTIVITY_TREATMENT_FUNCTION_CODE": "tfc", "ETHNIC_CATEGORY": "ethnicity",
        "PERSON_STATED_GENDER_CODE": "sex", "der_Age_WeekEndingDate": "age", "derLSOA2021": "lsoa", "Procedure_Priority_Code": "p"}),
    "opensafely": Shape(_TPP, {
        "Patient_ID": "person", "PSEUDO_PATIENT_PATHWAY_IDENTIFIER": "id", "REFERRAL_TO_TREATMENT_PERIOD_START_DATE": "start",
        "REFERRAL_TO_TREATMENT_PERIOD_END_DATE": "open", "Week_Ending_Date": "snapshot", "Waiting_List_Type": "irtt", "PRIORITY_TYPE_CODE": "rp",
        "ACTIVITY_TREATMENT_FUNCTION_CODE": "tfc"}),
    "nhs app": Shape(_API, {
        "PATIENT_PATHWAY_IDENTIFIER": "id", "ACTIVITY_TREATMENT_FUNCTION_CODE": "tfc",
        "REFERRAL_TO_TREATMENT_PERIOD_START_DATE": "start_time", "ReportingOrganisation": "org", "derWeekEnding": "snapshot"}),
    "a usual ptl": Shape(_T21, {
        "Hospital Number": "mrn", "NHS Number": "nhs", "Patient Name": "name", "DOB": "dob", "Postcode": "postcode", "Specialty": "tfc_name",
        "Consultant": "consultant", "RTT Clock Start": "start_uk", "Weeks Waiting": "weeks", "Priority Code": "p", "TCI Date": "tci"}),
    "a theatre list": Shape(_EPIC, {
        "PrimaryMrn": "mrn", "AgeInYears": "age", "PlacedOnWaitingListDate": "start", "DecidedToAdmitDate": "dta", "IntendedManagement": "im",
        "SurgicalService": "tfc_name", "Priority": "p_words", "Sex": "sex_words"}, (), "clock_start"),
    "simulated in r": Shape(_R, {
        "Referral": "start", "Removal": "blank", "Withdrawal": "blank", "Target_wait": "days", "Birth_Date": "dob_iso", "NHS_number": "nhs",
        "Specialty": "tfc_name", "OPCS": "opcs", "Consultant": "consultant"}, (), "clock_start"),
    "an excel tracker": Shape(_T21, {
        "Pathway Number": "id", "MRN": "mrn", "RTT Start Date": "start_uk", "Clock Status": "no", "Outcome": "blank", "Validation Date": "dta_uk",
        "Gender": "sex_words", "Ethnic Group": "ethnicity_words"}, ending="xlsx"),
    "a pas of the nineties": Shape(_PAS, {
        "UNIT NO": "mrn", "SURNAME": "name", "SEX": "sex_letter", "D.O.B": "dob", "POST CODE": "postcode", "WL DATE": "start_uk", "CONS": "consultant",
        "SPEC": "tfc", "URG": "rp_words"}, (), "clock_start"),
    "data dictionary names": Shape(_DD, {
        "PATIENT PATHWAY IDENTIFIER": "id", "ORGANISATION IDENTIFIER (CODE OF PROVIDER)": "org", "REFERRAL TO TREATMENT PERIOD START DATE": "start",
        "DECISION TO ADMIT DATE": "dta", "PRIORITY TYPE CODE": "rp", "PERSON STATED GENDER CODE": "sex", "ETHNIC CATEGORY": "ethnicity",
        "PERSON BIRTH DATE": "dob_iso", "POSTCODE OF USUAL ADDRESS": "postcode"}),
    "three columns": Shape("the least that a PTL can be", {"Patient": "mrn", "RTT start": "start_uk", "Specialty": "tfc_name"}),
    "two columns": Shape("less than that", {"Hospital No": "mrn", "Clock Start Date": "start"}),
    "an admitted ptl with p-codes": Shape(_T21, {
        "Pathway ID": "id", "Clock Start": "start_uk", "DTA Date": "dta_uk", "P Code": "p", "Age": "age", "Ethnicity": "ethnicity", "LSOA": "lsoa",
        "Learning Disability Flag": "flag"}),
    "priority in bare numbers": Shape(_T21, {
        "Pathway ID": "id", "Clock Start": "start_uk", "Priority": "rp", "Sex": "sex"}, (), "--columns 'Priority=priority'"),
    "scotland": Shape(_SCOT, {
        "CHI Number": "nhs", "Date Referral Received": "start_uk", "Data Zone 2011": "dz", "Ethnic Group": "ethnicity_words", "Specialty": "tfc_name",
        "Sex": "sex_words"}, (), "clock_start"),
    "wales": Shape(_WALES, {
        "Unit Number": "mrn", "Clock Start": "start_uk", "Date of Birth": "dob", "Gender": "sex", "Treatment Function": "tfc"}),
    "camel case": Shape(_EPIC, {
        "PathwayId": "id", "RttStartDate": "start", "DecisionToAdmitDate": "dta", "EthnicCategory": "ethnicity", "PatientPostcode": "postcode",
        "ProcedurePriority": "p", "TciDate": "tci"}),
    "a pivot with a title above": Shape(_T21, {
        "Pathway Number": "id", "RTT Start": "start_uk", "Gender": "sex_words", "Specialty Code": "tfc"}, ending="titled.csv"),
    "a deprivation decile of its own": Shape(_NCL, {
        "pathway": "id", "rtt clock start date": "start", "IMD Decile": "decile", "ethnic code": "ethnicity"}),
    "an outpatient list": Shape(_NCL, {
        "PATHWAY_ID": "id", "RTT_START": "start", "WL_TYPE": "ortt", "ETHNIC_ORIGIN": "ethnicity", "SEX": "sex"}),
    "semicolons and capitals": Shape(_PAS, {
        "PATHWAY NUMBER": "id", "CLOCK START DATE": "start_uk", "GENDER CODE": "sex", "HOSPITAL SITE": "site"}, ending="semi.csv"),
}  # fmt: skip


def written(name: str, folder: Path, rows: int = 240) -> Path:
    """Write an export of that shape and return its path."""
    shape = SHAPES[name]
    postcodes = pd.read_csv(sample_path("directory"), dtype=str).iloc[:, [0, 8]].to_numpy().tolist()
    table = pd.DataFrame(
        [
            {header: cell(kind, at, random.Random(f"{name} {at}"), postcodes) for header, kind in shape.headers.items()}
            for at in range(rows)
        ]
    )
    path = folder / f"{name.replace(' ', '_')}.{shape.ending.split('.')[-1]}"
    if shape.ending == "xlsx":
        table.to_excel(path, index=False)
    elif shape.ending == "titled.csv":
        path.write_text(f"Waiting list report\nRun by: somebody\n\n{table.to_csv(index=False)}", encoding="utf-8")
    else:
        table.to_csv(
            path,
            index=False,
            sep=";" if shape.ending == "semi.csv" else ",",
            encoding="cp1252" if "pas" in name else "utf-8",
        )
    return path


def cell(kind: str, at: int, chance: random.Random, homes: list[list[str]]) -> object:
    """Return an invented cell; all cells of a row draw the same lots, so that its dates agree."""
    start = DAY - dt.timedelta(days=chance.randrange(5, 600))
    home = chance.choice(homes)
    made = {
        "id": f"EQ-{at:06d}", "mrn": f"M{100_000 + at}", "person": f"X{at // 2}", "nhs": str(9_000_000_000 + at), "name": "INVENTED, Somebody",
        "start": start.isoformat(), "start_uk": f"{start:%d/%m/%Y}", "start_time": f"{start.isoformat()}T00:00:00", "weeks": (DAY - start).days // 7,
        "dta": (start + dt.timedelta(days=4)).isoformat(), "dta_uk": f"{start + dt.timedelta(days=4):%d/%m/%Y}", "open": "9999-12-31",
        "snapshot": DAY.isoformat(), "irtt": "IRTT", "ortt": "ORTT", "org": "RXX", "tfc": chance.choice(["100", "110", "120"]),
        "tfc_name": chance.choice(["General Surgery", "Urology", "ENT"]), "consultant": f"C{chance.randrange(9)}", "opcs": "W371",
        "ethnicity": chance.choice(["A", "A", "A", "H", "J", "N", "Z", "99", ""]),
        "ethnicity_words": chance.choice(["White British", "Pakistani", "Indian", "Not stated", ""]), "sex": chance.choice("12"),
        "sex_words": chance.choice(["Male", "Female"]), "sex_letter": chance.choice("MF"), "age": chance.randrange(1, 95), "lsoa": home[1],
        "dob": f"{chance.randrange(1, 28):02d}/{chance.randrange(1, 13):02d}/{chance.randrange(1935, 2020)}",
        "dob_iso": f"{chance.randrange(1935, 2020)}-0{chance.randrange(1, 10)}-1{chance.randrange(10)}", "postcode": home[0],
        "p": chance.choice(["P2", "P3", "P4", ""]), "p_words": chance.choice(["P2 - Urgent", "P3 - Soon", "P4 - Routine"]),
        "rp": chance.choice("123"), "rp_words": chance.choice(["Routine", "Urgent"]), "tci": "", "blank": "", "days": 84, "no": "No",
        "flag": chance.choice(["Y", "N"]), "im": "Inpatient", "dz": "S01006506", "decile": chance.randrange(1, 11), "site": chance.choice(["North", "South"]),
    }  # fmt: skip
    return made[kind]


def suggested(said: str) -> list[str]:
    """Return the first options that a message says to type."""
    found = re.findall(r"--columns '[^']*=[a-z_]*'|--all-are admitted", said.split("Do: ", 1)[1])
    return shlex.split(found[0]) if found else []


def _main() -> int:
    import contextlib
    import io
    import tempfile

    from equiwait.cli import main

    folder, failed = Path(tempfile.mkdtemp()), 0
    for name in SHAPES:
        path = written(name, folder)
        typed = ["report", str(path), "--snapshot", DAY.isoformat(), "--out", str(folder / f"{path.stem}-report")]
        out, said = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
            code = main(typed)
            more = suggested(said.getvalue()) if code else []
            if more:
                code = main([*typed, *more])
        failed += code != 0
        print(
            f"{name}: {'a report' if not code else f'NO REPORT (code {code})'}{' after ' + ' '.join(more) if more else ' at once'}; {out.getvalue().splitlines()[0][:60]}"
        )
    print(f"{len(SHAPES) - failed} of {len(SHAPES)} give a report")
    return failed


if __name__ == "__main__":
    sys.exit(_main())
