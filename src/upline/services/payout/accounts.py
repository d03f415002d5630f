"""Checking what a member says of the account to pay to, country by country."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from types import MappingProxyType

from schwifty import BIC, IBAN
from schwifty.exceptions import SchwiftyException
from stdnum import luhn
from stdnum.exceptions import ValidationError
from stdnum.nz import bankaccount
from stdnum.us import rtn

from upline.core.errors import FieldInvalid, FieldsInvalid
from upline.services.payout.countries import FieldRule, fields_of, is_offered, sepa_countries
from upline.services.payout.vocabulary import AccountType, MethodType

SEPARATORS = re.compile(r"[\s.\-/]+")
CARDS = re.compile(r"(?:4\d{15}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|6(?:011|5\d\d)\d{12})")
CLABE_WEIGHTS = (3, 7, 1)


@dataclass(frozen=True, slots=True)
class Request:
    """A method as it is asked for; blank where nothing was said."""

    type: MethodType
    country_code: str
    name_on_account: str = ""
    bank_name: str = ""
    account_type_id: int | None = None
    routing_number: str = ""
    account_number: str = ""
    iban: str = ""
    bic: str = ""
    payee_id: str = ""


@dataclass(frozen=True, slots=True)
class Details:
    """The numbers of a method, as they are sealed and as files need them."""

    routing_number: str = ""
    account_number: str = ""
    iban: str = ""
    bic: str = ""
    payee_id: str = ""
    address: tuple[str, ...] = ()

    @property
    def last_four(self) -> str:
        """What may be shown: never so much of a short number that the rest can be guessed."""
        number = self.iban or self.account_number
        return number[-4:] if len(number) > 7 else number[-2:]

    def as_json(self) -> Mapping[str, object]:
        """Only what is filled in."""
        return {name: value for name, value in asdict(self).items() if value}


@dataclass(frozen=True, slots=True)
class Account:
    """A method found good, its numbers written the one way they are compared and paid by."""

    details: Details
    bank_name: str = ""


def check(request: Request) -> Account:
    """The account a request describes; raises FieldInvalid with the name of the field at fault,
    FieldsInvalid where several are missing."""
    if not is_offered(request.type, request.country_code):
        raise FieldInvalid(
            "payoutMethodTypeId", "This payout method is not available in the country."
        )
    _require_fields(request)
    for name in ("name_on_account", "bank_name", "account_number", "payee_id"):
        _refuse_card(name, getattr(request, name))
    match request.type:
        case MethodType.BANK:
            return CHECKS.get(request.country_code, _iban)(request)
        case MethodType.PAYONEER:
            return Account(Details(payee_id=_payee(request.payee_id)))
        case MethodType.CHECK | MethodType.WALLET:
            return Account(Details())


def _require_fields(request: Request) -> None:
    missing = {
        _field(rule): f"The {rule.name} field is required."
        for rule in fields_of(request.type, request.country_code)
        if rule.is_required and not _given(request, rule)
    }
    if missing:
        raise FieldsInvalid(missing)


def _field(rule: FieldRule) -> str:
    return rule.name[0].lower() + rule.name[1:]


def _given(request: Request, rule: FieldRule) -> bool:
    name = {"BankAccountTypeId": "account_type_id"}.get(rule.name) or re.sub(
        r"(?<!^)(?=[A-Z])", "_", rule.name
    ).lower()
    return bool(getattr(request, name))


def _refuse_card(name: str, value: str) -> None:
    """Card numbers have no business here, whatever field they were typed into."""
    digits = SEPARATORS.sub("", value)
    if CARDS.fullmatch(digits) and luhn.is_valid(digits):
        words = name.split("_")
        field = words[0] + "".join(word.title() for word in words[1:])
        raise FieldInvalid(field, "This looks like a card number, which is not accepted.")


def _united_states(request: Request) -> Account:
    if request.account_type_id not in set(AccountType):
        raise FieldInvalid("bankAccountTypeId", "The BankAccountTypeId must be 1 or 2.")
    try:
        routing = rtn.validate(SEPARATORS.sub("", request.routing_number))
    except ValidationError as error:
        raise FieldInvalid(
            "routingNumber", "The RoutingNumber is not a valid ABA number."
        ) from error
    account = _digits("accountNumber", request.account_number, 4, 17)
    return Account(Details(routing_number=routing, account_number=account), request.bank_name)


def _canada(request: Request) -> Account:
    routing = _digits("routingNumber", request.routing_number, 8, 9)
    account = _digits("accountNumber", request.account_number, 7, 12)
    # Written 0YYYXXXXX for electronic payments: institution before transit.
    return Account(
        Details(routing_number=routing.zfill(9), account_number=account), request.bank_name
    )


def _australia(request: Request) -> Account:
    routing = _digits("routingNumber", request.routing_number, 6, 6)
    account = _digits("accountNumber", request.account_number, 5, 9)
    return Account(Details(routing_number=routing, account_number=account), request.bank_name)


def _new_zealand(request: Request) -> Account:
    try:
        account = bankaccount.validate(request.account_number)
    except ValidationError as error:
        raise FieldInvalid(
            "accountNumber", "The AccountNumber is not a valid bank account."
        ) from error
    return Account(Details(account_number=account), request.bank_name)


def _japan(request: Request) -> Account:
    routing = _digits("routingNumber", request.routing_number, 7, 7)
    account = _digits("accountNumber", request.account_number, 7, 7)
    return Account(Details(routing_number=routing, account_number=account), request.bank_name)


def _mexico(request: Request) -> Account:
    clabe = _digits("accountNumber", request.account_number, 18, 18)
    weighted = (
        int(digit) * CLABE_WEIGHTS[place % 3] % 10 for place, digit in enumerate(clabe[:17])
    )
    if (10 - sum(weighted) % 10) % 10 != int(clabe[17]):
        raise FieldInvalid("accountNumber", "The AccountNumber is not a valid CLABE.")
    return Account(Details(account_number=clabe), request.bank_name)


def _iban(request: Request) -> Account:
    try:
        iban = IBAN(request.iban)
    except SchwiftyException as error:
        raise FieldInvalid("iban", "The Iban is not valid.") from error
    # Inside SEPA nobody may be refused for holding an account next door.
    if iban.country_code != request.country_code and not (
        {iban.country_code, request.country_code} <= sepa_countries()
    ):
        raise FieldInvalid("iban", "The Iban belongs to another country.")
    try:
        bic = BIC(request.bic) if request.bic else iban.bic
    except SchwiftyException as error:
        raise FieldInvalid("bic", "The Bic is not valid.") from error
    return Account(
        Details(iban=str(iban), bic=str(bic or "")), request.bank_name or iban.bank_name or ""
    )


def _payee(text: str) -> str:
    if text and not re.fullmatch(r"[A-Za-z0-9_.@-]{1,50}", text):
        raise FieldInvalid("payeeId", "The PayeeId has letters, digits and -_.@ only.")
    return text


def _digits(field: str, text: str, shortest: int, longest: int) -> str:
    digits = SEPARATORS.sub("", text)
    if not re.fullmatch(r"[0-9]+", digits) or not shortest <= len(digits) <= longest:
        count = f"{shortest}" if shortest == longest else f"{shortest} to {longest}"
        name = field[0].upper() + field[1:]
        raise FieldInvalid(field, f"The {name} must have {count} digits.")
    return digits


CHECKS: Mapping[str, Callable[[Request], Account]] = MappingProxyType(
    {
        "US": _united_states,
        "CA": _canada,
        "AU": _australia,
        "NZ": _new_zealand,
        "JP": _japan,
        "MX": _mexico,
    }
)
