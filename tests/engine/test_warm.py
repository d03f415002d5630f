"""After warming up, a real run compiles nothing more."""

import pytest
from tests.engine.agreement import plan_of
from tests.engine.company import snapshot_of
from tests.factories.golden import golden_members, golden_orders

from upline.engine import ranks, run, volumes, warm
from upline.engine.bonuses import faststart, generations, pool, retail, starterkit, unilevel
from upline.services import plan as plans


@pytest.mark.parametrize("name", ["essential", "binary", "hybrid"])
def test_warm_compiles_everything(name: str) -> None:
    plan = plan_of(plans.load_builtin(name).text)
    warm(plan)
    modules = (ranks, volumes, faststart, generations, pool, retail, starterkit, unilevel)
    kernels = [
        value
        for module in modules
        for value in vars(module).values()
        if hasattr(value, "signatures")
    ]
    before = [len(kernel.signatures) for kernel in kernels]
    run(plan, snapshot_of(golden_members(), golden_orders()))
    assert [len(kernel.signatures) for kernel in kernels] == before
