"""The stand-in's bounds. Sizes are in bytes, times in seconds."""

# The service's own limit on one message, in either direction.
MAX_MESSAGE_BYTES = 1024 * 1024

MAX_CONNECTIONS = 10_000
MAX_GROUPS_PER_CONNECTION = 1_000
MAX_GROUP_NAME = 1024
MAX_PAGE = 200
MAX_LISTED = 2_000

# What a reliable client may leave unacknowledged, read or not: the service's own limits. Beyond them the connection is
# closed, and cannot be recovered.
MAX_UNACKED_MESSAGES = 1_000
MAX_UNACKED_BYTES = 16 * 1024 * 1024

# What may wait for a client that does not read; beyond it the connection is dropped. It is more than may be
# unacknowledged, as a recovery sends all of that again.
MAX_WAITING_FRAMES = 20_000
MAX_WAITING_BYTES = 20 * 1024 * 1024

MAX_REMEMBERED_ACKS = 4_096

# How long the service keeps a reliable connection whose websocket was cut.
RECOVERY_SECONDS = 60.0
HEARTBEAT_SECONDS = 30.0
CLOSE_SECONDS = 2.0

# A client's frames are handled in turn; after this many the others' writers get theirs.
FRAMES_PER_TURN = 16
