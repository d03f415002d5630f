"""A company in a database to which anything may happen, event by event, as it does in a month."""

from datetime import date
from decimal import Decimal
from random import Random

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.factories.company import BINARY, ENROLLER, SPONSOR, add_members, add_orders

from upline.models.commission import CommissionAdjustment

MOVE = """
WITH ended AS (
    UPDATE placements SET valid_to = valid_from + interval '1 second'
    WHERE customer_id = :customer AND genealogy_id = :genealogy AND valid_to IS NULL
    RETURNING valid_to
)
INSERT INTO placements (customer_id, genealogy_id, valid_from, parent_id, position_id)
SELECT :customer, :genealogy, valid_to, :parent, :side FROM ended
"""
OTHERWISE = text(
    "UPDATE customers SET enrolled_at = CAST(:day AS date) + interval '9 hours',"
    " currency_code = :currency WHERE customer_id = :customer"
)
FURTHER = text("""
INSERT INTO entry_volumes (entry_id, kind_id, amount)
SELECT entry_id, kind_id, least(abs(pv), :most)
FROM volume_entries CROSS JOIN volume_kinds WHERE order_id = :order
""")


class Happenings:
    """Draws events and writes them down; remembers the trees so that every one is lawful.

    further: whether orders bring volume of every further kind that there is and are in other
    currencies, and members have others and turn out to have enrolled on other days.
    """

    def __init__(self, random: Random, month: date, *, further: bool = False) -> None:
        self.random = random
        self.month = month
        self.further = further
        self.sponsor: dict[int, int] = {}
        self.leg: dict[int, tuple[int, int]] = {}
        self.orders = 0

    async def found(self, session: AsyncSession, members: int) -> None:
        """A first member and some below."""
        for _ in range(members):
            await self.enrol(session)

    async def happen(self, session: AsyncSession) -> None:
        """One event, mostly orders."""
        draw = self.random.random()
        if draw < 0.45:
            await self.order(session)
        elif draw < 0.65:
            await self.enrol(session)
        elif draw < 0.8:
            await self.move(session)
        elif draw < 0.85:
            await self.turn(session)
        elif self.further and draw < 0.9:
            other = {"day": self.day(), "currency": self.random.choice(["USD", "EUR", "JPY"])}
            await session.execute(OTHERWISE, {"customer": self.anybody(), **other})
        elif draw < 0.92:
            status = self.random.choice([1, 1, 2, 3])
            await session.execute(
                text("UPDATE customers SET status_id = :status WHERE customer_id = :customer"),
                {"status": status, "customer": self.anybody()},
            )
        else:
            await self.adjust(session)

    def anybody(self) -> int:
        return self.random.choice(list(self.sponsor))

    async def enrol(self, session: AsyncSession) -> None:
        number = 1 + max(self.sponsor, default=0) + self.random.choice([0, 0, 5])
        leaders = [n for n in self.sponsor if n % 5]
        sponsor = self.random.choice(leaders) if leaders else 0
        row = {
            "customer_id": number,
            "type": self.random.choice([1, 3]) if leaders and number % 5 == 0 else 2,
            "sponsor_id": sponsor,
            "enroller_id": self.random.choice([sponsor, *leaders]) if leaders else 0,
            "enrolled_on": self.day(),
        }
        if leg := self.free_leg(number) if self.sponsor else None:
            row["binary_parent_id"], row["binary_position_id"] = self.leg[number] = leg
        else:
            row["binary_root"] = not self.sponsor
            self.leg[number] = (0, 0)
        await add_members(session, [row])
        self.sponsor[number] = sponsor

    async def order(self, session: AsyncSession) -> None:
        """An order, or now and then one that is given back."""
        self.orders += 1
        pv = Decimal(self.random.choice(["100", "50", "33.3333", "250.5", "1000", "-40.25"]))
        order = {
            "order_id": self.orders,
            "customer_id": self.anybody(),
            "ordered_on": self.day(),
            "order_type_id": self.random.choice([1, 1, 2, 3, 4, 5]),
            "pv": pv,
            "cv": self.random.choice([pv, Decimal("12.3456")]),
            "retail_margin_base": self.random.choice(["0", "49.33"]),
        }
        if self.further:
            order["currency"] = self.random.choice(["USD", "USD", "EUR", "JPY"])
        await add_orders(session, [order])
        if self.further:
            await session.execute(
                FURTHER, {"order": self.orders, "most": self.random.randint(0, 99)}
            )

    async def move(self, session: AsyncSession) -> None:
        """Below another sponsor, with everybody below."""
        number = self.anybody()
        free = [n for n in self.sponsor if n % 5 and not self._is_below(n, number)]
        if not free:
            return
        parent = self.random.choice(free)
        if self.sponsor[number] and parent != self.sponsor[number]:
            await self._place(session, number, SPONSOR, parent, None)
            self.sponsor[number] = parent
            if self.random.random() < 0.3:
                await self._place(session, number, ENROLLER, parent, None)

    async def turn(self, session: AsyncSession) -> None:
        """To another leg of the binary tree, for those with nobody below."""
        parents = {parent for parent, _ in self.leg.values()}
        placed = [n for n, (parent, _) in self.leg.items() if parent and n not in parents]
        if placed and (leg := self.free_leg(number := self.random.choice(placed))):
            await self._place(session, number, BINARY, *leg)
            self.leg[number] = leg

    async def adjust(self, session: AsyncSession) -> None:
        await session.execute(
            insert(CommissionAdjustment).values(
                customer_id=self.anybody(),
                period_id=405,
                amount=self.random.choice([Decimal(-3), Decimal("12.5")]),
                description="test",
                created_by="test",
            )
        )

    def day(self) -> date:
        return self.month.replace(day=self.random.randint(1, 28))

    def free_leg(self, number: int) -> tuple[int, int] | None:
        taken = set(self.leg.values())
        placed = [n for n, (parent, _) in self.leg.items() if parent or n == min(self.leg)]
        legs = [(n, side) for n in placed for side in (1, 2) if n != number]
        legs = [leg for leg in legs if leg not in taken]
        return self.random.choice(legs) if legs and self.random.random() < 0.8 else None

    def _is_below(self, number: int, other: int) -> bool:
        while number and number != other:
            number = self.sponsor[number]
        return number == other

    async def _place(
        self, session: AsyncSession, number: int, genealogy: int, parent: int, side: int | None
    ) -> None:
        values = {"customer": number, "genealogy": genealogy, "parent": parent, "side": side}
        await session.execute(text(MOVE), values)
