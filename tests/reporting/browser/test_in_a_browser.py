"""A report in headless Chromium: it stays at home, everyone can read it, and its first screen and page say it all."""

from __future__ import annotations

import io

import pandas as pd
import pytest

import equiwait as ew
from equiwait.results import Chart

WORDS_SMALLER_THAN = """
const limit = arguments[1], small = [];
for (const each of document.querySelector(arguments[0]).querySelectorAll('*')) {
  const own = [...each.childNodes].some(node => node.nodeType === 3 && node.textContent.trim());
  if (own && each.getClientRects().length && parseFloat(getComputedStyle(each).fontSize) < limit) small.push(each.textContent.trim().slice(0, 40));
}
return small;
"""
OVERPRINTED = """
const found = [];
for (const picture of document.querySelectorAll('svg')) {
  const words = [...picture.querySelectorAll('text')].map(each => [each.textContent, each.getBoundingClientRect()]);
  words.forEach(([one, a], at) => words.slice(at + 1).forEach(([other, b]) => {
    if (a.width && b.width && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1) found.push(one + ' | ' + other);
  }));
}
return found;
"""
OUT_OF_SIGHT = """
return [...document.querySelectorAll('svg text, .tracks td, .tracks th, .heat td, p, li, summary')].filter(each => {
  const box = each.getBoundingClientRect();
  return box.width && (box.right > innerWidth + 1 || box.left < -1) && !each.closest('.scroll') && !each.closest('.skip') && !each.closest('thead');
}).map(each => each.textContent.slice(0, 40));
"""


LETTER_BY_LETTER = """
return [...document.querySelectorAll('.answers caption, h2, h3, summary')].filter(each => each.textContent.trim().length > 20 && each.getClientRects().length
  && each.getBoundingClientRect().width < 100).map(each => each.textContent.slice(0, 40));
"""


def test_no_request_leaves_the_file_and_nothing_complains(browser, page):
    browser.requests(), browser.complaints()
    browser.open(page).unfold()
    assert browser.requests() == [page.as_uri()]
    assert browser.complaints() == []


@pytest.mark.parametrize(("dark", "media"), [(False, ""), (True, ""), (False, "print")], ids=["light", "dark", "print"])
def test_axe_finds_nothing(browser, page, dark, media):
    assert browser.open(page, dark=dark, media=media).violations() == []


@pytest.mark.parametrize(("dark", "media"), [(False, ""), (True, ""), (False, "print")], ids=["light", "dark", "print"])
def test_axe_finds_nothing_in_any_picture(browser, pages, dark, media):
    assert browser.open(pages["pictures"], dark=dark, media=media).unfold().violations() == []


@pytest.mark.parametrize(("width", "scale"), [(320, 1), (640, 2)], ids=["320 px", "200% zoom"])
def test_nothing_lies_sideways_and_pictures_are_redrawn_not_shrunk(browser, pages, page, width, scale):
    for each in (page, pages["pictures"]):
        browser.open(each, width=width, scale=scale).unfold()
        assert browser.ask("return document.documentElement.scrollWidth") <= width
        assert browser.ask(WORDS_SMALLER_THAN, "main", 14) == []
        assert browser.ask(OVERPRINTED) == []
        assert browser.ask(OUT_OF_SIGHT) == []
        assert browser.ask(LETTER_BY_LETTER) == []


def test_the_front_page_fits_one_screen_in_words_that_can_be_read_with_nothing_to_click(browser, page):
    browser.open(page)
    assert browser.ask("return document.querySelector('.front').getBoundingClientRect().bottom") <= 960
    assert browser.ask(WORDS_SMALLER_THAN, ".front", 16) == []
    assert browser.ask("return document.querySelectorAll('.front button, .front details, .front input').length") == 0
    assert browser.ask("return document.documentElement.scrollHeight") < 8 * 960


def test_the_front_page_is_the_first_a4_page_when_printed(browser, page):
    pypdf = pytest.importorskip("pypdf")
    book = pypdf.PdfReader(io.BytesIO(browser.open(page).printed()))
    first, second = (" ".join(each.extract_text().split()) for each in book.pages[:2])
    width, height = (round(float(each) / 72 * 25.4) for each in book.pages[0].mediabox[2:])
    assert (width, height) == (210, 297)
    for said in (
        "What we do not know",
        "Who would move, who would lose",
        "A question for the board",
        "What people who wait say",
    ):
        assert said in first
    assert "Gaps between groups" not in first.replace("Gaps between groups:", "")
    heading = "In-team, not for release: small numbers are shown. "  # of every sheet of such a page
    assert second.removeprefix(heading).startswith("Gaps between groups")


def test_a_page_is_small(page):
    assert page.stat().st_size < 400_000


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_no_picture_overprints_its_words(browser, pages, dark, width):
    browser.open(pages["pictures"], width=width, dark=dark).unfold()
    assert browser.ask(OVERPRINTED) == []


MARKS = """
const number = said => { const part = (said || '').replace('−', '-').match(/-?\\+?[\\d,.]+/); return part && parseFloat(part[0].replace(',', '').replace('+', '')); };
const rows = [];
for (const table of document.querySelectorAll('.tracks')) {
  const ticks = [...table.querySelectorAll('thead text')].map(each => {
    const box = each.getBoundingClientRect(); return [number(each.textContent), box.left + box.width / 2];
  });
  for (const row of table.tBodies[0].rows) {
    const mark = [...row.querySelectorAll('.track .dot, .track .ring')].at(-1);
    const zero = row.querySelector('.track .zero');
    if (!mark) { rows.push([row.cells[0].textContent, null, null, row.querySelector('.hidden') !== null, row.querySelector('.said').textContent]); continue; }
    const box = mark.getBoundingClientRect();
    rows.push([row.cells[0].textContent, number(row.querySelector('.said').textContent.split('→').at(-1)), box.left + box.width / 2, ticks,
               zero && zero.getBoundingClientRect().left]);
  }
}
return rows;
"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_marks_stand_where_their_numbers_are(browser, pages, dark):
    """Where a dot is on the page, measured against the printed ticks, is the number that is printed beside it."""
    rows = browser.open(pages["pictures"], dark=dark).unfold().ask(MARKS)
    drawn = [row for row in rows if row[2] is not None]
    assert len(drawn) >= 12
    for name, value, at, ticks, _ in drawn:
        if value is None:  # the reference, on the line of no gap
            value = 0.0
        (low, left), (high, right) = ticks[0], ticks[-1]
        assert at == pytest.approx(left + (value - low) / (high - low) * (right - left), abs=1.5), name
    veiled = [row for row in rows if row[2] is None and row[4].startswith("hidden")]
    assert veiled
    assert all(row[3] for row in veiled), "hidden is drawn as hidden"


def test_colours_change_in_the_dark_and_marks_can_be_told_from_the_ground(browser, pages):
    seen = {}
    for dark in (False, True):
        browser.open(pages["pictures"], dark=dark).unfold()
        seen[dark] = browser.ask(
            "const of = (name, what) => getComputedStyle(document.querySelector(name))[what];"
            "return [of('body', 'backgroundColor'), of('svg circle.dot', 'fill'), of('svg .zero', 'stroke'), of('svg .line.two', 'stroke')]"
        )
    for ground, *marks in seen.values():
        assert all(_contrast(ground, mark) >= 3 for mark in marks)
    assert seen[False] != seen[True]


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_chart_without_html_of_its_own_stands_on_white_with_words_that_can_be_read(browser, tmp_path, dark):
    class Mine(ew.Result):
        section = "time"

        def charts(self):
            return [
                Chart("mine", "Mine", "words", lambda ax: (ax.plot([1, 2]), ax.set_xlabel("weeks"), ax)[2], self.table)
            ]

    page = ew.report(
        Mine("Mine", pd.DataFrame({"group": ["A"], "n": [10.0]})), to=tmp_path / "mine.html", allow_unsuppressed=True
    )
    colours = browser.open(page, dark=dark).ask(
        "return [...document.querySelectorAll('.sheet text')].map(each => getComputedStyle(each).fill)"
    )
    ground = browser.ask("return getComputedStyle(document.querySelector('.sheet')).backgroundColor")
    assert len(colours) > 5
    assert ground == "rgb(255, 255, 255)"
    assert all(_contrast(ground, colour) >= 4.5 for colour in colours)


def _contrast(one: str, other: str) -> float:
    low, high = sorted(_luminance([int(part) / 255 for part in each[4:-1].split(",")]) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


def _luminance(parts: list[float]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
