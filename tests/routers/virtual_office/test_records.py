"""What is not there is empty in its own type: never null, never left out."""

from datetime import date
from typing import Any

from sqlalchemy import delete, update
from tests.contract.virtual_office import samples
from tests.contract.virtual_office.samples import differences
from tests.factories.account import ACCOUNT
from tests.factories.company import add_members
from tests.factories.golden import MEMBER
from tests.factories.office import Office

from upline.core.context import SYSTEM
from upline.core.wire import dump_json
from upline.models.customer import Address, Customer
from upline.routers.virtual_office.records import AccountRecord, write_record

NEWCOMER = 200_000


def test_the_short_way_writes_what_the_model_writes() -> None:
    written = write_record(ACCOUNT)
    dumped = AccountRecord.model_validate(ACCOUNT).model_dump(by_alias=True)
    assert dump_json(written) == dump_json(dumped)


async def test_a_member_with_nothing_has_every_field(own_office: Office) -> None:
    newcomer: dict[str, Any] = {"customer_id": NEWCOMER, "sponsor_id": MEMBER, "phone": "n/a"}
    async with own_office.container.context(SYSTEM) as ctx:
        await add_members(ctx.session, [newcomer | {"enrolled_on": date(2014, 11, 3)}])
        await ctx.session.execute(delete(Address).where(Address.customer_id == NEWCOMER))
        await ctx.session.execute(
            update(Customer)
            .where(Customer.customer_id == NEWCOMER)
            .values(activated_at=None, email="", email_key=None, first_name="")
        )
    answer = await own_office.read("/downline/children/user/0")
    (leg,) = [leg for leg in answer["legs"] if leg["customerid"] == NEWCOMER]
    assert differences(leg, samples.LEG) == []
    assert leg["lastorderdate"] == leg["dateactivated"] == leg["email"] == leg["mainphone"] == ""
    assert (leg["mainaddress1"], leg["maincity"], leg["mainzip"]) == ("", "", "")
    assert leg["maincountry"] == "United States"  # the member's own, for want of an address
    assert (leg["enrollerid"], leg["signupdate"]) == (0, "Nov 3, 2014")
    assert leg["autoship"] == {
        "active": False, "day": 0, "pv": 0, "shipped": False, "status": "none",
    }  # fmt: skip

    detail = await own_office.read(f"/downline/detail/{NEWCOMER}/0")
    path = [{"customerid": 1, "name": "", "level": 0}]
    expected = samples.DETAIL_MEMBER | samples.DETAILED | {"sponsorpath": path}
    assert differences(detail, expected) == []
    assert detail["dateactivated"] == ""
    assert detail["enroller"] == {"customerid": 0, "name": "", "email": "", "mainphone": ""}


async def test_a_member_without_a_check_has_every_field(own_office: Office) -> None:
    check = await own_office.read("/commission/check/summary/0")
    assert list(check) == list(samples.CHECK_SUMMARY)
    for bonus in ("retail", "unilevel", "faststart", "generations", "starterkit"):
        assert check[bonus] == {"commission": "0"}
    assert check["adjustments"] == {"total": "0", "items": []}
    assert (check["checkid"], check["checktotal"], check["dgyf"]) == ("", "0", "0")
    assert check["volume"] == {"ogv": 0, "pv": 0, "pgv": 0}

    level = await own_office.read("/commission/check/unilevel/0/1")
    assert differences(level, samples.CHECK_UNILEVEL) == []
    assert (level["commissionearned"], level["unilevel"]) == ("$0.00", {"levels": []})
    assert (await own_office.read("/commission/history/0"))["checks"] == []
