"""Help leads to Sfumato's own page, which lies beside the plug-in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

import pytest

from tests.editors.gimp import Gimp
from tests.editors.gimp_dialogs import INPAINT
from tests.editors.gimp_documents import Document
from tests.editors.gimp_hands import GIMP, Hands, until

BROWSER = """\
[Desktop Entry]
Type=Application
Name=Browser
Exec={script} %u
MimeType=text/html;
"""


@pytest.fixture
def opened(gimp: Gimp) -> Iterator[Callable[[], str]]:
    """Make a browser the artist's own that only notes what it is given; wait for that."""
    noted, script = gimp.share / "opened", gimp.share / "browser"
    script.write_text(f"#!/bin/sh\necho \"$1\" > '{noted}.part'\nmv '{noted}.part' '{noted}'\n")
    script.chmod(0o755)
    apps = gimp.desktop.home / ".local/share/applications"
    apps.mkdir(parents=True, exist_ok=True)
    files = {
        apps / "browser.desktop": BROWSER.format(script=script),
        apps / "mimeapps.list": "[Default Applications]\ntext/html=browser.desktop\n",
    }
    for path, text in files.items():
        path.write_text(text)

    def address() -> str:
        until(noted.exists, "nothing was opened")
        said = noted.read_text().strip()
        noted.unlink()
        return said

    yield address
    for path in files:
        path.unlink()


def shown(address: str) -> str:
    """The heading that an address leads to, in a page that is there."""
    parts = urlsplit(address)
    assert parts.scheme == "file"
    page = Path(url2pathname(parts.path)).read_text(encoding="utf-8")
    assert "<title>Sfumato in GIMP</title>" in page
    return page.partition(f'id="{parts.fragment}">')[2].partition("<")[0]


def test_the_help_button_and_f1_open_the_page_where_it_tells_of_the_dialog(
    document: Document, hands: Hands, opened: Callable[[], str]
) -> None:
    hands.invoke("inpaint")
    hands.settle(INPAINT)
    for key in ("alt+h", "F1"):
        hands.press(key, INPAINT)
        assert shown(opened()) == "Put something else there"
    hands.dismiss("Escape", INPAINT)


def test_f1_over_an_entry_of_the_menu_opens_the_page_where_it_tells_of_that(
    document: Document, hands: Hands, opened: Callable[[], str]
) -> None:
    hands.settle(GIMP)
    # Filters, its last entry, which is ours, and the last of that.
    hands.press("alt+r Up Right Up F1", GIMP)
    assert shown(opened()) == "Select"
    hands.press("Escape Escape Escape", GIMP)
