"""[organization]: what members may change in the trees themselves."""

from typing import Annotated

from pydantic import Field

from upline.services.plan.schema_types import PlanModel

__all__ = ["OrganizationRules"]


class OrganizationRules(PlanModel):
    """sponsor_change_days: so long after a member enrolled, whoever enrolled them may still decide
    under whom of the own downline they stand; 0 for never."""

    sponsor_change_days: Annotated[int, Field(ge=0, le=3650)] = 60
