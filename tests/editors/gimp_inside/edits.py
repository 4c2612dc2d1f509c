"""Calling the plug-in's procedures as scripts do, and killing it as GIMP's Cancel does."""

import os
import signal
import threading
import time
from pathlib import Path

from gi.repository import Gimp


def run(procedure, image=0, chosen="", interactive=False, **arguments):
    """Run a procedure; return its status, its sentence, its layer's name and the seconds."""
    found = Gimp.get_pdb().lookup_procedure(f"plug-in-sfumato-{procedure}")
    config = found.create_config()
    mode = Gimp.RunMode.INTERACTIVE if interactive else Gimp.RunMode.NONINTERACTIVE
    config.set_property("run-mode", mode)
    if image:
        image = Gimp.Image.get_by_id(image)
        layer = image.get_layer_by_name(chosen) if chosen else image.get_layers()[-1]
        config.set_property("image", image)
        config.set_core_object_array("drawables", [layer])
    for name, value in arguments.items():
        config.set_property(name.replace("_", "-"), value)
    start = time.monotonic()
    values = found.run(config)
    seconds = time.monotonic() - start
    status = values.index(0)
    done = status == Gimp.PDBStatusType.SUCCESS and values.length() > 1
    return {
        "status": status.value_nick,
        "sentence": "" if done else Gimp.get_pdb().get_last_error(),
        "layer": values.index(1).get_name() if done else "",
        "seconds": seconds,
    }


def run_and_kill(script, signal_file, **arguments):
    """Like ``run``; once the signal file is there, the process of the script is killed."""

    def kill():
        while not Path(signal_file).exists():
            time.sleep(0.02)
        for process in Path("/proc").glob("[0-9]*"):
            if script.encode() in _command_of(process).split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    try:
        return run(**arguments)
    finally:
        killer.join()


def procedures():
    """The public names, their menus' labels and their arguments."""
    pdb = Gimp.get_pdb()
    names = pdb.query_procedures("plug-in-sfumato-.*", ".*", ".*", ".*", ".*", ".*", ".*", ".*")
    return {
        name: {
            "label": pdb.lookup_procedure(name).get_menu_label(),
            "menus": pdb.lookup_procedure(name).get_menu_paths(),
            "arguments": [spec.name for spec in pdb.lookup_procedure(name).get_arguments()],
        }
        for name in names
    }


def _command_of(process):
    try:
        return (process / "cmdline").read_bytes()
    except OSError:  # it has just ended
        return b""
