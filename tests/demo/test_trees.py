import numpy as np
from tests.demo.conftest import NOW, ZONE

from upline.demo.company import draw
from upline.demo.orders import Business
from upline.demo.population import FOUNDERS
from upline.engine.tree import preorder
from upline.engine.units import DISTRIBUTOR


def test_everybody_hangs_under_the_one_root(business: Business) -> None:
    people = business.population
    for above in (people.sponsor, people.enroller):
        assert np.flatnonzero(above < 0).tolist() == [0]
        # Whoever stands above is a distributor who enrolled before: no cycle is possible.
        assert (above[1:] < np.arange(1, len(people))).all()
        assert (people.customer_type[above[1:]] == DISTRIBUTOR).all()
        assert (people.enrolled[above[1:]] <= people.enrolled[1:]).all()


def test_who_is_placed_elsewhere_stays_below_the_enroller(business: Business) -> None:
    people = business.population
    moved = np.flatnonzero(people.sponsor != people.enroller)
    assert 0.08 < len(moved) / len(people) < 0.17
    assert (people.sponsor[people.sponsor[moved]] == people.enroller[moved]).all()


def test_only_distributors_stand_in_the_binary_tree_one_on_each_leg(business: Business) -> None:
    people = business.population
    placed = np.flatnonzero(people.binary_parent >= 0)
    assert (np.flatnonzero(people.is_distributor)[1:] == placed).all()
    legs = people.binary_parent[placed].astype(np.int64) * 2 + people.side[placed]
    assert len(np.unique(legs)) == len(legs)
    assert set(people.side[placed].tolist()) == {1, 2}
    assert (people.side[people.binary_parent < 0] == 0).all()


def test_newcomers_go_to_the_bottom_of_an_outer_leg_of_their_enroller(business: Business) -> None:
    people = business.population
    for v in np.flatnonzero(people.binary_parent >= 0).tolist():
        at, side = v, people.side[v]
        while at != people.enroller[v]:
            assert people.side[at] == side
            at = people.binary_parent[at]


def test_few_sponsor_many_and_the_binary_tree_has_a_long_leg() -> None:
    people = draw(NOW, ZONE, members=5000, months=6, seed=3).population
    recruits = np.sort(np.bincount(people.sponsor[1:], minlength=len(people)))[::-1]
    assert recruits[:100].sum() > 0.4 * len(people)
    assert (recruits == 0).mean() > 0.6
    placed = np.flatnonzero(people.is_distributor)
    parents = people.binary_parent[placed].astype(np.int64) + 1
    binary = preorder(placed + 1, np.where(people.binary_parent[placed] >= 0, parents, 0))
    assert not binary.issues
    assert binary.level.max() > 300
    sponsor = preorder(np.arange(1, 5001), people.sponsor.astype(np.int64) + 1)
    assert 6 < sponsor.level.max() < 60


def test_the_smallest_company_has_its_founders() -> None:
    people = draw(NOW, ZONE, members=5, months=2, seed=1).population
    assert len(people) == 5 < FOUNDERS
    assert people.sponsor.tolist() == [-1, 0, 0, 0, 0]
