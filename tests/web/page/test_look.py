"""How the page looks and feels: for every eye, every screen and every hand."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.browsing import page_of
from tests.web.chromium import axe
from tests.web.museum import PAST, Museum
from tests.web.page.seeing import open_job, row


def test_the_theme_is_the_systems_until_another_is_chosen(page: Page) -> None:
    background = "() => getComputedStyle(document.body).backgroundColor"
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(background)
    page.emulate_media(color_scheme="light")
    light = page.evaluate(background)
    assert dark != light
    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    page.reload()
    assert page.evaluate(background) == dark


SIZES = {"desktop": (1280, 860), "phone": (360, 740)}


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_keeps_anybody_out(
    theme: str, size: str, browser: Browser, standstill: Museum
) -> None:
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=theme, bypass_csp=True
    )
    page = context.new_page()
    page.goto(standstill.page)
    page.get_by_label("Your token").wait_for()
    accessible(page)
    page.get_by_label("Your token").fill("wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).not_to_be_empty()
    accessible(page)
    page.close()
    mine = standstill.edit("Waits", to_the_end=False)
    standstill.edit("Behind it", to_the_end=False)
    standstill.edit("Theirs", "other", to_the_end=False)
    page = standstill.enter(context, "owner")
    expect(row(page, "Waits")).to_be_visible()
    expect(page.locator("#history img").first).to_be_visible()
    accessible(page)
    open_job(page, "Edit 490")
    expect(page.locator(".slider img.over")).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Side by side").click()
    expect(page.locator("#job figure img").last).to_be_visible()
    accessible(page)
    page.get_by_role("button", name="Forget").click()
    accessible(page)
    page.keyboard.press("Escape")
    page.goto(f"{standstill.page}#job={mine}")
    expect(page.locator("#job h1")).to_have_text("Waits")
    accessible(page)
    page.get_by_role("button", name="Cancel").click()
    expect(page.locator("#job")).to_contain_text("cancelled")
    accessible(page)
    context.close()


def accessible(page: Page) -> None:
    """No violation that axe-core knows of, and nothing beyond the edge of the screen."""
    page.evaluate(axe() + ";0")
    violations = page.evaluate("axe.run()")["violations"]
    assert [(one["id"], [node["html"] for node in one["nodes"]]) for one in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_finger_moves_the_slider(browser: Browser, visited: Museum) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True)
    page = visited.enter(context, "owner")
    open_job(page, "Edit 490")
    expect(page.locator(".slider img.over")).to_have_js_property("naturalWidth", 48)
    slider = page.get_by_role("slider", name="Where before ends and after begins")
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    assert box is not None
    page.touchscreen.tap(box["x"] + box["width"] / 4, box["y"] + box["height"] / 2)
    assert 15 < float(slider.input_value()) < 35
    context.close()


def test_it_comes_in_one_breath(page: Page, visited: Museum) -> None:
    """How fast it paints depends on the machine and is printed; what it waits for does not."""
    page.reload()
    expect(page.locator("#history img").first).to_be_visible()
    paints = "performance.getEntriesByType('paint').map(one => [one.name, one.startTime])"
    for name, milliseconds in page.evaluate(paints):
        print(f"{name} with {PAST} past edits: {milliseconds:.0f} ms")
    loaded = page.evaluate(
        "performance.getEntriesByType('resource').map(one => [one.name, one.encodedBodySize])"
    )
    files = {name: size for name, size in loaded if "/api/" not in name and "blob:" not in name}
    assert all(name.startswith(page_of(visited.daemon)) for name in files)
    assert sum(files.values()) < 64_000
