"""Making pictures, changing them and looking at them. Pixels come and go as files of raw bytes."""

import time
from pathlib import Path

from gi.repository import Gegl, Gimp, Gio

Gegl.init(None)

WINDOWS = {}
ALIKE = {"RGB": Gimp.ImageType.RGB_IMAGE, "GRAY": Gimp.ImageType.GRAY_IMAGE}
WITH_ALPHA = {"RGB": Gimp.ImageType.RGBA_IMAGE, "GRAY": Gimp.ImageType.GRAYA_IMAGE}


def new(width, height, picture, base="RGB", precision="U8_NON_LINEAR", profile=""):
    """A document with one layer of a picture (R'G'B' float, sRGB); return its id."""
    image = Gimp.Image.new_with_precision(
        width, height, getattr(Gimp.ImageBaseType, base), getattr(Gimp.Precision, precision)
    )
    if profile == "adobe":
        image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
    add_layer(image.get_id(), "paper", picture, kind="RGB")
    image.clean_all()
    return image.get_id()


def opened(path, into):
    """Open a file; its layers from the top with their pixels (R'G'B'A u8) as files in ``into``."""
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    layers = []
    for index, layer in enumerate(image.get_layers()):
        file = Path(into) / f"layer-{index}"
        file.write_bytes(_get(layer, "R'G'B'A u8"))
        layers.append([layer.get_name(), str(file)])
    image.delete()
    return layers


def reopened(image, path):
    """Save as GIMP's own file, close, and open that; the id that it has now."""
    image = Gimp.Image.get_by_id(image)
    file = Gio.File.new_for_path(path)
    assert Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
    image.delete()
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file).get_id()


def add_layer(
    image, name, picture, kind="RGBA", group="", opacity=100.0, mode="NORMAL", below=False
):
    """A layer over the whole canvas (R'G'B'[A] float) on top of the stack or of a group."""
    image = Gimp.Image.get_by_id(image)
    base = "GRAY" if image.get_base_type() == Gimp.ImageBaseType.GRAY else "RGB"
    size = image.get_width(), image.get_height()
    types = WITH_ALPHA if kind == "RGBA" else ALIKE
    layer = Gimp.Layer.new(image, name, *size, types[base], opacity, getattr(Gimp.LayerMode, mode))
    image.insert_layer(layer, image.get_layer_by_name(group) if group else None, 0)
    _set(layer, "R'G'B'A float" if kind == "RGBA" else "R'G'B' float", Path(picture).read_bytes())
    return layer.get_id()


def add_group(image, name, mode="NORMAL"):
    """An empty group on top of the stack."""
    image = Gimp.Image.get_by_id(image)
    group = Gimp.GroupLayer.new(image, name)
    image.insert_layer(group, None, 0)
    group.set_mode(getattr(Gimp.LayerMode, mode))


def lock(image, name, locked):
    """Lock or unlock a layer's pixels."""
    Gimp.Image.get_by_id(image).get_layer_by_name(name).set_lock_content(locked)


def fix(image, name):
    """Lock where a layer lies."""
    Gimp.Image.get_by_id(image).get_layer_by_name(name).set_lock_position(True)


def add_filter(image, name, operation, **properties):
    """A filter that stays editable, on a layer."""
    layer = Gimp.Image.get_by_id(image).get_layer_by_name(name)
    editable = Gimp.DrawableFilter.new(layer, operation, operation)
    for key, value in properties.items():
        editable.get_config().set_property(key.replace("_", "-"), value)
    editable.update()
    layer.append_filter(editable)


def add_mask(image, name, coverage):
    """A mask for a layer as large as the canvas, from a file with one byte a pixel."""
    layer = Gimp.Image.get_by_id(image).get_layer_by_name(name)
    mask = layer.create_mask(Gimp.AddMaskType.WHITE)
    layer.add_mask(mask)
    _set(mask, "Y u8", Path(coverage).read_bytes())


def select(image, coverage):
    """Select what a file of coverage (one byte a pixel of the canvas) says; "" for nothing."""
    image = Gimp.Image.get_by_id(image)
    if not coverage:
        Gimp.Selection.none(image)
        return
    size = image.get_width(), image.get_height()
    channel = Gimp.Channel.new(image, "coverage", *size, 100.0, Gegl.Color.new("black"))
    image.insert_channel(channel, None, 0)
    # Channels of 8-bit pictures have a tone curve, selections have none; the bytes are taken over.
    eight = image.get_precision() == Gimp.Precision.U8_NON_LINEAR
    _set(channel, "Y' u8" if eight else "Y u8", Path(coverage).read_bytes())
    image.select_item(Gimp.ChannelOps.REPLACE, channel)
    image.remove_channel(channel)
    image.set_selected_layers([image.get_layers()[-1]])
    image.clean_all()


def selection(image, path):
    """Save the selection's coverage."""
    image = Gimp.Image.get_by_id(image)
    Path(path).write_bytes(_get(image.get_selection(), "Y u8"))


def projection(image, path, form):
    """Save what is seen of the whole canvas."""
    image = Gimp.Image.get_by_id(image)
    layer = Gimp.Layer.new_from_visible(image, image, "seen")
    Path(path).write_bytes(_get(layer, form))
    layer.delete()


def show(image, name, visible):
    """Show or hide a layer."""
    Gimp.Image.get_by_id(image).get_layer_by_name(name).set_visible(visible)


def guide(image, across, down):
    """Add guides at these heights and widths."""
    image = Gimp.Image.get_by_id(image)
    for y in across:
        image.add_hguide(y)
    for x in down:
        image.add_vguide(x)
    image.clean_all()


def geometry(image):
    """The canvas's size, where every layer lies, and the guides as (is horizontal, position)."""
    image = Gimp.Image.get_by_id(image)
    guides, guide = [], image.find_next_guide(0)
    while guide:
        across = image.get_guide_orientation(guide) == Gimp.OrientationType.HORIZONTAL
        guides.append([across, image.get_guide_position(guide)])
        guide = image.find_next_guide(guide)
    return {
        "size": [image.get_width(), image.get_height()],
        "layers": {
            layer.get_name(): [*layer.get_offsets()[1:], layer.get_width(), layer.get_height()]
            for layer in image.get_layers()
        },
        "guides": sorted(guides),
    }


def shrink(image, name, x, y, width, height):
    """Take away a layer and the canvas around a part, as undo does."""
    image = Gimp.Image.get_by_id(image)
    image.remove_layer(image.get_layer_by_name(name))
    image.resize(width, height, -x, -y)


def stack(image):
    """The names of the layers from the top; a group is a pair of its name and its own stack."""

    def tree(layers):
        return [
            [layer.get_name(), tree(layer.get_children())] if layer.is_group() else layer.get_name()
            for layer in layers
        ]

    return tree(Gimp.Image.get_by_id(image).get_layers())


def state(image):
    """What must not change by itself."""
    image = Gimp.Image.get_by_id(image)
    return {
        "dirty": image.is_dirty(),
        "images": len(Gimp.get_images()),
        "channels": len(image.get_channels()),
        "selected": [layer.get_name() for layer in image.get_selected_layers()],
        "stack": stack(image.get_id()),
    }


def layer(image, name, color, mask, form):
    """Save a layer's colours and mask; return where it lies and what is noted."""
    image = Gimp.Image.get_by_id(image)
    layer = image.get_layer_by_name(name)
    _, x, y = layer.get_offsets()
    Path(color).write_bytes(_get(layer, form))
    Path(mask).write_bytes(_get(layer.get_mask(), "Y u8"))
    notes = {n: bytes(layer.get_parasite(n).get_data()).decode() for n in layer.get_parasite_list()}
    return {
        "bounds": [x, y, layer.get_width(), layer.get_height()],
        "notes": notes,
        "visible": layer.get_visible(),
    }


def change(image, what):
    """Do what artists do while something else is going on."""
    image = Gimp.Image.get_by_id(image)
    if what == "crop":
        image.crop(image.get_width() - 10, image.get_height() - 10, 5, 5)
    elif what == "delete top":
        image.remove_layer(image.get_layers()[0])
    elif what == "index":
        image.convert_indexed(
            Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 16, False, False, ""
        )
    elif what == "mirror":
        image.flip(Gimp.OrientationType.HORIZONTAL)
    elif what == "half turn":
        image.rotate(Gimp.RotationType.DEGREES180)
    elif what == "quarter turn":
        image.rotate(Gimp.RotationType.DEGREES90)
    elif what == "resize":
        image.scale(image.get_width() // 2, image.get_height() // 2)
    elif what == "gray":
        image.convert_grayscale()
    elif what == "16 bit":
        image.convert_precision(Gimp.Precision.U16_NON_LINEAR)
    elif what == "paint":
        image.get_layers()[-1].invert(False)
    elif what == "float":
        Gimp.edit_copy([image.get_layers()[0]])
        Gimp.edit_paste(image.get_layers()[0], False)
    else:
        raise ValueError(what)


def display(image):
    """Open a window for a document."""
    WINDOWS[image] = Gimp.Display.new(Gimp.Image.get_by_id(image))
    Gimp.displays_flush()


def undisplay(image):
    """Close a document's window, and the document with it, unsaved."""
    display = WINDOWS.pop(image, None)
    if display is not None:
        display.delete()


def undisplay_once(image, layers, wait):
    """Do that once the picture has so many layers, and ``wait`` seconds have passed since."""
    picture = Gimp.Image.get_by_id(image)
    while len(picture.get_layers()) < layers:
        time.sleep(0.001)
    time.sleep(wait)
    undisplay(image)


def close(image):
    """Close a document that no window shows."""
    Gimp.Image.get_by_id(image).delete()


def _everything(drawable):
    return Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())


def _set(drawable, form, data):
    buffer = drawable.get_buffer()
    buffer.set(_everything(drawable), form, data)
    buffer.flush()
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def _get(drawable, form):
    data = drawable.get_buffer().get(_everything(drawable), 1.0, form, Gegl.AbyssPolicy.CLAMP)
    return bytes(data)
