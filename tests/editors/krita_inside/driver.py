"""Scenes on request, one step of Krita's event loop at a time."""

import importlib
import inspect
import json
import os
import socket
import sys
import time
import traceback
from pathlib import Path

from krita import Extension, Krita
from PyQt5.QtCore import QSocketNotifier, QTimer

TURN_MS = 10
PATIENCE_S = 300  # A model is loaded in this time even on a busy computer.


class Driver(Extension):
    """Answers the tests' requests as soon as the main window is there."""

    def __init__(self, parent):
        super().__init__(parent)
        self.unexpected = []
        # An uncaught exception would open a modal dialog; tests ask for them instead.
        sys.excepthook = lambda *error: self.unexpected.append(
            "".join(traceback.format_exception(*error))
        )

    def setup(self):
        """Called by Krita once; the window comes later."""
        QTimer.singleShot(0, self._open)

    def createActions(self, window):  # noqa: N802
        """There are none."""

    def _open(self):
        window = Krita.instance().activeWindow()
        if window is None or window.qwindow() is None or not window.qwindow().isVisible():
            QTimer.singleShot(50, self._open)
            return
        window.qwindow().resize(1590, 980)
        window.qwindow().move(0, 0)
        self._server = socket.create_server(("127.0.0.1", 0))
        port = Path(os.environ["SFUMATO_TEST_PORT"])
        part = port.with_suffix(".part")
        part.write_text(str(self._server.getsockname()[1]))
        part.rename(port)
        self._accepting = QSocketNotifier(self._server.fileno(), QSocketNotifier.Read)
        self._accepting.activated.connect(self._accept)

    def _accept(self, *_):
        self._peer, _ = self._server.accept()
        self._lines = self._peer.makefile("rw", encoding="utf-8", newline="\n")
        self._reading = QSocketNotifier(self._peer.fileno(), QSocketNotifier.Read)
        self._reading.activated.connect(self._read)

    def _read(self, *_):
        line = self._lines.readline()
        if not line:
            self._reading.setEnabled(False)
            return
        request = json.loads(line)
        try:
            module, name = request["scene"].rsplit(".", 1)
            scene = getattr(importlib.import_module(f"{__package__}.{module}"), name)
            value = scene(**request["args"])
        except BaseException:
            self._answer({"error": traceback.format_exc()})
            return
        if inspect.isgenerator(value):
            self._step(value, lambda: True, time.monotonic() + PATIENCE_S)
        else:
            self._answer({"value": value})

    def _step(self, scene, ready, deadline):
        try:
            if time.monotonic() > deadline:
                scene.throw(TimeoutError(f"waited {PATIENCE_S} s in vain"))
            if self.unexpected:
                scene.throw(RuntimeError("an uncaught exception in Krita"))
            if ready():
                ready = next(scene) or (lambda: True)
                deadline = time.monotonic() + PATIENCE_S
        except StopIteration as end:
            self._answer({"value": end.value})
        except BaseException:
            self._answer({"error": traceback.format_exc()})
        else:
            QTimer.singleShot(TURN_MS, lambda: self._step(scene, ready, deadline))

    def _answer(self, answer):
        unexpected, self.unexpected = self.unexpected, []
        if unexpected:
            answer = {"error": "\n".join([answer.get("error", ""), "In Krita:", *unexpected])}
        self._lines.write(json.dumps(answer, default=repr) + "\n")
        self._lines.flush()


def install():
    """Start listening with Krita."""
    Krita.instance().addExtension(Driver(Krita.instance()))
