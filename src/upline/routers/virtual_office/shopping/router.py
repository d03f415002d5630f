"""The public catalogue, Essential Rewards, and paying with PayPal."""

from typing import Annotated

from fastapi import Header, Path, Query, Request
from starlette.responses import Response

from upline.routers.deps import Ctx, get_container
from upline.routers.policies import Authenticated, Public
from upline.routers.virtual_office.auth import caller
from upline.routers.virtual_office.routing import Router
from upline.routers.virtual_office.shopping import schemas as s
from upline.routers.virtual_office.shopping.rewards import PAYMENT_METHOD, EssentialRewards
from upline.routers.virtual_office.shopping.shelf import Shelf
from upline.services.payment import setups
from upline.services.points import rewards

router = Router()

CultureName = Annotated[str, Path(max_length=20, description="A language as spoken: nl-NL.")]
CountryCode = Annotated[str, Path(min_length=2, max_length=3, description="ISO 3166: NL or NLD.")]
CustomerType = Annotated[int, Path(ge=1, le=3, description="1 preferred, 2 distributor, 3 retail.")]
ReturnAddress = Annotated[str, Query(max_length=2000, description="Of an allowed origin.")]


@router.get(
    "/api/shopping/product-catalog/{culture}/{country}/{customertype}",
    policy=Public(),
    response_model=s.Catalogue,
)
async def product_catalog(
    ctx: Ctx,
    request: Request,
    culture: CultureName,
    country: CountryCode,
    customertype: CustomerType,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Public product catalogue: the culture sets the language, the country the prices.

    Prices and points are integers in hundredths. Answers carry an ETag and may be kept a minute.
    """
    shelf: Shelf = request.app.state.shelf
    stored = await shelf.get(ctx, culture, country, customertype)
    return stored.respond(if_none_match)


@router.get(
    "/api/shopping/essential-rewards/info",
    policy=Authenticated(),
    response_model=EssentialRewards,
)
async def essential_rewards(ctx: Ctx, request: Request) -> EssentialRewards:
    """Essential Rewards information: points, consecutive months, stored payments, autoships."""
    found = await rewards.get_rewards(ctx, caller(ctx))
    return EssentialRewards.of(found, get_container(request).ids)


@router.get(
    "/api/shopping/paypal/express-checkout-token",
    policy=Authenticated(),
    response_model=s.PaymentToken,
)
async def express_checkout_token(
    ctx: Ctx,
    request: Request,
    cancel_url: Annotated[ReturnAddress, Query(alias="cancelUrl")],
    return_url: Annotated[ReturnAddress, Query(alias="returnUrl")],
) -> s.PaymentToken:
    """PayPal Express Checkout token: send the member to PayPal with it.

    They come back to one of the two addresses, whose origins the operator has to allow.
    """
    container, member = get_container(request), caller(ctx)
    limits, payments = container.settings.limits, container.settings.payments
    await container.limiter.hit(limits.payment_setups_per_member, f"customer:{member}")
    token = await setups.begin(
        ctx,
        container.fields,
        container.express_checkout,
        member,
        return_url=return_url,
        cancel_url=cancel_url,
        origins=payments.return_origins,
    )
    return s.PaymentToken(token=token)


@router.post(
    "/api/shopping/paypal/add-payment", policy=Authenticated(), response_model=s.PaymentToken
)
async def add_payment(ctx: Ctx, request: Request, body: s.PaymentToken) -> s.PaymentToken:
    """Exchange a PayPal token, which the member has approved, for a stored payment method.

    The answer's token names the method as `paymentToken` does. Asking again stores nothing new.
    """
    container = get_container(request)
    number = await setups.complete(
        ctx, container.fields, container.express_checkout, caller(ctx), body.token
    )
    return s.PaymentToken(token=container.ids.encrypt(PAYMENT_METHOD, number))
