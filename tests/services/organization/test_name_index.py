"""Blocks of names hold every place of everybody who has one, and nothing else."""

import random
from datetime import UTC, datetime

import numpy as np
import pytest

from upline.services.organization import name_index
from upline.services.organization.name_index import Members, Names, pack

NOW = datetime(2014, 11, 17, tzinfo=UTC)


@pytest.mark.parametrize("entries", [1, 7, 10_000])
def test_every_name_has_the_places_of_those_who_have_it(
    monkeypatch: pytest.MonkeyPatch, entries: int
) -> None:
    monkeypatch.setattr(name_index, "ENTRIES_A_BLOCK", entries)
    chance = random.Random(3)
    known = chance.sample(range(1, 500), 120)
    spelled = sorted({f"{chance.choice('abé')}{number}".encode() for number in range(30)})
    first, last = (
        np.array([chance.randrange(len(spelled)) for _ in known], np.int32) for _ in range(2)
    )
    # Somebody enrolled since the run; the names were read in no order.
    ids = np.array(sorted(known)[:100], np.int64)
    sponsor = np.array(chance.sample(range(100), 100), np.int32)
    binary = np.where(sponsor % 3 == 0, -1, sponsor + 1).astype(np.int32)
    blocks = list(
        pack(
            Names(np.array(known, np.int64), first, last, spelled, NOW),
            Members(ids, sponsor, binary),
        )
    )

    found: dict[bytes, list[tuple[int, int]]] = {}
    for block in blocks:
        places = iter(zip(block.sponsor.tolist(), block.binary.tolist(), strict=True))
        for name, size in zip(block.names, block.sizes.tolist(), strict=True):
            found[name] = sorted(next(places) for _ in range(size))
        assert next(places, None) is None
    place = dict(
        zip(ids.tolist(), zip(sponsor.tolist(), binary.tolist(), strict=True), strict=True)
    )
    wanted: dict[bytes, list[tuple[int, int]]] = {name: [] for name in spelled}
    for number, *theirs in zip(known, first.tolist(), last.tolist(), strict=True):
        for name in theirs:
            if number in place:
                wanted[spelled[name]].append(place[number])
    assert found == {name: sorted(places) for name, places in wanted.items()}
    assert [name for block in blocks for name in block.names] == spelled
    assert len(blocks) == {1: 30, 7: len(blocks), 10_000: 1}[entries]
