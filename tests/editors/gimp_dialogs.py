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


def ask_for(hands: Hands, variations: int) -> None:
    """Open the dialog, write the prompt and the number of results, and press Generate."""
    hands.invoke("inpaint")
    hands.settle(INPAINT)
    prompt = PROMPT.replace(" ", " space ").split(" ")
    letters = " ".join(key if key == "space" else " ".join(key) for key in prompt)
    hands.dismiss(f"alt+p ctrl+a {letters} alt+i ctrl+a {variations} Tab alt+g", INPAINT)
