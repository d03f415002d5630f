import json
import logging
from collections.abc import Iterator

import pytest
import structlog
from pydantic import SecretStr

from upline.core import logs
from upline.core.logs import HIDDEN, redact, redact_url

TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"


@pytest.fixture
def logging_as_it_was() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.getLogger("uvicorn.access").disabled = False
    structlog.reset_defaults()


@pytest.mark.parametrize(
    "key",
    [
        "Ssn", "password", "NewPassword", "Client-Id", "ClientId", "client_secret", "authtoken",
        "Token", "Authorization", "Set-Cookie", "RoutingNumber", "account_number", "IBAN", "Cvv",
        "TaxId", "ActivationCode", "birth_date",
    ],
)  # fmt: skip
def test_secret_keys_are_hidden_in_every_spelling(key: str) -> None:
    assert redact({"outer": [{key: "123"}]}) == {"outer": [{key: HIDDEN}]}
    assert redact_url(f"/x?a=1&{key}=123") == f"/x?a=1&{key}={HIDDEN}"


def test_secret_values_are_hidden_wherever_they_stand() -> None:
    assert redact(SecretStr("x")) == HIDDEN
    assert redact({"note": f"sent {TOKEN} twice"}) == {"note": f"sent {HIDDEN} twice"}
    assert redact(["is 123-45-6789 taken"]) == [f"is {HIDDEN} taken"]
    assert redact(b"raw") == "[3 bytes]"


def test_harmless_values_stay() -> None:
    event = {"status": 200, "route": "/api/v1/period/{PeriodId}", "milliseconds": 1.5, "x": None}
    assert redact(event) == event
    assert redact_url("/x?customerid=5&page=2") == "/x?customerid=5&page=2"


@pytest.mark.usefixtures("logging_as_it_was")
def test_log_lines_are_json_with_the_request_id(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    with structlog.contextvars.bound_contextvars(request_id="abc"):
        structlog.get_logger("x").info("asked", password="hunter22")
        logging.getLogger("y").warning("plain %s", "line")
        try:
            raise ValueError(TOKEN)
        except ValueError:
            structlog.get_logger("x").exception("failed")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["event"] for line in lines] == ["asked", "plain line", "failed"]
    assert {line["request_id"] for line in lines} == {"abc"}
    assert lines[0]["password"] == HIDDEN
    assert "ValueError" in lines[2]["exception"]
    assert TOKEN not in lines[2]["exception"]
