"""A small Hugging Face hub on loopback that serves one repository, and misbehaves on request."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(ThreadingHTTPServer):
    """Serves ``directory`` as ``repository``. Requests are told in ``asked``: method, path, range.

    ``cut`` ends each first answer with so many bytes of a large file after so many of them;
    ``damaged`` flips the bytes of large files; ``gated`` refuses them.
    """

    daemon_threads = True

    def __init__(self, directory: Path, repository: str) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.directory = directory
        self.repository = repository
        self.asked: list[tuple[str, str, str]] = []
        self.cut = 0
        self.damaged = False
        self.gated = False

    @property
    def address(self) -> str:
        """What ``HF_ENDPOINT`` should be."""
        return f"http://127.0.0.1:{self.server_port}"

    def ranges(self) -> list[str]:
        """Where downloads were taken up again."""
        return [part for _, _, part in self.asked if part and not part.startswith("bytes=0-")]


@contextmanager
def serving_hub(directory: Path, repository: str) -> Iterator[Hub]:
    """A hub in a thread of its own."""
    with Hub(directory, repository) as hub:
        thread = threading.Thread(target=hub.serve_forever, daemon=True)
        thread.start()
        try:
            yield hub
        finally:
            hub.shutdown()
            thread.join()


class Handler(BaseHTTPRequestHandler):
    """The few requests that a download makes."""

    protocol_version = "HTTP/1.1"
    server: Hub

    def log_message(self, *_: object) -> None:
        """Keep tests quiet."""

    def do_HEAD(self) -> None:
        """What a file is, without the file."""
        self.do_GET()

    def do_GET(self) -> None:
        """Answer by path."""
        path = unquote(urlsplit(self.path).path)
        self.server.asked.append((self.command, path, self.headers.get("Range", "")))
        listing = f"/api/models/{self.server.repository}"
        files = f"/{self.server.repository}/resolve/"
        if path.startswith(f"{listing}/tree/"):
            self._answer(200, json.dumps(self._tree()).encode())
        elif path.startswith(listing):
            siblings = [{"rfilename": entry["path"]} for entry in self._tree()]
            info = {"id": self.server.repository, "sha": COMMIT, "siblings": siblings}
            self._answer(200, json.dumps(info).encode())
        elif path.startswith(files):
            self._file(self.server.directory / path.removeprefix(files).partition("/")[2])
        else:
            self._answer(404, b"", {"X-Error-Code": "RepoNotFound"})

    def _tree(self) -> list[dict[str, object]]:
        entries = []
        for file in sorted(self.server.directory.rglob("*")):
            if file.is_file():
                content = file.read_bytes()
                name = file.relative_to(self.server.directory).as_posix()
                entry: dict[str, object] = {"type": "file", "path": name, "size": len(content)}
                entry["oid"] = hashlib.sha1(content).hexdigest()
                if file.suffix == ".safetensors":
                    oid = hashlib.sha256(content).hexdigest()
                    entry["lfs"] = {"oid": oid, "size": len(content), "pointerSize": 130}
                entries.append(entry)
        return entries

    def _file(self, file: Path) -> None:
        if not file.is_file():
            self._answer(404, b"", {"X-Error-Code": "EntryNotFound"})
            return
        large = file.suffix == ".safetensors"
        if large and self.server.gated:
            self._answer(403, b"", {"X-Error-Code": "GatedRepo"})
            return
        content = file.read_bytes()
        digest = hashlib.sha256 if large else hashlib.sha1
        headers = {
            "ETag": f'"{digest(content).hexdigest()}"',
            "X-Repo-Commit": COMMIT,
            "Accept-Ranges": "bytes",
        }
        if large and self.server.damaged:
            content = bytes(255 - byte for byte in content)
        wanted = self.headers.get("Range", "")
        if wanted:
            start = int(wanted.removeprefix("bytes=").partition("-")[0])
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            self._answer(206, content[start:], headers)
        else:
            self._answer(200, content, headers, self.server.cut if large else 0)

    def _answer(
        self, status: int, body: bytes, headers: dict[str, str] | None = None, cut: int = 0
    ) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if 0 < cut < len(body):
            self.wfile.write(body[:cut])
            self.close_connection = True
        else:
            self.wfile.write(body)
