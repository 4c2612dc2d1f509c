"""Scenes on request, until the tests hang up."""

import importlib
import json
import socket
import traceback
from pathlib import Path


def serve(port_file):
    """Answer one client's requests; return when it closes the connection."""
    server = socket.create_server(("127.0.0.1", 0))
    port, part = Path(port_file), Path(f"{port_file}.part")
    part.write_text(str(server.getsockname()[1]))
    part.rename(port)
    peer, _ = server.accept()
    lines = peer.makefile("rw", encoding="utf-8", newline="\n")
    for line in lines:
        request = json.loads(line)
        try:
            module, name = request["scene"].rsplit(".", 1)
            scene = getattr(importlib.import_module(f"{__package__}.{module}"), name)
            answer = {"value": scene(**request["args"])}
        except Exception:
            answer = {"error": traceback.format_exc()}
        lines.write(json.dumps(answer) + "\n")
        lines.flush()
