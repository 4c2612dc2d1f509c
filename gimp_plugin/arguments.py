"""The procedures' arguments, declared once: names, labels, defaults and ranges.

Scripts set them by name, dialogs show their labels and blurbs. ``AUTOMATIC`` stands for "not
given": the selection, the preset or the model decides.
"""

from __future__ import annotations

from dataclasses import dataclass

AUTOMATIC = -1


@dataclass(frozen=True)
class Text:
    """A line or a text."""

    name: str
    label: str
    blurb: str
    default: str = ""


@dataclass(frozen=True)
class Number:
    """A number with a fraction, ``low`` to ``high``."""

    name: str
    label: str
    blurb: str
    low: float
    high: float
    default: float = AUTOMATIC


@dataclass(frozen=True)
class Whole:
    """A whole number, ``low`` to ``high``."""

    name: str
    label: str
    blurb: str
    low: int
    high: int
    default: int = AUTOMATIC


@dataclass(frozen=True)
class Pick:
    """One of a few words; ``choices`` are pairs of word and label, the first is the default."""

    name: str
    label: str
    blurb: str
    choices: tuple[tuple[str, str], ...]

    @property
    def default(self) -> str:
        """The first choice's word."""
        return self.choices[0][0]


@dataclass(frozen=True)
class Tick:
    """Yes or no."""

    name: str
    label: str
    blurb: str
    default: bool = False


Argument = Text | Number | Whole | Pick | Tick

LARGEST_SIDE = 65536
# GIMP's whole numbers end here.
LARGEST_SEED = 2**31 - 1

PROMPT = Text("prompt", "_Prompt", "What should be there. Empty: take away what is selected")
NEGATIVE_PROMPT = Text("negative-prompt", "Avoid", "What should not be there")
ENHANCE = Tick(
    "enhance",
    "Add _words on light and style",
    "They are taken from the picture, and shown when the work begins",
)
OPERATION = Pick(
    "operation",
    "Operation",
    "What to do with the selected part",
    (
        ("automatic", "Remove without a prompt, generate with one"),
        ("remove", "Remove"),
        ("generate", "Generate what the prompt describes"),
        ("instruct", "Follow the prompt as an instruction"),
    ),
)
PRESET = Text("preset", "Pr_eset", "An intention with its values, by its name in the daemon")
MODEL = Text("model", "_Model", "The model, by its name in the daemon. Empty: the daemon's choice")
STRENGTH = Number("strength", "Stre_ngth", "How far the picture may change, 0 to 1", AUTOMATIC, 1)
STEPS = Whole("steps", "S_teps", "Denoising steps, 1 to 150", AUTOMATIC, 150)
GUIDANCE = Number("guidance", "G_uidance", "How closely the prompt is followed", AUTOMATIC, 50)
MASKED_CONTENT = Pick(
    "masked-content",
    "_Begin with",
    "What stands in the selected part at first",
    (
        ("automatic", "Automatic"),
        ("original", "The picture"),
        ("blur", "The picture, blurred"),
        ("fill", "A fill"),
        ("noise", "Noise"),
    ),
)
SEED = Whole("seed", "See_d", "The same seed gives the same result", AUTOMATIC, LARGEST_SEED)
VARIATIONS = Whole("variations", "Var_iations", "How many results to choose from", 1, 8, 1)
GROW = Number("grow", "Gr_ow", "Pixels around the selection that are replaced too", AUTOMATIC, 256)
FEATHER = Number("feather", "_Feather", "Width of the fade outside, in pixels", AUTOMATIC, 512)
CONTEXT = Pick(
    "context",
    "Conte_xt",
    "How much of the picture around the selection is looked at",
    (
        ("automatic", "Automatic"),
        ("double", "Double (detail)"),
        ("margin", "Margin"),
        ("whole", "Whole picture"),
    ),
)
MARGIN = Whole("margin", "Margin", "Pixels on each side, 32 to 4096", 32, 4096, 128)
SOURCE = Pick(
    "source",
    "Source",
    "Which layers are looked at; the result goes directly above them",
    (
        ("visible", "All visible"),
        ("below", "Chosen layer and below"),
        ("group", "Chosen group"),
    ),
)
GRAY = Pick(
    "gray",
    "Soft parts",
    "What half-selected pixels mean",
    (
        ("blend", "Fade the result in"),
        ("partial", "Change the picture less"),
    ),
)

SIDES = (
    Whole("left", "L_eft", "Pixels to add on the left", 0, LARGEST_SIDE, 0),
    Whole("top", "T_op", "Pixels to add on top", 0, LARGEST_SIDE, 0),
    Whole("right", "Ri_ght", "Pixels to add on the right", 0, LARGEST_SIDE, 0),
    Whole("bottom", "_Bottom", "Pixels to add at the bottom", 0, LARGEST_SIDE, 0),
)
ASPECT = Text(
    "aspect",
    "Aspect",
    "Width to height, like 16:9: the smallest canvas that holds the picture. Wins over the sides",
)
ANCHOR = Pick(
    "anchor",
    "Picture at",
    "With an aspect: where the picture stands",
    (
        ("center", "The middle"),
        ("left", "The left"),
        ("right", "The right"),
        ("top", "The top"),
        ("bottom", "The bottom"),
        ("top-left", "The top left"),
        ("top-right", "The top right"),
        ("bottom-left", "The bottom left"),
        ("bottom-right", "The bottom right"),
    ),
)
OVERLAP = Whole("overlap", "O_verlap", "How far the new part fades out over the picture, in pixels",
                AUTOMATIC, 1024)  # fmt: skip
WHAT = Pick(
    "what",
    "_Find",
    "What becomes the selection",
    (
        ("box", "What lies in the selection's box"),
        ("point", "What I click at"),
        ("face", "Faces"),
        ("subject", "The main subject"),
        ("text", "What the words describe"),
    ),
)
TEXT = Text("text", "_Words", "What to find, in a word or two")
POINTS = Text("points", "P_oints", "Pixels of it, from the left and the top, like 120,80 230,95")
EXCLUDE = Text("exclude", "E_xcept", "Pixels that are no part of it, in the same way")
WIDEN = Whole("grow", "_Grow", "Widen the answer by so many pixels", 0, 256, 0)
INVERT = Tick("invert", "_Everything else instead", "Select what was not found")
CONFIDENCE = Number(
    "confidence", "At least s_ure", "Leave out what is less sure, 0 to 1", AUTOMATIC, 1
)
COUNT = Whole("count", "At _most", "How many things may be found, 1 to 32", AUTOMATIC, 32)

INPAINT: tuple[Argument, ...] = (
    PROMPT, ENHANCE, NEGATIVE_PROMPT, OPERATION, PRESET, MODEL, STRENGTH, STEPS, GUIDANCE,
    MASKED_CONTENT, SEED, VARIATIONS, GROW, FEATHER, CONTEXT, MARGIN, SOURCE, GRAY,
)  # fmt: skip
REMOVE: tuple[Argument, ...] = (SEED, VARIATIONS, GROW, FEATHER, CONTEXT, MARGIN, SOURCE)
REPEAT: tuple[Argument, ...] = (
    SEED,
    Number("strength", "_Strength", "Another strength, 0 to 1", AUTOMATIC, 1),
    Whole("variations", "_Variations", "Another number of results", AUTOMATIC, 8),
)
CANVAS: tuple[Argument, ...] = (*SIDES, ASPECT, ANCHOR, OVERLAP)
NEW_CONTENT: tuple[Argument, ...] = (
    PROMPT, ENHANCE, NEGATIVE_PROMPT, MODEL, STRENGTH, STEPS, GUIDANCE, SEED, VARIATIONS, SOURCE,
)  # fmt: skip
OUTPAINT: tuple[Argument, ...] = (*CANVAS, *NEW_CONTENT)
SELECT: tuple[Argument, ...] = (WHAT, TEXT, POINTS, EXCLUDE, WIDEN, INVERT, CONFIDENCE, COUNT)
CONNECTION: tuple[Argument, ...] = (
    Text(
        "address", "_Address", "The join string or host:port of a daemon. Empty: this machine's own"
    ),
    Text("token", "_Token", "What the daemon's owner gave you. Empty: this machine's own"),
)
