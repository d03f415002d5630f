"""Making printable documents out of a template and data."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from upline.core.errors import Unavailable


class NoTypesetter(Unavailable):
    """What sets documents is not installed with this server."""

    code = "typesetting_unavailable"
    message = "PDF documents are not available on this server."


class Typesetter(Protocol):
    """Sets documents; one after another, off the event loop."""

    async def set(self, template: Path, data: Mapping[str, object]) -> bytes:
        """A PDF. The same data gives the same bytes. Raises NoTypesetter."""
