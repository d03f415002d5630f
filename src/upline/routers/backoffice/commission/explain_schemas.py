"""What explanations of a statement look like."""

from upline.routers.backoffice.commission.schemas import StatementLine
from upline.routers.backoffice.wire import BackOfficeModel, Number, OpaqueCustomerId


class Basis(BackOfficeModel):
    """What the figures rest on; Digest is that of the plan's text. A check in another currency
    names it, with the rate it was exchanged at."""

    period_id: int
    description: str
    is_final: bool
    run_id: int
    plan: str
    plan_version_id: int
    effective_period_id: int
    digest: str
    rounding: str
    currency_code: str
    paid_currency_code: str | None
    exchange_rate: Number | None


class Rule(BackOfficeModel):
    """A table of the plan as it stands there, and the number of its first line."""

    line: int
    text: str


class Figure(BackOfficeModel):
    """What is asked and what there was; IsMet is null where no figure is kept to tell by."""

    name: str
    required: str
    actual: str | None
    is_met: bool | None


class Alternative(BackOfficeModel):
    """All that one of several ways to meet a requirement asks."""

    is_met: bool | None
    requirements: list[Figure]


class Condition(Figure):
    """A requirement; Alternatives where any one of several meets it."""

    alternatives: list[Alternative]


class Step(BackOfficeModel):
    """A member between the source and the payee. Level is null for whoever was passed over."""

    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    name: str
    rank: str
    steps: int
    level: int | None
    is_qualified: bool | None
    unmet: list[Condition]
    paid: Number


class BonusExplanation(BackOfficeModel):
    """One bonus: its rule, what it asks, what it paid in the period, and why."""

    bonus_id: int
    bonus: str
    kind: str
    rule: Rule
    requirements: list[Condition]
    is_qualified: bool | None
    amount: Number
    verdict: str
    path: list[Step]
    lines: list[StatementLine]


class Explanation(BackOfficeModel):
    """Why a member was paid in a period, or not."""

    basis: Basis
    customer_id: int
    encrypted_customer_id: OpaqueCustomerId
    name: str
    rank: str
    from_customer_id: int | None
    bonuses: list[BonusExplanation]
