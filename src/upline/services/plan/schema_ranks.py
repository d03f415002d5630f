"""[[ranks]], [rank_rules] and [group_volume]: who holds which rank, and what group volume is."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from upline.engine.plan import Ask
from upline.engine.requirements import Enrolled as EnrolledAsk
from upline.services.plan.schema_names import Names
from upline.services.plan.schema_requirements import Requirements
from upline.services.plan.schema_types import Key, Label, PlanModel, RankRef, Rate, Volume

__all__ = ["CappedVolume", "GroupVolume", "Legs", "Rank", "RankRules"]


class Legs(PlanModel):
    """`count` legs of at least `volume` OV whose head has `pv` of his own."""

    count: Annotated[int, Field(ge=1, le=100)]
    volume: Volume
    pv: Volume | None = None


class RankedLegs(PlanModel):
    """`count` legs that each hold somebody of at least `rank`."""

    count: Annotated[int, Field(ge=1, le=100)]
    rank: RankRef


class Enrolled(PlanModel):
    """`count` personally enrolled members with at least `pv`, wherever they stand."""

    count: Annotated[int, Field(ge=1, le=1000)]
    pv: Volume = 0


class CappedVolume(PlanModel):
    """`volume` of OV of which no single leg counts for more than a share of `volume`, a share of
    the member's whole OV, or an amount. With own_capped his own volume counts for no more either.
    """

    volume: Volume
    leg_share: Annotated[Rate, Field(le=1_000_000)] | None = None
    leg_share_of_ov: Annotated[Rate, Field(le=1_000_000)] | None = None
    leg_most: Volume | None = None
    own_capped: bool = True

    @model_validator(mode="after")
    def _one(self) -> "CappedVolume":
        given = [self.leg_share, self.leg_share_of_ov, self.leg_most]
        if sum(value is not None for value in given) != 1:
            raise ValueError("give exactly one of leg_share, leg_share_of_ov and leg_most")
        return self


class Rank(Requirements):
    """[[ranks]], lowest first. What is not given is not asked for.

    grace: so many periods after the requirements were last met, it is still paid.
    """

    id: Annotated[int, Field(ge=0, le=999)]
    key: Key
    name: Label
    pv: Volume | None = None
    total_pv: Volume | None = None
    ov: Volume | None = None
    gv: Volume | None = None
    left: Volume | None = None
    right: Volume | None = None
    legs: Legs | None = None
    ranked_legs: RankedLegs | None = None
    enrolled: Enrolled | None = None
    capped_ov: CappedVolume | None = None
    grace: Annotated[int, Field(ge=0, le=60)] = 0

    def asks(self, names: Names) -> tuple[Ask, ...]:
        """Those requirements that can be told before anybody has a rank."""
        more = super().asks(names)
        if self.enrolled is None:
            return more
        return (EnrolledAsk(self.enrolled.count, self.enrolled.pv), *more)


class RankRules(PlanModel):
    """[rank_rules]: what a forced rank may do, and which rank of members below counts above.

    ranks_below: in ranked_legs and in group volume, ranks count as achieved or as paid (with grace
    and force).
    """

    forced: Literal["at_least", "exactly"] = "at_least"
    ranks_below: Literal["achieved", "paid"] = "achieved"


class GroupVolume(PlanModel):
    """[group_volume]: OV without some of it.

    from_rank: whoever has a lower rank shows OV as it is; not given, everybody's is cut. Left out
    are organizations led by `led_by` (from_rank, if not given) or higher, and the legs that the
    member's own rank was reached by.
    """

    from_rank: RankRef | None = None
    led_by: RankRef | None = None
    leaves_out: Annotated[
        list[Literal["organizations", "qualifying_legs"]], Field(min_length=1)
    ] = ["organizations", "qualifying_legs"]

    @model_validator(mode="after")
    def _led(self) -> "GroupVolume":
        if "organizations" not in self.leaves_out:
            if self.led_by is not None:
                raise ValueError("led_by is given, but leaves_out does not name organizations")
        elif self.led_by is None and self.from_rank is None:
            raise ValueError("led_by or from_rank must say whose organizations are left out")
        return self
