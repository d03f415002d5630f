"""Payout methods: sealed, masked, changed by their owner alone, held and announced."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from tests.factories.family import add_family
from tests.factories.payouts import ACCOUNT, AMERICAN, CHECK, FIELDS, GERMAN, PAYONEER

from upline.core.context import Context
from upline.core.crypto import Unreadable
from upline.core.errors import FieldInvalid, NotFound
from upline.models.operation import OutboxMessage
from upline.models.payout import PayoutMethodVersion
from upline.services.payout import methods
from upline.services.payout.methods import TooManyMethods, Wish

NOBODY = None


@pytest.fixture
async def family(ctx: Context) -> Context:
    await add_family(ctx.session)
    return ctx


async def change(
    ctx: Context, customer_id: int, method_id: int, wish: Wish
) -> methods.StoredMethod:
    return await methods.change_method(
        ctx,
        FIELDS,
        NOBODY,  # type: ignore[arg-type] - the system proves nothing
        customer_id,
        method_id,
        wish,
        None,
    )


async def test_the_first_is_the_default_and_good_at_once(family: Context) -> None:
    first = await methods.add_method(family, FIELDS, 2, Wish(AMERICAN))
    assert (first.is_default, first.held_until, first.last_four) == (True, None, "6789")
    second = await methods.add_method(family, FIELDS, 2, Wish(PAYONEER))
    assert (second.is_default, second.held_until) == (False, family.now + timedelta(hours=72))
    third = await methods.add_method(family, FIELDS, 2, Wish(AMERICAN, is_default=True))
    assert [each.payout_method_id for each in await methods.list_methods(family, 2)] == [
        third.payout_method_id,
        first.payout_method_id,
        second.payout_method_id,
    ]
    assert await methods.list_methods(family, 1) == []


async def test_numbers_are_sealed_for_their_own_row(family: Context) -> None:
    stored = await methods.add_method(family, FIELDS, 2, Wish(AMERICAN))
    sealed = await family.session.scalar(select(PayoutMethodVersion.details_cipher))
    assert sealed is not None
    assert ACCOUNT.encode() not in sealed
    number = stored.payout_method_id
    assert methods.open_details(FIELDS, number, 1, sealed).account_number == ACCOUNT
    with pytest.raises(Unreadable):
        methods.open_details(FIELDS, number + 1, 1, sealed)
    dump = await family.session.scalar(
        text("SELECT string_agg(v::text, ' ') FROM payout_method_versions v")
    )
    assert ACCOUNT not in dump


async def test_a_change_is_held_and_announced(family: Context) -> None:
    stored = await methods.add_method(family, FIELDS, 2, Wish(AMERICAN))
    wish = Wish(replace(AMERICAN, account_number="55667788"))
    changed = await change(family, 2, stored.payout_method_id, wish)
    assert (changed.last_four, changed.held_until) == ("7788", family.now + methods.HOLD)
    assert changed.is_default
    rows = await family.session.scalars(
        select(OutboxMessage.payload).order_by(OutboxMessage.outbox_message_id)
    )
    added, told = rows.all()
    assert (added["template"], told["template"]) == (methods.ADDED, methods.CHANGED)
    assert told["to"] == "member2@example.com"
    assert "****7788" in str(told["data"])
    assert "55667788" not in str(told)


async def test_methods_of_others_do_not_exist(family: Context) -> None:
    stored = await methods.add_method(family, FIELDS, 2, Wish(AMERICAN))
    with pytest.raises(NotFound):
        await change(family, 3, stored.payout_method_id, Wish(AMERICAN))
    with pytest.raises(NotFound):
        await methods.get_method(family, 3, stored.payout_method_id)


async def test_the_direct_deposit(family: Context) -> None:
    assert await methods.find_direct_deposit(family, 2) is None
    await methods.add_method(family, FIELDS, 2, Wish(PAYONEER))
    assert await methods.find_direct_deposit(family, 2) is None
    bank = await methods.add_method(family, FIELDS, 2, Wish(AMERICAN))
    assert await methods.find_direct_deposit(family, 2) == bank


async def test_the_country_is_ones_own_unless_said(family: Context) -> None:
    with pytest.raises(FieldInvalid) as caught:
        await methods.add_method(family, FIELDS, 2, Wish(GERMAN))
    assert caught.value.field == "routingNumber" or "required" in str(caught.value)
    stored = await methods.add_method(family, FIELDS, 2, Wish(GERMAN, country_id=276))
    assert (stored.country, stored.bank_name) == ("Germany", "Commerzbank")
    with pytest.raises(FieldInvalid) as caught:
        await methods.add_method(family, FIELDS, 2, Wish(GERMAN, country_id=999))
    assert caught.value.field == "countryId"


async def test_a_check_goes_to_the_address_of_its_day(family: Context) -> None:
    stored = await methods.add_method(family, FIELDS, 2, Wish(CHECK))
    sealed = await family.session.scalar(select(PayoutMethodVersion.details_cipher))
    assert sealed is not None
    details = methods.open_details(FIELDS, stored.payout_method_id, 1, sealed)
    assert details.address[0] == "1 Main Street"
    await family.session.execute(text("DELETE FROM addresses WHERE customer_id = 3"))
    with pytest.raises(FieldInvalid, match="address"):
        await methods.add_method(family, FIELDS, 3, Wish(CHECK))


async def test_payoneer_knows_members_by_their_number(family: Context) -> None:
    stored = await methods.add_method(family, FIELDS, 2, Wish(replace(PAYONEER, payee_id="")))
    sealed = await family.session.scalar(select(PayoutMethodVersion.details_cipher))
    assert sealed is not None
    assert methods.open_details(FIELDS, stored.payout_method_id, 1, sealed).payee_id == "2"


async def test_there_is_an_end(family: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "MOST_METHODS", 1)
    await methods.add_method(family, FIELDS, 2, Wish(PAYONEER))
    with pytest.raises(TooManyMethods):
        await methods.add_method(family, FIELDS, 2, Wish(PAYONEER))
