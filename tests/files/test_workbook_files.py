"""Workbooks: what people see is what is read; a damaged or boundless one is one message, in little time and memory."""

from __future__ import annotations

import datetime as dt
import io
import random
import re
import struct
import zipfile

import openpyxl
import pandas as pd
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

import equiwait as ew
from equiwait.errors import InputError
from equiwait.files.read_table import read_table
from equiwait.files.sheets import read_sheets
from equiwait.files.xls_facts import XlsFacts

HEADERS = ["Pathway ID", "RTT start", "P code"]


def book(path, *rows, fill=lambda workbook, sheet: None):
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.title = "PTL"
    for row in (HEADERS, *rows):
        sheet.append(row)
    fill(workbook, sheet)
    workbook.save(path)
    return path


def refusal(path, **how):
    with pytest.raises(InputError) as caught:
        read_table(path, **how)
    assert caught.value.__context__ is None
    return str(caught.value)


# --- hidden sheets ---


def _with_hidden(workbook, _sheet):
    for state in ("hidden", "veryHidden"):
        old = workbook.create_sheet(state)
        old.sheet_state = state
        old.append([*HEADERS, "Sex"])
        old.append(["z", "2020-01-01", "P2", "1"])


def test_hidden_sheets_are_read_only_where_they_are_named(tmp_path):
    path = book(tmp_path / "book.xlsx", ["a", "2026-04-01", "P2"], fill=_with_hidden)
    assert read_table(path)["Pathway ID"].tolist() == ["a"]
    assert read_table(path, sheet="hidden")["Pathway ID"].tolist() == ["z"]
    assert [sheet.name for sheet in read_sheets(path)] == ["PTL"]
    told = refusal(path, sheet="Old")
    assert "Use one of: PTL." in told


# --- cells in error ---


def _in_error(*cells):
    def fill(_workbook, sheet):
        for cell, code in cells:
            sheet[cell] = code
            sheet[cell].data_type = "e"

    return fill


def test_cells_in_error_are_what_people_see(tmp_path):
    path = book(
        tmp_path / "book.xlsx",
        ["a", "2026-04-01", "P2"],
        [None, None, None],
        fill=_in_error(("C2", "#N/A"), ("B3", "#REF!")),
    )
    frame = read_table(path)
    assert frame["P code"].tolist()[0] == "#N/A"
    assert frame["RTT start"].tolist() == ["2026-04-01", "#REF!"]


def _without_places(path):
    """The same workbook as some writers make it: cells and rows that don't say where they stand."""
    out = path.with_name("unplaced.xlsx")
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(out, "w") as copy:
        for each in archive.namelist():
            data = archive.read(each)
            if each.endswith("sheet1.xml"):
                data = re.sub(rb'<(c|row) r="[A-Z0-9]+"', rb"<\1", data)
            copy.writestr(each, data)
    return out


def test_cells_in_error_that_do_not_say_where_they_stand(tmp_path):
    path = _without_places(book(tmp_path / "book.xlsx", ["a", "2026-04-01", "P2"], fill=_in_error(("C2", "#VALUE!"))))
    assert read_table(path).to_numpy().tolist() == [["a", "2026-04-01", "#VALUE!"]]


ODS_MANIFEST = """<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">
<manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.spreadsheet"/></manifest:manifest>"""
ODS = """<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"><office:body><office:spreadsheet>
 <table:table table:name="PTL">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"""


def _ods(path, rows):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", ODS_MANIFEST)
        archive.writestr("content.xml", ODS.format(rows=rows))
    return path


def _ods_row(*cells, more=""):
    made = "".join(
        f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in cells
    )
    return f"<table:table-row>{made}{more}</table:table-row>"


ODS_ERROR = (
    '<table:table-cell table:formula="of:=NA()" office:value-type="string" office:string-value="" calcext:value-type="error">'
    "<text:p>#N/A</text:p></table:table-cell>"
)


def test_cells_in_error_of_an_ods_workbook(tmp_path):
    path = _ods(tmp_path / "book.ods", _ods_row(*HEADERS) + _ods_row("a", "2026-04-01", more=ODS_ERROR))
    assert read_table(path).to_numpy().tolist() == [["a", "2026-04-01", "#N/A"]]


def test_cells_in_error_of_an_xls_workbook():
    """Records of [MS-XLS]: a cell in error, a formula whose result is in error, one whose result is a number, a number."""
    error = struct.pack("<HHHBB", 4, 2, 0, 0x2A, 1)
    formula = struct.pack("<HHH", 5, 1, 0) + bytes([2, 0, 0x17, 0, 0, 0, 0xFF, 0xFF]) + bytes(8)
    number = struct.pack("<HHHd", 6, 3, 0, 1.5)
    fine = struct.pack("<HHHd", 7, 0, 0, 2.5) + bytes(8)
    records = [
        (0x809, b"\x00\x06\x10\x00"),
        (0x205, error),
        (0x06, formula),
        (0x203, number),
        (0x06, fine),
        (0x0A, b""),
    ]
    facts = XlsFacts.__new__(XlsFacts)
    facts._stream = b"".join(struct.pack("<HH", kind, len(data)) + data for kind, data in records)
    facts._starts = {"PTL": 0}
    found = facts.of_sheet("PTL")
    assert (found.rows, found.columns) == (8, 4)
    assert found.errors == {(4, 2): "#N/A", (5, 1): "#REF!"}


# --- 1904 ---


def test_bare_numbers_of_days_count_from_1904_where_the_workbook_says_so(tmp_path):
    """Day 44,624 of the old Mac calendar is day 46,086 of the other: 5 March 2026 (ECMA-376 part 1, 18.17.4.1)."""

    def mac(workbook, sheet):
        workbook.epoch = CALENDAR_MAC_1904
        sheet.append(["b", 44624, "P2"])
        sheet.append(["c", dt.date(2026, 3, 5), "P2"])
        sheet["D1"], sheet["D3"] = "Began", 44624

    path = book(tmp_path / "mac.xlsx", ["a", "2026-03-05", "P2"], fill=mac)
    waiting = ew.read_list(path, snapshot="2026-10-31", columns={"Began": "decision_to_admit"})
    assert waiting["clock_start"].tolist() == [pd.Timestamp("2026-03-05")] * 3
    assert waiting["decision_to_admit"].tolist()[1] == pd.Timestamp("2026-03-05")
    usual = book(tmp_path / "usual.xlsx", ["a", 46086, "P2"])
    assert ew.read_list(usual, snapshot="2026-10-31")["clock_start"].tolist() == [pd.Timestamp("2026-03-05")]


# --- without bounds ---


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("A70000", "Something stands in row 70,000, and nothing between it and row 2"),
        ("XFD2", "Something stands in column 16,384, and nothing between it and column 3"),
        ("XFD1048576", "reaches to row 1,048,576 and column 16,384"),
    ],
)
def test_a_stray_cell_is_named_by_its_place(tmp_path, cell, words):
    path = book(
        tmp_path / "book.xlsx",
        ["a", "2026-04-01", "P2"],
        fill=lambda _workbook, sheet: sheet.__setitem__(cell, "Zqx7Secret"),
    )
    told = refusal(path)
    assert words in told
    assert "Zqx7" not in told


def test_a_stray_cell_of_an_ods_workbook(tmp_path):
    far = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    path = _ods(tmp_path / "book.ods", _ods_row(*HEADERS) + _ods_row("a", "2026-04-01", "P2") + far)
    assert read_table(path)["Pathway ID"].tolist() == ["a"]  # empty to the end, as programs write it
    wide = '<table:table-cell table:number-columns-repeated="16383" office:value-type="string"><text:p>x</text:p></table:table-cell>'
    path = _ods(
        tmp_path / "book.ods", _ods_row(*HEADERS) + _ods_row("a", "2026-04-01", "P2") + far + _ods_row("x", more=wide)
    )
    assert "reaches to row 1,048,573" in refusal(path)


def test_a_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr("equiwait.files.workbooks._UNPACKED_QUICKLY", 1 << 20)
    path = book(tmp_path / "book.xlsx", ["a", "2026-04-01", "P2"])
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as copy:
        for each in archive.namelist():
            data = archive.read(each)
            if each.endswith("sheet1.xml"):
                data = data.replace(b"</sheetData>", b" " * (4 << 20) + b"</sheetData>")
            copy.writestr(each, data)
    assert "unpacks to more than can be read" in refusal(bomb)


# --- damaged ---


@pytest.mark.parametrize(
    "content", [b"no workbook", b"", b"PK\x03\x04 nothing", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
)
@pytest.mark.parametrize("ending", ["xlsx", "xls", "xlsb", "ods"])
def test_what_is_no_workbook_is_one_message(tmp_path, content, ending, capfd):
    path = tmp_path / f"book.{ending}"
    path.write_bytes(content)
    assert f"'book.{ending}'" in refusal(path)
    assert capfd.readouterr() == ("", "")


def test_damaged_xls_workbooks_are_one_message_or_read(shared_data, tmp_path, capfd):
    """Bytes changed at random in a real workbook: no circle is followed, no panic passes, nothing is printed."""
    whole = (shared_data / "deprivation/NIMDM17_SOAresults.xls").read_bytes()
    path, refused = tmp_path / "book.xls", 0
    for seed in range(60):
        chance, damaged = random.Random(seed), bytearray(whole)
        for _ in range(chance.randint(1, 40)):
            damaged[chance.choice([chance.randrange(512), chance.randrange(len(whole))])] = chance.randrange(256)
        path.write_bytes(damaged[: chance.choice([len(whole), chance.randrange(len(whole))])])
        try:
            read_sheets(path, "MDM")
        except InputError as error:
            refused += 1
            assert error.__context__ is None
    assert refused > 20
    assert capfd.readouterr() == ("", "")


def test_a_chain_of_sectors_in_a_circle_is_refused(shared_data, tmp_path):
    damaged = bytearray((shared_data / "deprivation/NIMDM17_SOAresults.xls").read_bytes())
    table = struct.unpack_from("<I", damaged, 76)[0]
    start = (table + 1) * 512
    numbers = struct.unpack_from("<128I", damaged, start)
    struct.pack_into(
        "<128I", damaged, start, *(min(number, 5) if number < 0xFFFFFFFA else number for number in numbers)
    )
    path = tmp_path / "book.xls"
    path.write_bytes(damaged)
    assert "damaged" in refusal(path)


class _PanicError(BaseException):
    """As calamine raises it: no Exception."""


def test_a_panic_of_the_reader_is_one_message(tmp_path, monkeypatch):
    def panic(_file):
        raise _PanicError("range end index 8228 out of range: Zqx7Secret")

    monkeypatch.setattr("python_calamine.CalamineWorkbook.from_filelike", panic, raising=True)
    told = refusal(book(tmp_path / "book.xlsx", ["a", "2026-04-01", "P2"]))
    assert "_PanicError" in told
    assert "Zqx7" not in told


def test_a_workbook_under_another_ending_is_known_by_its_bytes(shared_data, tmp_path):
    path = tmp_path / "book.xlsx"
    path.write_bytes((shared_data / "deprivation/NIMDM17_SOAresults.xls").read_bytes())
    assert "MDM" in [sheet.name for sheet in read_sheets(path)]


def test_every_cell_has_one_spelling(tmp_path):
    row = ["a", dt.datetime(2026, 4, 1), 2.0, 0.1, True, dt.datetime(2026, 4, 1, 9, 30), 9434765919, dt.time(9, 30)]
    stream = io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.active.append([f"c{place}" for place in range(len(row))])
    workbook.active.append(row)
    workbook.save(stream)
    (tmp_path / "book.xlsx").write_bytes(stream.getvalue())
    cells = read_sheets(tmp_path / "book.xlsx")[0].cells()[1]
    assert cells == ["a", "2026-04-01", "2", "0.1", "true", "2026-04-01 09:30:00", "9434765919", "09:30:00"]


# --- xlsb, record by record as [MS-XLSB] has them ---


def _record(kind, data=b""):
    def seven_bits(number):
        out = bytearray()
        while number >= 0x80:
            out.append(number & 0x7F | 0x80)
            number >>= 7
        return bytes([*out, number])

    return seven_bits(kind) + seven_bits(len(data)) + data


def _wide(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def _xlsb(path, rows, from_1904):
    """A workbook of one sheet: text as BrtCellSt, numbers as BrtCellReal, bytes as the number of an error (BrtCellError)."""
    cells = b""
    for down, row in enumerate(rows):
        cells += _record(0, struct.pack("<II", down, 0) + bytes(9))
        for right, cell in enumerate(row):
            place = struct.pack("<II", right, 0)
            if isinstance(cell, bytes):
                cells += _record(3, place + cell)
            else:
                cells += (
                    _record(5, place + struct.pack("<d", cell))
                    if isinstance(cell, float)
                    else _record(6, place + _wide(cell))
                )
    dimension = _record(148, struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1))
    sheet = _record(129) + dimension + _record(145) + cells + _record(146) + _record(130)
    bundle = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("PTL")
    book = (
        _record(131) + _record(153, struct.pack("<II", from_1904, 0) + _wide("")) + _record(143) + _record(156, bundle)
    )
    book += _record(144) + _record(132)
    rels = (
        '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("xl/workbook.bin", book)
        archive.writestr("xl/_rels/workbook.bin.rels", rels)
        archive.writestr("xl/worksheets/sheet1.bin", sheet)
    return path


@pytest.mark.parametrize(("from_1904", "day"), [(0, "44624"), (1, "46086")])
def test_xlsb_workbooks(tmp_path, from_1904, day):
    path = _xlsb(tmp_path / "book.xlsb", [HEADERS, ["a", 44624.0, b"\x2a"], ["b", b"\x17", "P2"]], from_1904)
    assert read_table(path).to_numpy().tolist() == [["a", day, "#N/A"], ["b", "#REF!", "P2"]]
