"""Level pay of 10, 5 and 1 % up a chain of four, of which 4 buys for 100."""

import pytest
from tests.engine.test_worked import CHAIN, MATRIX, STAR, check, paid

RULE = 'kind = "unilevel"\nrates = ["10%", "5%", "1%"]\nvolume = "cv"\n'


def company(pvs: tuple[int, ...] = (0, 0, 0, 0), cvs: tuple[int, ...] = (0, 0, 0, 100)) -> str:
    bought = (
        f"{{ member = {k}, pv = {pv}, cv = {cv} }}"
        for k, (pv, cv) in enumerate(zip(pvs, cvs, strict=True), 1)
    )
    return f"{CHAIN}\norders = [{', '.join(bought)}]"


def amounts(*by_member: float) -> list[str]:
    return [paid(member, amount) for member, amount in enumerate(by_member, 1)]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", (1, 5, 10, 0)),
        ("levels = { member = 1, leader = 2, chief = 3 }\n", (1, 5, 10, 0)),
        ("levels = { member = 1, leader = 1, chief = 3 }\n", (1, 0, 10, 0)),
        ("levels = { member = 2, leader = 2, chief = 2 }\n", (0, 5, 10, 0)),
        ('rates_by_rank = { chief = ["10%", "5%", "7%"] }\n', (7, 5, 10, 0)),
        ('requires = { pv = 1000 }\ncompression = "none"\n', (1, 5, 0, 0)),
        ('requires = { pv = 1000 }\ncompression = "skip_unqualified"\n', (5, 10, 0, 0)),
        ('requires = { pv = 1001 }\ncompression = "none"\n', (1, 0, 0, 0)),
        ('requires = { pv = 1001 }\ncompression = "skip_unqualified"\n', (10, 0, 0, 0)),
        ("unqualified_pays = false\nrequires = { pv = 1000 }\n", (0, 0, 0, 0)),
        ('unqualified_pays = "as_upline"\nrequires = { pv = 1000 }\n', (10, 0, 0, 0)),
        ('unqualified_pays = "as_upline"\nrequires = { pv = 1001 }\n', (0, 0, 0, 0)),
        ("sources = { pv = 1 }\n", (0, 0, 0, 0)),
        ('holding_rank = "leader"\ncompression = "skip_below_rank"\n', (5, 10, 0, 0)),
        (
            'levels = { member = 0, leader = 1, chief = 3 }\ncompression = "level_aware"\n',
            (5, 10, 0, 0),
        ),
    ],
)
def test_who_is_paid_on_which_level(more: str, expected: tuple[float, ...]) -> None:
    """1 is a chief, 2 a leader; 3 and 4 are neither."""
    check(RULE + more, company((5000, 1000, 0, 0)), *amounts(*expected))


@pytest.mark.parametrize("what", ["true", "false", '"as_upline"'])
def test_customers_need_not_qualify(what: str) -> None:
    """1 and 2 have the 1,000 that are asked for; 9, a customer of 2, buys 100: 2 is on level 1."""
    members = '{ id = 1 }, { id = 2, sponsor = 1 }, { id = 9, sponsor = 2, type = "retail" }'
    orders = ", ".join(
        f"{{ member = {k}, pv = {pv}, cv = {cv} }}"
        for k, pv, cv in [(1, 1000, 0), (2, 1000, 0), (9, 100, 100)]
    )
    rule = f"{RULE}requires = {{ pv = 1000 }}\nunqualified_pays = {what}\n"
    group = f"members = [{members}]\norders = [{orders}]"
    check(rule, group, paid(2, 10, 1), paid(1, 5, 2))


@pytest.mark.parametrize(
    ("pvs", "stop_pays", "expected"),
    [
        ((0, 0, 1000, 0), "false", (0, 0, 10, 0)),
        ((0, 1000, 0, 0), "false", (0, 5, 10, 0)),
        ((0, 1000, 1000, 0), "false", (0, 0, 10, 0)),
        ((0, 0, 0, 1000), "false", (0, 0, 0, 0)),
        ((0, 0, 0, 1000), "true", (1, 5, 10, 0)),
        ((0, 1000, 0, 1000), "true", (0, 5, 10, 0)),
        ((0, 0, 1000, 1000), "true", (0, 0, 10, 0)),
    ],
)
def test_level_pay_ends_at_a_leader(
    pvs: tuple[int, ...], stop_pays: str, expected: tuple[float, ...]
) -> None:
    rule = f'{RULE}stops_at = "leader"\nstop_pays = {stop_pays}\n'
    check(rule, company(pvs), *amounts(*expected))


@pytest.mark.parametrize(
    ("pvs", "expected"),
    [
        ((5000, 1000, 0, 0), (1, 5, 0, 0)),
        ((1000, 1000, 0, 0), (0, 5, 0, 0)),
        ((5000, 1000, 1000, 0), (1, 0, 10, 0)),
        ((5000, 1000, 5000, 0), (0, 0, 10, 0)),
        ((5000, 0, 0, 1000), (1, 0, 0, 0)),
        ((5000, 1000, 0, 1000), (1, 0, 0, 0)),
    ],
)
def test_level_pay_ends_at_whoever_has_the_payees_rank(
    pvs: tuple[int, ...], expected: tuple[float, ...]
) -> None:
    """The source among them: 3 is paid only where 4 is of a lower rank."""
    check(f'{RULE}stops_at = "own"\n', company(pvs), *amounts(*expected))


@pytest.mark.parametrize(("pv", "factor"), [(99, 0), (100, 0.5), (499, 0.5), (500, 1)])
def test_rates_are_scaled_by_a_volume_of_the_payee(pv: int, factor: float) -> None:
    scale = '{ by = "pv", steps = [{ volume = 100, rate = "50%" }, { volume = 500, rate = 1 }] }'
    check(f"{RULE}scale = {scale}\n", company((0, 0, pv, 0)), *amounts(0, 0, 10 * factor, 0))


def test_places_of_a_matrix_are_filled_from_the_left() -> None:
    """1 enrolled all; 4 and 5 stand below 2, and a third would stand below 3."""
    orders = "orders = [{ member = 5, pv = 100 }, { member = 6, pv = 10 }]"
    members = STAR[:-1] + ", { id = 6, sponsor = 1 }]\n"
    rule = 'kind = "unilevel"\nrates = ["10%", "1%"]\ntree = "two"\n' + MATRIX
    check(rule, members + orders, paid(1, 1.1), paid(2, 10), paid(3, 1), paid(4, 0))
