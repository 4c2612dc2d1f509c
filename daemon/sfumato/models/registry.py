"""What this user has added: names and places, remembered in the state directory.

A daemon uses only models it was told of, here or in its settings.
"""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

from sfumato.models.errors import UnusableModel
from sfumato.models.library import Item, recognized

FILE = "models.json"


class Registry:
    """Names to directories, in a file that is always whole."""

    def __init__(self, state: Path) -> None:
        self._path = state / FILE

    def directories(self) -> dict[str, Path]:
        """Every model by name; raises ``UnusableModel`` if the file is damaged."""
        try:
            content = json.loads(self._path.read_text("utf-8"))
            return {str(name): Path(directory) for name, directory in content.items()}
        except FileNotFoundError:
            return {}
        except (ValueError, AttributeError, TypeError) as error:
            raise UnusableModel(
                f"{self._path} is damaged: {error}. Remove it and add your models again."
            ) from error

    def add(self, name: str, path: Path) -> Item:
        """Remember what lies there, maybe instead of another; ``UnusableModel`` if of no use."""
        if name == "fill" or not name or "=" in name or "," in name:
            raise UnusableModel(f"{name!r} cannot be a model's name. Choose another.")
        path = path.absolute()
        item = recognized(name, path)
        self._write(self.directories() | {name: path})
        return item

    def remove(self, name: str) -> Path:
        """Forget a model; its files stay. Returns where they are; ``UnusableModel`` if unknown."""
        directories = self.directories()
        if name not in directories:
            known = ", ".join(directories) or "none"
            raise UnusableModel(f"There is no model {name!r} to remove. Added are: {known}.")
        directory = directories.pop(name)
        self._write(directories)
        return directory

    def _write(self, directories: dict[str, Path]) -> None:
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = {name: str(directory) for name, directory in directories.items()}
        handle, whole = tempfile.mkstemp(dir=self._path.parent, prefix=FILE)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
        Path(whole).replace(self._path)
