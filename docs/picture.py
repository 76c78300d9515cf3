"""Take the README's picture again, of the demo's own report: `python docs/picture.py`. Needs Chromium (or Chrome)."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from equiwait.cli import main

PICTURE = Path(__file__).resolve().parent / "demo-report.png"
SIZE = "1280,960"


def take(picture: Path = PICTURE) -> Path:
    """Run the demo, open its report in a browser without a window, and save the first screen."""
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if browser is None:
        raise SystemExit("There is no Chromium here.")
    with tempfile.TemporaryDirectory() as folder:
        if main(["demo", "--out", f"{folder}/demo"]):
            raise SystemExit("The demo did not run.")
        command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--window-size={SIZE}"]
        page = (Path(folder) / "demo" / "report.html").as_uri()
        profile = f"--user-data-dir={folder}/profile"
        subprocess.run([*command, profile, f"--screenshot={picture}", page], check=True, capture_output=True)
    return picture


if __name__ == "__main__":
    take()
