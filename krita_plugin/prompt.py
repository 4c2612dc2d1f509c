"""The prompt's text field with its history."""

from __future__ import annotations

from collections.abc import Sequence

from .qt import QEvent, QHBoxLayout, QMenu, QPlainTextEdit, Qt, QToolButton, QWidget, pyqtSignal

LINES = 3
MENU_LENGTH = 60


class PromptField(QWidget):
    """Several lines of text; a button opens the earlier prompts; Ctrl+Return submits."""

    changed = pyqtSignal()
    submitted = pyqtSignal()

    def __init__(self) -> None:
        super().__init__()
        self.edit = _Lines(self)
        self.edit.setObjectName("sfumato_prompt")
        self.edit.setPlaceholderText("What should be there? Not needed for Remove.")
        self.edit.setTabChangesFocus(True)
        height = self.edit.fontMetrics().lineSpacing() * LINES + 14
        self.edit.setFixedHeight(height)
        self.edit.textChanged.connect(self.changed)
        self._menu = QMenu(self)
        self._button = QToolButton(self)
        self._button.setArrowType(Qt.ArrowType.DownArrow)
        self._button.setToolTip("Earlier prompts")
        self._button.setMenu(self._menu)
        self._button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._button.setStyleSheet("QToolButton::menu-indicator { image: none; }")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.edit)
        row.addWidget(self._button, 0, Qt.AlignmentFlag.AlignTop)

    @property
    def text(self) -> str:
        """The prompt."""
        return str(self.edit.toPlainText())

    def set_text(self, text: str) -> None:
        """Show another prompt, keeping the cursor where the text is the same."""
        if text != self.text:
            self.edit.setPlainText(text)

    def set_history(self, history: Sequence[str]) -> None:
        """Offer earlier prompts, newest first."""
        self._menu.clear()
        self._button.setEnabled(bool(history))
        for prompt in history:
            line = " ".join(prompt.split())
            title = line if len(line) <= MENU_LENGTH else line[: MENU_LENGTH - 1] + "…"
            entry = self._menu.addAction(title.replace("&", "&&"))
            entry.triggered.connect(lambda _=False, text=prompt: self.set_text(text))


class _Lines(QPlainTextEdit):
    def __init__(self, field: PromptField) -> None:
        super().__init__(field)
        self._field = field

    def event(self, event: object) -> bool:
        # Krita searches its actions with this key; in the prompt it is ours.
        if event.type() == QEvent.Type.ShortcutOverride and _submits(event):
            event.accept()
            return True
        return bool(super().event(event))

    def keyPressEvent(self, event: object) -> None:  # noqa: N802
        if _submits(event):
            self._field.submitted.emit()
            return
        super().keyPressEvent(event)


def _submits(key: object) -> bool:
    enter = key.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
    return enter and bool(key.modifiers() & Qt.KeyboardModifier.ControlModifier)
