"""MongoDB itself: the client, indexes, validators."""

import sys

# pymongo tries PyOpenSSL first, and with it imports cryptography: 60 ms of a cold start. Its asynchronous client uses
# Python's own ssl in any case, so the try is spared.
sys.modules.setdefault("pymongo.pyopenssl_context", None)  # type: ignore[arg-type]  # None: "there is no such module"
