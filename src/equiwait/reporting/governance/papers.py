"""The five papers: what each says where something is known, and whom it asks where nothing is."""

from __future__ import annotations

from collections.abc import Sequence

from equiwait.errors import listed
from equiwait.fields import about
from equiwait.reporting.governance.hazards import hazards
from equiwait.reporting.governance.known import Known
from equiwait.reporting.governance.parts import Blank, Grid, Heading, Paper, Part, Text

__all__ = ["papers"]

_CHARACTERISTICS = {
    "Age": ("age", "age_band", "date_of_birth"),
    "Disability": ("learning_disability", "reasonable_adjustment", "disability"),
    "Gender reassignment": ("gender_identity", "gender_reassignment"),
    "Marriage and civil partnership": ("marital_status",),
    "Pregnancy and maternity": ("pregnancy", "pregnant"),
    "Race": ("ethnicity", "interpreter_needed", "main_language"),
    "Religion or belief": ("religion",),
    "Sex": ("sex",),
    "Sexual orientation": ("sexual_orientation",),
}
_ALSO = {
    "People who live in more deprived areas": ("imd_quintile", "imd_decile", "core20", "idaci_quintile"),
    "People of no fixed abode, and others without a linked address": ("link_status",),
    "Carers": ("carer",),
    "Looked-after children, and children with a protection plan": ("looked_after", "child_protection"),
}
_NOT_LAW = "This is not legal advice."


def papers(known: Known) -> list[Paper]:
    """Return the papers of a policy and of what is known about it."""
    return [_impact(known), _transparency(known), _hazard_log(known), _data_protection(known), _decision(known)]


def _opening(known: Known, what: str) -> list[Part]:
    policy = known.policy
    return [
        Text(f"{what} A draft to start from, made by equiwait from the policy “{policy.title}” (name {policy.name}, version {policy.version}, fingerprint {policy.fingerprint})."),
        Text(known.standing),
        Text("Boxes marked “to be written” are for a named person. What is marked “verify” we only recall: check it against the source before you rely on it."),
        *known.rule,
    ]  # fmt: skip


# --- equality and health inequalities impact assessment ----------------------------------------------------------------


def _impact(known: Known) -> Paper:
    return Paper(
        "impact-assessment",
        "Equality and health inequalities impact assessment",
        [
            *_opening(known, "What would this policy do to whom?"),
            Text(_NOT_LAW),
            Heading("1. What is proposed"),
            Text(known.policy.about or known.policy.title),
            known.lines(),
            known.promises(),
            Heading("2. Why: the gaps that are there today"),
            *(known.found("gaps") or [Blank("The analyst", "Which gaps are there today? Give governance() what disparities(…) returns.")]),
            Blank("The health inequalities lead", "What else is known: complaints, research, what people who wait have said."),
            Heading("3. Who would move"),
            Text("Somebody moves down for everybody who moves up. Read those who move down first."),
            *known.moves(),
            Heading("4. Each characteristic that the law protects, and others who are easily missed"),
            _characteristics(known, _CHARACTERISTICS, "Characteristics of the Equality Act 2010 (section 4: verify)"),
            _characteristics(known, _ALSO, "Others"),
            *known.reasons(),
            Blank(
                "The equality lead",
                "For each row: who could be disadvantaged, directly or indirectly; why it is proportionate, or what changes.",
                "Equality Act 2010, sections 13, 19, 29, 149 and 158, and the duties of NHS bodies on health inequalities",
            ),
            Heading("5. What is not known"),
            *(known.found("missing", "unknowns") or [Blank("The analyst", "What is not recorded about whom, and does it matter? Give what completeness(…) and unknowns(…) return.")]),
            Text("Groups whose numbers are hidden are small, not unaffected: somebody must think of them all the same."),
            Heading("6. Who was asked"),
            *known.consulted(),
            Blank("The engagement lead", "Who of those that move down has been asked, how, and what they said."),
            Heading("7. What follows"),
            Blank("The policy's owner", "What is done for those who would wait longer; what is watched, how often; what would make us stop."),
            Blank("The equality lead and the policy's owner", "Names, dates, and the next review. Until then this is a draft."),
        ],
    )  # fmt: skip


def _characteristics(known: Known, which: dict[str, tuple[str, ...]], caption: str) -> Grid:
    headings = ("Who", "Does the policy count it?", "What the numbers show", "Assessment (to be written)")
    rows = []
    for name, columns in which.items():
        read = [column for column in known.policy.reads if column in columns or _kin(column, columns)]
        counted = f"yes: {listed(read)}" if read else "no"
        rows.append((name, counted, known.by(*columns) or "not looked at, or not recorded", ""))
    return Grid(caption, headings, tuple(rows))


def _kin(column: str, columns: Sequence[str]) -> bool:
    """Whether a column is of the same kind as one of these, by the catalogue: such as an age under another name."""
    kinds = about(column) & {"disability", "age"}
    return bool(kinds) and any(kinds & about(each) for each in columns)


# --- algorithmic transparency record -------------------------------------------------------------------------------------


def _transparency(known: Known) -> Paper:
    policy = known.policy
    return Paper(
        "transparency-record",
        "Algorithmic transparency record",
        [
            *_opening(known, "What the tool is, said so that anybody can read it."),
            Heading("1. The tool"),
            Text(f"{policy.title}. {policy.about}".strip()),
            Blank("The policy's owner", "Organisation, team, senior responsible owner, and where people can write to."),
            Heading("2. What it does, and what it does not"),
            Text("It reads a waiting list and suggests an order of the people on it, with a reason for each place. It books nobody, removes nobody, and decides nothing: a person looks at each suggestion, may override it, and writes down why."),
            Text("It is a written rule, not a model that has learnt: the same list gives the same order."),
            Heading("3. How it decides"),
            *(Text(paragraph) for paragraph in policy.describe().split("\n\n")[1:]),
            Heading("4. Data"),
            known.columns(),
            Heading("5. What it does to whom"),
            *known.moves(),
            *known.losers(),
            Heading("6. People in the loop"),
            Blank("The policy's owner", "Who looks at each suggested place, how they are trained, how overrides are recorded and looked at."),
            Blank("The policy's owner", "How somebody who waits can learn of this, ask why, and object."),
            Heading("7. Risks, and what else was considered"),
            Text("The hazard log and the data protection paper stand beside this one."),
            Blank("The policy's owner", "What other ways were considered, and why this one; how it was tested on earlier lists."),
            Blank(
                "The information governance lead",
                "Must this record be published, where, and in which template?",
                "the Algorithmic Transparency Recording Standard and its current template; whether it binds your organisation",
            ),
        ],
    )  # fmt: skip


# --- hazard log ------------------------------------------------------------------------------------------------------------


def _hazard_log(known: Known) -> Paper:
    return Paper(
        "hazard-log",
        "Hazard log: a start",
        [
            *_opening(known, "What could go wrong for somebody who waits."),
            Text("No clinical-safety assurance has been done. Severity and likelihood are not ours to judge: the columns are empty."),
            hazards(known.policy),
            Blank(
                "The clinical safety officer",
                "Is this use in scope of the clinical risk standards, who is the manufacturer, who deploys, and where is the safety case?",
                "DCB0129 and DCB0160, their scope and what replaces them",
            ),
            Blank("The clinical safety officer", "Severity, likelihood, owner and date for each hazard, and those that are missing here."),
        ],
    )  # fmt: skip


# --- data protection ---------------------------------------------------------------------------------------------------------


def _data_protection(known: Known) -> Paper:
    return Paper(
        "data-protection",
        "Data protection: a start for the impact assessment",
        [
            *_opening(known, "Which personal data, for what, and which questions must be answered first."),
            Text(_NOT_LAW),
            Heading("1. What is done with the data"),
            Text("The list is read on a computer of the organisation; nothing is sent anywhere, and no copy is kept but the files that are written. The ordered list is patient-level and stays in the team; reports hold counts in which small numbers are hidden."),
            known.columns(),
            Heading("2. Questions, each for a named person"),
            Blank(
                "The data protection officer",
                "Automated decisions: does anybody rely on the order alone? If a person decides, is that review meaningful: time, information, power to differ?",
                "UK GDPR Articles 22A to 22D as the Data (Use and Access) Act 2025 has them, and the stricter rules for health data",
            ),
            Blank(
                "The Caldicott Guardian",
                "The national data opt-out: is this individual care, or planning to which it applies? Which parts are which?",
                "the national data opt-out policy",
            ),
            Blank(
                "The clinical safety officer and the regulatory lead",
                "Is it a medical device? It suggests an order of people for care; it does not diagnose.",
                "the MHRA's guidance on software as a medical device",
            ),
            Blank("The data protection officer", "Lawful basis, and the condition for health data.", "UK GDPR Articles 6 and 9; the Data Protection Act 2018, Schedule 1"),
            Blank("The data protection officer", "Is a data protection impact assessment required (it is likely: health data, many people, ranking), and is it done?", "UK GDPR Article 35"),
            Blank("The information governance lead", "Who can open the ordered list, for how long it is kept, how it is destroyed; the privacy notice; the record of processing."),
            Heading("3. How little is used"),
            Text("Nobody's ethnicity or other characteristic is inferred. An area stands for where somebody lives, not for how they live. What the policy does not read is not in the ordered list, but for what is needed to find a pathway."),
            *known.reasons(),
        ],
    )  # fmt: skip


# --- decision record -------------------------------------------------------------------------------------------------------------


def _decision(known: Known) -> Paper:
    approval = known.policy.approval
    return Paper(
        "decision-record",
        "Decision record",
        [
            *_opening(known, "What is to be decided, who was asked, and who would wait longer."),
            Heading("1. The question"),
            Text(f"Shall the order of the waiting list follow “{known.policy.title}”?"),
            known.promises(),
            Heading("2. Who would wait longer"),
            *known.losers(),
            Heading("3. Who would move, in all"),
            *(known.found("movement") or [Text("Not known: no result about who moves was given.")]),
            *known.found("order"),
            Heading("4. What is not known"),
            *(known.found("unknowns") or [Text("Not known: no result about what missing records could change was given.")]),
            Heading("5. Who was asked"),
            *known.consulted(),
            Blank("The policy's owner", "Who of those that would wait longer was asked, and what they said; who disagrees, and why."),
            Heading("6. What else could be done"),
            Blank("The policy's owner", "More theatre time, support to attend, better records, or no change: what each would do, and why it was or was not chosen."),
            Heading("7. The decision"),
            Blank("The board or the committee that decides", "Decided: yes, no, or with changes; by whom, on which day; for which fingerprint."),
            Blank("The board or the committee that decides", f"Review on which day{f' (the file says {approval.review})' if approval else ''}, by what numbers, and what would make us stop."),
        ],
    )  # fmt: skip
