"""Python reads this when a part of the stack starts, because the stack's PYTHONPATH begins with this folder."""

import os
import sys

if os.environ.get("ORDERBUDDY_FAULTS") and sys.orig_argv[2:4] == ["local", "host"]:
    from tests.faults.trigger import install

    install(os.environ["ORDERBUDDY_FAULTS"])
