"""What the results of a batch are called."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from string import Formatter
from typing import Any

from sfumato.cli.failures import BadInput
from sfumato.cli.output import Output

FIELDS = ("stem", "ext", "folder", "number", "model", "preset")


@dataclass(frozen=True)
class Names:
    """Templates of the results' names in the directory ``out``; no layers are written without one.

    A template has ``FIELDS`` in braces: of IMAGE its name without the ending, the ending, and the
    folder it is named in; the edit's number, from 1; its model and preset.
    """

    out: Path
    result: str
    layer: str = ""

    def of(
        self, image: Path, told: Mapping[str, Any], written: Mapping[str, str]
    ) -> tuple[str, Output]:
        """An edit's name and its files; ``written`` are those of its own words.

        ``BadInput`` for a template that is none, and for names outside of ``out``.
        """
        parent = PurePosixPath() if image.is_absolute() else image.parent
        values = {
            **told,
            "stem": image.stem,
            "ext": image.suffix.removeprefix("."),
            "folder": parent.as_posix() if parent.name else "",
        }
        name = self._checked(written.get("out") or filled(self.result, values))
        layer = written.get("layer") or (filled(self.layer, values) if self.layer else "")
        return name, Output(self.out / name, self.out / self._checked(layer) if layer else None)

    @staticmethod
    def mistakes(outputs: Iterable[tuple[int, Output]]) -> list[str]:
        """What would be written twice."""
        first: dict[Path, int] = {}
        found = []
        for number, output in outputs:
            for path in (output.out, output.layer):
                if path is None:
                    continue
                if path in first and first[path] != number:
                    found.append(
                        f"edits {first[path]} and {number} would both be {path.name}; name them "
                        "apart with --name '{stem}-{number}.{ext}', or with a field `out`."
                    )
                first.setdefault(path, number)
        return found

    @staticmethod
    def _checked(name: str) -> str:
        """A name as a relative path with slashes, inside of the directory."""
        path = PurePosixPath(name.lstrip("/"))
        outside = ".." in path.parts or PureWindowsPath(name).drive or not path.name
        if outside or name.startswith("//"):
            raise BadInput(f"{name!r} is no name of a file in OUT.")
        return path.as_posix()


def filled(template: str, values: Mapping[str, Any]) -> str:
    """A template with its fields filled in; ``BadInput`` where it has others."""
    try:
        fields = {name for _, name, _, _ in Formatter().parse(template) if name is not None}
        if fields <= set(FIELDS):
            return template.format_map(values)
    except ValueError:
        pass  # told below
    known = ", ".join(f"{{{name}}}" for name in FIELDS)
    raise BadInput(f"{template!r} is no template; its fields are {known}.")
