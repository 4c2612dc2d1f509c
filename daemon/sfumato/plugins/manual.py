"""A user guide as a page that is read beside its editor, without a network.

It knows the Markdown that the guides are written in, and no more: headings, paragraphs, lists of
one level, tables and code. Pictures are left out, and links to other files of the checkout become
their words, as neither comes along.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

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
td {{ padding: 0.2rem 1rem 0.2rem 0; vertical-align: top; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""
_HEADING = re.compile(r"(#+) (.*)")
_ITEM = re.compile(r"(?:(-)|\d+\.) +(.*)")
_PICTURE = re.compile(r"!\[[^]]*\]\([^)]*\)")
# Code first: nothing in it means anything else.
_SPAN = re.compile(r"`([^`]+)`|\[([^]]+)\]\(([^)]+)\)|\*\*(.+?)\*\*|\*([^*]+)\*|\\(.)")


def manual(guide: str) -> str:
    """The HTML page of a guide in Markdown, whose first line is its title."""
    body = "\n".join(_blocks(guide.splitlines()))
    return _PAGE.format(title=html.escape(guide.partition("\n")[0].lstrip("# ")), body=body)


def anchor(heading: str) -> str:
    """The name that a heading's place has in the page, as on GitHub."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        end = at + 1
        if lines[at].startswith("```"):
            end = lines.index("```", end)
            yield f"<pre>{html.escape(_joined(lines[at + 1 : end]))}</pre>"
            at = end + 1
            continue
        while lines[at] and end < len(lines) and lines[end]:
            end += 1
        if any(lines[at:end]):
            yield from _block(lines[at:end])
        at = end


def _block(lines: list[str]) -> Iterator[str]:
    """One that ends with an empty line."""
    if heading := _HEADING.fullmatch(lines[0]):
        level, words = len(heading[1]), heading[2]
        yield f'<h{level} id="{anchor(words)}">{_spans(words)}</h{level}>'
    elif item := _ITEM.fullmatch(lines[0]):
        kind = "ul" if item[1] else "ol"
        items = re.split(r"\n(?=-|\d+\.)", _joined(lines))
        words = (_ITEM.fullmatch(" ".join(each.split())) for each in items)
        listed = "\n".join(f"<li>{_spans(each[2])}</li>" for each in words if each)
        yield f"<{kind}>\n{listed}\n</{kind}>"
    elif lines[0].startswith("|"):
        cells = [re.split(r"(?<!\\)\|", line.strip("|")) for line in (lines[0], *lines[2:])]
        rows = ("".join(f"<td>{_spans(cell.strip())}</td>" for cell in row) for row in cells)
        yield "<table>\n{}\n</table>".format("\n".join(f"<tr>{row}</tr>" for row in rows))
    elif words := _PICTURE.sub("", _joined(lines)).strip():
        yield f"<p>{_spans(words)}</p>"


def _joined(lines: list[str]) -> str:
    return "\n".join(lines)


def _spans(words: str) -> str:
    """What stands in a line, as HTML."""
    done, at = "", 0
    for span in _SPAN.finditer(words):
        done += html.escape(words[at : span.start()])
        done += _span(span)
        at = span.end()
    return done + html.escape(words[at:])


def _span(span: re.Match[str]) -> str:
    code, label, target, bold, italic, escaped = span.groups()
    if code:
        return f"<code>{html.escape(code)}</code>"
    if label:
        inner = _spans(label)
        leads_somewhere = target.startswith(("#", "https:"))
        return f'<a href="{html.escape(target)}">{inner}</a>' if leads_somewhere else inner
    if bold:
        return f"<b>{_spans(bold)}</b>"
    return f"<i>{_spans(italic)}</i>" if italic else html.escape(escaped)
