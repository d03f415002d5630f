"""Kernels compile on their first call, so no example has a deadline here.

Explaining failures traces every line and would trace the compiler too: minutes instead of seconds.
"""

import pytest
from hypothesis import Phase, settings
from tests.engine.agreement import AGREED
from tests.engine.strategies import SCALE

settings.register_profile(
    "compiled", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
)
settings.load_profile("compiled")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Long programmes say how much they compared."""
    if SCALE > 1 and AGREED:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in AGREED.most_common())
        terminalreporter.write_line(f"engine and oracle agree on {kinds}")
