from datetime import UTC, datetime

import numpy as np
from tests.demo.conftest import NOW, ZONE

from upline.demo.company import draw
from upline.demo.orders import Business
from upline.demo.population import FOUNDERS
from upline.engine.units import ACTIVE, DISTRIBUTOR, PREFERRED, RETAIL, TERMINATED


def test_members_are_numbered_by_enrolment_and_never_enrol_in_the_future(
    business: Business,
) -> None:
    people, months = business.population, business.months
    assert len(people) == 600
    assert (np.diff(people.enrolled) >= np.timedelta64(0)).all()
    assert people.enrolled.max() <= months[-1].until
    for index, month in enumerate(months):
        inside = (people.enrolled >= month.start) & (people.enrolled < month.days[-1])
        assert (np.flatnonzero(inside) == np.flatnonzero(people.joined == index)).all()


def test_types_and_statuses_are_mixed() -> None:
    people = draw(NOW, ZONE, members=5000, months=14, seed=2).population
    shares = np.bincount(people.customer_type, minlength=4) / len(people)
    assert abs(shares[DISTRIBUTOR] - 0.70) < 0.03
    assert abs(shares[PREFERRED] - 0.15) < 0.02
    assert abs(shares[RETAIL] - 0.15) < 0.02
    assert set(people.status.tolist()) == {1, 2, 3, 4}
    assert (people.status == ACTIVE).mean() > 0.5
    ended = ~np.isnat(people.terminated)
    assert (ended == (people.status == TERMINATED)).all()
    assert (people.terminated[ended] > people.enrolled[ended]).all()


def test_founders_are_active_distributors(business: Business) -> None:
    people = business.population
    assert (people.customer_type[:FOUNDERS] == DISTRIBUTOR).all()
    assert (people.status[:FOUNDERS] == ACTIVE).all()


def test_past_months_are_the_same_whatever_the_date_of_the_build() -> None:
    early = draw(datetime(2026, 3, 1, 9, tzinfo=UTC), ZONE, members=600, months=6, seed=7)
    late = draw(datetime(2027, 8, 28, 9, tzinfo=UTC), ZONE, members=600, months=6, seed=7)
    assert (early.population.sponsor == late.population.sponsor).all()
    assert (early.population.joined == late.population.joined).all()
    assert (early.population.country == late.population.country).all()
