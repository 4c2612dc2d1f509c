"""Where a daemon listens, and what it says to those who speak the wrong way."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from sfumato.access.certificates import make_self_signed
from sfumato.access.pair import usual_pair
from sfumato_client import Endpoint, Session, SfumatoError, Unauthenticated, Unavailable
from tests.support.command import run_in
from tests.support.daemon import Daemon, running_daemon

GUARD = 120
NETWORK = "10.213.7"


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, str]]:
    """A daemon that listens to the network, and its certificate's fingerprint."""
    state = tmp_path_factory.mktemp("studio")
    made = make_self_signed(usual_pair(state), ["localhost", "127.0.0.1"], timedelta(days=9))
    with running_daemon(state, "--listen", "0.0.0.0:0") as daemon:
        yield daemon, made.fingerprint


def ask(endpoint: Endpoint) -> str:
    async def ask() -> str:
        async with Session(endpoint) as session:
            return session.capabilities.version

    return asyncio.run(ask())


def local(daemon: Daemon) -> str:
    return f"127.0.0.1:{daemon.address.rpartition(':')[2]}"


def test_the_pinned_certificate_lets_in(studio: tuple[Daemon, str]) -> None:
    daemon, fingerprint = studio
    assert ask(Endpoint(local(daemon), daemon.token, fingerprint))


def test_an_authority_that_vouches_lets_in_and_another_does_not(
    studio: tuple[Daemon, str], tmp_path: Path
) -> None:
    daemon, _ = studio
    authority = str(usual_pair(daemon.state).certificate)
    assert ask(Endpoint(local(daemon), daemon.token, authority))
    other = usual_pair(tmp_path)
    make_self_signed(other, ["localhost"], timedelta(days=1))
    for trust in (str(other.certificate), "system"):
        with pytest.raises(Unauthenticated, match=r"No authority .* join string"):
            ask(Endpoint(local(daemon), daemon.token, trust))


def test_another_certificate_plain_text_and_tls_to_plain_text_are_told_what_to_do(
    studio: tuple[Daemon, str], daemon: Daemon
) -> None:
    secured, fingerprint = studio
    with pytest.raises(Unauthenticated, match="join it again"):
        ask(Endpoint(local(secured), secured.token, "00" * 32))
    with pytest.raises(Unavailable, match=r"speaks TLS only\. Join it"):
        ask(Endpoint(local(secured), secured.token))
    with pytest.raises(Unavailable, match="started with a certificate"):
        ask(Endpoint(daemon.address, daemon.token, fingerprint))


@pytest.mark.slow
def test_a_certificate_that_expires_while_the_daemon_runs_is_told(tmp_path: Path) -> None:
    pair = usual_pair(tmp_path)
    # Valid when the daemon starts, and over some seconds later.
    made = make_self_signed(pair, ["localhost", "127.0.0.1"], timedelta(seconds=45))
    with running_daemon(tmp_path, "--listen", "0.0.0.0:0") as daemon:
        for trust in (made.fingerprint, str(pair.certificate)):
            endpoint = Endpoint(local(daemon), daemon.token, trust)
            assert error_after_expiry(endpoint).startswith("The certificate of the daemon at")


def error_after_expiry(endpoint: Endpoint) -> str:
    import time

    deadline = time.monotonic() + GUARD
    while time.monotonic() < deadline:
        try:
            ask(endpoint)
        except Unauthenticated as error:
            assert "has expired" in error.message
            assert "--force" in error.message
            return error.message
        time.sleep(0.5)  # nothing announces that time has passed
    raise AssertionError("the certificate is still believed")


def test_a_daemon_does_not_start_with_a_certificate_that_is_over(tmp_path: Path) -> None:
    from tests.support.daemon import start

    with pytest.raises(Exception, match="expired on"):
        make_self_signed(usual_pair(tmp_path), ["localhost"], timedelta(seconds=-5))
    process = start(tmp_path, "--listen", "0.0.0.0:0")
    process.communicate(timeout=GUARD)
    assert process.returncode == 1
    assert "expired on" in (tmp_path / "log").read_text()


def test_the_command_line_joins_by_one_string_and_hears_of_a_revoked_token(
    studio: tuple[Daemon, str], tmp_path: Path
) -> None:
    daemon, fingerprint = studio
    made = run_in(daemon.state, "token", "create", "anna", "--join", "--host", "127.0.0.1")
    assert made.code == 0, made.err
    join = made.out.strip()
    assert join.startswith("sfumato://")
    assert join.endswith(f"@{local(daemon)}?sha256={fingerprint}")
    elsewhere = tmp_path / "elsewhere"
    assert run_in(elsewhere, "status", "--join", join).code == 0
    listed = run_in(daemon.state, "token", "list").out
    assert "anna" in listed
    assert join.split("@")[0].removeprefix("sfumato://") not in listed
    assert run_in(daemon.state, "token", "revoke", "anna").code == 0
    wait_until_refused(elsewhere, join)
    assert run_in(daemon.state, "token", "revoke", "anna").code == 2


def wait_until_refused(state: Path, join: str) -> None:
    for _ in range(GUARD):
        refused = run_in(state, "status", "--join", join)
        if refused.code:
            assert "does not take this token" in refused.err
            return
    raise AssertionError("a revoked token still opens the daemon")


def test_a_token_is_not_sent_to_who_shows_another_certificate(tmp_path: Path) -> None:
    """The impostor speaks TLS and keeps all it hears."""
    import ssl
    import threading

    pair = usual_pair(tmp_path)
    make_self_signed(pair, ["localhost"], timedelta(days=1))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pair.certificate, pair.key)
    context.set_alpn_protocols(["h2"])
    heard = bytearray()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            connection, _ = server.accept()
            with context.wrap_socket(connection, server_side=True) as secured:
                try:
                    while data := secured.recv(1 << 16):
                        heard.extend(data)
                except OSError:
                    return

        thread = threading.Thread(target=listen)
        thread.start()
        with pytest.raises(SfumatoError):
            ask(Endpoint(f"127.0.0.1:{server.getsockname()[1]}", "marker-token", "00" * 32))
        thread.join(GUARD)
    assert bytes(heard) == b""


def test_a_default_daemon_is_out_of_reach_of_the_network(daemon: Daemon) -> None:
    port = int(daemon.address.rpartition(":")[2])
    with network_namespace() as (inside, address), socket.create_server((address, 0)) as control:
        # Something that does listen to the network is reached, so that the check can fail.
        assert reaches(inside, address, control.getsockname()[1])
        assert not reaches(inside, address, port)


def reaches(inside: list[str], address: str, port: int) -> bool:
    """Whether a TCP connection from there comes about."""
    program = (
        "import socket, sys\n"
        "try: socket.create_connection((sys.argv[1], int(sys.argv[2])), 20).close()\n"
        "except ConnectionRefusedError: print('refused')\n"
        "else: print('connected')\n"
    )
    command = [*inside, sys.executable, "-c", program, address, str(port)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=GUARD)
    assert said.stdout.strip() in ("refused", "connected"), said
    return said.stdout.strip() == "connected"


@contextmanager
def network_namespace() -> Iterator[tuple[list[str], str]]:
    """How to run a command in a second network namespace, and this one's address seen from there.

    Where namespaces cannot be had it is this machine's own address in the network instead.
    """
    if not can_make_namespaces():
        yield [], own_address()
        return
    name = f"sfumato-{socket.gethostname()[:8]}-{psutil.Process().pid % 10000}"
    here, there = f"sf{psutil.Process().pid % 10000}a", f"sf{psutil.Process().pid % 10000}b"
    ip("netns", "add", name)
    try:
        ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        ip("address", "add", f"{NETWORK}.1/24", "dev", here)
        ip("link", "set", here, "up")
        ip("-n", name, "address", "add", f"{NETWORK}.2/24", "dev", there)
        ip("-n", name, "link", "set", there, "up")
        yield ["ip", "netns", "exec", name], f"{NETWORK}.1"
    finally:
        ip("netns", "delete", name)


def can_make_namespaces() -> bool:
    if sys.platform != "linux" or psutil.Process().uids().effective != 0:
        return False
    if shutil.which("ip") is None and shutil.which("apt-get") is not None:
        subprocess.run(["apt-get", "update", "-q"], check=True)
        install = ["apt-get", "install", "-qy", "--no-install-recommends", "iproute2"]
        subprocess.run(install, check=True)
    if shutil.which("ip") is None:
        return False
    probe = f"sfumato-probe-{psutil.Process().pid}"
    if subprocess.run(["ip", "netns", "add", probe], capture_output=True).returncode:
        return False
    ip("netns", "delete", probe)
    return True


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


def own_address() -> str:
    addresses = [
        address.address
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family is socket.AF_INET and not address.address.startswith("127.")
    ]
    return addresses[0]
