"""Which plan is in force for which period.

Versions are never changed, only followed by later ones; a period always runs under the version
that was in force for it. Parsed plans are kept in memory by their digest: their text never changes.
"""

import hashlib
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import ARRAY, LargeBinary, any_, bindparam, case, insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from upline.core.errors import DomainError, FieldInvalid, Kind
from upline.core.prepared import Prepared, prepare
from upline.engine.plan import Plan
from upline.models.commission import Bonus, PlanVersion, Rank
from upline.models.engine_input import VolumeKind
from upline.models.period import Period
from upline.services import plan as language
from upline.services.plan import PlanDocument

WEEK, MONTH = 1, 2
WEEKS_FROM = 8730  # services/period/calendar.FIRST_WEEK, which stands above this package
CLOSING = 2


class NoPlan(DomainError):
    """Nothing can be run for a period before the first plan is loaded."""

    code = "no_plan"
    kind = Kind.CONFLICT
    message = "No compensation plan is in force for this period."


class GovernsClosed(DomainError):
    """A period keeps the plan its final figures were calculated under."""

    code = "plan_governs_closed_period"
    kind = Kind.CONFLICT
    message = "The plan would govern a period that is closed; choose a later one."


@dataclass(frozen=True, slots=True)
class InForce:
    """A plan version, ready to run."""

    plan_version_id: int
    plan_key: str
    effective_period_id: int
    digest: bytes
    source: str
    document: PlanDocument
    compiled: Plan


# Texts of plans by their digests.
_TEXTS: dict[bytes, str] = {}
_KNOWN = bindparam("known_plans", None, ARRAY(LargeBinary))
# What `read` makes a version of, for statements that are given `known_plans()`.
COLUMNS = (
    PlanVersion.plan_version_id,
    PlanVersion.plan_key,
    PlanVersion.effective_period_id,
    PlanVersion.digest,
    case((PlanVersion.digest == any_(_KNOWN), None), else_=PlanVersion.source).label("source"),
)
NEWEST_FIRST = (PlanVersion.effective_period_id.desc(), PlanVersion.plan_version_id.desc())


@dataclass(frozen=True, slots=True)
class History:
    """All versions, newest first."""

    versions: tuple[InForce, ...]

    def exchanges(self, volume: str) -> bool:
        """Whether the newest version takes a volume of orders in their own money."""
        newest = self.versions[0].compiled.exchange if self.versions else None
        return newest is not None and volume in newest.volumes

    def find(self, period_id: int) -> InForce | None:
        """The version in force for a period; None before the first one.

        Month plans govern months and week plans weeks.
        """
        weekly = period_id >= WEEKS_FROM
        for version in self.versions:
            if (
                version.effective_period_id >= WEEKS_FROM
            ) == weekly and version.effective_period_id <= period_id:
                return version
        return None


async def load(session: AsyncSession, source: str, effective_period_id: int) -> InForce:
    """Make the plan in `source` (TOML text) govern periods from `effective_period_id` on.

    Ranks and bonuses it names become the company's. Raises PlanError with every problem found, and
    GovernsClosed when a period it would govern has run already.
    """
    document = language.parse(source, "plan")
    digest = hashlib.sha256(source.encode()).digest()
    weekly = effective_period_id >= WEEKS_FROM
    if weekly != (document.calendar.period == "week"):
        raise FieldInvalid("effective_period_id", "The period is not of the plan's calendar.")
    closed = select(Period.period_id).where(
        Period.period_id >= effective_period_id,
        Period.period_type_id == (WEEK if weekly else MONTH),
        Period.status_id >= CLOSING,
    )
    if await session.scalar(select(closed.exists())):
        raise GovernsClosed
    version_id = await session.scalar(
        insert(PlanVersion)
        .values(
            plan_key=document.plan.key,
            period_type_id=WEEK if weekly else MONTH,
            effective_period_id=effective_period_id,
            source=source,
            digest=digest,
        )
        .returning(PlanVersion.plan_version_id)
    )
    await _publish_names(session, document)
    assert version_id is not None  # noqa: S101 - RETURNING always gives the key
    return ready(version_id, document.plan.key, effective_period_id, source, digest)


def known_plans() -> list[bytes]:
    """A text that this process has read before is not sent again."""
    return list(_TEXTS)


def read(row: Any) -> InForce:
    """The version in the COLUMNS of a row."""
    text = _TEXTS.setdefault(row.digest, row.source)
    return ready(row.plan_version_id, row.plan_key, row.effective_period_id, text, row.digest)


async def history(session: AsyncSession) -> History:
    """Every version loaded so far."""
    rows = await _all().fetch_all(session, known_plans=known_plans())
    return History(tuple(map(read, rows)))


@cache
def _all() -> Prepared:
    return prepare(select(*COLUMNS).order_by(*NEWEST_FIRST))


async def in_force(session: AsyncSession, period_id: int) -> InForce:
    """The version a period runs under; raises NoPlan when there is none."""
    found = (await history(session)).find(period_id)
    if found is None:
        raise NoPlan
    return found


async def get(session: AsyncSession, plan_version_id: int) -> InForce:
    """One version, whatever it governs now: what a closed period ran under."""
    versions = (await history(session)).versions
    return next(each for each in versions if each.plan_version_id == plan_version_id)


@lru_cache(maxsize=64)
def ready(
    version_id: int, plan_key: str, effective_period_id: int, source: str, digest: bytes
) -> InForce:
    """A version of the table, parsed and compiled once."""
    document = language.parse(source, plan_key)
    return InForce(
        plan_version_id=version_id,
        plan_key=plan_key,
        effective_period_id=effective_period_id,
        digest=digest,
        source=source,
        document=document,
        compiled=language.compile(document),
    )


async def _publish_names(session: AsyncSession, document: PlanDocument) -> None:
    """Keep the names of ranks, bonuses and kinds of volume where SQL can join them."""
    ranks = [{"rank_id": rank.id, "name": rank.name} for rank in document.ranks]
    ranks.append({"rank_id": -1, "name": "Inactive"})
    bonuses = [
        {"bonus_id": bonus.id, "code": bonus.code, "name": bonus.name} for bonus in document.bonuses
    ]
    for rows, model, key, columns in (
        (ranks, Rank, "rank_id", ("name",)),
        (bonuses, Bonus, "bonus_id", ("code", "name")),
    ):
        if rows:
            statement = upsert(model).values(rows)
            await session.execute(
                statement.on_conflict_do_update(
                    index_elements=[key], set_={c: statement.excluded[c] for c in columns}
                )
            )
    if kinds := document.content.volumes.kinds:
        codes = [{"code": kind} for kind in kinds]
        await session.execute(upsert(VolumeKind).values(codes).on_conflict_do_nothing())
