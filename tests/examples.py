"""How many random examples properties try: the same ones on every run of the suite.

UPLINE_TEST_EXAMPLES multiplies the engine's; above 1 they are other ones on every run.
"""

import os

from hypothesis import HealthCheck, Phase, settings

SCALE = float(os.environ.get("UPLINE_TEST_EXAMPLES", "1"))

# Explaining failures traces every line and would trace the compiler, too: minutes, not seconds.
_phases = [Phase.explicit, Phase.reuse, Phase.generate]
if SCALE >= 1:  # whoever asks for fewer companies wants a verdict, not the smallest one
    _phases.append(Phase.shrink)
# No clock decides: kernels compile on their first call, and machines are busy.
settings.register_profile(
    "upline",
    deadline=None,
    derandomize=SCALE <= 1,
    phases=_phases,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("upline")
