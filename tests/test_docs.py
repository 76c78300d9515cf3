"""The docs say what the code says."""

from __future__ import annotations

import re
import runpy
import shlex

import pytest

import equiwait.errors as errors
from equiwait.reporting.glossary import TERMS
from equiwait.samples import write_examples
from equiwait.samples.example_files import SAMPLES


def test_every_error_has_a_heading(root):
    page = (root / "docs" / "how-to" / "errors.md").read_text(encoding="utf-8")
    for name in errors.__all__:
        kind = getattr(errors, name)
        assert f"\n## {kind.heading}\n" in page, f"{name} has no heading in docs/how-to/errors.md"
        section = page.split(f"\n## {kind.heading}\n")[1].split("\n## ")[0]
        assert f"`{name}`" in section


def test_the_tree_of_errors_is_the_same_in_code_and_docs(root):
    page = (root / "docs" / "how-to" / "errors.md").read_text(encoding="utf-8")
    for name in errors.__all__:
        kind = getattr(errors, name)
        for parent in kind.__mro__[1:]:
            if (
                parent.__module__ == "builtins"
                and name != "EquiwaitError"
                and parent not in (Exception, BaseException, object)
            ):
                assert re.search(rf"{name}\s+{parent.__name__}", page)
                assert re.search(rf"{name}\s+{parent.__name__}", errors.__doc__)
                break


def test_the_page_of_columns_is_current(root):
    made = runpy.run_path(str(root / "docs" / "columns.py"))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run: python docs/columns.py"


def test_the_page_of_statistics_says_which_of_them_the_library_uses(root):
    made = runpy.run_path(str(root / "docs" / "functions.py"))
    assert made["PAGE"].read_text(encoding="utf-8") == made["page"](), "run: python docs/functions.py"


@pytest.mark.parametrize("line", ["from equiwait import statistics as st", "import equiwait.statistics"])
def test_statistics_that_are_not_imported_by_name_are_not_passed_over(root, tmp_path, line):
    imported = runpy.run_path(str(root / "docs" / "functions.py"))["imported"]
    (tmp_path / "answers").mkdir()
    (tmp_path / "answers" / "one.py").write_text(
        "from equiwait.statistics import (\n    wilson,\n    koopman as k,\n)\n"
    )
    assert imported(tmp_path) == {"wilson", "koopman"}
    (tmp_path / "answers" / "two.py").write_text(line + "\n")
    with pytest.raises(ValueError, match="by name"):
        imported(tmp_path)


def test_links_in_markdown_lead_somewhere(root):
    pages = [root / "README.md", root / "CONTRIBUTING.md", *(root / "docs").rglob("*.md")]
    broken = []
    for page in pages:
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if not re.match(r"[a-z]+:", target) and not (page.parent / target).exists():
                broken.append(f"{page.name}: {target}")
    assert not broken


def test_the_glossary_says_of_each_term_what_the_report_says(root):
    entries = re.sub(r"\s+", " ", (root / "docs" / "glossary.md").read_text(encoding="utf-8"))
    assert [name for name, (_, means) in TERMS.items() if not re.search(rf"\*\*: {re.escape(means)}", entries)] == []


def test_how_to_read_takes_the_sentence_apart_that_the_tutorial_runs(root):
    """The tutorial's sentence is run by doctest; the numbers of the other page are its numbers."""
    tutorial = (root / "docs" / "tutorials" / "first-report.md").read_text(encoding="utf-8")
    (sentence,) = re.findall(r"^By IMD .*$", tutorial, flags=re.MULTILINE)
    page = (root / "docs" / "explanation" / "how-to-read-the-report.md").read_text(encoding="utf-8")
    apart = re.search(r"^## A sentence.*?^## ", page, flags=re.MULTILINE | re.DOTALL)[0]
    quote = " ".join(line.removeprefix("> ") for line in apart.splitlines() if line.startswith(">"))
    assert sentence.startswith(quote.removesuffix("."))
    bold = " ".join(re.findall(r"\*\*(.*?)\*\*", apart))
    numbers = re.findall(r"[+−]?\d+(?:\.\d+)?", bold)
    assert len(numbers) >= 4
    assert set(numbers) <= set(re.findall(r"[+−]?\d+(?:\.\d+)?", sentence))


def test_readme_fits_one_screen_and_names_no_place_of_ours(root):
    text = (root / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 60


def test_what_the_readme_says_runs_as_it_stands_after_its_first_command(root, tmp_path, monkeypatch, capsys):
    """Each command and each snippet, in a folder where nothing but the first command has run."""
    from equiwait.cli import main

    text = (root / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```(sh|python)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    commands = [line for kind, block in blocks if kind == "sh" for line in block.splitlines()]
    first, *others = [line for line in commands if not line.endswith("pytest")]
    assert first.endswith("&& equiwait demo")
    monkeypatch.chdir(tmp_path)
    write_examples("equiwait-demo", SAMPLES)  # what the demo leaves: tests/cli/test_command_line.py runs it whole
    for line in others:
        assert line.startswith("equiwait ")
        assert main(shlex.split(line)[1:]) == 0, capsys.readouterr().err
    for kind, block in blocks:
        if kind == "python":
            exec(compile(block, "README.md", "exec"), {})
    assert {"october", "october.html"} <= {path.name for path in tmp_path.iterdir()}


def test_where_it_is_decided_is_where_the_map_says(root):
    page = (root / "docs" / "explanation" / "architecture.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| `(.+?)` \| `(.+?)` \|$", page, flags=re.MULTILINE)
    assert len(rows) >= 12
    for question, file, name in rows:
        text = (root / "src" / "equiwait" / file).read_text(encoding="utf-8")
        assert re.search(rf"^(def|class) {name}\b", text, flags=re.MULTILINE), f"{question}: no {name} in {file}"
