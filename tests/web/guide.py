"""The pictures of docs/page.md: ``python -m tests.web.guide docs/images``.

Real edits of photographs on the page of a real daemon, at the size of a desk and of a phone.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from sfumato.access.tokens import Scope, TokenStore
from tests.support.subjects import photograph
from tests.web.browsing import daemon_with_page
from tests.web.chromium import chromium
from tests.web.museum import Museum

DESK, PHONE = (1280, 800), (390, 800)
EXAMPLES = Path(__file__).parents[2] / "examples"
SHOWN = "Portrait, a plain suit"
# A title, a photograph and what is selected of it.
EDITS = (
    ("Cat, whiskers on the left", "chelsea", "30,150,110,215"),
    ("Launch, the left tower", "rocket", "120,250,190,400"),
    ("Gravel, the pale stone", "gravel", "180,200,260,270"),
    ("Meadow, a blade", "grass", "100,260,190,330"),
    ("Moon, a crater less", "moon", "225,120,330,210"),
    ("Table without a stain", "coffee", "520,60,580,130"),
)
LARGE = ("Table for nine", "Table for nine, wider", "The same, once more", "And the corner")


def main(folder: Path) -> None:
    """Make the pictures in ``folder``."""
    expect.set_options(timeout=60_000)
    with tempfile.TemporaryDirectory() as scratch, daemon_with_page(Path(scratch)) as daemon:
        store = TokenStore(daemon.state)
        names = {"owner": "anna", "other": "ben"}
        tokens = {who: store.create(name) for who, name in names.items()}
        tokens["admin"] = store.create("chief", Scope.ADMIN)
        museum = Museum(daemon, tokens)
        for title, name, box in EDITS:
            remove(museum, title, photograph(name), "--box", box).wait()
        portrait = np.asarray(Image.open(EXAMPLES / "photograph.png").convert("RGB"))
        remove(museum, SHOWN, portrait, "--mask", str(EXAMPLES / "selection.png")).wait()
        nine = np.tile(photograph("coffee"), (3, 3, 1))
        museum.long_edit(LARGE[0], nine)
        running = [
            remove(museum, title, nine, "--box", "300,300,1500,900", who=who)
            for title, who in zip(LARGE[1:], ("owner", "other", "owner"), strict=True)
        ]
        with chromium() as browser:
            shoot(browser, museum, folder)
        for process in running:
            process.terminate()
            process.wait()


def remove(
    museum: Museum, title: str, picture: np.ndarray, *selected: str, who: str = "owner"
) -> subprocess.Popen[bytes]:
    """Begin to remove something from a photograph, as the command line does."""
    folder = museum.daemon.state / "photographs"
    folder.mkdir(exist_ok=True)
    Image.fromarray(picture).save(folder / title, "PNG")
    environ = {**os.environ, "SFUMATO_STATE_DIR": str(museum.daemon.state)}
    environ["SFUMATO_TOKEN"] = museum.tokens[who]
    command = [sys.executable, "-m", "sfumato", "inpaint", str(folder / title), *selected]
    return subprocess.Popen([*command, "-o", str(folder / f"{title}.png"), "--force"], env=environ)


def shoot(browser: Browser, museum: Museum, folder: Path) -> None:
    """Take the pictures."""
    page = visit(browser, museum, DESK, "light")
    expect(page.locator("#queue progress").first).to_have_attribute(
        "value", re.compile(r"0\.[1-9]")
    )
    expect(page.locator("#queue li")).to_have_count(len(LARGE))
    expect(page.locator("#queue img:visible")).not_to_have_js_property("naturalWidth", 0)
    page.screenshot(path=folder / "page-overview.png")
    opened(page, SHOWN)
    page.screenshot(path=folder / "page-slider.png")
    page.context.close()
    page = visit(browser, museum, DESK, "dark")
    opened(page, SHOWN)
    page.get_by_role("button", name="Side by side").click()
    seen(page, "#job figure img", 3)
    page.screenshot(path=folder / "page-side-by-side.png")
    page.context.close()
    for theme in ("light", "dark"):
        page = visit(browser, museum, PHONE, theme)
        if theme == "dark":
            opened(page, SHOWN)
        page.screenshot(path=folder / f"page-phone-{theme}.png")
        page.context.close()


def visit(browser: Browser, museum: Museum, size: tuple[int, int], theme: str) -> Page:
    """The owner's overview with all of its pictures."""
    width, height = size
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, locale="en-GB"
    )
    page = museum.enter(context, "owner")
    page.mouse.move(0, 0)
    seen(page, "#history img", 4)
    return page


def opened(page: Page, title: str) -> None:
    """Open an edit."""
    page.locator("#history a").filter(has_text=title).click()
    seen(page, ".slider img", 2)


def seen(page: Page, images: str, count: int) -> None:
    """Wait until so many pictures are there and the network is quiet."""
    for number in range(count):
        expect(page.locator(images).nth(number)).not_to_have_js_property("naturalWidth", 0)
    page.wait_for_function(
        "images => [...document.querySelectorAll(images)].every((one) => one.naturalWidth)",
        arg=images,
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
