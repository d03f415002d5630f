"""Which ways of being paid a country offers, and what a bank account there is told by."""

import contextlib
import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from string import ascii_uppercase
from types import MappingProxyType

from schwifty import registry
from schwifty.exceptions import SchwiftyException
from sqlalchemy import BigInteger, literal, select

from upline.core.context import Context
from upline.core.errors import NotFound
from upline.models.geography import Country
from upline.services.payout.vocabulary import METHOD_NAMES, MethodType

CHECK_COUNTRIES = frozenset({"US", "CA"})
# Where Payoneer has no payees.
WITHOUT_PAYONEER = frozenset({"CU", "IR", "KP", "SY"})


@dataclass(frozen=True, slots=True)
class FieldRule:
    """A field a method asks for, by its name in requests."""

    name: str
    label: str
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class OfferedType:
    """A way of being paid that is open to members of a country."""

    type: MethodType
    name: str
    fields: tuple[FieldRule, ...]


NAME = FieldRule("NameOnAccount", "Name on account")
BANK = FieldRule("BankName", "Bank", is_required=False)
ACCOUNT = FieldRule("AccountNumber", "Account number")
IBAN_FIELDS = (FieldRule("Iban", "IBAN"), FieldRule("Bic", "BIC", is_required=False))
# Countries whose accounts are not told by an IBAN.
LOCAL_FIELDS: Mapping[str, tuple[FieldRule, ...]] = MappingProxyType(
    {
        "US": (
            FieldRule("BankAccountTypeId", "Checking or savings"),
            FieldRule("RoutingNumber", "Routing number (ABA)"),
            ACCOUNT,
        ),
        "CA": (FieldRule("RoutingNumber", "Institution and transit number"), ACCOUNT),
        "AU": (FieldRule("RoutingNumber", "BSB"), ACCOUNT),
        "NZ": (ACCOUNT,),
        "JP": (FieldRule("RoutingNumber", "Bank and branch code"), ACCOUNT),
        "MX": (FieldRule("AccountNumber", "CLABE"),),
    }
)


async def list_types(ctx: Context, country_id: int) -> list[OfferedType]:
    """The ways of being paid in a country, by its ISO 3166 number."""
    code = await ctx.session.scalar(
        select(Country.country_code).where(Country.country_id == literal(country_id, BigInteger))
    )
    if code is None:
        raise NotFound
    return [
        OfferedType(each, METHOD_NAMES[each], fields_of(each, code))
        for each in MethodType
        if is_offered(each, code)
    ]


def is_offered(method: MethodType, country_code: str) -> bool:
    """Whether members of a country may choose it; a bank account only where it can be checked."""
    match method:
        case MethodType.BANK:
            return country_code in LOCAL_FIELDS or country_code in iban_countries()
        case MethodType.CHECK:
            return country_code in CHECK_COUNTRIES
        case MethodType.PAYONEER:
            return country_code not in WITHOUT_PAYONEER
        case MethodType.WALLET:
            return True


def fields_of(method: MethodType, country_code: str) -> tuple[FieldRule, ...]:
    """What a request must or may hold."""
    match method:
        case MethodType.BANK:
            return (NAME, BANK, *LOCAL_FIELDS.get(country_code, IBAN_FIELDS))
        case MethodType.CHECK:
            return (NAME,)
        case MethodType.PAYONEER:
            return (FieldRule("PayeeId", "Payoneer payee id", is_required=False),)
        case MethodType.WALLET:
            return ()


@cache
def iban_countries() -> frozenset[str]:
    """Countries with an IBAN format of their own."""
    return frozenset(_iban_formats())


@cache
def sepa_countries() -> frozenset[str]:
    """Those a SEPA credit transfer reaches."""
    return frozenset(code for code, in_sepa in _iban_formats().items() if in_sepa)


@cache
def _iban_formats() -> Mapping[str, bool]:
    """Whether each country with an IBAN is in SEPA. The registry answers for one country at a time,
    so every pair of letters is asked for."""
    found = {}
    for first, second in itertools.product(ascii_uppercase, repeat=2):
        with contextlib.suppress(SchwiftyException):
            spec = registry.get_iban_spec(first + second)
            if not spec.aspirational:
                found[first + second] = spec.in_sepa_zone
    return MappingProxyType(found)
