"""The history on the page: all of it can be reached, chosen from and found."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.web.museum import CANCELLED, HOSTILE, PAST, Museum


def test_all_500_edits_can_be_reached_by_the_keyboard_and_are_counted_once(page: Page) -> None:
    cards, more = page.locator("#history > li"), page.get_by_role("button", name="Show more")
    count = 60
    expect(cards).to_have_count(count)
    while more.is_visible():
        more.focus()
        page.keyboard.press("Enter")
        count = min(count + 60, max(PAST, count + 1))
        expect(page.locator(f"#history > li:nth-child({count})")).to_be_attached()
        expect(page.locator("#history a:focus")).to_be_attached()
    links = page.locator("#history a").evaluate_all("all => all.map(one => one.hash)")
    assert len(links) == len(set(links)) >= PAST


def test_pictures_are_drawn_for_what_is_seen(page: Page) -> None:
    image = page.locator("#history img").first
    expect(image).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", 48)


def test_edits_are_chosen_by_state_and_found_by_title(page: Page) -> None:
    page.get_by_role("button", name="Cancelled").click()
    expect(page.locator("#history > li").filter(has_text="Given up")).to_have_count(CANCELLED)
    page.get_by_role("button", name="Failed").click()
    expect(page.locator("#history-empty")).to_have_text("There are none.")
    page.get_by_role("button", name="All").click()
    page.get_by_label("Search in titles").fill("no such title")
    expect(page.locator("#history-empty")).to_contain_text("Nothing with")
    page.get_by_label("Search in titles").fill("Edit 490")
    expect(page.locator("#history > li:visible")).to_have_count(1)


def test_a_title_is_text_and_never_markup(page: Page, visited: Museum) -> None:
    visited.edit(HOSTILE)
    page.get_by_label("Search in titles").fill(HOSTILE)
    link = page.locator("#history li:visible a").first
    expect(link).to_contain_text(HOSTILE)
    link.click()
    expect(page.locator("#job h1")).to_have_text(HOSTILE)
    assert page.locator("img[src='x']").count() == 0
