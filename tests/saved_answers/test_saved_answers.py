"""What the front door answers on the bundled samples is what was saved: a change that means to change none is seen.

Where an answer is meant to change: ``cd tests && python -m saved_answers.answers``, read the difference, and say why in the
commit. Saved on the pandas that the project's speed is promised on; an older one spells some columns differently.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from saved_answers.answers import HERE, SAMPLES, as_text


@pytest.mark.skipif(pd.__version__ < "3", reason="saved on pandas 3: older ones print some columns differently")
@pytest.mark.parametrize("sample", SAMPLES)
def test_answers_are_as_saved(sample: str) -> None:
    saved = {file.stem: file.read_text(encoding="utf-8") for file in (Path(HERE) / sample).glob("*.csv")}
    found = {name.replace(" ", "_"): text for name, text in as_text(sample).items()}
    assert sorted(found) == sorted(saved)
    differ = [name for name in sorted(found) if found[name] != saved[name]]
    assert not differ, f"answers of {sample} that changed: {', '.join(differ)}"
