"""Where things are on the page."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page


def open_job(page: Page, title: str) -> None:
    """Find an ended edit by its title, and open it."""
    page.get_by_label("Search in titles").fill(title)
    page.locator("#history li:visible a").filter(has_text=re.compile(f"^{title}")).first.click()
    page.locator("#job h1").wait_for()


def row(page: Page, title: str) -> Locator:
    """What runs or waits under this title."""
    return page.locator("#queue li").filter(has_text=title)
