"""The documented answers, field by field: "…" stands for what the documentation leaves out."""

from typing import Any

CHECK_SUMMARY: dict[str, Any] = {
    "customerid": "123456",
    "checkid": "12345678",
    "checkdate": "11/17/2014",
    "periodid": "405",
    "checktotal": "314.39",
    "totalcommission": "317.39",
    "currencyunit": "USD",
    "dgyf": "0",
    "paidasrankid": 2,
    "maxrankid": 2,
    "volume": {"ogv": 4635.5, "pv": 290.25, "pgv": 4635.5},
    "retail": {"commission": "11.84"},
    "unilevel": {
        "commission": "229.71",
        "levels": [
            {"levelnum": 1, "commission": "$142.83"},
            {"levelnum": 2, "commission": "$63.49"},
            {"levelnum": 3, "commission": "$23.39"},
        ],
    },
    "faststart": {
        "commission": "75.84",
        "levels": [
            {"levelnum": 1, "commission": "$8.44"},
            {"levelnum": 2, "commission": "$67.40"},
        ],
    },
    "personalgen": {"commission": "0"},
    "generations": {"commission": "0"},
    "risingstar": {"commission": "0"},
    "leadership": {"commission": "0"},
    "diamondexpress": {"commission": "0"},
    "starterkit": {"commission": "0"},
    "adjustments": {
        "total": "-3",
        "items": [{"description": "Maintenance Fee", "amount": "-3", "commledgertypeid": 2}],
    },
}
CHECK_UNILEVEL: dict[str, Any] = {
    "customerid": 123456,
    "periodid": 406,
    "commissionvolume": 1785,
    "percentage": 8,
    "commissionearned": "$142.83",
    "unilevel": {
        "levels": [
            {
                "membernum": 123445,
                "membername": "MEMBER, COOL",
                "commissionvolume": 75.25,
                "percentage": 8.0,
                "commissionsearned": 6.02,
            }
        ]
    },
}
HISTORY: dict[str, Any] = {
    "customerid": 1449977,
    "checks": [
        {
            "periodid": 405,
            "checknumber": "12345678",
            "checkdate": "11/17/2014",
            "amount": 317.39,
            "amountformatted": "$317.39",
            "currency": "USD",
        }
    ],
}
CHILDREN_USER: dict[str, Any] = {
    "customerid": "1449977",
    "currentperiodid": 406,
    "periodid": 405,
    "chartstartperiod": 398,
    "chartendperiod": 405,
    "totalchildren": 74,
    "legs": ["…"],
}
CHILDREN_MEMBER: dict[str, Any] = CHILDREN_USER | {"customerid": 1223344, "totalchildren": 15}
DETAIL_USER: dict[str, Any] = {
    "customerid": 123456,
    "name": "BLOW, JOE",
    "customertype": 2,
    "email": "joe@example.com",
    "mainphone": "1234567891",
    "datesignedup": "5/1/2013 12:27:52 PM",
    "dateactivated": "5/1/2013 12:27:52 PM",
    "onhold": False,
    "activitystatusid": 1,
    "holdreason": "",
    "avatarimage": "",
    "volume": {},
    "rank": {},
    "address": {},
    "autoship": {},
    "sponsor": {},
    "enroller": {},
}
DETAIL_MEMBER: dict[str, Any] = DETAIL_USER | {"sponsorpath": ["…"]}

# Not published as samples but in words: names in order with one value of each type.
ACCOUNT: dict[str, Any] = {
    "customerid": 1, "enrollerid": 1, "sponsorid": 1, "name": "", "contactname": "",
    "hasmultibytename": False, "hasmultibytecontactname": False, "level": 1, "pv": 1.5,
    "totalpv": 1.5, "ogv": 1.5, "pgv": 1.5, "pgv2legs": 1.5, "pgv3legs": 1.5, "pgv4legs": 1.5,
    "pgv5legs": 1.5, "pgv6legs": 1.5, "lastorderpv": 1.5, "futureautoshippv": 1.5,
    "mainaddress1": "", "mainaddress2": "", "maincity": "", "mainstate": "", "mainzip": "",
    "maincountry": "", "mainphone": "", "haspvassist": False, "optedoutofemail": False,
    "rankid": 1, "maxrankid": 1, "previousrankid": 1, "isnewmaxrank": False,
    "activitystatusid": 1, "customertype": 1, "signupdate": "", "lastorderdate": "",
    "dateactivated": "",
    "autoship": {"active": False, "day": 1, "pv": 1.5, "shipped": False, "status": ""},
    "maincountryid": 1, "avatarimage": "", "showcontactname": False, "email": "",
    "rankchange": 1, "onhold": False, "holdreason": "",
}  # fmt: skip
LEG: dict[str, Any] = ACCOUNT | {"chart": [{"periodid": 1, "pv": 1.5, "ogv": 1.5, "pgv": 1.5}]}
VOLUMES = "pv ogv pgv totalpv pgv2legs pgv3legs pgv4legs pgv5legs pgv6legs"
RANK = {
    "rankid": 1, "rankname": "", "maxrankid": 1, "previousrankid": 1, "isnewmaxrank": False,
    "rankchange": 1,
}  # fmt: skip
ADDRESS = {
    "mainaddress1": "", "mainaddress2": "", "maincity": "", "mainstate": "", "mainzip": "",
    "maincountry": "", "maincountryid": 1,
}  # fmt: skip
RELATIVE = {"customerid": 1, "name": "", "email": "", "mainphone": ""}
QUALIFICATION: dict[str, Any] = {
    "customerid": 1, "periodid": 1, "currentrankid": 1, "paidasrankid": 1, "maxrankid": 1,
    "nextrankid": 1, "requirements": [{"name": "", "required": 1.5, "actual": 1.5, "met": True}],
    "legs": [{"customerid": 1, "name": "", "ogv": 1.5, "qualified": True}],
}  # fmt: skip
PROFILE: dict[str, Any] = {
    "memberId": 1, "firstName": "", "lastName": "", "companyName": "", "displayName": "",
    "email": "", "phone": "", "customerType": 1, "activityStatusId": 1, "language": "",
    "currencyCode": "", "timeZone": "", "countryCode": "", "referralCode": "", "avatarImage": "",
    "optedOutOfEmail": False, "showContactName": True, "dateSignedUp": "", "dateActivated": "",
    "address": {
        "address1": "", "address2": "", "city": "", "state": "", "postalCode": "", "country": "",
        "countryId": 1,
    },
}  # fmt: skip
ITEM: dict[str, Any] = {
    "name": "", "partNumber": "", "inStock": True, "canPurchase": True, "canPurchaseWithER": True,
    "isNFR": True, "pointValue": 1, "loyaltyPoints": 1, "wholesaleDisplayPrice": 1,
    "retailDisplayPrice": 1, "currency": {"code": "", "symbol": "", "roundFactor": 1},
}  # fmt: skip
CATALOGUE: dict[str, Any] = {
    "items": [ITEM],
    "nfrRootCategory": {
        "name": "",
        "subCategories": [{"name": "", "subCategories": ["…"], "items": [ITEM]}],
    },
}
PAYMENT: dict[str, Any] = {
    "paymentToken": "", "paymentType": "", "cardType": "", "lastFourDigits": "", "firstName": "",
    "lastName": "", "email": "", "expirationMonth": 1, "expirationYear": 1, "isDefault": True,
    "billingAddress": {
        "address1": "", "address2": "", "city": "", "state": "", "postalCode": "", "country": "",
    },
}  # fmt: skip
REWARDS: dict[str, Any] = {
    "totalPoints": 96,
    "totalExpiringPoints30Days": 0,
    "consecutiveMonthsOfErOrders": 12,
    "earningPercentage": 15,
    "availableMonthlyPoints": 96,
    "monthsBeforePercentageIncrease": 0,
    "nextEarningRate": 0,
    "isEnrolled": True,
    "payments": ["…"],
    "legacyOtgProcessingDayOfMonth": 1,
    "legacyNfrProcessingDayOfMonth": 1,
    "isErTemplateConfirmed": True,
    "areErDeliveriesValid": True,
    "doesTemplateMeetMinPv": True,
    "otg": {"processingDate": {"year": 2014, "month": 12, "day": 1}},
    "nfr": {"processingDate": {"year": 2014, "month": 11, "day": 1}},
}
DETAILED = {
    "volume": dict.fromkeys(VOLUMES.split(), 1.5),
    "rank": RANK,
    "address": ADDRESS,
    "autoship": ACCOUNT["autoship"],
    "sponsor": RELATIVE,
    "enroller": RELATIVE,
}


def differences(answer: Any, sample: Any, where: str = "answer") -> list[str]:
    """How an answer's shape departs from a sample: keys in order, JSON types of every value.

    A number of the sample may be any number; an empty object and "…" may be anything.
    """
    if sample in ("…", {}):
        return []
    if _kind(answer) != _kind(sample):
        return [f"{where}: {_kind(answer)} instead of {_kind(sample)}"]
    if isinstance(sample, list):
        return [
            difference
            for at, item in enumerate(answer)
            for difference in differences(item, sample[0], f"{where}[{at}]")
        ]
    if not isinstance(sample, dict):
        return []
    if list(answer) != list(sample):
        return [f"{where}: keys {list(answer)} instead of {list(sample)}"]
    return [
        difference
        for key in sample
        for difference in differences(answer[key], sample[key], f"{where}.{key}")
    ]


def _kind(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    # The samples write ids as whole numbers and volumes as either.
    kinds = {int: "number", float: "number", str: "string", dict: "object", list: "array"}
    return kinds.get(type(value), "null")
