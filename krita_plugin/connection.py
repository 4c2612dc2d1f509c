"""The one connection of this Krita to a daemon, looked after while a docker is open."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from krita import Krita

from sfumato_client import (
    Client,
    Edit,
    Endpoint,
    Search,
    SfumatoError,
    Stopwatch,
    Unavailable,
    find_endpoint,
    named,
)
from sfumato_client.blocking import Answered, Ended, Handle, Listener
from sfumato_client.segment import Phases

from . import entered, launch
from .offer import Offer
from .qt import QApplication, QObject, QTimer, pyqtSignal
from .turns import in_background

AWAY_MS = 3000
JOINED_MS = 15000
STARTING_MS = 500
STARTING_TRIES = 60
CLOSING_S = 1.0


class Connection(QObject):
    """Whether there is a daemon, what it offers, and the way to it.

    ``changed`` is emitted on the UI thread whenever ``offer`` or ``sentence`` changed; ``offer`` is
    ``None`` while there is no daemon, and ``sentence`` then says why and what to do.
    """

    changed = pyqtSignal()

    def __init__(self, version: str) -> None:
        super().__init__()
        self.offer: Offer | None = None
        self.sentence = "Looking for the daemon."
        self._version = version
        self._file = Path(Krita.getAppDataLocation()) / "sfumato.json"
        self._entered = entered.read(self._file)
        self._client: Client | None = None
        self._looking = False
        self._moved = False
        self._starting = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.look)
        QApplication.instance().aboutToQuit.connect(self._timer.stop)

    @property
    def address(self) -> str:
        """The address the artist entered, or empty for the daemon of this machine."""
        return self._entered.address

    @property
    def needed(self) -> Offer:
        """What the daemon offers; raises ``Unavailable`` if there is none."""
        if self.offer is None:
            raise Unavailable(self.sentence)
        return self.offer

    def use(self, address: str, token: str) -> None:
        """Go to another daemon from now on; empty for the one of this machine.

        Either may be a join string.
        """
        try:
            self._entered = named(address, token, before=self._entered)
        except SfumatoError as error:
            self._say(None, error.message)
            return
        try:
            entered.write(self._file, self._entered)
        except OSError as error:
            self._say(None, f"The daemon's address could not be kept: {error}.")
            return
        self._say(None, "Connecting.")
        # What is being asked now is the former daemon.
        self._moved = self._looking
        self.look()

    def start_daemon(self) -> None:
        """Start a daemon on this machine."""
        try:
            launch.start()
        except SfumatoError as error:
            self._say(None, error.message)
            return
        self._starting = STARTING_TRIES
        self._say(None, "Starting the daemon.")
        self.look()

    def look(self) -> None:
        """See whether the daemon is there and what it offers; returns at once."""
        if self._looking:
            return
        self._looking = True
        chosen = self._entered
        in_background(lambda: self._join(chosen), self._joined, self._lost)

    def submit(self, edit: Edit, listener: Listener, ended: Ended) -> Handle:
        """Begin an edit; both are called on the client's thread. Raises ``SfumatoError``."""
        client = self._client
        if client is None or self.offer is None:
            raise Unavailable(self.sentence)
        return client.submit(edit, listener, ended)

    def report(self, job_id: str, stopwatch: Stopwatch, began: float) -> None:
        """Tell the daemon of a layer whose making ``began`` then, if it is still there."""
        if self._client is not None:
            self._client.report(job_id, stopwatch, began)

    def ask(self, search: Search, answered: Answered, phases: Phases) -> Callable[[], None]:
        """Ask what to select; both are called on the client's thread. The result ends it.

        Raises ``SfumatoError``.
        """
        client = self._client
        if client is None or self.offer is None:
            raise Unavailable(self.sentence)
        return client.ask(search, answered, phases)

    def close(self) -> None:
        """Hang up; waits a moment at most, so that cancelled edits are told."""
        self._timer.stop()
        client, self._client = self._client, None
        if client is not None:
            closing = threading.Thread(target=client.close, daemon=True)
            closing.start()
            closing.join(CLOSING_S)

    def _join(self, chosen: Endpoint) -> tuple[Offer, Endpoint]:
        """Ask the daemon, in a thread; only one such thread is at work at a time."""
        endpoint = find_endpoint(
            chosen.address or None, chosen.token or None, trust=chosen.trust or None
        )
        former = self._client
        if former is None or former.endpoint != endpoint:
            self._client = Client(endpoint, "krita", self._version)
            if former is not None:
                former.close()
        client = self._client
        return Offer.of(client.capabilities(), client.models()), endpoint

    def _joined(self, found: tuple[Offer, Endpoint]) -> None:
        self._looking = False
        if self._look_again():
            return
        self._starting = 0
        offer, endpoint = found
        self._say(offer, f"Connected to Sfumato {offer.version} at {endpoint.address}.")
        self._timer.start(JOINED_MS)

    def _lost(self, error: Exception) -> None:
        self._looking = False
        if self._look_again():
            return
        if not isinstance(error, SfumatoError):
            traceback.print_exception(error)
        if self._starting:
            self._starting -= 1
            self._timer.start(STARTING_MS)
            return
        known = isinstance(error, SfumatoError)
        self._say(None, error.message if known else f"The plugin has a fault: {error!r}.")
        self._timer.start(AWAY_MS)

    def _look_again(self) -> bool:
        if not self._moved:
            return False
        self._moved = False
        self.look()
        return True

    def _say(self, offer: Offer | None, sentence: str) -> None:
        if (offer, sentence) != (self.offer, self.sentence):
            self.offer, self.sentence = offer, sentence
            self.changed.emit()
