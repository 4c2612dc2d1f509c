"""Everything that can be done on the page, in a real browser, against a daemon with a long past."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.daemon import GUARD
from tests.web.browsing import daemon_with_page, page_of, signed_in
from tests.web.chromium import axe
from tests.web.museum import CANCELLED, HOSTILE, PAST, Museum


@pytest.fixture
def standstill(visited: Museum) -> Iterator[Museum]:
    """The daemon while it starts nothing."""
    visited.paused(True)
    yield visited
    visited.paused(False)


def open_job(page: Page, title: str) -> None:
    page.get_by_label("Search in titles").fill(title)
    page.locator("#history li:visible a").filter(has_text=re.compile(f"^{title}")).first.click()
    page.locator("#job h1").wait_for()


def row(page: Page, title: str):
    return page.locator("#queue li").filter(has_text=title)


# Who comes in.


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


# The history.


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


# One edit.


def test_before_and_after_are_compared_by_keyboard_alone(page: Page) -> None:
    title = page.locator("#history a").first
    title.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#job h1")).to_be_focused()
    slider = page.get_by_role("slider", name="Where before ends and after begins")
    slider.focus()
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuetext", "0 percent before, the rest after")
    at = "mat => getComputedStyle(mat).getPropertyValue('--at')"
    assert page.locator(".slider").evaluate(at) == "0%"
    tags = page.locator(".slider .tag")
    assert tags.all_inner_texts() == ["Before", "After"]
    assert tags.first.bounding_box()["x"] < tags.last.bounding_box()["x"]
    # At the left end all of it is the result.
    shown = page.locator(".slider img.over").evaluate("one => getComputedStyle(one).clipPath")
    assert shown == "inset(0px 0px 0px 0%)"
    page.keyboard.press("End")
    assert page.locator(".slider").evaluate(at) == "100%"
    page.get_by_role("button", name="Side by side").focus()
    page.keyboard.press("Space")
    images = page.locator("#job figure img")
    expect(images).to_have_count(3)
    for number in range(3):
        expect(images.nth(number)).to_have_js_property("naturalWidth", 48)
    assert page.locator("#job figcaption").all_inner_texts() == ["Before", "Mask", "After"]
    page.keyboard.press("Escape")
    expect(title).to_be_focused()


def test_parameters_are_copied(page: Page, visited: Museum) -> None:
    open_job(page, "Edit 490")
    page.get_by_role("button", name="Copy parameters").click()
    expect(page.get_by_role("status")).to_contain_text("in the clipboard")
    copied = json.loads(page.evaluate("navigator.clipboard.readText()"))
    job = page.url.partition("#job=")[2]
    visitor = signed_in(visited.page, visited.tokens["owner"])
    assert copied == visitor.ask("POST", "/api/GetJob", {"job_id": job}).json["resolved"]


@pytest.mark.parametrize(
    ("button", "kind"),
    [("Download result", "after"), ("Download mask", "mask"), ("Download before", "before")],
)
def test_pictures_are_downloaded_whole(button: str, kind: str, page: Page, visited: Museum) -> None:
    open_job(page, "Edit 490")
    with page.expect_download() as download:
        page.get_by_role("button", name=button).click()
    assert download.value.suggested_filename.startswith(f"Edit 490-{kind}")
    job = page.url.partition("#job=")[2]
    visitor = signed_in(visited.page, visited.tokens["owner"])
    wanted = visitor.ask("GET", f"/api/jobs/{job}/{kind}?side=0").data
    assert download.value.path().read_bytes() == wanted


def test_an_edit_is_done_again_and_gives_the_same(page: Page) -> None:
    open_job(page, "Edit 489")
    page.get_by_role("button", name="Replay").click()
    expect(page.locator("#job h1")).to_contain_text("Replay of")
    expect(page.locator("#job .good")).to_have_text("Bit-identical to Edit 489.")


def test_an_edit_is_forgotten_only_after_a_question(page: Page, visited: Museum) -> None:
    job = visited.edit("To be forgotten")
    open_job(page, "To be forgotten")
    page.get_by_role("button", name="Forget").click()
    page.get_by_role("button", name="Leave it").click()
    assert visited.state(job) == "DONE"
    page.get_by_role("button", name="Forget").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.get_by_role("status")).to_have_text("The edit is forgotten.")
    expect(page.locator(f'#history a[href="#job={job}"]')).to_have_count(0)
    visitor = signed_in(visited.page, visited.tokens["owner"])
    assert visitor.ask("POST", "/api/GetJob", {"job_id": job}).status == 404


def test_an_address_of_nobodys_edit_says_so(page: Page, visited: Museum) -> None:
    page.goto(f"{visited.page}#job={'0' * 32}")
    expect(page.locator("#job .bad")).to_contain_text("There is no such job")


# What happens now.


def test_a_waiting_edit_appears_by_itself_and_is_cancelled(page: Page, standstill: Museum) -> None:
    job = standstill.edit("Waits for me", to_the_end=False)
    expect(row(page, "Waits for me")).to_be_visible()
    expect(page.locator("#now-state")).to_contain_text("paused the daemon")
    page.get_by_role("button", name="Cancel: Waits for me").click()
    expect(row(page, "Waits for me")).to_have_count(0)
    assert standstill.state(job) == "CANCELLED"
    expect(page.locator("#history > li").first).to_contain_text("Waits for me")


def test_a_running_edit_shows_how_it_looks_and_is_cancelled(page: Page, visited: Museum) -> None:
    job = visited.long_edit("Takes long")
    running = row(page, "Takes long")
    expect(running.get_by_role("img", name="Takes long, so far")).to_be_visible()
    expect(running.locator("img")).not_to_have_js_property("naturalWidth", 0)
    assert visited.state(job) == "RUNNING"
    page.get_by_role("button", name="Cancel: Takes long").click()
    expect(page.get_by_role("status")).to_have_text("The edit was cancelled.")
    expect(running).to_have_count(0)
    assert visited.state(job) == "CANCELLED"


def test_a_recipe_shows_its_stage_while_it_runs_and_its_stages_afterwards(
    page: Page, visited: Museum
) -> None:
    visited.long_edit("In two passes", preset="fill")
    running = row(page, "In two passes")
    expect(running).to_contain_text("Stage broad: filling")
    page.get_by_role("button", name="Cancel: In two passes").click()
    expect(running).to_have_count(0)
    open_job(page, "In two passes")
    stages = page.locator("#job section").filter(has=page.get_by_role("heading", name="Stages"))
    expect(stages.locator("dt")).to_have_text(["broad", "boundary"])
    expect(stages.locator("dd")).to_have_text(["model fill", "the border, model fill"])


def test_own_waiting_edits_change_places_and_the_button_keeps_the_focus(
    page: Page, standstill: Museum
) -> None:
    titles = ("First of three", "Second of three", "Third of three")
    jobs = [standstill.edit(title, to_the_end=False) for title in titles]
    order = page.locator("#queue li.mine").filter(has_text="of three").locator(".title")
    expect(order).to_have_text(list(titles))
    expect(page.get_by_role("button", name=f"Earlier: {titles[0]}")).to_have_count(0)
    page.get_by_role("button", name=f"Earlier: {titles[2]}").focus()
    page.keyboard.press("Enter")
    expect(order).to_have_text([titles[0], titles[2], titles[1]])
    expect(page.get_by_role("button", name=f"Earlier: {titles[2]}")).to_be_focused()
    page.get_by_role("button", name=f"Later: {titles[0]}").click()
    expect(order).to_have_text([titles[2], titles[0], titles[1]])
    places = [row(page, title).locator(".hint").inner_text()[:7] for title in titles]
    assert places == ["Place 2", "Place 3", "Next"]
    for title in titles:
        page.get_by_role("button", name=f"Cancel: {title}").click()
        expect(row(page, title)).to_have_count(0)
    assert {standstill.state(job) for job in jobs} == {"CANCELLED"}


def test_an_own_edit_is_held_back_and_goes_on(page: Page, standstill: Museum) -> None:
    job = standstill.edit("Held back", to_the_end=False)
    page.get_by_role("button", name="Pause: Held back").click()
    expect(row(page, "Held back")).to_contain_text("Paused")
    assert standstill.state(job) == "PAUSED"
    page.get_by_role("button", name="Go on: Held back").click()
    expect(row(page, "Held back")).not_to_contain_text("Paused")
    standstill.paused(False)
    expect(row(page, "Held back")).to_have_count(0)
    expect(page.locator("#history > li").first).to_contain_text("Held back")


def test_an_edit_of_somebody_else_is_a_place_without_a_name_or_a_button(
    page: Page, standstill: Museum
) -> None:
    standstill.edit("A secret of theirs", "other", to_the_end=False)
    theirs = row(page, "edit").and_(page.locator(":not(.mine)"))
    expect(theirs).to_be_visible()
    expect(theirs.get_by_role("button")).to_have_count(0)
    assert "A secret of theirs" not in page.content()


def test_an_admin_pauses_the_daemon_and_cancels_anybodys_edit(
    context: BrowserContext, visited: Museum
) -> None:
    page = visited.enter(context, "admin")
    page.get_by_role("button", name="Pause the daemon").click()
    expect(page.locator("#now-state")).to_contain_text("paused")
    job = visited.edit("Of the owner", to_the_end=False)
    theirs = row(page, "edit").and_(page.locator(":not(.mine)")).last
    expect(theirs).to_be_visible()
    assert "Of the owner" not in page.content()
    theirs.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Cancel it").click()
    expect(page.get_by_role("status")).to_have_text("The edit was cancelled.")
    assert visited.state(job) == "CANCELLED"
    page.get_by_role("button", name="Take no new edits").click()
    expect(page.locator("#now-state")).to_contain_text("no new edits")
    page.get_by_role("button", name="Take new edits again").click()
    page.get_by_role("button", name="Start waiting edits again").click()
    expect(page.locator("#now-state")).not_to_contain_text("paused")


def test_only_admins_have_the_daemons_buttons(page: Page) -> None:
    expect(page.get_by_role("button", name="Pause the daemon")).to_have_count(0)


# How it looks.


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
