"""The names a plan gives its ranks and bonuses, as the engine knows them: by position and id."""

from upline.engine.units import NONE


class Names:
    """Positions of ranks and ids of bonuses by the names that the plan uses; ids of ranks."""

    def __init__(
        self, ranks: list[str], bonuses: dict[str, int], ids: tuple[int, ...] = ()
    ) -> None:
        self.ranks = {key: position for position, key in enumerate(ranks)}
        self.bonuses = bonuses
        self.ids = ids

    def rank(self, key: str | None) -> int:
        """Position of a rank, -1 for none given."""
        return NONE if key is None else self.ranks[key]

    def spread(self, values: dict[str, int], start: int = 0) -> list[int]:
        """One value per rank: given ones apply upward until the next; `start` before the first.

        The first element belongs to members without any rank.
        """
        out = [start]
        for key in self.ranks:
            out.append(values.get(key, out[-1]))
        return out
