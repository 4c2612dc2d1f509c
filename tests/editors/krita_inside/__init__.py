"""The tests' hand inside Krita: a plugin that runs the scenes of this package when asked.

It listens on a loopback port, written to the file named by SFUMATO_TEST_PORT. One line of JSON
``{"scene": "module.function", "args": {...}}`` runs a scene; the answer is one line with ``value``
or ``error``. A scene may be a generator: it yields functions, and goes on when they return true, so
that Krita's own event loop turns in between (nested loops would break its strokes).
"""

from .driver import Driver, install

__all__ = ["Driver", "install"]

install()
