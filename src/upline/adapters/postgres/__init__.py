"""PostgreSQL that starts by itself, and the schema every PostgreSQL of ours must have."""

from upline.adapters.postgres.embedded import start, stop
from upline.adapters.postgres.errors import EmbeddedPostgresError, EmbeddedPostgresMissing

__all__ = ["EmbeddedPostgresError", "EmbeddedPostgresMissing", "start", "stop"]
