"""Catalogues ready to be sent: public, the same for everybody, kept for a minute with an ETag.

Whatever strangers ask for, there are no more answers than cultures with translations, countries
open for business and types of customers; the database is asked for each once a minute.
"""

import hashlib
from dataclasses import dataclass

from starlette.responses import Response

from upline.core import wire
from upline.core.context import Context
from upline.core.ttl_cache import TtlCache
from upline.routers.virtual_office.shopping import schemas as s
from upline.services.product import catalogue
from upline.services.product.catalogue import Reach
from upline.services.product.cultures import Culture

SECONDS = 60
CATALOGUES = 256
JSON = "application/json"


@dataclass(frozen=True, slots=True)
class Stored:
    """A body with its entity tag, quotes included."""

    body: bytes
    etag: str

    def respond(self, if_none_match: str | None) -> Response:
        """The body, or 304 when the client holds it already."""
        headers = {"ETag": self.etag, "Cache-Control": f"public, max-age={SECONDS}"}
        held = {tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")}
        if self.etag in held or "*" in held:
            return Response(status_code=304, headers=headers)
        return Response(self.body, headers=headers, media_type=JSON)


class Shelf:
    """The catalogues one process has at hand."""

    def __init__(self) -> None:
        self._reach: TtlCache[None, Reach] = TtlCache(1, SECONDS)
        self._catalogues: TtlCache[tuple[Culture, str, int], Stored] = TtlCache(CATALOGUES, SECONDS)

    async def get(self, ctx: Context, culture: str, country: str, customer_type: int) -> Stored:
        """A catalogue; FieldInvalid for no culture, NotFound where nothing is sold."""
        wished = Culture.parse(culture)
        reach = await self._reach.get(None, lambda: catalogue.load_reach(ctx))
        spoken, code = wished.nearest(reach.cultures), reach.resolve_country(country)

        async def make() -> Stored:
            found = await catalogue.get_catalogue(ctx, spoken, code, customer_type)
            answer = s.Catalogue.model_validate(found, from_attributes=True)
            body = wire.dump_json(answer.model_dump(by_alias=True))
            return Stored(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')

        return await self._catalogues.get((spoken, code, customer_type), make)
