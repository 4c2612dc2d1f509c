"""The results of an edit as thumbnails."""

from __future__ import annotations

from collections.abc import Sequence

from .qt import QIcon, QListView, QListWidget, QListWidgetItem, QPixmap, QSize, Qt, pyqtSignal
from .variation import THUMBNAIL, Variation

MARGIN = 8


class Gallery(QListWidget):
    """Thumbnails of variations: point to compare with the original, click to insert."""

    compared = pyqtSignal(object)
    chosen = pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("sfumato_gallery")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setIconSize(THUMBNAIL)
        self.setGridSize(QSize(THUMBNAIL.width() + MARGIN, THUMBNAIL.height() + 26))
        self.setMouseTracking(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.itemEntered.connect(lambda item: self.compared.emit(self._variation(item)))
        self.itemClicked.connect(lambda item: self.chosen.emit(self._variation(item)))
        self._variations: list[Variation] = []

    def show_variations(self, variations: Sequence[Variation]) -> None:
        """Show these, unless they are shown already."""
        if self._variations == list(variations):
            return
        self._variations = list(variations)
        self.clear()
        for number, variation in enumerate(self._variations):
            icon = QIcon(QPixmap.fromImage(variation.thumbnail))
            item = QListWidgetItem(icon, f"Seed {variation.result.seed}")
            item.setData(Qt.ItemDataRole.UserRole, number)
            item.setToolTip("Point to compare with the original, click to insert as a layer")
            self.addItem(item)
        self._fit()

    def resizeEvent(self, event: object) -> None:  # noqa: N802
        """Keep all rows visible."""
        super().resizeEvent(event)
        self._fit()

    def leaveEvent(self, event: object) -> None:  # noqa: N802
        """Show the original again."""
        self.compared.emit(None)
        super().leaveEvent(event)

    def _fit(self) -> None:
        columns = max(1, self.viewport().width() // self.gridSize().width())
        rows = -(-len(self._variations) // columns)
        self.setFixedHeight(max(1, rows) * self.gridSize().height() + 2 * self.frameWidth())

    def _variation(self, item: QListWidgetItem) -> Variation:
        return self._variations[item.data(Qt.ItemDataRole.UserRole)]
