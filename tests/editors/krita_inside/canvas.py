"""What an artist may do to the whole canvas while an edit is under way."""

from krita import Krita

from .paper import DEEP


def rotate(degrees):
    """Rotate the whole image, as Image > Rotate does."""
    Krita.instance().action(f"rotateImage{degrees}").trigger()
    Krita.instance().activeDocument().waitForDone()
    yield


def change(how):
    """Change the whole canvas in one of the ways an artist may; the document's space then."""
    made = Krita.instance().activeDocument()
    if how == "crop":
        made.crop(40, 30, made.width() - 100, made.height() - 60)
    elif how == "scale":
        made.scaleImage(made.width() // 2, made.height() // 2, 72, 72, "Bicubic")
    elif how == "turn":
        yield from rotate("180")
    elif how == "mirror":
        Krita.instance().action("mirrorImageHorizontal").trigger()
    else:
        made.setColorSpace(*DEEP)
    made.waitForDone()
    yield
    return [made.colorModel(), made.colorDepth(), made.colorProfile()]
