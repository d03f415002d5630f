"""Kernels compile on their first call, so no example has a deadline here.

Explaining failures traces every line and would trace the compiler too: minutes instead of seconds.
"""

from hypothesis import Phase, settings

settings.register_profile(
    "compiled", deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink]
)
settings.load_profile("compiled")
