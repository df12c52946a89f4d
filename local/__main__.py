"""`python -m local`: the embedded local stack. `python -m local --help` lists the commands.

Parts are commands too, and each loads only its own code, so that it starts quickly.
"""

from __future__ import annotations

import os
import sys

PARTS = ("host", "webpubsub", "saas", "azurite", "conformance")
"""What loads its own code alone; the supervisor's command line has the rest."""


def main(argv: list[str]) -> int:
    """Run one command and return the process's exit code."""
    # Data, keys and logs are the owner's alone, whoever of the stack writes them.
    os.umask(0o077)
    if argv and argv[0] in PARTS:
        if argv[0] == "host":
            from local.host.command import main as part
        elif argv[0] == "saas":
            from local.saas.command import main as part
        elif argv[0] == "conformance":
            from local.conformance.command import main as part
        elif argv[0] == "azurite":
            from local.azurite.command import main as part
        else:
            from local.webpubsub.command import main as part
        return part(argv[1:])
    from local.supervisor.command import main as supervisor

    return supervisor(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
