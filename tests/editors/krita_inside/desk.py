"""Opening, looking and quitting."""

import time

from krita import Krita
from PyQt5.QtCore import QTimer

# Krita's layer docker follows changes with a timer, and looks at the layers then. If their document
# was closed in that moment, Krita crashes (KisNodeModel::processUpdateQueue). No signal tells when
# it is through; an artist's hand is never that fast.
LAYER_DOCKER_S = 0.4


def settle():
    """Let Krita's layer docker catch up, before a document is closed."""
    until = time.monotonic() + LAYER_DOCKER_S
    yield lambda: time.monotonic() > until


def quit():  # noqa: A001
    """Quit from a later turn of the event loop, with nothing to be asked about."""
    for document in Krita.instance().documents():
        document.setModified(False)
    QTimer.singleShot(200, Krita.instance().action("file_quit").trigger)


def run(code):
    """Run statements and return the variable ``value``: for explorations."""
    scope = {}
    exec(code, scope)
    return scope.get("value")
