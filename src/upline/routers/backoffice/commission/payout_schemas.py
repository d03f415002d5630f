"""Payout methods and deposits on the wire. No number leaves but its last digits."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from upline.core.passwords import MAXIMUM_LENGTH
from upline.routers.backoffice.commission.schemas import StatementLine
from upline.routers.backoffice.wire import BackOfficeModel, BackOfficeRequest, Number
from upline.services.payout.accounts import Request
from upline.services.payout.countries import OfferedType
from upline.services.payout.methods import StoredMethod, Wish
from upline.services.payout.vocabulary import METHOD_NAMES, AccountType, MethodType, mask

Text = Annotated[str, Field(max_length=100), AfterValidator(str.strip)]
Digits = Annotated[str, Field(max_length=50), AfterValidator(str.strip)]


class PayoutMethodRequest(BackOfficeRequest):
    """How the member wants to be paid; which fields a country asks for says
    payoutmethod/type/{CountryId}."""

    payout_method_type_id: MethodType
    country_id: Annotated[int, Field(ge=1, le=999)] | None = None
    name_on_account: Text = ""
    bank_name: Text = ""
    bank_account_type_id: Annotated[int, Field(ge=1, le=2)] | None = None
    routing_number: Digits = ""
    account_number: Digits = ""
    iban: Digits = ""
    bic: Digits = ""
    payee_id: Digits = ""
    is_default: bool | None = None

    def wish(self) -> Wish:
        """The request in the words of the service."""
        request = Request(
            type=self.payout_method_type_id,
            country_code="",
            name_on_account=self.name_on_account,
            bank_name=self.bank_name,
            account_type_id=self.bank_account_type_id,
            routing_number=self.routing_number,
            account_number=self.account_number,
            iban=self.iban,
            bic=self.bic,
            payee_id=self.payee_id,
        )
        return Wish(request, self.country_id, self.is_default)


class PayoutMethodChange(PayoutMethodRequest):
    """A change, with the member's password unless they logged in within five minutes."""

    password: Annotated[SecretStr, Field(min_length=1, max_length=8 * MAXIMUM_LENGTH)] | None = None


class PayoutMethod(BackOfficeModel):
    """A stored method. AccountNumber is masked; HeldUntil is set while nothing is paid by it."""

    payout_method_id: int
    payout_method_type_id: int
    payout_method_type: str
    country_id: int
    country: str
    name_on_account: str
    bank_name: str
    bank_account_type_id: int | None
    bank_account_type: str | None
    account_number: str
    last_four_digits: str
    is_default: bool
    held_until: datetime | None
    created_on: datetime
    updated_on: datetime

    @classmethod
    def of(cls, method: StoredMethod) -> "PayoutMethod":
        kind = method.account_type_id
        return cls(
            payout_method_id=method.payout_method_id,
            payout_method_type_id=method.type,
            payout_method_type=METHOD_NAMES[method.type],
            country_id=method.country_id,
            country=method.country,
            name_on_account=method.name_on_account,
            bank_name=method.bank_name,
            bank_account_type_id=kind,
            bank_account_type=None if kind is None else AccountType(kind).name.title(),
            account_number=mask(method.last_four),
            last_four_digits=method.last_four,
            is_default=method.is_default,
            held_until=method.held_until,
            created_on=method.created_at,
            updated_on=method.updated_at,
        )


class PayoutField(BackOfficeModel):
    """A field of the request, and what people call it there."""

    name: str
    label: str
    is_required: bool


class PayoutMethodType(BackOfficeModel):
    """A way of being paid that is open in the country."""

    payout_method_type_id: int
    payout_method_type: str
    fields: list[PayoutField]

    @classmethod
    def of(cls, offered: OfferedType) -> "PayoutMethodType":
        fields = [
            PayoutField(name=rule.name, label=rule.label, is_required=rule.is_required)
            for rule in offered.fields
        ]
        return cls(
            payout_method_type_id=offered.type, payout_method_type=offered.name, fields=fields
        )


class BankAccountType(BackOfficeModel):
    """Checking or savings."""

    bank_account_type_id: int
    bank_account_type: str


class Deposit(BackOfficeModel):
    """A payment. Status is Pending, Paid, Failed or Returned; the last two gave the money back."""

    deposit_history_id: int
    deposit_date: date
    period_id: int | None
    amount: Number
    fee: Number
    currency_code: str
    payout_method: str
    status: str
    reference: str


class DepositLine(StatementLine):
    """A line of a statement, with the period it stands in."""

    period_id: int
