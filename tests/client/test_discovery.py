"""Finding the daemon: explicit, by environment, by file; and never giving its token away."""

import json

import pytest

from sfumato_client import Endpoint, Unavailable, find_endpoint, state_dir


@pytest.fixture
def state(tmp_path):
    (tmp_path / "endpoint.json").write_text(
        json.dumps({"address": "127.0.0.1:4242", "pid": 1, "protocol": [1, 0]})
    )
    (tmp_path / "token").write_text("of-the-file\n")
    return {"SFUMATO_STATE_DIR": str(tmp_path)}


def test_the_endpoint_file_names_address_and_token(state):
    assert find_endpoint(environ=state) == Endpoint("127.0.0.1:4242", "of-the-file")


def test_environment_wins_over_the_file_and_arguments_over_both(state):
    environ = {**state, "SFUMATO_ADDRESS": "box:1", "SFUMATO_TOKEN": "env"}
    assert find_endpoint(environ=environ) == Endpoint("box:1", "env")
    assert find_endpoint("other:2", "mine", environ) == Endpoint("other:2", "mine")


def test_the_files_token_goes_with_an_address_on_this_machine_only(state):
    assert find_endpoint("127.0.0.1:9", environ=state).token == "of-the-file"
    assert find_endpoint("localhost:9", environ=state).token == "of-the-file"
    assert find_endpoint("[::1]:9", environ=state).token == "of-the-file"
    assert find_endpoint("192.168.1.5:9", environ=state).token == ""
    assert find_endpoint("studio.example:9", environ=state).token == ""


def test_a_token_may_replace_the_files(state):
    assert find_endpoint(token="mine", environ=state) == Endpoint("127.0.0.1:4242", "mine")


def test_a_certificates_fingerprint_in_the_file_is_kept(state, tmp_path):
    described = {"address": "127.0.0.1:1", "fingerprint": "ab" * 32}
    (tmp_path / "endpoint.json").write_text(json.dumps(described))
    assert find_endpoint(environ=state).fingerprint == "ab" * 32


def test_no_daemon_says_how_to_start_one(tmp_path):
    with pytest.raises(Unavailable, match="sfumato serve"):
        find_endpoint(environ={"SFUMATO_STATE_DIR": str(tmp_path)})


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"address": 3}', "\x00"])
def test_a_broken_endpoint_file_says_which_and_what_to_do(state, tmp_path, content):
    (tmp_path / "endpoint.json").write_text(content)
    with pytest.raises(Unavailable, match=r"endpoint\.json.*Restart"):
        find_endpoint(environ=state)


def test_a_missing_token_file_is_told(state, tmp_path):
    (tmp_path / "token").unlink()
    with pytest.raises(Unavailable, match="token is missing"):
        find_endpoint(environ=state)


@pytest.mark.parametrize("address", ["host", "host:", ":1", "host:port", "host:99999", "::1:5"])
def test_a_malformed_address_is_told(address):
    with pytest.raises(Unavailable, match=r"is not an address|is ambiguous"):
        find_endpoint(address, environ={})


def test_host_and_port_of_an_address():
    endpoint = Endpoint("[::1]:7878", "")
    assert (endpoint.host, endpoint.port, endpoint.is_loopback) == ("::1", 7878, True)
    assert not Endpoint("10.0.0.1:7878", "").is_loopback


def test_inside_a_sandbox_the_daemons_files_outside_are_found(state, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.platform", "linux")
    outside = tmp_path / "outside"
    (outside / "sfumato").mkdir(parents=True)
    for name in ("endpoint.json", "token"):
        (tmp_path / name).rename(outside / "sfumato" / name)
    inside = {"HOME": str(tmp_path / "home"), "XDG_STATE_HOME": str(tmp_path / "inside")}
    with pytest.raises(Unavailable):
        find_endpoint(environ=inside)
    flatpak = {**inside, "FLATPAK_ID": "org.kde.krita", "HOST_XDG_STATE_HOME": str(outside)}
    assert find_endpoint(environ=flatpak).address == "127.0.0.1:4242"
    real = tmp_path / "real" / ".local" / "state"
    real.parent.mkdir(parents=True)
    outside.rename(real)
    snap = {**inside, "SNAP_REAL_HOME": str(tmp_path / "real")}
    assert find_endpoint(environ=snap).address == "127.0.0.1:4242"


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", {"HOME": "/home/a"}, "/home/a/.local/state/sfumato"),
        ("linux", {"HOME": "/home/a", "XDG_STATE_HOME": "/s"}, "/s/sfumato"),
        ("darwin", {"HOME": "/Users/a"}, "/Users/a/Library/Application Support/sfumato"),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/sfumato"),
    ],
)
def test_the_state_folder_is_the_platforms_own(monkeypatch, platform, environ, expected):
    monkeypatch.setattr("sys.platform", platform)
    assert state_dir(environ).as_posix() == expected
