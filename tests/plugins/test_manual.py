"""Each editor has its guide as a page, and GIMP's help finds every procedure in it."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sfumato.plugins.manual import anchor, manual
from sfumato.plugins.package import Editor

ROOT = Path(__file__).resolve().parents[2]
HELP = "sfumato/sfumato_gimp/help/en/"
PAGES = {Editor.GIMP: f"{HELP}gimp.html", Editor.KRITA: "sfumato/Manual.html"}


def body(guide: str) -> str:
    page = manual(f"# Title\n\n{guide}\n")
    return page.partition("</h1>")[2].partition("</body>")[0].strip()


@pytest.mark.parametrize(
    ("guide", "page"),
    [
        ("## Put *it* there", '<h2 id="put-it-there">Put <em>it</em> there</h2>'),
        ("`<a*b*>` & \\*", "<p><code>&lt;a*b*&gt;</code> &amp; *</p>"),
        ("[here](#there)", '<p><a href="#there">here</a></p>'),
        ("[*here*](https://a.b)", '<p><a href="https://a.b"><em>here</em></a></p>'),
        ("the [README](../README.md#install) says", "<p>the README says</p>"),
        ("![The dialog](images/dialog.png) ![And more](images/more.png)", ""),
        ("see ![The dialog](images/dialog.png)", "<p>see </p>"),
    ],
)
def test_a_guide_becomes_a_page_of_its_own(guide, page):
    assert body(guide) == page


@pytest.mark.parametrize("editor", Editor)
def test_the_guide_is_in_the_zip_as_a_page_and_no_markup_is_left(archives, editor):
    guide = (ROOT / f"docs/{editor}.md").read_text(encoding="utf-8")
    with zipfile.ZipFile(archives[editor]) as archive:
        page = archive.read(PAGES[editor]).decode()
    ElementTree.fromstring(page)
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", guide, flags=re.S), re.M)
    assert [f'id="{anchor(each)}"' in page for each in headings] == [True] * len(headings)
    text = re.sub(r"<(pre|code)>.*?</\1>|<[^>]+>", "", page.partition("<body>")[2], flags=re.S)
    assert not re.search(r"\*\*|`|\]\(|^#|^\||\.png", text, re.M)


def test_gimps_help_finds_every_procedure(archives):
    with zipfile.ZipFile(archives[Editor.GIMP]) as archive:
        page = archive.read(f"{HELP}gimp.html").decode()
        items = ElementTree.fromstring(archive.read(f"{HELP}gimp-help.xml")).findall("help-item")
    places = {item.get("{sfumato}id"): item.get("ref") for item in items}
    source = (ROOT / "gimp_plugin/main.py").read_text(encoding="utf-8")
    assert set(places) == set(re.findall(r'"(plug-in-sfumato-\w+)"', source))
    for place in places.values():
        file, _, heading = place.partition("#")
        assert file == "gimp.html"
        assert f'id="{heading}"' in page
