"""A guide's Markdown becomes a page, and GIMP's help finds every procedure in it."""

import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from sfumato.plugins.manual import anchor, manual
from sfumato.plugins.package import Editor

ROOT = Path(__file__).resolve().parents[2]
HELP = "sfumato/sfumato_gimp/help/en/"


def body(guide: str) -> str:
    page = manual(f"# Title\n\n{guide}\n")
    return page.partition("</h1>")[2].partition("</body>")[0].strip()


@pytest.mark.parametrize(
    ("guide", "page"),
    [
        ("## Put it there", '<h2 id="put-it-there">Put it there</h2>'),
        ("one\ntwo", "<p>one\ntwo</p>"),
        ("a *b* **c**", "<p>a <i>b</i> <b>c</b></p>"),
        ("a **b *c* d**", "<p>a <b>b <i>c</i> d</b></p>"),
        ("`<a*b*>` & \\*", "<p><code>&lt;a*b*&gt;</code> &amp; *</p>"),
        ("- one\n  and two\n- three", "<ul>\n<li>one and two</li>\n<li>three</li>\n</ul>"),
        ("1. one\n2. two", "<ol>\n<li>one</li>\n<li>two</li>\n</ol>"),
        ("[here](#there)", '<p><a href="#there">here</a></p>'),
        ("[*here*](https://a.b)", '<p><a href="https://a.b"><i>here</i></a></p>'),
        ("the [README](../README.md#install) says", "<p>the README says</p>"),
        ("![The dialog](images/dialog.png)", ""),
        (
            "| a | b |\n|---|---|\n| `x` | y \\| z |",
            "<table>\n<tr><td>a</td><td>b</td></tr>\n"
            "<tr><td><code>x</code></td><td>y | z</td></tr>\n</table>",
        ),
        ("```python\nif a < b:\n\n    c()\n```", "<pre>if a &lt; b:\n\n    c()</pre>"),
    ],
)
def test_markdown_becomes_html(guide, page):
    assert body(guide) == page


def test_every_word_of_gimps_guide_is_in_its_page_and_no_markup_is_left(archives):
    guide = (ROOT / "docs/gimp.md").read_text(encoding="utf-8")
    with zipfile.ZipFile(archives[Editor.GIMP]) as archive:
        page = archive.read(f"{HELP}gimp.html").decode()
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
