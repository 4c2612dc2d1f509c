"""Curves as SVG, with nothing but text: axes, a few marks and a legend."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 640, 320
LEFT, RIGHT, TOP, BOTTOM = 64, 24, 44, 48
COLOURS = ("#1b6ca8", "#c8553d", "#4a7c59")


@dataclass(frozen=True, slots=True)
class Curve:
    """Points in order of x, and what they are."""

    name: str
    points: Sequence[tuple[float, float]]


def draw(title: str, below: str, curves: Sequence[Curve], logarithmic: bool = False) -> str:
    """An SVG of curves over one pair of axes; ``logarithmic`` axes begin at the least value."""
    xs = [x for curve in curves for x, _ in curve.points]
    ys = [y for curve in curves for _, y in curve.points]
    across = _axis(xs, LEFT, WIDTH - RIGHT, logarithmic)
    up = _axis(ys, HEIGHT - BOTTOM, TOP, logarithmic)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>',
        f'<text x="{LEFT}" y="20" font-size="14">{escape(title)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 8}" text-anchor="end">{escape(below)}</text>',
    ]
    for value in _marks(ys, logarithmic):
        y = up(value)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:g}</text>')
    parts += [
        f'<text x="{across(value):.1f}" y="{HEIGHT - BOTTOM + 18}" '
        f'text-anchor="middle">{value:,.0f}</text>'
        for value in sorted(set(xs))
    ]
    for number, curve in enumerate(curves):
        colour = COLOURS[number % len(COLOURS)]
        line = " ".join(f"{across(x):.1f},{up(y):.1f}" for x, y in curve.points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [
            f'<circle cx="{across(x):.1f}" cy="{up(y):.1f}" r="3" fill="{colour}"/>'
            for x, y in curve.points
        ]
        parts.append(
            f'<text x="{LEFT + 12}" y="{TOP + 14 + 16 * number}" fill="{colour}">'
            f"{escape(curve.name)}</text>"
        )
    return "\n".join([*parts, "</svg>", ""])


def _axis(
    values: Sequence[float], low: float, high: float, logarithmic: bool
) -> Callable[[float], float]:
    """Where a value lies between two places."""
    if logarithmic:
        least, most = math.log(min(values)), math.log(max(values))
        return lambda value: low + (high - low) * (math.log(value) - least) / (most - least)
    most = max(values)
    return lambda value: low + (high - low) * value / most


def _marks(values: Sequence[float], logarithmic: bool) -> list[float]:
    """Round values for the axis."""
    if logarithmic:
        marks = (digit * 10.0**power for power in range(-3, 5) for digit in (1, 2, 5))
        return [mark for mark in marks if min(values) <= mark <= max(values)]
    step = 10.0 ** math.floor(math.log10(max(values)))
    step = step / 2 if max(values) / step < 3 else step
    return [step * number for number in range(int(max(values) / step) + 1)]
