import pytest
from tests.factories.family import add_family

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.services.payout import countries
from upline.services.payout.vocabulary import MethodType

BANK, CHECK, PAYONEER, WALLET = MethodType


async def _types(ctx: Context, country_id: int) -> dict[MethodType, list[str]]:
    found = await countries.list_types(ctx, country_id)
    return {each.type: [rule.name for rule in each.fields if rule.is_required] for each in found}


async def test_what_countries_offer(ctx: Context) -> None:
    await add_family(ctx.session)
    assert await _types(ctx, 840) == {
        BANK: ["NameOnAccount", "BankAccountTypeId", "RoutingNumber", "AccountNumber"],
        CHECK: ["NameOnAccount"],
        PAYONEER: [],
        WALLET: [],
    }
    assert await _types(ctx, 276) == {BANK: ["NameOnAccount", "Iban"], PAYONEER: [], WALLET: []}
    assert await _types(ctx, 410) == {PAYONEER: [], WALLET: []}
    assert await _types(ctx, 364) == {WALLET: []}
    with pytest.raises(NotFound):
        await countries.list_types(ctx, 999)


def test_countries_of_sepa_have_an_iban() -> None:
    assert countries.sepa_countries() <= countries.iban_countries()
    assert {"DE", "CH", "GB"} <= countries.sepa_countries()
    assert not {"US", "TR"} & countries.sepa_countries()
