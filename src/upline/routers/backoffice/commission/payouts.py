"""Commission: how a member is paid, and what was paid. Nobody above a member sees any of it."""

from upline.core.paging import Paged
from upline.routers.backoffice.commission import payout_schemas as s
from upline.routers.backoffice.routing import Router
from upline.routers.deps import Ctx, Entrance, Paging, Sealing
from upline.routers.policies import Authenticated, Self
from upline.services.payout import countries, deposits, methods
from upline.services.payout.deposits import Deposit, DepositLine
from upline.services.payout.vocabulary import AccountType

router = Router("Commission")
OWN = Self("customer_id")


@router.get(
    "/commission/payoutmethod/bankaccounttype",
    policy=Authenticated(),
    response_model=list[s.BankAccountType],
)
async def list_account_types() -> list[s.BankAccountType]:
    """Get bank account type."""
    return [
        s.BankAccountType(bank_account_type_id=each, bank_account_type=each.name.title())
        for each in AccountType
    ]


@router.get(
    "/commission/payoutmethod/type/{CountryId}",
    policy=Authenticated(),
    response_model=list[s.PayoutMethodType],
)
async def list_types(ctx: Ctx, country_id: int) -> list[s.PayoutMethodType]:
    """Get Payout Method Type.

    What members of a country may choose, with the fields each choice asks for.
    """
    return [s.PayoutMethodType.of(each) for each in await countries.list_types(ctx, country_id)]


@router.get(
    "/commission/{customerId}/payoutmethod/list",
    policy=OWN,
    response_model=list[s.PayoutMethod],
)
async def list_methods(ctx: Ctx, customer_id: int) -> list[s.PayoutMethod]:
    """Get Payout method of customer.

    The default first; of account numbers no more than the last digits.
    """
    return [s.PayoutMethod.of(each) for each in await methods.list_methods(ctx, customer_id)]


@router.get(
    "/commission/{customerId}/payoutmethod", policy=OWN, response_model=s.PayoutMethod | None
)
async def get_direct_deposit(ctx: Ctx, customer_id: int) -> s.PayoutMethod | None:
    """Get direct deposit of customer.

    The bank account payouts go to; null for members without one.
    """
    found = await methods.find_direct_deposit(ctx, customer_id)
    return None if found is None else s.PayoutMethod.of(found)


@router.put("/commission/{customerId}/payoutmethod", policy=OWN, response_model=s.PayoutMethod)
async def add_method(
    ctx: Ctx, fields: Sealing, customer_id: int, body: s.PayoutMethodRequest
) -> s.PayoutMethod:
    """Add new payout method.

    The first one becomes the default. A further one is not paid to for 72 hours, and the member is
    told by mail.
    """
    return s.PayoutMethod.of(await methods.add_method(ctx, fields, customer_id, body.wish()))


@router.put(
    "/commission/{customerId}/payoutmethod/{payoutMethodId}",
    policy=OWN,
    response_model=s.PayoutMethod,
)
async def change_method(
    ctx: Ctx,
    fields: Sealing,
    doorway: Entrance,
    customer_id: int,
    payout_method_id: int,
    body: s.PayoutMethodChange,
) -> s.PayoutMethod:
    """Update Payout method of customer.

    Takes the member's Password, unless the token is their own and less than five minutes old. The
    member is told by mail and nothing is paid for 72 hours.
    """
    changed = await methods.change_method(
        ctx,
        fields,
        doorway.guard,
        customer_id,
        payout_method_id,
        body.wish(),
        body.password.get_secret_value() if body.password else None,
    )
    return s.PayoutMethod.of(changed)


@router.get("/commission/{customerId}/deposithistory", policy=OWN, response_model=list[s.Deposit])
async def list_deposits(ctx: Ctx, customer_id: int, page: Paging) -> Paged[Deposit]:
    """Get deposit history list of customer, newest first."""
    return await deposits.list_deposits(ctx, customer_id, page)


@router.get(
    "/commission/{customerId}/deposithistory/{deposithistoryId}/detail",
    policy=OWN,
    response_model=list[s.DepositLine],
)
async def list_deposit_lines(
    ctx: Ctx, customer_id: int, deposithistory_id: int, page: Paging
) -> Paged[DepositLine]:
    """Get Commission list detail by customerid and deposithistory id.

    The commission lines the deposit paid for, by period; a corrected or adjusted amount is on the
    period's statement.
    """
    return await deposits.list_deposit_lines(ctx, customer_id, deposithistory_id, page)
