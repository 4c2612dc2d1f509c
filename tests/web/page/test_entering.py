"""Who comes in to the page, and who does not."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.support.daemon import GUARD
from tests.web.browsing import daemon_with_page
from tests.web.museum import Museum


def test_a_wrong_token_is_told_and_the_right_one_opens_the_page(
    browser: Browser, context: BrowserContext, visited: Museum
) -> None:
    page = context.new_page()
    page.goto(visited.page)
    expect(page.get_by_label("Your token")).to_be_focused()
    page.keyboard.type("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not take this token")
    page.get_by_label("Your token").fill(visited.tokens["other"])
    page.keyboard.press("Enter")
    expect(page.locator("#name")).to_have_text("other")
    page.reload()
    expect(page.locator("#name")).to_have_text("other")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your token")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Your token")).to_be_visible()


def test_the_commands_address_opens_the_page_once_and_is_not_left_there(
    browser: Browser, context: BrowserContext, visited: Museum
) -> None:
    command = [sys.executable, "-m", "sfumato", "web", "--print"]
    environ = {**os.environ, "SFUMATO_STATE_DIR": str(visited.daemon.state)}
    environ["SFUMATO_TOKEN"] = visited.tokens["other"]
    address = subprocess.run(
        command, env=environ, capture_output=True, text=True, check=True, timeout=GUARD
    ).stdout.strip()
    assert visited.tokens["other"] not in address
    page = context.new_page()
    page.goto(address)
    expect(page.locator("#name")).to_have_text("other")
    assert page.url == visited.page
    again = browser.new_context().new_page()
    again.goto(address)
    expect(again.get_by_role("alert")).to_contain_text("opens the page once")
    again.context.close()


def test_a_daemon_that_goes_away_is_told(
    browser: Browser, context: BrowserContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with daemon_with_page(tmp_path_factory.mktemp("gone")) as daemon:
        page = Museum(daemon, {"owner": daemon.token}).enter(context, "owner")
        expect(page.locator("#now-state")).to_have_text("Nothing runs or waits.")
        assert daemon.stop() == 0
        expect(page.locator("#now-state")).to_contain_text("does not answer")
