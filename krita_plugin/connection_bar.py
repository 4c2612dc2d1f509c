"""The line that says whether there is a daemon, and what to do if not."""

from __future__ import annotations

from .connection import Connection
from .qt import QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget


class ConnectionBar(QWidget):
    """The connection's state, a button that starts a daemon, and the address of another one."""

    def __init__(self, connection: Connection) -> None:
        super().__init__()
        self.setObjectName("sfumato_connection")
        self._connection = connection
        self.sentence = QLabel()
        self.sentence.setWordWrap(True)
        self.start = QPushButton("Start the daemon")
        self.start.setObjectName("sfumato_start")
        self.start.clicked.connect(connection.start_daemon)
        self.other = QPushButton("Another daemon…")
        self.other.setCheckable(True)
        self.address = QLineEdit()
        self.address.setPlaceholderText("join string or host:port; empty for this machine")
        self.token = QLineEdit()
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.token.setPlaceholderText("from its owner; empty for this machine")
        self.join = QPushButton("Connect")
        self.join.clicked.connect(self._use)
        self.entry = QWidget()
        self.entry.setVisible(False)
        self.other.toggled.connect(self.entry.setVisible)
        self._lay_out()
        connection.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Show the state of now."""
        joined = self._connection.offer is not None
        mark = (
            '<span style="color:#5a9e5a">●</span> '
            if joined
            else ('<span style="color:#c8823c">●</span> ')
        )
        self.sentence.setText(mark + self._connection.sentence.replace("<", "&lt;"))
        self.start.setVisible(not joined)
        self.other.setVisible(not joined or bool(self._connection.address))
        if joined:
            self.other.setChecked(False)

    def _use(self) -> None:
        self._connection.use(self.address.text(), self.token.text())

    def _lay_out(self) -> None:
        form = QFormLayout(self.entry)
        form.setContentsMargins(0, 0, 0, 0)
        form.addRow("Address", self.address)
        form.addRow("Token", self.token)
        form.addRow("", self.join)
        buttons = QHBoxLayout()
        buttons.addWidget(self.start)
        buttons.addWidget(self.other)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.sentence)
        column.addLayout(buttons)
        column.addWidget(self.entry)
