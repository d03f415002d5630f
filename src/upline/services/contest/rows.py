"""From standings to the columns of their tables."""

from collections.abc import Iterator, Sequence

import numpy as np

from upline.core.copy import Column, Kind
from upline.engine.contests import NEVER
from upline.engine.snapshot import Snapshot
from upline.services.contest import tops
from upline.services.contest.scoring import Scored

Part = tuple[str, list[Column]]


def standing_rows(scored: Sequence[Scored], snapshot: Snapshot) -> Iterator[Part]:
    """What goes into which table; contests without a contestant leave no rows."""
    for contest in scored:
        if len(contest.standing.member):
            yield "contest_standings", _standings(contest, snapshot)
            yield "contest_entries", _entries(contest, snapshot)
            for tier in tops.build(contest.standing.member):
                yield "contest_tops", _top(contest, tier)


def _standings(scored: Scored, snapshot: Snapshot) -> list[Column]:
    standing = scored.standing
    unsold = standing.last_sale == NEVER
    return [
        _contest(scored, len(standing.member)),
        Column("ordinal", Kind.INTEGER, np.arange(len(standing.member), dtype=np.int32)),
        Column("customer_id", Kind.BIGINT, snapshot.customer_id[standing.member]),
        Column("position_no", Kind.INTEGER, standing.position),
        Column("points", Kind.NUMERIC, standing.points),
        Column(
            "last_sale_at",
            Kind.TIMESTAMP,
            np.where(unsold, 0, standing.last_sale).astype("datetime64[s]"),
            null=unsold,
        ),
        Column("is_qualified", Kind.BOOLEAN, standing.qualified),
    ]


def _entries(scored: Scored, snapshot: Snapshot) -> list[Column]:
    entries = scored.standing.entries
    ids = snapshot.customer_id
    count = len(entries.member)
    first = np.searchsorted(entries.member, entries.member)
    nobody = entries.source < 0
    return [
        _contest(scored, count),
        Column("customer_id", Kind.BIGINT, ids[entries.member]),
        Column("entry_no", Kind.INTEGER, (np.arange(count) - first + 1).astype(np.int32)),
        Column("reason_id", Kind.SMALLINT, entries.reason),
        Column("source_id", Kind.BIGINT, np.where(nobody, 0, ids[entries.source]), null=nobody),
        Column("quantity", Kind.NUMERIC, entries.quantity),
        Column("points", Kind.NUMERIC, entries.points),
    ]


def _top(scored: Scored, tier: tops.Tier) -> list[Column]:
    count = len(tier.node_no)
    packed = np.ascontiguousarray(tier.ordinals)
    width = packed.shape[1] * packed.itemsize
    return [
        _contest(scored, count),
        Column("tier", Kind.SMALLINT, np.full(count, tier.tier, np.int16)),
        Column("node_no", Kind.INTEGER, tier.node_no),
        Column("ordinals", Kind.BYTES, packed.view(f"V{width}").reshape(count)),
    ]


def _contest(scored: Scored, count: int) -> Column:
    return Column("contest_id", Kind.SMALLINT, np.full(count, scored.contest_id, np.int16))
