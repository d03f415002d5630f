"""Every documented answer of the family, from a real run, down to the JSON type of each field."""

from datetime import date
from typing import Any

from tests.contract.virtual_office import samples
from tests.contract.virtual_office.samples import differences
from tests.factories.catalogue import add_catalogue
from tests.factories.golden import MEMBER
from tests.factories.office import DEEP, LEG, PASSWORD, UPLINE, Office, pack
from tests.factories.rewards import NOT_FOR_RESALE, add_autoship, add_autoship_orders

from upline.core.context import SYSTEM
from upline.routers.virtual_office.app import ROUTERS, missing
from upline.routers.virtual_office.contract import OPERATIONS
from upline.services.payment.methods import MethodType, NewMethod, add_method
from upline.services.points import posting


async def test_the_check_summary_is_the_documented_one(office: Office) -> None:
    answer = await office.read("/commission/check/summary/405")
    # What a run of our own cannot repeat: the number of that very check.
    own = {"checkid": answer["checkid"]}
    assert answer == samples.CHECK_SUMMARY | own
    assert differences(answer, samples.CHECK_SUMMARY) == []
    assert own["checkid"].isdigit()


async def test_the_unilevel_level_shows_its_members(office: Office) -> None:
    answer = await office.read("/commission/check/unilevel/405/1")
    assert differences(answer, samples.CHECK_UNILEVEL) == []
    sample = samples.CHECK_UNILEVEL | {"periodid": 405, "unilevel": answer["unilevel"]}
    assert answer == sample
    members = answer["unilevel"]["levels"]
    assert samples.CHECK_UNILEVEL["unilevel"]["levels"][0] in members
    assert isinstance(answer["commissionvolume"], int)
    assert round(sum(member["commissionvolume"] for member in members), 4) == 1785.378


async def test_the_history_lists_the_check(office: Office) -> None:
    answer = await office.read("/commission/history/405")
    assert differences(answer, samples.HISTORY) == []
    assert answer["customerid"] == MEMBER
    (check,) = answer["checks"]
    assert check == samples.HISTORY["checks"][0] | {"checknumber": check["checknumber"]}


async def test_children_of_the_caller_and_of_a_member(office: Office) -> None:
    own = await office.read("/downline/children/user/405")
    assert differences(own, samples.CHILDREN_USER) == []
    assert own["customerid"] == str(MEMBER)
    theirs = await office.read(f"/downline/children/{LEG}/405")
    assert differences(theirs, samples.CHILDREN_MEMBER) == []
    assert theirs["customerid"] == LEG
    for answer in (own, theirs):
        assert answer["totalchildren"] == len(answer["legs"]) == 5
        assert all(differences(leg, samples.LEG) == [] for leg in answer["legs"])
        chart = [point["periodid"] for point in answer["legs"][0]["chart"]]
        assert chart == list(range(398, 406))


async def test_details_of_the_caller_and_of_a_member(office: Office) -> None:
    own = await office.read("/downline/detail/user/405")
    assert differences(own, samples.DETAIL_USER) == []
    assert differences(own, samples.DETAIL_USER | samples.DETAILED) == []
    assert own["name"] == "GOLDEN, AVERY"
    assert own["datesignedup"] == "5/1/2013 12:00:00 PM"
    theirs = await office.read(f"/downline/detail/{DEEP}/405")
    path = [{"customerid": 1, "name": "", "level": 0}]
    expected = samples.DETAIL_MEMBER | samples.DETAILED | {"sponsorpath": path}
    assert differences(theirs, expected) == []
    assert [step["level"] for step in theirs["sponsorpath"]] == [0, 1, 2, 3]
    assert theirs["sponsorpath"][0]["customerid"] == MEMBER
    assert theirs["sponsorpath"][-1]["customerid"] == DEEP


async def test_qualification(office: Office) -> None:
    for member, period in ((MEMBER, 405), (UPLINE, 405), (MEMBER, 0)):
        answer = await office.read(f"/downline/qualification/user/{period}", member)
        assert differences(answer, samples.QUALIFICATION) == []


async def test_the_token(office: Office) -> None:
    answer = await office.login(memberId=str(MEMBER), password=PASSWORD)
    expected: dict[str, Any] = {
        "userId": 1,
        "userName": "",
        "displayName": "",
        "memberId": MEMBER,
        "signature": "",
    }
    assert differences(answer.json(), expected) == []
    assert answer.json()["memberId"] == MEMBER


async def test_the_profile_is_the_callers_own(office: Office) -> None:
    answer = await office.get("/api/accounts/my-profile/my-profile")
    assert differences(answer.json(), samples.PROFILE) == []
    profile = answer.json()
    assert profile["memberId"] == MEMBER
    assert profile["displayName"] == "Avery Golden"
    assert profile["dateSignedUp"] == "5/1/2013 12:00:00 PM"
    assert profile["address"]["countryId"] == 840


async def test_the_catalogue(office: Office) -> None:
    async with office.container.context(SYSTEM) as ctx:
        await add_catalogue(ctx.session)
    answer = await office.client.get("/api/shopping/product-catalog/en-US/US/2")
    catalogue = answer.json()
    assert differences(catalogue, samples.CATALOGUE) == []
    (oils,) = catalogue["nfrRootCategory"]["subCategories"]
    (single,) = oils["subCategories"]
    assert differences(single, samples.CATALOGUE["nfrRootCategory"]["subCategories"][0]) == []
    for item in [*catalogue["items"], *single["items"]]:
        amounts = ("pointValue", "loyaltyPoints", "wholesaleDisplayPrice", "retailDisplayPrice")
        assert all(type(item[name]) is int for name in amounts)


async def test_essential_rewards_are_the_documented_ones(office: Office) -> None:
    """A year of orders of 80 PV, two on the way, give the very figures that were published."""
    container = office.container
    async with container.context(SYSTEM) as ctx:
        await add_autoship(ctx.session, UPLINE)
        await add_autoship(ctx.session, UPLINE, program=NOT_FOR_RESALE, next_date=date(2014, 11, 1))
        await add_autoship_orders(ctx.session, UPLINE, range(395, 407))
        card = NewMethod(MethodType.CARD, "spreedly", "vault", brand="visa", last_four="1111")
        await add_method(ctx, container.fields, UPLINE, card)
        await posting.post_months(ctx, range(395, 407))
    answer = (await office.get("/api/shopping/essential-rewards/info", UPLINE)).json()
    assert differences(answer, samples.REWARDS) == []
    assert answer == samples.REWARDS | {"payments": answer["payments"]}
    (payment,) = answer["payments"]
    assert differences(payment, samples.PAYMENT) == []
    assert "vault" not in str(payment)
    empty = (await office.get("/api/shopping/essential-rewards/info", LEG)).json()
    assert differences(empty, samples.REWARDS) == []


async def test_paypal_tokens(office: Office) -> None:
    home = "http://localhost:8000/shop"
    path = f"/api/shopping/paypal/express-checkout-token?cancelUrl={home}&returnUrl={home}"
    begun = (await office.get(path)).json()
    assert differences(begun, {"token": ""}) == []
    header = {"authtoken": pack(await office.token())}
    answer = await office.client.post(
        "/api/shopping/paypal/add-payment", json=begun, headers=header
    )
    assert differences(answer.json(), {"token": ""}) == []
    rewards = (await office.get("/api/shopping/essential-rewards/info")).json()
    (payment,) = rewards["payments"]
    assert payment["paymentToken"] == answer.json()["token"]
    assert differences(payment, samples.PAYMENT) == []


def test_nothing_documented_is_missing() -> None:
    assert missing() == []


def test_every_route_is_documented() -> None:
    routed = {(d.method, d.path) for router in ROUTERS for d in router.declarations}
    assert routed <= set(OPERATIONS)
    assert len(OPERATIONS) == 16
