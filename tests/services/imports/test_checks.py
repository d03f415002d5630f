"""Every way in which good rows make a bad members file: line, column and reason, and no trace."""

from typing import Any

import pytest
from tests.services.imports.conftest import Maker, contents

from upline.core.context import Context
from upline.services.imports.members import import_members
from upline.services.imports.report import ISSUES_LISTED, Issue


def member(number: int, **cells: object) -> dict[str, object]:
    """A row that is good by itself; further cells may spoil it."""
    row: dict[str, object] = {
        "id": number, "country": "US", "enrolled": "2014-05-01", "email": "", "enroller": "",
        "sponsor": "", "binary_parent": "", "side": "", "status": "", "terminated": "",
        "referral_code": "", "username": "", "owner": "",
    }  # fmt: skip
    return row | cells


BAD_FILES: dict[str, tuple[list[dict[str, object]], list[Issue]]] = {
    "unknown enroller": (
        [member(1), member(2, enroller=9, sponsor=1)],
        [Issue(3, "enroller", "“9” is neither in the file nor a customer")],
    ),
    "unknown sponsor": (
        [member(1), member(2, sponsor=9)],
        [Issue(3, "sponsor", "“9” is neither in the file nor a customer")],
    ),
    "unknown binary parent": (
        [member(1), member(2, sponsor=1, binary_parent=9, side="L")],
        [Issue(3, "binary_parent", "“9” is neither in the file nor a customer")],
    ),
    "unknown owner": (
        [member(1), member(2, sponsor=1, owner=9)],
        [Issue(3, "owner", "“9” is neither in the file nor a customer")],
    ),
    "own owner": ([member(1, owner=1)], [Issue(2, "owner", "is the member")]),
    "owner of a further position": (
        [member(1, owner=""), member(2, sponsor=1, owner=1), member(3, sponsor=1, owner=2)],
        [Issue(4, "owner", "“2” is a further position of “1”")],
    ),
    "own sponsor": ([member(1, sponsor=1)], [Issue(2, "sponsor", "is the member")]),
    "sponsor in own downline": (
        [member(1, sponsor=3), member(2, sponsor=1), member(3, sponsor=2), member(4, sponsor=3)],
        [
            Issue(2, "sponsor", "“3” stands below this member, in a circle"),
            Issue(3, "sponsor", "“1” stands below this member, in a circle"),
            Issue(4, "sponsor", "“2” stands below this member, in a circle"),
        ],
    ),
    "enroller cycle": (
        [member(1, enroller=2), member(2, enroller=1)],
        [
            Issue(2, "enroller", "“2” stands below this member, in a circle"),
            Issue(3, "enroller", "“1” stands below this member, in a circle"),
        ],
    ),
    "binary cycle": (
        [
            member(1),
            member(2, sponsor=1, binary_parent=3, side="L"),
            member(3, sponsor=1, binary_parent=2, side="L"),
        ],
        [
            Issue(3, "binary_parent", "“3” stands below this member, in a circle"),
            Issue(4, "binary_parent", "“2” stands below this member, in a circle"),
        ],
    ),
    "duplicate id": (
        [member(1), member(2), member(1)],
        [Issue(4, "id", "is the same as in line 2")],
    ),
    "duplicate e-mail, not looking at case": (
        [member(1, email="a@b.co"), member(2, email="A@B.co")],
        [Issue(3, "email", "is the same as in line 2")],
    ),
    "duplicate user name": (
        [member(1, username="Ann"), member(2, username="ann")],
        [Issue(3, "username", "is the same as in line 2")],
    ),
    "duplicate referral code": (
        [member(1, referral_code="x"), member(2), member(3, referral_code="X")],
        [Issue(4, "referral_code", "is the same as in line 2")],
    ),
    "a referral code that paths would take for their own": (
        [member(1, referral_code="Status")],
        [Issue(2, "referral_code", "is a word of the API's own paths")],
    ),
    "two on one leg": (
        [
            member(1),
            member(2, sponsor=1, binary_parent=1, side="R"),
            member(3, sponsor=1, binary_parent=1, side="right"),
        ],
        [Issue(4, "side", "is the same as in line 3")],
    ),
    "binary parent without side": (
        [member(1), member(2, sponsor=1, binary_parent=1)],
        [Issue(3, "side", "is missing, though there is a binary parent")],
    ),
    "side without binary parent": (
        [member(1), member(2, sponsor=1, side="L")],
        [Issue(3, "binary_parent", "is missing, though there is a side")],
    ),
    "terminated without a date": (
        [member(1, status="terminated")],
        [Issue(2, "terminated", "is missing, though the status is Terminated")],
    ),
    "terminated before enrolled": (
        [member(1, terminated="2014-04-30")],
        [Issue(2, "terminated", "lies before the enrolment")],
    ),
    "bad number": ([member(1), member(2, sponsor="1x")], [
        Issue(3, "sponsor", "“1x” is not a whole number"),
    ]),
    "bad date": (
        [member(1, enrolled="1 May")],
        [Issue(2, "enrolled", "“1 May” is not a date (YYYY-MM-DD) or an instant")],
    ),
    "too long a text": (
        [member(1, username="u" * 101)],
        [Issue(2, "username", "has 101 characters; at most 100 fit")],
    ),
    "unknown country": (
        [member(1, country="Atlantis")],
        [Issue(2, "country", "“Atlantis” is not a known country")],
    ),
    "unknown currency": (
        [member(1, currency="XXZ")],
        [Issue(2, "currency", "“XXZ” is not a known currency")],
    ),
    "required cells": (
        [member(0, country="", enrolled="")],  # 0 stands for none
        [
            Issue(2, "country", "is missing"),
            Issue(2, "enrolled", "is missing"),
            Issue(2, "id", "is missing"),
        ],
    ),
    "a bad row is still somebody's parent": (
        [member(1, country="Atlantis"), member(2, sponsor=1)],
        [Issue(2, "country", "“Atlantis” is not a known country")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", BAD_FILES)
@pytest.mark.parametrize("extension", ["csv", "ndjson"])
async def test_bad_files_leave_nothing_but_their_issues(
    ctx: Context, write: Maker, kind: str, extension: str
) -> None:
    rows, issues = BAD_FILES[kind]
    before = await contents(ctx.session)
    outcome = await import_members(ctx, write(f"members.{extension}", rows))
    lines_above = 1 if extension == "csv" else 0  # NDJSON has no header
    assert list(outcome.issues) == [_moved(issue, lines_above - 1) for issue in issues]
    assert not outcome.ok
    assert outcome.stored == {}
    assert await contents(ctx.session) == before


def _moved(issue: Issue, by: int) -> Issue:
    """The issue when every row stands `by` lines further down, the other line it names included."""
    words = issue.reason.split()
    if words[-2] == "line":
        words[-1] = str(int(words[-1]) + by)
    return Issue(issue.line + by, issue.column, " ".join(words))


async def test_what_customers_have_already_is_taken(ctx: Context, write: Maker) -> None:
    first = [
        member(1, email="a@b.co", username="ann", referral_code="ref"),
        member(2, sponsor=1, binary_parent=1, side="L"),
        member(3, sponsor=1),
    ]
    assert (await import_members(ctx, write("first.csv", first))).ok
    second: list[dict[str, Any]] = [
        member(1),
        member(10, email="A@b.co", username="Ann", referral_code="REF", sponsor=1),
        member(11, sponsor=1, binary_parent=1, side="L"),
        member(12, sponsor=1, binary_parent=3, side="L"),
        member(13, sponsor=2, binary_parent=2, side="L"),
    ]
    outcome = await import_members(ctx, write("second.csv", second))
    assert list(outcome.issues) == [
        Issue(2, "id", "is a customer already"),
        Issue(3, "email", "is taken by customer 1"),
        Issue(3, "referral_code", "is taken by customer 1"),
        Issue(3, "username", "is taken by customer 1"),
        Issue(4, "side", "is taken by customer 2"),
        Issue(5, "binary_parent", "“3” has no place in the binary tree"),
    ]


async def test_issues_use_the_names_of_the_file(ctx: Context, write: Maker) -> None:
    rows = [{"Member ID": 1, "Country Code": "US", "Enroll Date": "soon"}]
    outcome = await import_members(ctx, write("named.csv", rows))
    assert [issue.column for issue in outcome.issues] == ["Enroll Date"]


async def test_more_issues_than_anybody_reads_are_cut(ctx: Context, write: Maker) -> None:
    rows = [{"id": number, "country": "?", "enrolled": ""} for number in range(1, ISSUES_LISTED)]
    outcome = await import_members(ctx, write("all_bad.csv", rows))
    assert len(outcome.issues) == ISSUES_LISTED
