"""What runs and waits, as the page shows it by itself, and what can be done with it."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from tests.web.museum import Museum
from tests.web.page.seeing import open_job, row


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
