"""The plug-in's windows: their titles, and what artists do in them again and again."""

from __future__ import annotations

from tests.editors.gimp_hands import Hands

INPAINT = "Sfumato: Inpaint"
RESULTS = "^Sfumato$"
CONNECTION = "Sfumato: Connection"
EXTEND = "Sfumato: Extend the Canvas"
SELECT = "Sfumato: Select"
MESSAGE = "GIMP Message"
PROMPT = "a red jacket"


def keys(text: str) -> str:
    """The keys that write a text of letters and blanks."""
    return " ".join("space" if letter == " " else letter for letter in text)


def ask_for(hands: Hands, variations: int) -> None:
    """Open the dialog, write the prompt and the number of results, and press Generate."""
    hands.invoke("inpaint")
    hands.settle(INPAINT)
    hands.dismiss(f"alt+p ctrl+a {keys(PROMPT)} alt+i ctrl+a {variations} Tab alt+g", INPAINT)
