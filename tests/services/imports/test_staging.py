"""From cells to COPY lines: every row becomes exactly one, whatever stands in it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.services.imports.conftest import Maker

from upline.core.context import Context
from upline.core.db import raw_connection
from upline.core.progress import silent
from upline.services.imports.account_fields import IGNORED, account_fields
from upline.services.imports.fields import Field, identifier, number, text
from upline.services.imports.member_fields import member_fields
from upline.services.imports.order_fields import order_fields
from upline.services.imports.reader import open_table
from upline.services.imports.reference import Reference
from upline.services.imports.report import FileRefused, Issue, Issues
from upline.services.imports.staging import Encoder, stage

REFERENCE = Reference(
    zone="America/Denver",
    latest=datetime(2015, 1, 1, tzinfo=UTC),
    countries={"us": "US"},
    currencies={"usd": "USD"},
    products={"oil": "1"},
    ranks={"Star": 1},
)
LAYOUTS = {
    "members": member_fields(REFERENCE),
    "orders": order_fields(REFERENCE),
    "accounts": account_fields(REFERENCE),
}
PAIR = (
    Field("id", ("id bigint",), identifier, required=True),
    Field("name", ("name text",), text(20)),
    Field("pv", ("pv numeric",), number),
)


def encode(path: Path, layout: Sequence[Field]) -> tuple[list[str], Issues]:
    issues = Issues()
    table = open_table(path, issues)
    with table.stream:
        lines = []
        for line, cells in table.rows(layout, IGNORED):
            lines.append(Encoder.of(table, layout[0]).encode(line, cells))
    return lines, issues


def test_good_and_bad_rows(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,name,level,pv\n1,a\\b,x,2\n2,b,x\n3,c,x,y\nz,d,x,1\n", encoding="utf-8")
    issues = Issues()
    table = open_table(path, issues)
    with table.stream:
        rows = table.rows(PAIR, frozenset({"level"}))
        lines = [Encoder.of(table, PAIR[0]).encode(line, cells) for line, cells in rows]
    assert lines == ["2\tf\t1\ta\\\\b\t2\n", "3\tt\t\t\t\n", "4\tt\t3\t\t\n", "5\tt\t\t\t\n"]
    assert list(issues) == [
        Issue(3, "", "has 3 columns; the header has 4"),
        Issue(4, "pv", "“y” is not a number (up to 12 digits, a point, up to four decimals)"),
        Issue(5, "id", "“z” is not a whole number"),
    ]


CELLS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(["oil:2", "5@2014-10-03", "0001-01-01", "9999-12-31T23:59:59-14:00", "\ufdfa"]),
    st.sampled_from(["1/1/0001", "12/31/9999 11:59:59 PM", "1e9", "-0", "0", "٣", "a@b.co"]),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
)
VALUES = (
    CELLS
    | st.lists(CELLS, max_size=3)
    | st.lists(
        st.dictionaries(st.sampled_from(["sku", "quantity", "amount", "date", "x"]), CELLS),
        max_size=3,
    )
)


@pytest.mark.parametrize("kind", LAYOUTS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_json_record_becomes_one_line(tmp_path: Path, kind: str, data: st.DataObject) -> None:
    layout = LAYOUTS[kind]
    names = st.sampled_from([one.name for one in layout])
    record = data.draw(st.dictionaries(names, VALUES))
    path = tmp_path / "rows.ndjson"
    path.write_text(json.dumps(record) + "\n", encoding="utf-8")
    lines, issues = encode(path, layout)
    width = 2 + sum(len(one.columns) for one in layout)
    for line in lines:
        assert line.endswith("\n")
        assert line.count("\n") == 1
        assert len(line.split("\t")) == width
        line.encode()
    "".join(issue.reason for issue in issues).encode()


@pytest.mark.parametrize("kind", LAYOUTS)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.binary(max_size=60) | CELLS.map(lambda cell: str(cell).encode("utf-8", "surrogatepass")),
        max_size=4,
    )
)
def test_any_bytes_below_a_good_header_become_lines_or_issues(
    tmp_path: Path, kind: str, rows: list[bytes]
) -> None:
    layout = LAYOUTS[kind]
    header = ",".join(one.name for one in layout).encode()
    path = tmp_path / "rows.csv"
    path.write_bytes(
        header + b"\n" + b"".join(row + b"," * (len(layout) - 1) + b"\n" for row in rows)
    )
    try:
        lines, issues = encode(path, layout)
    except FileRefused:
        return
    assert all(line.count("\n") == 1 for line in lines)
    assert len(lines) <= len(rows) + sum(row.count(b"\n") for row in rows)
    "".join(issue.reason for issue in issues).encode()


async def test_a_header_alone_has_no_data(ctx: Context, tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("id,name\n", encoding="utf-8")
    connection = await raw_connection(await ctx.session.connection())
    staged = await stage(connection, path, "staged_pairs", PAIR, silent)
    assert (staged.rows, list(staged.issues)) == (0, [Issue(2, "", "there is no row of data")])


async def test_staged_rows_are_what_stood_in_the_file(ctx: Context, write: Maker) -> None:
    path = write("rows.ndjson", [{"id": 1, "name": "a\\N\\t"}, {"pv": 2.5, "id": "7"}])
    connection = await raw_connection(await ctx.session.connection())
    staged = await stage(connection, path, "staged_pairs", PAIR, silent)
    cursor = await connection.execute("SELECT line, broken, id, name, pv::text FROM staged_pairs")
    assert await cursor.fetchall() == [(1, False, 1, "a\\N\\t", None), (2, False, 7, None, "2.5")]
    assert staged.present == {"id", "name", "pv"}
