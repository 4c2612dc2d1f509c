"""A Krita with the packed plugin, and the daemons it meets."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.editors.desktop import Desktop
from tests.editors.krita import Krita
from tests.editors.krita_easel import Easel
from tests.editors.krita_package import pack
from tests.editors.root import Editors
from tests.editors.scripted_daemon import TOKEN, ScriptedDaemon
from tests.support.daemon import Daemon, running_daemon

# Stands in for the `sfumato` command inside the editors' root: it asks the test to start it.
START = '#!/bin/sh\necho "$@" > "{asked}"\n'
PATIENCE_S = 60

Paper = TypeVar("Paper", bound=ScriptedDaemon)


class Studio:
    """One Krita, an easel in it, and the real daemon in a folder that both see."""

    def __init__(self, desktop: Desktop, package: Path, opengl: bool = True) -> None:
        self.share = desktop.share
        self.desktop = desktop
        self.keeps_pictures = bool(os.environ.get("SFUMATO_KEEP_PICTURES"))
        self.state = desktop.share / "state"
        self.asked = desktop.share / "asked"
        command = desktop.share / "sfumato"
        command.write_text(START.format(asked=self.asked))
        command.chmod(0o755)
        environ = {"SFUMATO_STATE_DIR": str(self.state), "SFUMATO_COMMAND": str(command)}
        self.krita = Krita(desktop, package, environ, opengl)
        self.easel = Easel(self.krita)
        self.daemon: Daemon | None = None
        self._running = ExitStack()

    def play(self, scene: str, **args: Any) -> Any:
        """Play a scene in Krita."""
        return self.krita.play(scene, **args)

    def start_daemon(self, *arguments: str) -> None:
        """Start the real daemon, if it does not run."""
        if self.daemon is None:
            self.daemon = self._running.enter_context(running_daemon(self.state, *arguments))

    def stop_daemon(self) -> None:
        """Stop it."""
        self.daemon = None
        self._running.close()

    def asked_to_start(self) -> str:
        """Wait until Krita ran the `sfumato` command; its arguments."""
        deadline = time.monotonic() + PATIENCE_S
        while not (self.asked.exists() and self.asked.read_text()):
            assert time.monotonic() < deadline, "Krita did not start the daemon"
            time.sleep(0.02)
        return self.asked.read_text().strip()

    @contextmanager
    def scripted(self, **how: Any) -> Iterator[ScriptedDaemon]:
        """A daemon of paper instead, entered by its address and token."""
        with self.using(ScriptedDaemon(**how)) as daemon:
            yield daemon

    @contextmanager
    def using(self, paper: Paper) -> Iterator[Paper]:
        """The same with one that is given."""
        with paper as daemon:
            self.play("connecting.use_daemon", address=daemon.address, token=TOKEN)
            try:
                yield daemon
            finally:
                if self.krita.exit_code is None:
                    self.play("connecting.use_daemon", address="", token="")

    @contextmanager
    def killed_krita(self) -> Iterator[None]:
        """Krita while it is entered, to be killed in there."""
        self.krita.__enter__()
        try:
            yield
        finally:
            self.krita.kill()

    def remove(self) -> dict[str, Any]:
        """Remove what is selected and wait for the layer; what the docker shows then."""
        return self.play("artist.edit", action="sfumato_remove")


@contextmanager
def opened(editors: Editors, share: Path, opengl: bool = True) -> Iterator[Studio]:
    """A Krita with the packed plugin, its docker shown, and the real daemon at work.

    ``share`` is an empty folder. Krita quits at the end, and has to do so cleanly.
    """
    package = pack(share)
    with Desktop(editors, share) as desktop:
        studio = Studio(desktop, package, opengl)
        studio.start_daemon()
        with studio.krita:
            studio.play("artist.show_docker")
            yield studio
        studio.stop_daemon()
    assert studio.krita.exit_code == 0, studio.krita.log
