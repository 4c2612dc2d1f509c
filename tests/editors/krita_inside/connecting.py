"""What an artist does with the docker's connection."""

from .artist import docker


def connected(generating=False):
    """Wait until there is a daemon, or one that can generate."""
    known = docker().panel.connection_bar._connection
    known.look()
    yield lambda: "Connected" in known.sentence and (not generating or known.offer.can_generate)


def connection():
    """What the docker says about the daemon."""
    bar = docker().panel.connection_bar
    return {
        "sentence": bar._connection.sentence,
        "start": bar.start.isVisible(),
        "other": bar.other.isVisible(),
    }


def use_daemon(address, token):
    """Enter another daemon's address and token; empty for this machine's own."""
    bar = docker().panel.connection_bar
    bar.other.setChecked(True)
    bar.address.setText(address)
    bar.token.setText(token)
    bar.join.click()
    yield
    yield lambda: bar._connection.offer is not None or not address


def use_daemon_in_vain(address, token):
    """Enter what leads nowhere, and wait for the sentence that says so."""
    connection_ = docker().panel.connection_bar._connection
    docker().panel.connection_bar.address.setText(address)
    docker().panel.connection_bar.token.setText(token)
    docker().panel.connection_bar.join.click()
    yield lambda: connection_.sentence != "Connecting."


def lost():
    """Wait until the docker knows that there is no daemon."""
    docker().panel.connection_bar._connection.look()
    yield lambda: connection()["start"]
