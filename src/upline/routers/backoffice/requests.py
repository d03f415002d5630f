"""Requests as this family reads them: query keys in any case, bodies strict, forms like JSON."""

from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import QueryParams
from starlette.requests import Request

from upline.core import wire
from upline.core.errors import NotFound
from upline.core.opaque_ids import OpaqueIds
from upline.core.wire import Malformed, UnsupportedMediaType
from upline.routers.backoffice.wire import KINDS

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_QUERY_FIELDS = 200


class CaseInsensitiveQuery(QueryParams):
    """Query parameters found under any spelling of their key."""

    def __init__(self, query_string: bytes) -> None:
        try:
            pairs = parse_qsl(
                query_string.decode("ascii"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_QUERY_FIELDS,
            )
        except ValueError as error:
            raise Malformed("The query could not be read.") from error
        for key, value in pairs:
            wire.refuse_nul(key + value)
        super().__init__([(key.lower(), value) for key, value in pairs])

    def __contains__(self, key: object) -> bool:
        return super().__contains__(str(key).lower())

    def __getitem__(self, key: str) -> str:
        value: str = super().__getitem__(key.lower())
        return value

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(str(key).lower(), default)

    def getlist(self, key: Any) -> list[str]:
        return list(super().getlist(str(key).lower()))


class BackOfficeHttpRequest(Request):
    """The request FastAPI solves an endpoint's arguments from.

    FastAPI asks `body()` whether there is a body and, seeing a JSON content type, `json()` for its
    value. Both answer from what `load` read, so a form is served as the object it stands for. What
    was read is kept in the request's state: a transaction that is run again needs it again.
    """

    async def load(self, limit: int) -> None:
        """Read and parse the body; raises TooLarge, Malformed or UnsupportedMediaType."""
        media_type = self._media_type()
        if media_type == MULTIPART or hasattr(self.state, "body"):
            return
        self.state.body = data = await wire.read_limited(self.stream(), limit)
        self.state.parsed = _parse(media_type, data) if data else None

    def as_json(self) -> "BackOfficeHttpRequest":
        """The same request under a JSON content type, unless it is multipart."""
        if self._media_type() == MULTIPART:
            return self
        kept = [pair for pair in self.scope["headers"] if pair[0] != b"content-type"]
        headers = [*kept, (b"content-type", b"application/json")]
        return BackOfficeHttpRequest({**self.scope, "headers": headers}, self.receive)

    def open_ids(self, ids: OpaqueIds) -> None:
        """Replace opaque ids by the ids they hold; raises NotFound for anything else in their
        place."""
        self.scope["path_params"] = {
            name: _open(ids, name, text) for name, text in self.path_params.items()
        }
        pairs = self.query_params.multi_items()
        if any(name in KINDS for name, _ in pairs):
            opened = [(name, _open(ids, name, text)) for name, text in pairs]
            self.query_params = CaseInsensitiveQuery(urlencode(opened).encode())

    @cached_property
    def query_params(self) -> QueryParams:
        return CaseInsensitiveQuery(self.scope["query_string"])

    async def body(self) -> bytes:
        data: bytes = getattr(self.state, "body", b"")
        return data

    async def json(self) -> Any:
        return self.state.parsed

    def _media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


def _open(ids: OpaqueIds, name: str, text: str) -> str:
    kind = KINDS.get(name.lower())
    if kind is None:
        return text
    number = ids.decrypt(kind, text)
    if number is None:
        raise NotFound
    return str(number)


def _parse(media_type: str, data: bytes) -> Any:
    if media_type == FORM:
        return wire.load_form(data)
    if media_type in {"", "application/json", "text/json"} or media_type.endswith("+json"):
        return wire.load_json(data)
    raise UnsupportedMediaType
