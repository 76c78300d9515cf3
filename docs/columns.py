"""Writes reference/columns.md from the catalogue; a test holds the page to it. Run: python docs/columns.py"""

from pathlib import Path

from equiwait.fields import FIELDS, Field

PAGE = Path(__file__).parent / "reference" / "columns.md"
KINDS = {
    "code": "code",
    "text": "text",
    "date": "date",
    "whole": "whole number",
    "number": "number",
    "flag": "yes or no",
}
INTRO = """# Columns

Headers are matched without regard to case, spaces, underscores and hyphens; `columns={"Your header": "name"}` maps the
rest, and columns of your own are passed through, without marks that nobody sees. Coded columns are categories (`invalid`
for a cell that is no code), dates are `datetime64[s]`, whole numbers `Int32`, yes-or-no columns `boolean`, text `str`. A
blank is always missing, never *no*, unless `blank_means=` says so.

A deprivation column that the list already has is read and checked like any other: out of range (0, 11, 99) is invalid.
What makes a cell a code, and which code lists there are, is told in [What a cell means](../explanation/what-a-cell-means.md).

`read_list` also adds `scope`, `days_waiting`, `weeks_waiting`, `row_problems`, and `age_band` where an age is known.

| Column | Kind | Meaning | Also known as |
| --- | --- | --- | --- |
"""


def marks(field: Field) -> str:
    """Return what the catalogue says of the law, of society and of secrecy."""
    protected = {"proxy": "close proxy of a protected characteristic", "": ""}.get(field.protected, "protected")
    said = [protected, "social" if field.social else "", "sensitive" if field.sensitive else ""]
    return f" *({', '.join(filter(None, said))})*" if any(said) else ""


def page() -> str:
    """Return the page."""
    rows = [
        f"| `{each.name}` | {KINDS[each.kind]} | {each.meaning}{marks(each)} "
        f"| {', '.join(f'`{alias}`' for alias in each.aliases)} |"
        for each in FIELDS.values()
    ]
    codes = [
        f"\n## Codes of {each.name}\n\n" + "\n".join(f"- `{code}` {label}" for code, label in each.codes.items())
        for each in FIELDS.values()
        if each.codes
    ]
    return INTRO + "\n".join(rows) + "\n" + "\n".join(codes) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
