#!/usr/bin/env python3
"""What GIMP starts: a script of the same name as its folder."""

import gi

# Before anything imports them.
VERSIONS = {"Gimp": "3.0", "GimpUi": "3.0", "Babl": "0.1", "Gegl": "0.4", "Gtk": "3.0"}
for namespace, version in VERSIONS.items():
    gi.require_version(namespace, version)

from sfumato_gimp.main import main  # noqa: E402

main()
