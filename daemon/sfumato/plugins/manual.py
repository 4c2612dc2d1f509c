"""A user guide as a page that is read beside its editor, without a network.

Pictures are left out, and links to other files of the checkout become their words, as neither comes
along.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

_PAGE = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 sans-serif; max-width: 44rem; margin: 2rem auto; padding: 0 1rem; }}
pre {{ overflow-x: auto; padding: 0.75rem; border: 1px solid; }}
th, td {{ padding: 0.2rem 1rem 0.2rem 0; text-align: left; vertical-align: top; }}
</style>
</head>
<body>
{body}</body>
</html>
"""
_LINKS = ("link_open", "link_close")


def manual(guide: str) -> str:
    """The XHTML page of a guide in Markdown, whose first line is its title."""
    markdown = MarkdownIt("commonmark", {"xhtmlOut": True}).enable("table")
    tokens = _blocks(markdown.parse(guide))
    title = html.escape(guide.partition("\n")[0].lstrip("# "))
    return _PAGE.format(title=title, body=markdown.renderer.render(tokens, markdown.options, {}))


def anchor(heading: str) -> str:
    """The name that a heading's place has in the page, as on GitHub."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _blocks(tokens: Sequence[Token]) -> list[Token]:
    """Headings get names, and paragraphs of pictures alone are left out."""
    empty = set()
    for at, token in enumerate(tokens):
        if token.type != "inline":
            continue
        token.children = list(_spans(token.children or ()))
        around = tokens[at - 1]
        if around.type == "heading_open":
            around.attrSet("id", anchor(token.content))
        elif around.type == "paragraph_open" and not any(
            span.content.strip() for span in token.children
        ):
            empty |= {at - 1, at, at + 1}
    return [token for at, token in enumerate(tokens) if at not in empty]


def _spans(tokens: Sequence[Token]) -> Iterator[Token]:
    """What stands in a line. No link holds another, so the last one opened is the one closed."""
    leads_somewhere = False
    for token in tokens:
        if token.type == "link_open":
            leads_somewhere = str(token.attrGet("href")).startswith(("#", "https:"))
        if token.type != "image" and (token.type not in _LINKS or leads_somewhere):
            yield token
