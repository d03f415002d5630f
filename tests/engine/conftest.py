"""Kernels compile on their first call, so no example has a deadline here."""

from hypothesis import settings

settings.register_profile("compiled", deadline=None)
settings.load_profile("compiled")
