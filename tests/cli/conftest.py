"""Commands run as an operator runs them: settings from the environment, output read back."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from upline.cli import console
from upline.cli.main import app

Upline = Callable[..., Awaitable[Result]]


@pytest.fixture
def upline(clone_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Upline:
    """`await upline("period", "list")` on a database of its own."""
    monkeypatch.setenv("UPLINE_DATABASE__URL", clone_url)
    monkeypatch.setenv("UPLINE_DEMO", "true")
    monkeypatch.setenv("UPLINE_DATA_DIR", str(tmp_path / "data"))
    # Whoever made the console first may have done so on a narrow terminal.
    monkeypatch.setattr(console.output, "width", 160)

    async def invoke(*arguments: object, **options: object) -> Result:
        # In a thread of its own: a command runs an event loop of its own.
        words = [str(argument) for argument in arguments]
        return await asyncio.to_thread(CliRunner().invoke, app, words, **options)

    return invoke
