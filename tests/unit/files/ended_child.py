"""A process that ends as one does that used up its time."""

from __future__ import annotations

import os
import signal

os.kill(os.getpid(), signal.SIGXCPU)
