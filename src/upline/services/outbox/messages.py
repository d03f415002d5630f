"""Putting messages into the outbox: rows of the same transaction, sent by whoever sends later."""

from collections.abc import Mapping

from sqlalchemy.dialects.postgresql import insert

from upline.core.context import Context
from upline.models.operation import OutboxMessage

EMAIL = "email"


async def write_mail(
    ctx: Context, recipient: str, template: str, data: Mapping[str, object], *, key: str
) -> None:
    """A mail made from `template` to the address on record; one of each `key`, however often asked.

    Without an address there is nobody to write to, and nothing is put down.
    """
    if not recipient:
        return
    await ctx.session.execute(
        insert(OutboxMessage)
        .values(
            channel=EMAIL,
            key=key,
            payload={"to": recipient, "template": template, "data": dict(data)},
            due_at=ctx.now,
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
