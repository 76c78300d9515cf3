"""Make a fairness report on a waiting list in a spreadsheet.

How to use it
-------------
Windows: drag your spreadsheet onto "Report on a spreadsheet.bat", in this folder.
Anywhere: type  python report_on_a_spreadsheet.py  and then the spreadsheet's name.

It asks which day the list describes, shows how it understood each heading, and puts a folder with the report beside
your spreadsheet. Nothing leaves this computer, and your spreadsheet is not changed.

Three lines are yours to change:
"""

from __future__ import annotations

import sys
import webbrowser
from pathlib import Path

import equiwait as ew

DIRECTORY = "directory"  # the postcode directory: its name in the places folder, or the path of an .equiwait file
INDEX = "imd2025"  # the index of deprivation: likewise
POLICY = "england_default"  # the policy for the order: the name of a preset, or the path of a file; "" for no order


def main() -> int:
    """Ask, check, and make the report; say in plain words whatever stands in the way."""
    code = 2
    try:
        code = make_report(ask_for_the_list())
    except ew.EquiwaitError as error:
        print(error, file=sys.stderr)
    except (EOFError, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
    except Exception as error:  # nothing of the list may travel in a message that we did not write
        print(f"Something went wrong that should not ({type(error).__name__}).", file=sys.stderr)
    if code:
        print("\nThe report could not be made. Your spreadsheet is as it was.")
    wait_for_enter("\nPress Enter to close.")
    return code


def ask_for_the_list() -> Path:
    """Return the spreadsheet that was dragged here, or ask for it."""
    given = sys.argv[1] if len(sys.argv) > 1 else input("Which spreadsheet? ")
    return Path(given.strip().strip('"'))


def make_report(source: Path) -> int:
    """Read, link, order, measure, write."""
    show_headings(source)
    snapshot = input("\nWhich day does the list describe? (year-month-day, such as 2026-10-31) ").strip()
    waiting = ew.read_list(source, snapshot=snapshot)
    waiting = ew.flag_missing(link(waiting))
    policy, waiting = put_in_order(waiting)
    results = [ew.disparities(waiting), ew.completeness(waiting), ew.check_list(waiting)]
    folder = source.with_name(f"{source.stem} - report of {snapshot}")
    files = ew.outputs(
        *results, to=folder, waiting=waiting, policy=policy, sources={"list": source}, title="Is the wait fair?"
    )
    print(f"\nDone. The folder {folder.name!r} beside your spreadsheet holds:")
    for file in files:
        print(f"  {file.relative_to(folder)}")
    print(
        "Files with IN-TEAM in their names hold patients' details and stay in the team. The others hide small numbers."
    )
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


def link(waiting):  # a pandas table in, the same table with areas and deprivation out
    """Join postcodes to areas and deprivation, where both have been set up on this computer."""
    ready = [Path(one).exists() or one in set(ew.list_places()["name"]) for one in (DIRECTORY, INDEX)]
    if all(ready):
        return ew.link_deprivation(waiting, directory=DIRECTORY, index=INDEX)
    print("\nThe report will not look at deprivation: the postcode directory or the index is not set up here.")
    print("How to set them up, once: type  equiwait places list  and follow what it says.")
    return waiting


def put_in_order(waiting):
    """Put the list in its suggested order, where it holds what the policy needs."""
    if not POLICY:
        return None, waiting
    policy = ew.Policy.load(POLICY) if Path(POLICY).exists() else ew.Policy.preset(POLICY)
    problem = ""
    try:
        return policy, ew.score(waiting, policy)
    except ew.EquiwaitError as error:
        problem = str(error)
    print(f"\nThe list is not put in order.\n{problem}")
    return None, waiting


def wait_for_enter(words: str) -> None:
    """Wait, if somebody is there to press a key."""
    if sys.stdin.isatty():
        input(words)


if __name__ == "__main__":
    sys.exit(main())
