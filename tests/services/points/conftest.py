import pytest
from tests.factories.company import load_essential
from tests.factories.family import add_family

from upline.core.context import Context

NOVEMBER = 406
MEMBER = 2


@pytest.fixture
async def family(ctx: Context) -> Context:
    """The family under the built-in plan, on 17 November 2014."""
    await add_family(ctx.session)
    await load_essential(ctx.session)
    return ctx
