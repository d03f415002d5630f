"""Which roll-ups are kept, and what each of them adds up."""

from enum import IntEnum

from upline.services.rollup.blocks import Layout


class Kind(IntEnum):
    """Orders of the rank counts carry the numbers of their genealogies."""

    ENROLLER_RANKS = 1
    SPONSOR_RANKS = 2
    BINARY_RANKS = 3
    AREAS = 4
    ENTRIES = 5
    BINARY_AUTOSHIPS = 6
    ENTRY_LIST = 7


# Distributors and new distributors by rank.
RANKS = Layout((("count", "u1"), ("new", "u1")), key="<i2")
# By country and state.
AREAS = Layout(
    (("distributors", "u1"), ("customers", "u1"), ("new", "u1"), ("volume", "<i8")), key="<i4"
)
# Volume entries of the period, and what autoships will bring: still in the period, and in a month.
ENTRIES = Layout((("entries", "<i4"), ("due", "<i8"), ("standing", "<i8")))
AUTOSHIPS = Layout((("due", "<i8"), ("standing", "<i8")))
# In the order (level, place).
LEVELS = Layout(
    (
        ("distributors", "u1"),
        ("customers", "u1"),
        ("active", "u1"),
        ("new", "u1"),
        ("volume", "<i8"),
    ),
    carried=(("level", "<i4"), ("place", "<i4")),
)
LAYOUTS = {
    Kind.ENROLLER_RANKS: RANKS,
    Kind.SPONSOR_RANKS: RANKS,
    Kind.BINARY_RANKS: RANKS,
    Kind.AREAS: AREAS,
    Kind.ENTRIES: ENTRIES,
    Kind.BINARY_AUTOSHIPS: AUTOSHIPS,
}
# The numbers of the period's entries by place of their member: those of an organization stand
# together, and `entries` says where.
ENTRY_BLOCK = 256
ENTRY_NUMBER = "<i8"
# Wide members: so many that a block stays on its page of the table.
WIDE_BLOCK = 64
# A page of levels reads two blocks a level, so these are small.
LEVEL_BLOCK = 64
