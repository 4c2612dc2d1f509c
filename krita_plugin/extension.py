"""Krita's side: the actions of menu and shortcuts, and the docker."""

from __future__ import annotations

from collections.abc import Callable

from krita import (
    DockWidgetFactory,
    DockWidgetFactoryBase,
    Extension,
    Krita,
    Window,
)

from sfumato_client import Operation

from .docker import Docker
from .qt import QDockWidget, QWidget
from .studio import studio

DOCKER_ID = "sfumato_docker"
MENU = "tools/scripts"


class SfumatoExtension(Extension):
    """Adds the actions to every window."""

    def setup(self) -> None:
        """Nothing to do before a window exists."""

    def createActions(self, window: Window) -> None:  # noqa: N802
        """Called once for each window."""
        # Krita deletes its wrapper after this call; the Qt window stays.
        main = window.qwindow()
        generate, remove = Operation.OPERATION_GENERATE, Operation.OPERATION_REMOVE
        actions = {
            "sfumato_generate": ("Sfumato: Generate", lambda d: d.perform(generate)),
            "sfumato_generate_on_top": (
                "Sfumato: Generate on Top",
                lambda d: d.perform(generate, on_top=True),
            ),
            "sfumato_remove": ("Sfumato: Remove Selection", lambda d: d.perform(remove)),
            "sfumato_outpaint": ("Sfumato: Extend the Canvas…", lambda d: d.ask_to_extend()),
            "sfumato_select": ("Sfumato: Select Automatically…", lambda d: d.ask_to_select()),
            "sfumato_repeat": ("Sfumato: Repeat Last", lambda d: d.bench and d.bench.repeat()),
            "sfumato_cancel": ("Sfumato: Cancel", lambda d: d.bench and d.bench.cancel()),
            "sfumato_reselect": (
                "Sfumato: Reselect the Mask",
                lambda d: d.bench and d.bench.reselect(),
            ),
        }
        for name, (title, act) in actions.items():
            action = window.createAction(name, title, MENU)
            action.triggered.connect(lambda _=False, act=act: _with_docker(main, act))


def register() -> None:
    """Add extension and docker to Krita."""
    krita = Krita.instance()
    studio()
    krita.addExtension(SfumatoExtension(krita))
    krita.addDockWidgetFactory(
        DockWidgetFactory(DOCKER_ID, DockWidgetFactoryBase.DockRight, Docker)
    )


def _with_docker(main: QWidget, act: Callable[[Docker], object]) -> None:
    """Show the docker of a window, so that the artist sees what happens, and act on it."""
    docker = main.findChild(QDockWidget, DOCKER_ID)
    if docker is not None:
        docker.setVisible(True)
        act(docker)
