"""A Krita of paper, for what no Krita can show yet: the plugin in PyQt6.

Krita 6 does not exist where the tests run. This module has of Krita's Python API what the plugin
uses, with real widgets of whichever PyQt is there and pictures that are plain bytes. That it is
true to Krita is shown by the same scenes with PyQt5, and by all other tests in the real Krita 5.
"""

# ruff: noqa: D102, N802, N815 (Krita's names, and Krita's manual says what they do)

import os

from documents import Document, Node, Selection
from qt import QAction, QtCore, QtGui, QtWidgets

__all__ = [
    "DockWidget",
    "DockWidgetFactory",
    "DockWidgetFactoryBase",
    "Document",
    "Extension",
    "Krita",
    "Node",
    "Selection",
    "View",
    "Window",
]


class KisQPainterCanvas(QtWidgets.QWidget):
    """Found by its class's name, as Krita's own."""


class View:
    """A document shown at a scale, from the canvas's corner."""

    def __init__(self, document, scale):
        self._document, self._scale = document, scale

    def document(self):
        return self._document

    def view(self):
        """A canvas is asked for its view; here it is both."""
        return self

    def flakeToImageTransform(self):
        return QtGui.QTransform()

    def flakeToCanvasTransform(self):
        return QtGui.QTransform.fromScale(self._scale, self._scale)


class Window:
    """Krita's main window, with one view in it."""

    def __init__(self):
        self._main = QtWidgets.QMainWindow()
        self._area = QtWidgets.QMdiArea()
        pages = QtWidgets.QStackedWidget()
        pages.addWidget(self._area)
        self._main.setCentralWidget(pages)
        self.actions, self._dockers, self._view = {}, [], None

    def qwindow(self):
        return self._main

    def dockers(self):
        return self._dockers

    def activeView(self):
        return self._view

    def createAction(self, name, title, _menu):
        self.actions[name] = QAction(title, self._main)
        return self.actions[name]

    def show(self, document, scale):
        """Show a document, and every docker beside it; what Krita does by itself."""
        self._view = View(document, scale)
        inside = self._area.addSubWindow(KisQPainterCanvas())
        for extension in Krita.instance().extensions:
            extension.createActions(self)
        for factory in Krita.instance().factories:
            docker = factory.make()
            docker.setObjectName(factory.name)
            self._main.addDockWidget(QtCore.Qt.DockWidgetArea.RightDockWidgetArea, docker)
            self._dockers.append(docker)
        self._main.resize(1000, 700)
        self._main.show()
        inside.showMaximized()
        self._area.setActiveSubWindow(inside)
        for docker in self._dockers:
            docker.canvasChanged(self._view)


class DockWidget(QtWidgets.QDockWidget):
    """As Krita's."""


class DockWidgetFactoryBase:
    """Where a docker stands at first."""

    DockRight = 1


class DockWidgetFactory:
    """Makes a docker for a window."""

    def __init__(self, name, _place, make):
        self.name, self.make = name, make


class Extension(QtCore.QObject):
    """As Krita's."""


class Notifier(QtCore.QObject):
    """Tells what goes on in Krita."""

    imageClosed = QtCore.pyqtSignal(str)
    applicationClosing = QtCore.pyqtSignal()

    def setActive(self, _active):
        pass


class Krita(QtCore.QObject):
    """The program."""

    _instance = None

    def __init__(self):
        super().__init__()
        self.window, self.open, self.extensions, self.factories = None, [], [], []
        self._notifier, self._settings, self._actions = Notifier(), {}, {}

    @staticmethod
    def instance():
        Krita._instance = Krita._instance or Krita()
        return Krita._instance

    @staticmethod
    def getAppDataLocation():
        return os.environ["HOME"]

    def notifier(self):
        return self._notifier

    def documents(self):
        return list(self.open)

    def activeWindow(self):
        return self.window

    def activeDocument(self):
        return self.open[-1] if self.open else None

    def createDocument(self, width, height, _name, *space_and_resolution):
        return Document(width, height, space_and_resolution[:3])

    def action(self, name):
        return self._actions.setdefault(name, QAction(name, self))

    def addExtension(self, extension):
        self.extensions.append(extension)

    def addDockWidgetFactory(self, factory):
        self.factories.append(factory)

    def readSetting(self, group, name, otherwise):
        return self._settings.get((group, name), otherwise)

    def writeSetting(self, group, name, value):
        self._settings[group, name] = value
