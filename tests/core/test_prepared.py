import pytest
from sqlalchemy import ARRAY, BigInteger, Integer, String, bindparam, func, literal, select, text

from upline.core.db import Database
from upline.core.prepared import prepare

NUMBERS = func.generate_series(1, bindparam("last", None, Integer)).column_valued("number")


async def test_rows_have_the_names_of_the_columns(database: Database) -> None:
    doubled = prepare(select(NUMBERS, (NUMBERS * 2).label("twice")))
    async with database.session() as session:
        rows = await doubled.fetch_all(session, last=3)
        first = await doubled.fetch_one(session, last=1)
        assert await doubled.fetch_as(complex, session, last=2) == [1 + 2j, 2 + 4j]
    assert [(row.number, row.twice) for row in rows] == [(1, 2), (2, 4), (3, 6)]
    assert first.twice == 2


async def test_nothing_found_is_none(database: Database) -> None:
    nothing = prepare(select(NUMBERS))
    async with database.session() as session:
        assert await nothing.fetch_one(session, last=0) is None


def test_literals_stand_in_the_text_as_other_values_do() -> None:
    run = bindparam("run_id", None, BigInteger, literal_execute=True)
    prepared = prepare(select(NUMBERS).where(run < NUMBERS, NUMBERS < 7), run_id=41)
    assert "41 <" in prepared.text
    assert "< 7" in prepared.text
    assert prepared.names == ("last",)


async def test_what_is_not_given_is_missed(database: Database) -> None:
    prepared = prepare(select(NUMBERS))
    async with database.session() as session:
        with pytest.raises(KeyError, match="last"):
            await prepared.fetch_all(session)


async def test_texts_hold_what_would_be_special_to_a_driver(database: Database) -> None:
    odd = prepare(select(literal("50 % of $1 'it' :is").label("text"), NUMBERS))
    async with database.session() as session:
        row = await odd.fetch_one(session, last=1)
    assert row.text == "50 % of $1 'it' :is"


async def test_connections_keep_the_statements_of_many_runs(database: Database) -> None:
    numbered = bindparam("run_id", None, BigInteger, literal_execute=True)
    async with database.session() as session:
        for run in range(150):
            await prepare(select(numbered), run_id=run).fetch_one(session)
        kept = await session.scalar(text("SELECT count(*) FROM pg_prepared_statements"))
    assert kept >= 150


async def test_lists_arrive_as_they_are(database: Database) -> None:
    numbers = prepare(select(bindparam("numbers", None, ARRAY(BigInteger)).label("sent")))
    texts = prepare(select(bindparam("texts", None, ARRAY(String)).label("sent")))
    async with database.session() as session:
        for sent in ([], [1, -(2**40)], [7, None]):
            assert (await numbers.fetch_one(session, numbers=sent)).sent == sent
        for written in ([], ['a,"b"', "{}"]):
            assert (await texts.fetch_one(session, texts=written)).sent == written


async def test_numbers_have_the_type_the_statement_says_however_large(database: Database) -> None:
    """The driver would send each as the smallest type that holds it: three statements."""
    number = bindparam("number", None, BigInteger)
    kept = prepare(select(number.label("sent_as_it_is")))
    async with database.session() as session:
        for sent in (1, 70_000, 2**40, -7):
            assert (await kept.fetch_one(session, number=sent)).sent_as_it_is == sent
        types = await session.execute(
            text(
                "SELECT parameter_types::text FROM pg_prepared_statements"
                " WHERE statement LIKE '%sent_as_it_is%'"
            )
        )
        assert [row[0] for row in types] == ["{bigint}"]
