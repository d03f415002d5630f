from sqlalchemy import select

from upline.core.context import Context
from upline.models.operation import OutboxMessage
from upline.services.outbox import messages


async def test_each_key_is_one_mail(ctx: Context) -> None:
    for name in ("Ann", "Bob"):
        await messages.write_mail(ctx, "ann@example.com", "hello", {"name": name}, key="a")
    await messages.write_mail(ctx, "", "hello", {}, key="b")
    rows = await ctx.session.execute(
        select(OutboxMessage.channel, OutboxMessage.payload, OutboxMessage.sent_at)
    )
    assert [tuple(row) for row in rows] == [
        (
            "email",
            {"to": "ann@example.com", "template": "hello", "data": {"name": "Ann"}},
            None,
        )
    ]
