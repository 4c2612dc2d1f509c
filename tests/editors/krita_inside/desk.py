"""Opening, looking and quitting."""

from krita import Krita
from PyQt5.QtCore import QTimer


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
