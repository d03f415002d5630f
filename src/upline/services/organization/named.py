"""Members of a large downline by name, whatever the name and however many have it: out of the names
of the run.

Of each word the places of all who are called so are read, packed; who is called by every word is
what these have in common. They are names and places as of the run: whoever stands elsewhere since,
is new or was renamed is looked at as they are now.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    CompoundSelect,
    LargeBinary,
    Text,
    and_,
    bindparam,
    cast,
    column,
    false,
    func,
    literal,
    literal_column,
    null,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy.orm import aliased

from upline.core.context import Context
from upline.engine.labels import GAP
from upline.engine.units import I32, I64
from upline.models.customer import Customer, Renaming
from upline.models.rollup import LooseMember, NameBlock
from upline.models.volume import MemberPeriod
from upline.services.organization.blocks import ORDERS
from upline.services.organization.downline_filters import LAST_CHARACTER, Filter, Shape
from upline.services.organization.name_index import BETWEEN
from upline.services.organization.places import Place, select_place
from upline.services.organization.trees import RUN_ID, Tree
from upline.services.organization.visibility import Genealogy

# A smaller downline is searched member by member.
NAMED_MEMBERS = 256
# More who have moved or were renamed are not looked at one by one.
LOOSE_MEMBERS = 1_000
# Nobody takes longer than this from renaming somebody to the commit.
COMMITTED_WITHIN = timedelta(hours=1)
NOWHERE = -1

# One or more of each word, as every word has a block to begin at.
_BLOCKS = """
SELECT w.number, w.low AS word, b.names, b.sizes, b.{tree}_places AS places
FROM (
    SELECT number, lower(word) AS low, lower(word || '{last}') AS high
    FROM unnest((SELECT :words)::text[]) WITH ORDINALITY AS w (word, number)
) AS w
CROSS JOIN LATERAL (
    SELECT lowest, names, sizes, {tree}_places FROM name_blocks
    WHERE run_id = :run_id AND lowest < w.high AND lowest >= (
        SELECT max(lowest) FROM name_blocks WHERE run_id = :run_id AND lowest <= w.low)
) AS b
"""
_TREES = {Genealogy.SPONSOR: "sponsor", Genealogy.BINARY: "binary"}
_LOOSE = np.dtype([("label", ">i8"), ("place", ">i4"), ("is_called", "?")])


async def find(
    ctx: Context, tree: Tree, wanted: Filter, values: Mapping[str, Any], is_leg: bool
) -> tuple[Place | None, I64 | None]:
    """Where a downline lies, and the labels of those in it whom the words of a filter name, in tree
    order: one statement, as every way to the database takes longer than most searches.

    No labels where the downline is small, the run not indexed by name, or too many members stand
    elsewhere than it found them; no place where the run does not know the customer or his leg.
    """
    shape = (tree.source.genealogy, wanted.shape, is_leg, NAMED_MEMBERS)
    words = {"words": wanted.words, "numbers": wanted.numbers}
    rows = await tree.statement(_select_called, *shape).fetch_packed(ctx.session, **values, **words)
    *blocks, last = rows
    if last.start is None:
        return None, None
    place, loose = Place(*last[-4:]), np.frombuffer(last.places or b"", _LOOSE)
    if not blocks or len(loose) > LOOSE_MEMBERS:
        return place, None
    first, stop = -(-place.start // GAP), -(-place.stop // GAP)
    called, *more = (
        _inside(list(of_word), first, stop) for _, of_word in groupby(blocks, attrgetter("number"))
    )
    for others in more:
        called = called[np.isin(called, others, kind="table")]
    return place, _as_they_are(called * np.int64(GAP), loose, place)


def _inside(blocks: Sequence[Any], first: int, stop: int) -> I32:
    """Places from `first` up to `stop` whose members are called by a word, ascending."""
    places: I32 = np.concatenate([_places(block) for block in blocks])
    places.sort()
    low, high = np.searchsorted(places, np.array([first, stop], np.int32))
    places = places[low:high]
    is_other = np.ones(len(places), np.bool_)  # some are called so by both names
    np.not_equal(places[1:], places[:-1], out=is_other[1:])
    return places[is_other]


def _places(block: Any) -> I32:
    """The places of those in a block whose name begins with the word."""
    word, names = block.word.encode(), block.names
    places = np.frombuffer(block.places, np.int32)
    if names.startswith(word) and names[names.rfind(BETWEEN) + 1 :].startswith(word):
        return places
    several = names.split(BETWEEN)
    begin = bisect_left(several, word)
    end = bisect_left(several, word + b"\xff", begin)  # no character begins with this byte
    sizes = np.frombuffer(block.sizes, np.int32)
    skipped = int(sizes[:begin].sum())
    return places[skipped : skipped + int(sizes[begin:end].sum())]


def _as_they_are(labels: I64, loose: NDArray[np.void], place: Place) -> I64:
    """The labels with those of `loose` members as these stand and are called now."""
    if not len(loose):
        return labels
    left = labels[~np.isin(labels, loose["place"] * np.int64(GAP))]
    inside = (loose["label"] >= place.start) & (loose["label"] < place.stop)
    return np.union1d(left, loose["label"][inside & loose["is_called"]].astype(np.int64))


def _select_called(
    genealogy: Genealogy, shape: Shape, is_leg: bool, small: int
) -> CompoundSelect[*tuple[Any, ...]]:
    """The blocks that "words" may be in, by the word; then one row of the downline's place and of
    all that is loose, packed. Of a `small` downline the place alone."""
    top = select_place(ORDERS[genealogy], is_leg).cte("top").prefix_with("MATERIALIZED")
    is_large = select(top.c.members).scalar_subquery() > small
    found = text(_BLOCKS.format(tree=_TREES[genealogy], last=LAST_CHARACTER)).bindparams(
        RUN_ID, bindparam("words", None, ARRAY(Text))
    )
    names = ("number", "word", "names", "sizes", "places")
    blocks = found.columns(*(column(name) for name in names)).subquery("blocks")
    label, place, is_called = _loose(genealogy, shape).c
    packed = select(
        func.string_agg(
            func.int8send(label).concat(func.int4send(place)).concat(func.boolsend(is_called)),
            literal_column("''::bytea"),
            type_=LargeBinary,
        )
    ).where(is_large)
    last = select(null(), null(), null(), null(), packed.scalar_subquery(), *top.c)
    anyway = last.select_from(select(literal(1)).subquery().outerjoin(top, true()))
    nowhere = (null().label(each.name) for each in top.c)
    return union_all(select(blocks, *nowhere).where(is_large), anyway).order_by(
        text("number NULLS LAST")
    )


def _loose(genealogy: Genealogy, shape: Shape) -> CTE:
    """Whoever the run's names do not tell of, and "numbers": where they stand, where the run found
    them, whether the words name them. One more than LOOSE_MEMBERS at most."""
    read_at = select(NameBlock.read_at).where(NameBlock.run_id == RUN_ID, NameBlock.lowest == "")
    numbers = cast(bindparam("numbers", None, ARRAY(BigInteger)), ARRAY(BigInteger))
    loose = (
        union_all(
            select(func.unnest(numbers).label("customer_id")),
            select(Renaming.customer_id).where(
                Renaming.renamed_at > read_at.scalar_subquery() - literal(COMMITTED_WITHIN)
            ),
            select(LooseMember.customer_id).where(LooseMember.run_id == RUN_ID),
        )
        .limit(LOOSE_MEMBERS + 1)
        .cte("loose")
        .prefix_with("MATERIALIZED")
    )
    member = aliased(MemberPeriod)
    order = ORDERS[genealogy]
    near = (
        select(
            func.coalesce(getattr(member, order.pre), NOWHERE).label("label"),
            func.coalesce(getattr(member, f"{_TREES[genealogy]}_place"), NOWHERE).label("place"),
            func.coalesce(and_(*shape.of_customers()), false()).label("is_called"),
        )
        .join(Customer, Customer.customer_id == member.customer_id)
        .where(member.run_id == RUN_ID, member.customer_id == loose.c.customer_id)
        .limit(1)
        .lateral("near")
    )
    return select(near).select_from(loose).join(near, true()).cte("near_them")
