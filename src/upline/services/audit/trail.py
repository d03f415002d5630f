"""Recording changes: every service that changes something a person answers for calls this."""

from collections.abc import Mapping

from sqlalchemy import insert

from upline.core.context import Context, Principal
from upline.models.operation import AuditEntry


async def record(
    ctx: Context, action: str, subject: str, detail: Mapping[str, object] | None = None
) -> None:
    """Say that the caller did `action` (dotted, "period.close") to `subject` ("period:405").

    The entry commits with the change it speaks of; it is never altered afterwards.
    """
    await ctx.session.execute(
        insert(AuditEntry).values(
            actor=actor_of(ctx.principal),
            request_id=ctx.request_id,
            action=action,
            subject=subject[:100],
            detail=dict(detail or {}),
        )
    )


def actor_of(principal: Principal) -> str:
    """Who somebody is in the trail: "application:shop", "customer:1000001", "system"."""
    number = principal.client_id or principal.customer_id or principal.login_id
    return principal.kind.value if number is None else f"{principal.kind.value}:{number}"
