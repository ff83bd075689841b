"""Settings for all tests: no test measures time, so no example of hypothesis has a deadline.

Examples are the same in each run, so what passes here passes at the landing. `IRONLAW_EXPLORE=1` looks at new ones.
"""

import os

from hypothesis import settings

settings.register_profile("ironlaw", deadline=None, derandomize="IRONLAW_EXPLORE" not in os.environ)
settings.load_profile("ironlaw")
