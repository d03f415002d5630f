import pytest
from hypothesis import given
from hypothesis import strategies as st

from upline.routers.backoffice.dispatch import PathTree, deciding_numbers, path_segments

NUMBERS = frozenset({"id"})


def _tree(*templates: str) -> PathTree[str]:
    tree: PathTree[str] = PathTree()
    for template in templates:
        method, path = template.split(" ")
        tree.add(method, path, template, NUMBERS)
    return tree


def _find(tree: PathTree[str], request: str) -> tuple[str, dict[str, str]] | None:
    method, path = request.split(" ")
    return tree.find(method, path.strip("/").split("/"))


def test_a_literal_beats_a_number_beats_a_parameter() -> None:
    tree = _tree("GET /a/{x}", "GET /a/{id}", "GET /a/b")
    assert _find(tree, "GET /a/B") == ("GET /a/b", {})
    assert _find(tree, "GET /a/-7") == ("GET /a/{id}", {"id": "-7"})
    assert _find(tree, "GET /a/７") == ("GET /a/{x}", {"x": "７"})
    assert _find(tree, "GET /a/" + "7" * 40) == ("GET /a/{x}", {"x": "7" * 40})


def test_the_left_decides_and_dead_ends_are_left_again() -> None:
    tree = _tree("GET /a/{x}/c", "GET /{y}/b/c", "GET /a/b/d", "POST /a/b/c")
    assert _find(tree, "GET /a/b/c") == ("GET /a/{x}/c", {"x": "b"})
    assert _find(tree, "GET /z/b/c") == ("GET /{y}/b/c", {"y": "z"})
    assert _find(tree, "GET /a/b/d") == ("GET /a/b/d", {})
    assert _find(tree, "GET /a/b/e") is None
    assert tree.methods(["a", "b", "c"]) == ["GET", "POST"]
    assert tree.methods(["a", "b"]) == []


def test_a_template_stands_once_whatever_its_parameters_are_called() -> None:
    with pytest.raises(ValueError, match="twice"):
        _tree("GET /a/{x}", "GET /A/{y}")


def test_numbers_decide_between_controllers_only() -> None:
    others = {"/lead/sendemail": "Funnel", "/lead/status": "Lead", "/lead/{id}": "Lead"}
    assert deciding_numbers("/lead/{id}", "Lead", others, NUMBERS) == {"id"}
    assert deciding_numbers("/lead/{x}", "Lead", others, NUMBERS) == frozenset()
    assert deciding_numbers("/lead/{id}", "Funnel", {"/lead/sendemail": "Funnel"}, NUMBERS) == set()
    assert deciding_numbers("/order/{id}", "Order", others, NUMBERS) == frozenset()


@pytest.mark.parametrize(
    ("raw", "segments"),
    [
        (b"/a/b", ["a", "b"]),
        (b"//a///b/", ["a", "b"]),
        (b"/", []),
        (b"/a%2Fb/c%20d", ["a/b", "c d"]),
        (b"/%C3%A9", ["é"]),
        (b"/a%", ["a%"]),
        (b"/a?b=/c", ["a"]),
        (b"/%ff", None),
        (b"/%c0%af", None),
        (b"/a%00", None),
        (b"/\xe9", None),
    ],
)
def test_segments_of_raw_paths(raw: bytes, segments: list[str] | None) -> None:
    assert path_segments({"raw_path": raw, "path": ""}) == segments


@given(st.binary(max_size=60))
def test_any_path_has_segments_or_none(raw: bytes) -> None:
    segments = path_segments({"raw_path": b"/" + raw, "path": ""})
    assert segments is None or all(segments)


def test_servers_that_give_no_raw_path() -> None:
    assert path_segments({"path": "/a b/é"}) == ["a b", "é"]
