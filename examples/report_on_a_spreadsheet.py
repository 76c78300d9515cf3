"""Make a fairness report on a waiting list in a spreadsheet.

How to use it
-------------
Windows: drag your spreadsheet onto "Report on a spreadsheet.bat", in this folder.
Anywhere: type  python report_on_a_spreadsheet.py  and answer the questions. Where nobody is there to answer, give both
answers at once:  python report_on_a_spreadsheet.py "sample/adult_ptl.csv" 31/10/2026

It asks which day the list describes, shows how it understood each heading, and puts a folder with the report beside
your spreadsheet. Nothing leaves this computer, and your spreadsheet is not changed.

Deprivation: a postcode directory and an index that you have set up with  equiwait places build  are used; so are files
called directory.csv and index.csv beside your spreadsheet, as in the folder "sample". A policy.toml beside it is the policy.

Three lines are yours to change:
"""

from __future__ import annotations

import datetime as dt
import sys
import webbrowser
from pathlib import Path

import equiwait as ew

DIRECTORY = "directory"  # the postcode directory: its name in the places folder, or the path of a file
INDEX = "imd2025"  # the index of deprivation: likewise
POLICY = "england_default"  # the policy for the order: the name of a preset, or the path of a file; "" for no order

WAYS_TO_WRITE_A_DAY = ("%d/%m/%Y", "%Y-%m-%d", "%d-%m-%Y", "%d.%m.%Y", "%d/%m/%y", "%d %b %Y", "%d %B %Y")


def main() -> int:
    """Ask, check, and make the report; say in plain words whatever stands in the way."""
    code, given = 2, iter(sys.argv[1:])
    try:
        source = ask_for_the_list(next(given, ""))
        code = make_report(source, ask_for_the_day(next(given, "")))
    except ew.EquiwaitError as error:
        print(f"\n{error}")
    except EOFError:
        print(
            '\nNobody is there to answer. Type both at once: python report_on_a_spreadsheet.py "list.xlsx" 31/10/2026'
        )
    except KeyboardInterrupt:
        print("\nStopped.")
    except Exception as error:  # nothing of the list may travel in a message that we did not write
        print(f"\nSomething went wrong that should not ({type(error).__name__}).")
    if code:
        print("\nThe report could not be made. Your spreadsheet is as it was.")
    wait_for_enter("\nPress Enter to close.")
    return code


def ask_for_the_list(given: str) -> Path:
    """Return the spreadsheet that was dragged here, or ask until there is one whose headings can be read."""
    while True:
        source = Path((given or input("Which spreadsheet? ")).strip().strip('"'))
        problem = "" if source.is_file() else f"There is no file {source.name!r} at that place."
        try:
            if not problem:
                show_headings(source)
                return source
        except ew.EquiwaitError as error:
            problem = str(error)
        print(f"\n{problem}\nTry another, or close this window.")
        given = ""


def ask_for_the_day(given: str) -> str:
    """Return the day that the list describes, asking until it is one."""
    while True:
        typed = (given or input("\nWhich day does the list describe? (such as 31/10/2026) ")).strip()
        for way in WAYS_TO_WRITE_A_DAY:
            try:
                day = dt.datetime.strptime(typed, way).date()
            except ValueError:
                continue
            print(f"The list is read as of {day.day} {day:%B %Y}.")
            return day.isoformat()
        print("That is not a day that can be read. Type day/month/year, such as 31/10/2026.")
        given = ""


def make_report(source: Path, snapshot: str) -> int:
    """Read, link, order, measure, write."""
    waiting = ew.read_list(source, snapshot=snapshot)
    waiting = ew.flag_missing(link(waiting, source))
    policy, waiting = put_in_order(waiting, source)
    results = [ew.disparities(waiting), ew.completeness(waiting), ew.check_list(waiting)]
    results += [*does_it_matter(waiting), *who_moves(waiting, policy)]
    folder = source.with_name(f"{source.stem} - report of {snapshot}")
    files = ew.outputs(
        *results, to=folder, waiting=waiting, policy=policy, sources={"list": source}, title="Is the wait fair?"
    )
    print(f"\nDone. The folder {folder.name!r} beside your spreadsheet holds:")
    for file in files:
        print(f"  {file.resolve().relative_to(folder.resolve())}")
    print(
        "Files with IN-TEAM in their names hold patients' details and stay in the team. The others hide small numbers."
    )
    if somebody_is_there():
        webbrowser.open(files[0].resolve().as_uri())
    return 0


def show_headings(source: Path) -> None:
    """Say how each heading was understood, and let the user stop."""
    understood = ew.headings(source)
    print(f"\nThis is how the headings of {source.name} are understood:\n")
    for row in understood.itertuples():
        print(f"  {row.heading:<40} {row.meaning or '(kept, not used)'}")
    print("\nIf one is wrong, close this window, change the heading in a copy of the spreadsheet, and start again.")
    wait_for_enter("If all is well, press Enter.")


def link(waiting, source: Path):  # a pandas table in, the same table with areas and deprivation out
    """Join postcodes to areas and deprivation: by the files beside the spreadsheet, or by what is set up here."""
    beside = [source.with_name("directory.csv"), source.with_name("index.csv")]
    if all(file.is_file() for file in beside):
        return ew.link_deprivation(waiting, directory=beside[0], index=beside[1])
    ready = [Path(one).exists() or one in set(ew.list_places()["name"]) for one in (DIRECTORY, INDEX)]
    if all(ready):
        return ew.link_deprivation(waiting, directory=DIRECTORY, index=INDEX)
    print("\nThe report will not look at deprivation: the postcode directory or the index is not set up here.")
    print("How to set them up, once: type  equiwait places list  and follow what it says.")
    return waiting


def put_in_order(waiting, source: Path):
    """Put the list in its suggested order, where it holds what the policy needs."""
    beside = source.with_name("policy.toml")
    chosen = str(beside) if beside.is_file() else POLICY
    if not chosen:
        return None, waiting
    problem = ""
    try:
        policy = ew.Policy.load(chosen) if Path(chosen).exists() else ew.Policy.preset(chosen)
        return policy, ew.score(waiting, policy)
    except ew.EquiwaitError as error:
        problem = str(error)
    print(f"\nThe list is not put in order.\n{problem}")
    return None, waiting


def does_it_matter(waiting) -> list:
    """Return whether the people who are not recorded could change the gaps, where there is anything to say."""
    groups = [name for name in ("imd_quintile", "ethnicity", "sex") if name in waiting]
    try:
        return [ew.unknowns(waiting, groups, measure="over_18_weeks")] if groups else []
    except ew.EquiwaitError:
        return []  # nobody is recorded: the report says so


def who_moves(waiting, policy) -> list:
    """Return who moves because of what the policy counts beside urgency and the wait, where it counts anything."""
    if policy is None or not policy.equity_lines:
        return []
    groups = [name for name in ("imd_quintile", "ethnicity", "sex") if name in waiting]
    return [ew.displacement(waiting, by=groups, policy=policy)]


def somebody_is_there() -> bool:
    """Whether this runs in a window with a keyboard, rather than from a program or overnight."""
    return sys.stdin is not None and sys.stdin.isatty()


def wait_for_enter(words: str) -> None:
    """Wait, if somebody is there to press a key."""
    if somebody_is_there():
        input(words)


if __name__ == "__main__":
    sys.exit(main())
