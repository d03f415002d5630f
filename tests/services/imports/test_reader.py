"""Whatever the bytes are: rows or issues, never an exception."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upline.services.imports.fields import Field, identifier, number, text
from upline.services.imports.reader import LONGEST_LINE, open_table
from upline.services.imports.report import FileRefused, Issue, Issues

LAYOUT = (
    Field("id", ("id bigint",), identifier, ("member id",), required=True),
    Field("name", ("name text",), text(100)),
    Field("pv", ("pv numeric",), number),
)


def read(path: Path, data: bytes) -> tuple[list[tuple[int, list[object]]], list[Issue]]:
    path.write_bytes(data)
    issues = Issues()
    table = open_table(path, issues)
    with table.stream:
        rows = [(line, list(cells)) for line, cells in table.rows(LAYOUT, frozenset({"extra"}))]
    return rows, issues.in_order()


@pytest.fixture
def csv_file(tmp_path: Path) -> Path:
    return tmp_path / "rows.csv"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_delimiter_is_found_by_the_header(csv_file: Path, delimiter: str) -> None:
    data = delimiter.join(["ID", "Name"]) + "\n" + delimiter.join(["1", "Ann"]) + "\n"
    assert read(csv_file, data.encode()) == ([(2, ["1", "Ann"])], [])


def test_headers_are_read_without_case_punctuation_or_byte_order_mark(csv_file: Path) -> None:
    rows, issues = read(csv_file, b"\xef\xbb\xbfMember_ID,NAME,Extra\r\n7,Zo\xc3\xab,x\r\n")
    assert rows == [(2, ["7", "Zoë", "x"])]
    assert issues == []


def test_lines_are_counted_through_quoted_line_ends_and_blank_lines(csv_file: Path) -> None:
    rows, _ = read(csv_file, b'id,name\n1,"two\nlines"\n\n,\n2,b\n')
    assert [line for line, _ in rows] == [2, 6]


@pytest.mark.parametrize(
    ("header", "issue"),
    [
        ("name", Issue(1, "id", "the column is missing")),
        ("id,nmae", Issue(1, "", "“nmae” is not a known column; did you mean name?")),
        ("id,zzzzz", Issue(1, "", "“zzzzz” is not a known column")),
        ("id,member id", Issue(1, "id", "names the same column twice")),
    ],
)
def test_a_header_that_cannot_be_meant_stops_the_reading(
    csv_file: Path, header: str, issue: Issue
) -> None:
    assert read(csv_file, f"{header}\n1,2\n".encode()) == ([], [issue])


def test_bytes_that_are_not_utf8_are_named_and_the_other_rows_read(csv_file: Path) -> None:
    rows, issues = read(csv_file, b"id,name\n1,M\xfcller\n2,b\n3,\xff\n")
    assert [line for line, _ in rows] == [2, 3, 4]
    assert issues == [
        Issue(2, "", "is not UTF-8: byte 0xFC at position 4"),
        Issue(4, "", "is not UTF-8: byte 0xFF at position 3"),
    ]


def test_an_open_quote_is_an_issue_of_its_line(csv_file: Path) -> None:
    rows, issues = read(csv_file, b'id,name\n1,a\n2,"open\n')
    assert [line for line, _ in rows] == [2]
    assert issues == [Issue(3, "", "is not readable as CSV: unexpected end of data")]


def test_a_line_without_end_is_not_read_into_memory(csv_file: Path) -> None:
    _, issues = read(csv_file, b"id,name\n1," + b"x" * (LONGEST_LINE + 1))
    assert issues == [Issue(2, "", f"is longer than {LONGEST_LINE} bytes; reading stopped")]


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04rest", "an Excel workbook"),
        ("id,name\n1,a\n".encode("utf-16"), "UTF-16"),
        (b"\x1f\x8b\x08", "compressed"),
        (b" \n\n", "empty"),
        (b"", "empty"),
    ],
)
def test_files_that_are_no_table_are_refused_by_name(
    csv_file: Path, data: bytes, what: str
) -> None:
    with pytest.raises(FileRefused, match=what):
        read(csv_file, data)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="No such file"):
        open_table(tmp_path / "none.csv", Issues())


@pytest.mark.parametrize("name", ["rows.ndjson", "rows.jsonl", "rows.json", "rows.data"])
def test_ndjson_is_found_by_extension_or_first_character(tmp_path: Path, name: str) -> None:
    data = b'{"Member Id": 5, "name": null}\n\n{"name": "Bo", "pv": 1.5, "id": "6"}\n'
    rows, issues = read(tmp_path / name, data)
    assert rows == [(1, [5, None, ""]), (3, ["6", "Bo", 1.5])]
    assert issues == []


def test_ndjson_lines_that_are_no_objects_are_issues(tmp_path: Path) -> None:
    rows, issues = read(tmp_path / "rows.ndjson", b'[1]\n{"id": 1}\n{"id": \n{"id":2,"x":1}\n')
    assert [line for line, _ in rows] == [2, 4]
    assert [(issue.line, issue.reason.split(":")[0]) for issue in issues] == [
        (1, "is not a JSON object"),
        (3, "is not JSON"),
        (4, "“x” is not a known column"),
    ]


RECORDS = [{"id": n, "name": "ü" * 50, "pv": n / 2} for n in range(3000)]


@pytest.mark.parametrize(
    "document",
    [RECORDS, {"pagination": {"totalrows": 12}, "accounts": RECORDS, "after": [1]}],
    ids=["array", "report"],
)
@pytest.mark.parametrize("indent", [None, 1])
def test_a_json_document_gives_its_records_one_by_one(
    tmp_path: Path, document: object, indent: int | None
) -> None:
    data = json.dumps(document, ensure_ascii=False, indent=indent).encode()
    rows, issues = read(tmp_path / "rows.json", data)
    assert issues == []
    assert [cells for _, cells in rows] == [[r["id"], r["name"], r["pv"]] for r in RECORDS]
    text_lines = data.decode().split("\n")
    assert all("{" in text_lines[line - 1] for line, _ in rows)


@pytest.mark.parametrize(
    ("data", "issue"),
    [
        (b'{"rows":\n []}', Issue(2, "", "the document has no list “accounts”")),
        (b'{"accounts":\n 5}', Issue(2, "", "a list of records is expected here")),
        (b'[{"id": 1}\n{}]', Issue(2, "", "a comma or the end of the list is expected here")),
        (b'[{"id": 1},\n', Issue(2, "", "the document ends too early or is not JSON")),
        (b"[\n1]", Issue(2, "", "is not a JSON object")),
        (b'[{"id": "\xff"}]', Issue(1, "", "is not UTF-8: byte 0xFF")),
    ],
)
def test_a_broken_document_is_an_issue_where_it_breaks(
    tmp_path: Path, data: bytes, issue: Issue
) -> None:
    assert read(tmp_path / "rows.json", data)[1] == [issue]


def test_deep_nesting_is_an_issue(tmp_path: Path) -> None:
    _, issues = read(tmp_path / "rows.json", b"[" * 100_000)
    assert len(issues) == 1


PIECES = [
    *(b"id", b"name", b"pv", b",", b";", b"\n", b"\r", b'"', b"\\", b"1", b"\x00", b"\xff", b" "),
    *(b"{", b"}", b"[", b"]", b":", b'"id"', b'"accounts"', b"1e999", b"null", b"NaN"),
    *("ü".encode(), b"\xef\xbb\xbf", b"\xed\xa0\x80", b"9" * 5000, b'"\\ud800"'),
]
SOUP = st.lists(st.sampled_from(PIECES)).map(b"".join)


@pytest.mark.parametrize("name", ["soup.csv", "soup.ndjson", "soup.json", "soup"])
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=400) | SOUP | SOUP.map(lambda soup: b"id,name,pv\n" + soup))
def test_arbitrary_bytes_never_raise(tmp_path: Path, name: str, data: bytes) -> None:
    try:
        rows, issues = read(tmp_path / name, data)
    except FileRefused:
        return
    assert all(line >= 1 for line, _ in rows)
    assert all(issue.line >= 1 and issue.reason for issue in issues)
    "".join(part for issue in issues for part in (issue.column, issue.reason)).encode()
