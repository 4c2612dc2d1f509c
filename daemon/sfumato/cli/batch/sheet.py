"""The contact sheet: every edit before and after, on one page that needs nothing else."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from urllib.parse import quote

from sfumato.cli.batch.report import Line, counts
from sfumato.cli.batch.thumbnails import Thumbnails
from sfumato.picture.writing import write_atomically

SHEET = "contact-sheet.html"
THUMBNAILS = "contact-sheet"
# Words of the command line that are not said again: what is secret, and what was for that run.
_WITH_VALUE = ("--redo", "--token", "--join")
_ALONE = ("--force", "-f", "--json")


def write_sheet(
    out: Path, title: str, lines: Sequence[Line], thumbnails: Thumbnails, words: Sequence[str]
) -> Path:
    """Write it into the directory of the results; ``words`` are this run's command line."""
    found = counts(lines)
    summary = ", ".join(f"{number} {state}" for state, number in found.items() if number)
    cards = "\n".join(_card(line, thumbnails, out) for line in lines)
    # `<` as an escape, so that no name can end the script.
    command = json.dumps(_joined(["sfumato", *_said_again(words)])).replace("<", "\\u003c")
    page = Template(files(__package__).joinpath(SHEET.replace("-", "_")).read_text("utf-8"))
    text = page.substitute(
        title=escape(title),
        summary=escape(summary),
        cards=cards,
        command=command,
        place=escape(str(Path.cwd())),
    )
    write_atomically(out / SHEET, text.encode("utf-8"))
    return out / SHEET


def _card(line: Line, thumbnails: Thumbnails, out: Path) -> str:
    name = line.row.name
    parts = [
        f'<article class="{line.state}" data-name="{escape(name)}" '
        f'data-quoted="{escape(_joined([name]))}">',
        f'<label><input type="checkbox"><b>{line.row.number}</b>'
        f"<span>{escape(name)}</span></label>",
    ]
    if line.state == "done":
        parts.append(f'<div class="pictures">{"".join(_figures(line, thumbnails, out))}</div>')
    parts.append(f'<p class="asked">{_asked(line)}</p>')
    if line.error:
        parts.append(f'<p class="error">{escape(line.error)}</p>')
    elif line.left:
        parts.append('<p class="note">Not done yet.</p>')
    else:
        parts += [
            f'<p class="note">{escape(str(notice["message"]))}</p>'
            for notice in line.told.get("notices", ())
        ]
    return "\n".join([*parts, "</article>"])


def _figures(line: Line, thumbnails: Thumbnails, out: Path) -> Iterator[str]:
    name = line.row.name
    seeds = line.told.get("seeds", [])
    before = thumbnails.before(name).relative_to(out).as_posix()
    original = quote(Path(os.path.relpath(line.row.image, out)).as_posix())
    yield _figure("before", before, f'<a href="{escape(original)}">original</a>')
    for variation, seed in enumerate(seeds):
        after = thumbnails.after(name, variation).relative_to(out).as_posix()
        result = escape(quote(_result(line, variation, len(seeds))))
        yield _figure("after", after, f'<a href="{result}">result</a><span>seed {seed}</span>')


def _figure(kind: str, source: str, caption: str) -> str:
    return (
        f'<figure class="{kind}"><img src="{escape(quote(source))}" alt="{kind}" loading="lazy">'
        f"<figcaption><span>{kind}</span>{caption}</figcaption></figure>"
    )


def _result(line: Line, variation: int, of: int) -> str:
    path = Path(line.row.name)
    number = f"-{variation + 1}" if of > 1 else ""
    return path.with_name(f"{path.stem}{number}{path.suffix}").as_posix()


def _asked(line: Line) -> str:
    """What was asked, in a few words."""
    painting = line.row.painting
    used = line.told.get("parameters", {})
    model = painting.model or used.get("model", "")
    words = [f"<q>{escape(painting.prompt)}</q>"] if painting.prompt else []
    words += [escape(word) for word in (painting.preset, model) if word]
    return " · ".join(words)


def _said_again(words: Sequence[str]) -> list[str]:
    """The command line without what is secret and what was for one run."""
    kept: list[str] = []
    skip = False
    for word in words:
        option = word.partition("=")[0]
        if skip:
            skip = False
        elif option in _WITH_VALUE:
            skip = "=" not in word
        elif word not in _ALONE:
            kept.append(word)
    return kept


def _joined(words: Sequence[str]) -> str:
    """Words as a shell of this computer takes them."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
