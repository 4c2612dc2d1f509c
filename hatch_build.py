"""Pack the editor plugins into the wheel, so that installing them needs no network."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PluginsHook(BuildHookInterface[Any]):
    """Adds ``sfumato/plugins/bundled/*.zip``; editable installs pack them when asked to."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Pack the plugins and tell hatchling where they are."""
        if self.target_name != "wheel" or version == "editable":
            return
        root = Path(self.root)
        sys.path.insert(0, str(root / "daemon"))
        from sfumato.plugins.package import package

        self._scratch = tempfile.TemporaryDirectory()
        for archive in package(Path(self._scratch.name), root):
            build_data["force_include"][str(archive)] = f"sfumato/plugins/bundled/{archive.name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Clean up."""
        if hasattr(self, "_scratch"):
            self._scratch.cleanup()
