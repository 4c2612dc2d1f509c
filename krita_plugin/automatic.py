"""Spin boxes whose least value leaves the choice to Sfumato."""

from __future__ import annotations

from typing import Any

from .qt import QSpinBox

TITLE = "automatic"


def automatic(spin: QSpinBox, least: float, most: float, suffix: str = "") -> QSpinBox:
    """Let a spin box have values above ``least``, up to ``most``; at ``least`` it is automatic."""
    spin.setRange(least, most)
    spin.setSpecialValueText(TITLE)
    spin.setSuffix(suffix)
    spin.setValue(least)
    return spin


def chosen(spin: QSpinBox) -> Any:
    """Its value, a number of its kind; None where it is automatic."""
    return spin.value() if spin.value() > spin.minimum() else None


def show(spin: QSpinBox, value: float | None) -> None:
    """Set it to a value, or to automatic."""
    spin.setValue(spin.minimum() if value is None else value)
