"""PDFs set by typst: it brings its fonts, reads no network and works while other threads do."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from upline.ports.typesetting import NoTypesetter

# Documents set at a time; the next ones wait instead of taking the server's cores and memory.
AT_ONCE = 2
# Stands in every document, so that equal documents are equal bytes.
TIMESTAMP = datetime(2000, 1, 1, tzinfo=UTC)


class TypstTypesetter:
    """Templates read their data from the input `data`, a JSON text."""

    def __init__(self) -> None:
        self._slots = asyncio.Semaphore(AT_ONCE)

    async def set(self, template: Path, data: Mapping[str, object]) -> bytes:
        """A PDF; raises NoTypesetter without the package of the extra `pdf`."""
        text = json.dumps(data, ensure_ascii=False)
        async with self._slots:
            return await asyncio.to_thread(_compile, template, text)


def _compile(template: Path, data: str) -> bytes:
    try:
        import typst  # noqa: PLC0415 - comes with the extra `pdf` only
    except ImportError as error:
        raise NoTypesetter from error
    pdf = typst.compile(
        template.read_bytes(),
        format="pdf",
        sys_inputs={"data": data},
        timestamp=TIMESTAMP,
        pdf_tags=False,  # a tag for each cell makes long tables twenty times as large
    )
    assert isinstance(pdf, bytes)  # noqa: S101 - one document, no output file
    return pdf
