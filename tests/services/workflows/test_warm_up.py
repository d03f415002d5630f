"""Starting warm: what is asked of a company with figures, and of one without anything."""

from tests.factories.golden import PERIOD
from tests.factories.golden_company import found_company
from tests.factories.statements import counted

from upline.core.clock import SystemClock
from upline.core.context import SYSTEM, Company, ContextFactory
from upline.core.db import Database
from upline.services.workflows import close_period
from upline.services.workflows.warm_up import READS, READS_OF_MONTHS, warm_up


async def test_every_read_is_asked(committed_database: Database) -> None:
    contexts = await found_company(committed_database)
    await close_period.preview(contexts, PERIOD + 1, SYSTEM)
    with counted() as sent:
        await warm_up(contexts)
    assert len(sent) > len(READS) + 2 * len(READS_OF_MONTHS)
    for table in ("commission_lines", "placements", "rank_achievements"):
        assert any(table in statement for statement in sent), table


async def test_an_empty_company_is_asked_nothing(committed_database: Database) -> None:
    company = Company("Empty", "UTC", "USD")
    with counted() as sent:
        await warm_up(ContextFactory(committed_database, SystemClock(), company))
    assert "FROM customers" in sent[-1]
