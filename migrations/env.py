"""How Alembic runs: on the connection it is handed, or on the server the settings name."""

from alembic import context
from sqlalchemy import Connection, create_engine

from upline.adapters.postgres import schema
from upline.settings import Settings


def run(connection: Connection) -> None:
    context.configure(connection=connection, **schema.COMPARISON)
    with context.begin_transaction():
        context.run_migrations()


def run_online() -> None:
    handed_over = context.config.attributes.get("connection")
    if handed_over is not None:
        run(handed_over)
        return
    url = context.get_x_argument(as_dictionary=True).get("url") or Settings().database.url
    if url is None:
        raise SystemExit(
            "Set UPLINE_DATABASE__URL, or name a server with -x url=postgresql+psycopg://…"
        )
    engine = create_engine(url)
    with engine.connect() as connection:
        schema.prepare(connection)
        run(connection)
        connection.commit()
    engine.dispose()


def run_offline() -> None:
    """`--sql`: print the statements, for review by people and linters."""
    context.configure(dialect_name="postgresql", literal_binds=True, **schema.COMPARISON)
    for statement in schema.TIMEOUTS:
        context.execute(statement)
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    run_offline()
else:
    run_online()
