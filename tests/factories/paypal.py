"""PayPal as far as we use it: an ASGI application that speaks NVP and remembers its tokens."""

from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

USER, PASSWORD, SIGNATURE = "merchant", "secret", "signature"


@dataclass
class FakePayPal:
    """Approves tokens but for `declined` ones; `broken` answers as a failing gateway."""

    calls: list[dict[str, str]] = field(default_factory=list)
    agreements: dict[str, str] = field(default_factory=dict)
    tokens: list[str] = field(default_factory=list)
    declined: set[str] = field(default_factory=set)
    broken: str = ""

    @property
    def app(self) -> Starlette:
        return Starlette(routes=[Route("/nvp", self._answer, methods=["POST"])])

    async def _answer(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
        self.calls.append(form)
        if self.broken == "status":
            return PlainTextResponse("gateway error", 502)
        if self.broken == "empty":
            return PlainTextResponse("")
        return PlainTextResponse(urlencode(self._respond(form)))

    def _respond(self, form: dict[str, str]) -> dict[str, str]:
        if (form["USER"], form["PWD"], form["SIGNATURE"]) != (USER, PASSWORD, SIGNATURE):
            return _failure("10002")
        if form["METHOD"] == "SetExpressCheckout":
            token = f"EC-{len(self.tokens) + 1:017}"
            self.tokens.append(token)
            return {"ACK": "Success", "TOKEN": token, "VERSION": form["VERSION"]}
        token = form["TOKEN"]
        if token not in self.tokens:
            return _failure("10410")
        if form["METHOD"] == "GetExpressCheckoutDetails":
            payer = {"EMAIL": "payer@example.com", "FIRSTNAME": "Pay", "LASTNAME": "Er"}
            return {"ACK": "Success", "TOKEN": token, **payer}
        if token in self.declined:
            return _failure("11455")
        agreement = self.agreements.setdefault(token, f"B-{len(self.agreements) + 1:017}")
        return {"ACK": "SuccessWithWarning", "BILLINGAGREEMENTID": agreement}


def _failure(code: str) -> dict[str, str]:
    return {"ACK": "Failure", "L_ERRORCODE0": code, "CORRELATIONID": "trace"}
