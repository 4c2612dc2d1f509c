"""Qt as it is here: PyQt6 if there is one, else PyQt5; and what moved between them."""

try:
    from PyQt6 import QtCore, QtGui, QtTest, QtWidgets

    QAction = QtGui.QAction
except ImportError:
    from PyQt5 import QtCore, QtGui, QtTest, QtWidgets

    QAction = QtWidgets.QAction

__all__ = ["QAction", "QtCore", "QtGui", "QtTest", "QtWidgets"]
