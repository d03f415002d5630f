"""Admission by principal alone; what is allowed on whom is in tests/security/authz.csv."""

import pytest

from upline.core.context import ANONYMOUS, Principal, PrincipalKind, Scope
from upline.core.errors import Forbidden, Unauthenticated
from upline.routers.policies import Authenticated, Policy, Public, Scoped, Self, SelfOrUpline


def _application(*scopes: Scope) -> Principal:
    return Principal(PrincipalKind.APPLICATION, client_id="x", scopes=frozenset(scopes))


CUSTOMER = Principal(PrincipalKind.CUSTOMER, customer_id=2, login_id=1)
ADMINISTRATOR = Principal(PrincipalKind.ADMINISTRATOR, login_id=1, scopes=frozenset({Scope.ADMIN}))
CALLERS = {
    "anonymous": ANONYMOUS,
    "customer": CUSTOMER,
    "administrator": ADMINISTRATOR,
    "backoffice": _application(Scope.BACKOFFICE),
    "funnel": _application(Scope.FUNNEL),
    "nothing": _application(),
}
ADMITTED = [
    (Public(), set(CALLERS)),
    (Authenticated(), set(CALLERS) - {"anonymous"}),
    (Scoped(Scope.FUNNEL), {"funnel", "administrator"}),
    (Scoped(Scope.FUNNEL, Scope.BACKOFFICE), {"funnel", "backoffice", "administrator"}),
    (Scoped(Scope.FUNNEL, customers=True), {"funnel", "customer", "administrator"}),
    (Self("customer_id"), {"customer", "backoffice", "administrator"}),
    (SelfOrUpline("customer_id"), {"customer", "backoffice", "administrator"}),
]


def _name(value: object) -> str:
    """The same in every process: the order of a set is not."""
    return " ".join(sorted(value)) if isinstance(value, set) else type(value).__name__


@pytest.mark.parametrize(("policy", "admitted"), ADMITTED, ids=_name)
def test_who_is_admitted(policy: Policy, admitted: set[str]) -> None:
    answers: dict[str, object] = {}
    for name, principal in CALLERS.items():
        try:
            answers[name] = policy.admit(principal)
        except (Unauthenticated, Forbidden) as refusal:
            answers[name] = type(refusal)
    expected = dict.fromkeys(CALLERS, Forbidden) | {"anonymous": Unauthenticated}
    assert answers == expected | dict.fromkeys(admitted)
