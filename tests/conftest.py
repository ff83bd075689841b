"""Settings for all tests: no test measures time, so no example of hypothesis has a deadline.

Examples are the same in each run, so what passes here passes at the landing. `IRONLAW_EXPLORE=1` looks at new ones.

A shell that starts the tests in the background has them ignore Ctrl-C, and what they start would inherit it: the tests of Ctrl-C
could not pass. So it is listened to again.
"""

import os
import signal

from hypothesis import settings

settings.register_profile("ironlaw", deadline=None, derandomize="IRONLAW_EXPLORE" not in os.environ)
settings.load_profile("ironlaw")

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
