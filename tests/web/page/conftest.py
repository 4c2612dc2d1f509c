"""What the tests of the page in a browser share: one browser, and one daemon with a long past."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect

from tests.web.chromium import chromium
from tests.web.museum import Museum, museum

# Making the browser's root takes minutes, once a machine.
PATIENCE = 1200


@pytest.hookimpl(tryfirst=True)  # pytest-xdist reads the groups in the same hook.
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent == Path(__file__).parent and "browser" in getattr(
            item, "fixturenames", ()
        ):
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(PATIENCE))
            # The browser and its daemon are started once for all tests: they stay together.
            item.add_marker(pytest.mark.xdist_group("page"))


@pytest.fixture(scope="package")  # Playwright holds the event loop: no longer than needed.
def browser() -> Iterator[Browser]:
    """A running Chromium."""
    expect.set_options(timeout=60_000)  # For machines with much else to do.
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="package")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Museum]:
    """A daemon whose owner has made 500 edits."""
    with museum(tmp_path_factory.mktemp("museum")) as visited:
        yield visited


@pytest.fixture
def standstill(visited: Museum) -> Iterator[Museum]:
    """The daemon while it starts nothing."""
    visited.paused(True)
    yield visited
    visited.paused(False)


@pytest.fixture
def context(browser: Browser, visited: Museum) -> Iterator[BrowserContext]:
    """A browser of its own that has never been here, and has nothing to complain of."""
    context = browser.new_context(viewport={"width": 1280, "height": 860}, accept_downloads=True)
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=visited.page[:-1])
    context.set_default_timeout(60_000)
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # What the page was refused, it tells by itself.
        if message.type == "error" and "Failed to load resource" not in message.text:
            complaints.append(message.text)

    context.on("console", hear)
    context.on("weberror", lambda error: complaints.append(str(error.error)))
    yield context
    context.close()
    assert complaints == []


@pytest.fixture
def page(context: BrowserContext, visited: Museum) -> Page:
    """The owner's page, signed in."""
    return visited.enter(context, "owner")
