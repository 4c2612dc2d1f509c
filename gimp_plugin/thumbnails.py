"""A row of small pictures to point at and to choose from."""

from __future__ import annotations

from collections.abc import Callable

from gi.repository import Gdk, GdkPixbuf, Gtk

SIDE = 104


class Thumbnails(Gtk.ScrolledWindow):  # type: ignore[misc]
    """``pointed`` is told the index under the pointer, or that of the chosen one when it leaves."""

    def __init__(self, pointed: Callable[[int], None], taken: Callable[[], None]) -> None:
        super().__init__(hscrollbar_policy=Gtk.PolicyType.AUTOMATIC)
        self.set_policy(Gtk.PolicyType.AUTOMATIC, Gtk.PolicyType.NEVER)
        self._pointed = pointed
        self._row = Gtk.FlowBox(
            selection_mode=Gtk.SelectionMode.SINGLE,
            activate_on_single_click=False,
            max_children_per_line=64,
            min_children_per_line=64,
            homogeneous=True,
        )
        self._row.connect("selected-children-changed", lambda _: self._pointed(self.chosen))
        self._row.connect("child-activated", lambda *_: taken())
        self._labels: list[Gtk.Label] = []
        self.add(self._row)

    @property
    def chosen(self) -> int:
        """Index of the chosen picture, 0 at first."""
        selected = self._row.get_selected_children()
        return selected[0].get_index() if selected else 0

    def append(self, picture: GdkPixbuf.Pixbuf, title: str) -> None:
        """Add a picture at the end, and choose it if it is the first result."""
        scale = SIDE / max(picture.get_width(), picture.get_height())
        small = picture.scale_simple(
            max(1, round(picture.get_width() * scale)),
            max(1, round(picture.get_height() * scale)),
            GdkPixbuf.InterpType.BILINEAR,
        )
        label = Gtk.Label(label=title)
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=4, border_width=4)
        column.pack_start(Gtk.Image.new_from_pixbuf(small), True, True, 0)
        column.pack_start(label, False, False, 0)
        index = len(self._labels)
        sensor = Gtk.EventBox()
        sensor.add(column)
        sensor.add_events(Gdk.EventMask.ENTER_NOTIFY_MASK | Gdk.EventMask.LEAVE_NOTIFY_MASK)
        sensor.connect("enter-notify-event", lambda *_: self._pointed(index))
        sensor.connect("leave-notify-event", lambda *_: self._pointed(self.chosen))
        self._labels.append(label)
        self._row.add(sensor)
        self._row.show_all()
        if index <= 1:
            self._row.select_child(self._row.get_child_at_index(index))

    def retitle(self, index: int, title: str) -> None:
        """Say something else under a picture."""
        self._labels[index].set_text(title)
