"""A headless Chromium, and the pages that it opens. Where there is none the tests skip, saying so, unless it is required."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conftest import SHARED
from reporting.browser.pages import page_of

_ALONE = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
    "--disable-sync", "--disable-default-apps", "--hide-scrollbars",
)  # fmt: skip


def _absent(what: str) -> None:
    if os.environ.get("EQUIWAIT_REQUIRE_BROWSER"):
        pytest.fail(f"a browser is required here, and there is no {what}")
    pytest.skip(f"no {what}: pages are not looked at in a browser")


class Browser:
    """What the tests ask of Chromium."""

    def __init__(self, driver: Any, axe: str) -> None:
        self.driver, self.axe = driver, axe

    def open(
        self, page: Path, *, width: int = 1280, height: int = 960, scale: float = 1, dark: bool = False, media: str = ""
    ) -> Browser:
        size = {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": False}
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        look = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": look, "media": media})
        self.driver.get(page.as_uri())
        return self

    def ask(self, script: str, *given: Any) -> Any:
        return self.driver.execute_script(script, *given)

    def unfold(self) -> Browser:
        self.ask("document.querySelectorAll('details').forEach(each => each.open = true)")
        return self

    def violations(self) -> list[str]:
        """What axe finds, in words."""
        self.ask(self.axe)
        self.driver.set_script_timeout(120)
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(all => done(all.violations))"
        )
        return [f"{each['id']}: {each['help']} ({each['nodes'][0]['html'][:160]})" for each in found]

    def requests(self) -> list[str]:
        """Every address that was asked for since the last time."""
        entries = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [each["params"]["request"]["url"] for each in entries if each["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def printed(self) -> bytes:
        import base64

        made = self.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": False})
        return base64.b64decode(made["data"])


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if importlib.util.find_spec("selenium") is None or importlib.util.find_spec("axe_core_python") is None:
        _absent('selenium or axe-core-python (pip install -e ".[browser]")')
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if chromium is None or chromedriver is None:
        _absent("Chromium" if chromium is None else "chromedriver")
    import axe_core_python
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(chromium)
    for each in _ALONE:
        options.add_argument(each)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(chromedriver)))
    axe = (Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8")
    yield Browser(driver, axe)
    driver.quit()


NAMES = ("children", "short", *(("adult", "wlmds", "national") if os.environ.get("EQUIWAIT_EVERY_PAGE") else ()))
"""Of every push a sample and a short list; with EQUIWAIT_EVERY_PAGE=1 the other samples and England's list too."""


class Pages(dict[str, Path]):
    """The pages by name, each made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __missing__(self, name: str) -> Path:
        national = SHARED / "data" / "waiting_lists" / "WLMDS-Demographics-Summary-to-25-January-2025-v1.xlsx"
        if name == "national" and not national.is_file():
            pytest.skip("reference files absent: England's list")
        self[name] = page_of(name, self.folder, str(national))
        return self[name]


@pytest.fixture(scope="session")
def pages(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Pages:
    """Only where there is a browser."""
    return Pages(tmp_path_factory.mktemp("pages"))


@pytest.fixture(params=NAMES)
def page(request: pytest.FixtureRequest, pages: Pages) -> Path:
    return pages[request.param]
