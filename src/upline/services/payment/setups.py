"""A member's way through a provider's pages, from the first token to the stored method."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import delete, insert, select, update

from upline.core.context import Context
from upline.core.crypto import FieldCipher
from upline.core.errors import NotFound
from upline.models.payment import PaymentMethod, PaymentSetup
from upline.ports.express_checkout import Agreement, ExpressCheckout
from upline.services.audit import trail
from upline.services.payment.methods import PURPOSE, MethodType, NewMethod, add_method
from upline.services.payment.return_addresses import require_allowed

SETUP = "payment_setups:token"
FORGET_AFTER = timedelta(days=7)


async def begin(
    ctx: Context,
    fields: FieldCipher,
    checkout: ExpressCheckout,
    customer_id: int,
    *,
    return_url: str,
    cancel_url: str,
    origins: Collection[str],
) -> str:
    """A provider's token bound to this member; raises FieldInvalid for an address not allowed."""
    require_allowed("returnUrl", return_url, origins)
    require_allowed("cancelUrl", cancel_url, origins)
    token = await checkout.begin(return_url, cancel_url)
    await ctx.session.execute(
        insert(PaymentSetup).values(
            token_digest=fields.digest(SETUP, token),
            customer_id=customer_id,
            provider=checkout.provider,
            started_at=ctx.now,
        )
    )
    return token


async def complete(
    ctx: Context, fields: FieldCipher, checkout: ExpressCheckout, customer_id: int, token: str
) -> int:
    """The payment method a token led to; asking again gives the same one.

    NotFound for a token this member did not begin. The provider is asked while the setup is
    locked, so that two requests with one token store one method.
    """
    digest = fields.digest(SETUP, token)
    setup = (
        await ctx.session.execute(
            select(PaymentSetup.payment_method_id, PaymentSetup.provider)
            .where(PaymentSetup.token_digest == digest, PaymentSetup.customer_id == customer_id)
            .with_for_update()
        )
    ).one_or_none()
    if setup is None or setup.provider != checkout.provider:
        raise NotFound
    if setup.payment_method_id is not None:
        return int(setup.payment_method_id)
    agreement = await checkout.complete(token)
    number = await _store(ctx, fields, checkout.provider, customer_id, agreement)
    await ctx.session.execute(
        update(PaymentSetup)
        .where(PaymentSetup.token_digest == digest)
        .values(payment_method_id=number, completed_at=ctx.now)
    )
    return number


async def forget_abandoned(ctx: Context) -> None:
    """Drop setups nobody came back from; the provider forgot them long before."""
    await ctx.session.execute(
        delete(PaymentSetup).where(
            PaymentSetup.started_at < ctx.now - FORGET_AFTER,
            PaymentSetup.payment_method_id.is_(None),
        )
    )


async def _store(
    ctx: Context, fields: FieldCipher, provider: str, customer_id: int, agreement: Agreement
) -> int:
    """The method of an agreement, which may be stored already: members approve twice."""
    known = await ctx.session.scalar(
        select(PaymentMethod.payment_method_id).where(
            PaymentMethod.token_digest == fields.digest(PURPOSE, f"{provider}:{agreement.token}"),
            PaymentMethod.customer_id == customer_id,
            PaymentMethod.removed_at.is_(None),
        )
    )
    if known is not None:
        return known
    method = NewMethod(
        MethodType.PAYPAL,
        provider,
        agreement.token,
        brand="PayPal",
        first_name=agreement.first_name[:100],
        last_name=agreement.last_name[:100],
        email=agreement.email[:254],
    )
    number = await add_method(ctx, fields, customer_id, method)
    await trail.record(
        ctx, "payment_method.add", f"customer:{customer_id}", {"payment_method": number}
    )
    return number
