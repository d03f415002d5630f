import asyncio

import pytest

from upline.core.kept import Kept


class Maker:
    """Makes a text and counts how often it was asked to."""

    def __init__(self, text: str = "x") -> None:
        self.text, self.made = text, 0

    async def __call__(self) -> str:
        self.made += 1
        await asyncio.sleep(0)
        return self.text


def good(value: str) -> bool:
    del value
    return True


def poor(value: str) -> bool:
    return not good(value)


async def test_made_once_however_many_ask_at_once() -> None:
    kept, make = Kept[str, str](2), Maker()
    assert await asyncio.gather(*(kept.get("a", make, good) for _ in range(5))) == ["x"] * 5
    assert make.made == 1


async def test_what_is_not_good_enough_is_made_again_and_replaced() -> None:
    kept = Kept[str, str](1)
    await kept.get("a", Maker("old"), good)
    assert kept.find("a", poor) is None
    assert await kept.get("a", Maker("new"), poor) == "new"
    assert kept.find("a", good) == "new"


async def test_the_one_unused_for_longest_makes_room_for_its_size() -> None:
    kept = Kept[str, str](4, len)
    for key in "ab":
        await kept.get(key, Maker(key * 2), good)
    assert kept.find("a", good) == "aa"
    await kept.get("c", Maker("cc"), good)
    assert [kept.find(key, good) for key in "abc"] == ["aa", None, "cc"]
    await kept.get("d", Maker("ddddd"), good)  # too large for all the room there is
    assert [kept.find(key, good) for key in "acd"] == [None, None, None]


async def test_failures_are_not_kept() -> None:
    async def fail() -> str:
        raise RuntimeError

    kept, make = Kept[str, str](1), Maker()
    with pytest.raises(RuntimeError):
        await kept.get("a", fail, good)
    assert await kept.get("a", make, good) == "x"
