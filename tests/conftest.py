"""Settings for all tests: no test measures time, so no example of hypothesis has a deadline."""

from hypothesis import settings

settings.register_profile("ironlaw", deadline=None)
settings.load_profile("ironlaw")
