"""Records a line each: the same JSON as in Python, a bad line by its number, whatever a shell makes of the bytes."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import pytest

from equiwait.cli import EXIT_CODES, main
from equiwait.errors import InputError
from equiwait.rows.policies import Policy
from equiwait.rows.scoring.score_record import score_records

ENGLAND = Policy.preset("england_default")
RECORDS = [
    {
        "pathway_id": f"p{at}",
        "snapshot_date": "2026-10-31",
        "list_type": "IRTT",
        "days_waiting": 10 * at,
        "priority": code,
    }
    for at, code in enumerate(["P2", "P3", None, "2", "P1a"])
]


@pytest.fixture
def typed(monkeypatch, capsys):
    """Type a command with bytes on the standard input; return its code, the lines of its output, and its remarks."""

    def run(data: bytes, *words: str) -> tuple[int, list[dict], str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = main(list(words) or ["score", "-"])
        said = capsys.readouterr()
        return code, [json.loads(line) for line in said.out.splitlines()], said.err

    return run


def lines(records: list) -> str:
    return "".join(f"{json.dumps(each)}\n" for each in records)


def test_the_same_json_as_in_python(typed) -> None:
    assert typed(lines(RECORDS).encode()) == (0, [each.to_dict() for each in score_records(RECORDS, ENGLAND)], "")
    code, found, _ = typed(lines(RECORDS).encode(), "score", "-", "--why", "--policy", "england_default")
    assert (code, found) == (0, [each.to_dict() for each in score_records(RECORDS, ENGLAND, why=True)])


@pytest.mark.parametrize("data", [
    lines(RECORDS).encode("utf-8-sig"), lines(RECORDS).encode("utf-16"), lines(RECORDS).replace("\n", "\r\n").encode(),
    lines(RECORDS).replace("\n", "\r\n").encode("utf-16"), lines(RECORDS).encode().removesuffix(b"\n"),
    b"\xfe\xff" + lines(RECORDS).encode("utf-16-be"),
], ids=["utf-8 with a mark", "utf-16", "crlf", "utf-16 crlf", "no last line end", "utf-16 be"])  # fmt: skip
def test_whatever_a_shell_makes_of_the_bytes(typed, data: bytes) -> None:
    code, found, _ = typed(data)
    assert (code, [each["id"] for each in found]) == (0, [each["pathway_id"] for each in RECORDS])


BAD = [b"SECRET EQ9 9ZZ", b"", b"[1]", b'"SECRET"', b'{"a": NaN}', b"\xff\xfe\xfd", b'{"Priority": "P2", "snapshot_date": "2026-10-31"}',
       b'{"snapshot_date": "SECRET"}', b"{" * 100_000, b"1" * 1_500_000, b'{"a":' * 50_000]  # fmt: skip


def test_a_bad_line_is_said_by_its_number_and_the_others_are_scored(typed) -> None:
    good = json.dumps(RECORDS[0]).encode()
    code, found, said = typed(b"\n".join([good, *(line for bad in BAD for line in (bad, good))]))
    assert code == EXIT_CODES[InputError]
    assert [each["status"] for each in found] == ["scored", *["error", "scored"] * len(BAD)]
    for number in range(2, 2 * len(BAD) + 1, 2):
        assert f"Line {number}: " in said
    assert f"{len(BAD)} lines were not scored" in said
    assert "SECRET" not in said + json.dumps(found)


def test_many_bad_lines_are_counted(typed) -> None:
    _, found, said = typed(b"x\n" * 100)
    assert len(found) == 100
    assert "… and 80 more." in said


def test_one_bad_line_is_one_and_no_line_is_said(typed) -> None:
    _, _, said = typed(b'{"a": NaN}')
    assert "not NaN" in said
    assert "\n1 line was not scored; " in said
    assert typed(b"") == typed(b"\xef\xbb\xbf") == (0, [], "Nothing was scored: not one line came.\n")


def test_a_file_of_lines(typed, tmp_path) -> None:
    path = tmp_path / "records.jsonl"
    path.write_text(lines(RECORDS), encoding="utf-8")
    assert len(typed(b"", "score", str(path))[1]) == len(RECORDS)
    assert typed(b"", "score", str(tmp_path / "none.jsonl"))[0] == EXIT_CODES[InputError]


def test_one_record_is_explained(monkeypatch, capsys) -> None:
    def explained(data: bytes, *options: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
        code = main(["explain", "-", *options])
        said = capsys.readouterr()
        return code, said.out + said.err

    one = json.dumps(RECORDS[0], indent=2).encode()
    for audience, words in {"clerk": "tier P2", "clinician": "(time): 0", "family": "the list for treatment"}.items():
        code, said = explained(one, "--audience", audience, "--json")
        assert (code, json.loads(said)["audience"]) == (0, audience)
        assert words in json.loads(said)["text"]
    assert explained(one)[1].startswith("The place needs the whole list; tier P2; waited 0 days.")
    assert explained(lines(RECORDS).encode())[0] == EXIT_CODES[InputError]


def test_a_list_still_wants_its_day(tmp_path, capsys) -> None:
    path = tmp_path / "list.csv"
    path.write_text("clock start\n2026-01-01\n", encoding="utf-8")
    assert main(["score", str(path)]) == 2
    assert "--snapshot" in capsys.readouterr().err


def test_a_reader_that_has_read_enough_is_no_error() -> None:
    code = "import sys; from equiwait.cli import main; sys.exit(main(['score', '-']))"
    data = (lines(RECORDS) * 4000).encode()
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        assert running.stdin
        assert running.stdout
        assert running.stderr
        running.stdout.close()
        try:
            running.stdin.write(data)
            running.stdin.close()
        except BrokenPipeError:
            pass
        assert running.stderr.read() == b""
        assert running.wait() == 0
