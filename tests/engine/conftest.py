"""Kernels compile on their first call, so no example has a deadline here.

Explaining failures traces every line and would trace the compiler too: minutes instead of seconds.
"""

import pytest
from hypothesis import Phase, settings
from tests.engine.strategies import SCALE
from tests.engine.tally import AGREED

PHASES = [Phase.explicit, Phase.reuse, Phase.generate]
if SCALE >= 1:  # whoever asks for fewer companies wants a verdict, not the smallest one
    PHASES.append(Phase.shrink)
settings.register_profile("compiled", deadline=None, phases=PHASES)
settings.load_profile("compiled")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Long programmes say how much they compared."""
    if SCALE > 1 and AGREED:
        kinds = ", ".join(f"{kind} {count:,}" for kind, count in AGREED.most_common())
        terminalreporter.write_line(f"engine and oracle agree on {kinds}")
