"""What long programmes of the engine say at their end."""

import pytest
from tests.engine.tally import AGREED
from tests.examples import SCALE


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Long programmes say how much they compared."""
    if SCALE > 1 and AGREED:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in AGREED.most_common())
        terminalreporter.write_line(f"engine and oracle agree on {kinds}")
