"""Writes the JSON Schemas into the package from the code, and into the docs; tests hold both to it.

Run: python docs/schemas.py
"""

import json
from pathlib import Path

from equiwait.rows.scoring.schemas import made

ROOT = Path(__file__).parents[1]
FOLDERS = (ROOT / "src" / "equiwait" / "schemas", ROOT / "docs" / "schemas")
NAMES = ("policy", "record", "score")


def text_of(name: str) -> str:
    """Return a schema as the text of its file."""
    return json.dumps(made(name), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    for name in NAMES:
        for folder in FOLDERS:
            (folder / f"{name}.json").write_text(text_of(name), encoding="utf-8")
