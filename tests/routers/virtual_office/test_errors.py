"""Every failure has a status and one shape."""

import json

import psycopg
from sqlalchemy.exc import OperationalError

from upline.core.errors import DomainError, Kind, NotBuilt, NotFound, Throttled
from upline.routers.virtual_office.errors import STATUSES, respond


def test_every_kind_of_error_has_a_status() -> None:
    assert set(STATUSES) == set(Kind)
    assert all(400 <= status <= 599 and status != 500 for status in STATUSES.values())


def test_the_reason_is_the_message() -> None:
    errors: list[tuple[DomainError, int]] = [(NotFound(), 404), (NotBuilt(), 501)]
    for error, status in errors:
        answer = respond(error)
        assert (answer.status_code, json.loads(bytes(answer.body))) == (
            status,
            {"message": str(error)},
        )


def test_waiting_times_are_told() -> None:
    assert respond(Throttled(17)).headers["retry-after"] == "17"
    away = respond(OperationalError("SELECT 1", {}, psycopg.OperationalError("gone")))
    assert (away.status_code, away.headers["retry-after"]) == (503, "5")


def test_our_own_mistakes_give_nothing_away() -> None:
    answer = respond(RuntimeError("password=hunter2"))
    assert answer.status_code == 500
    assert json.loads(bytes(answer.body)) == {"message": "An unexpected error occurred."}
