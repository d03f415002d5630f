from upline.core.paging import Page, link_header


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
