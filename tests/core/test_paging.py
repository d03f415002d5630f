import pytest

from upline.core.paging import Page, link_header, statement_size


def test_pages_count_from_one() -> None:
    assert (Page(3, 50).limit, Page(3, 50).offset) == (50, 100)


def test_links_lead_to_the_neighbours() -> None:
    query = [("maxlevel", "3"), ("Page", "2"), ("pagesize", "10")]
    assert link_header("/x", query, Page(2, 10), 25) == (
        '</x?maxlevel=3&pagesize=10&page=1>; rel="prev", '
        '</x?maxlevel=3&pagesize=10&page=3>; rel="next"'
    )
    assert link_header("/x", [], Page(1, 10), 10) == ""
    assert link_header("/x", [], Page(1, 10), 0) == ""
    assert link_header("/x", [], Page(9, 10), 11) == '</x?page=2>; rel="prev"'


@pytest.mark.parametrize(
    ("limit", "size"), [(1, 10), (10, 10), (11, 20), (999, 1_000), (1_000, 1_000), (1_001, 1_001)]
)
def test_pages_are_cut_from_the_next_larger_size(limit: int, size: int) -> None:
    assert statement_size(limit) == size
