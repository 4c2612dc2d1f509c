"""The version of the wire contract, and which side to update when two do not fit."""

from __future__ import annotations

from sfumato_client.errors import VersionMismatch

# Major and minor: the same major works together, the minor counts additions.
PROTOCOL = (1, 0)


def check_protocol(major: int, minor: int, daemon: str) -> None:
    """Raise ``VersionMismatch`` unless a daemon of this protocol version can serve us.

    ``daemon`` is its own version, for the sentence. A daemon with a smaller minor lacks additions,
    which it refuses by name when they are used, so only the major decides.
    """
    ours = PROTOCOL[0]
    if major == ours:
        return
    side = "the plugin (or command line)" if major > ours else "the daemon"
    raise VersionMismatch(
        f"The daemon ({daemon or 'of an unknown version'}) speaks protocol {major}.{minor}, this "
        f"side {PROTOCOL[0]}.{PROTOCOL[1]}. Update {side}.",
        "VERSION_MISMATCH",
    )
