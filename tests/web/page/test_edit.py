"""One edit on the page: compared, copied, downloaded, done again and forgotten."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.web.browsing import signed_in
from tests.web.museum import Museum
from tests.web.page.seeing import open_job


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
