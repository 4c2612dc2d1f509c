from __future__ import annotations

from pathlib import Path

import pytest

from sfumato.access.pair import Pair, usual_pair
from sfumato.configuration import SettingsError, load
from sfumato.listen import Listen
from sfumato.settings import Settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for variable in ("SFUMATO_LISTEN", "SFUMATO_STATE_DIR", "SFUMATO_MODELS"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr("sfumato.configuration.default_config", lambda: tmp_path / "no-config.toml")


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def refusal(folder: Path, text: str = "", flags: dict[str, object] | None = None) -> str:
    with pytest.raises(SettingsError) as caught:
        load(flags, config(folder, text))
    return caught.value.message


def test_without_any_source_the_daemon_listens_on_loopback_alone() -> None:
    settings = load()
    assert settings.address == Listen("127.0.0.1", 0)
    assert settings.address.loopback


def test_a_flag_wins_over_the_environment_and_that_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config(
        tmp_path,
        'listen = "127.0.0.1:1"\ngrace_seconds = 1\n'
        "[limits]\nregions = 1\nwindow_pixels = 1\nqueued_jobs = 1\n",
    )
    monkeypatch.setenv("SFUMATO_LISTEN", "127.0.0.1:2")
    monkeypatch.setenv("SFUMATO_LIMITS__REGIONS", "2")
    monkeypatch.setenv("SFUMATO_LIMITS__WINDOW_PIXELS", "2")
    settings = load({"listen": "127.0.0.1:3", "limits": {"regions": 3}}, path)
    assert settings.listen == "127.0.0.1:3"
    assert settings.limits.regions == 3
    assert settings.limits.window_pixels == 2
    assert settings.limits.queued_jobs == 1
    assert settings.grace_seconds == 1


def test_models_are_pairs_in_flags_and_environment_and_a_table_in_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = config(tmp_path, f"[models]\na = '{tmp_path}'")
    assert load(None, path).models == {"a": tmp_path}
    monkeypatch.setenv("SFUMATO_MODELS", f"b={tmp_path},c={tmp_path}")
    assert load(None, path).models == {"b": tmp_path, "c": tmp_path}
    assert load({"models": [f"d={tmp_path}"]}, path).models == {"d": tmp_path}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[limits]\nregions = 0", "limits.regions is 0"),
        ("[limits]\nregion = 5", "Unknown setting limits.region "),
        ("liston = 5", "Unknown setting liston "),
        ('[log]\nlevel = "loud"', "must be 'debug', 'info', 'warning' or 'error'"),
        ('listen = "127.0.0.1:99999"', "must be HOST:PORT with a port from 0 to 65535"),
        ('[models]\nfill = "/"', "must use other names than fill"),
        ('[models]\na = "/nowhere/at/all"', "must name folders"),
        ("grace_seconds = nan", "grace_seconds is nan"),
        ('device = "gpu"', "device is 'gpu'"),
        ("= 5", "is not a TOML file"),
    ],
)
def test_an_error_names_the_key_its_source_and_what_is_allowed(
    text: str, said: str, tmp_path: Path
) -> None:
    message = refusal(tmp_path, text)
    assert said in message
    assert str(tmp_path / "config.toml") in message


def test_an_error_in_the_environment_names_the_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SFUMATO_LIMITS__REGIONS", "many")
    assert "(from SFUMATO_LIMITS__REGIONS)" in refusal(tmp_path)


def test_an_error_in_a_flag_names_the_command_line(tmp_path: Path) -> None:
    assert "(from the command line)" in refusal(tmp_path, flags={"models": ["a"]})


def test_all_wrong_keys_are_named_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "liston = 5\n[limits]\nregions = 0")
    assert "liston" in message
    assert "limits.regions" in message


@pytest.mark.parametrize("address", ["0.0.0.0:7000", "[::]:7000", "192.168.1.5:1", "studio:1"])
def test_listening_beyond_loopback_is_refused_without_tls(address: str, tmp_path: Path) -> None:
    assert "TLS" in refusal(tmp_path, flags={"listen": address})


@pytest.mark.parametrize(
    ("text", "listen"),
    [
        ("127.0.0.1:7000", Listen("127.0.0.1", 7000)),
        ("localhost", Listen("localhost", 0)),
        (":7000", Listen("127.0.0.1", 7000)),
        ("[::1]:7000", Listen("::1", 7000)),
        ("[::1]", Listen("::1", 0)),
    ],
)
def test_an_address_is_read_in_its_usual_forms(text: str, listen: Listen) -> None:
    assert Listen.parse(text) == listen
    assert listen.loopback


def test_a_certificate_and_its_key_go_together_and_open_the_network(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    assert "both a certificate" in refusal(tmp_path, flags={"tls": {"cert": str(cert)}})
    pair = {"cert": str(cert), "key": str(key)}
    network = load({"listen": "0.0.0.0:7000", "tls": pair})
    assert network.pair == Pair(cert, key)
    assert str(network.address.here) == "127.0.0.1:7000"
    assert load({"tls": pair}).pair == Pair(cert, key)


def test_the_self_signed_certificate_is_used_beyond_this_computer_alone(tmp_path: Path) -> None:
    usual = usual_pair(tmp_path)
    usual.certificate.parent.mkdir()
    usual.certificate.touch()
    assert load({"state_dir": str(tmp_path), "listen": "[::]:7000"}).pair == usual
    assert load({"state_dir": str(tmp_path)}).pair is None


def test_several_devices_are_named_by_number_or_name(tmp_path: Path) -> None:
    assert load({"devices": "0, cuda:1,cpu"}).placed == ("cuda:0", "cuda:1", "cpu")
    (tmp_path / "config.toml").write_text("devices = [2, 3]")
    assert load(None, tmp_path / "config.toml").placed == ("cuda:2", "cuda:3")
    assert load({"device": "cpu"}).placed == ("cpu",)


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ({"devices": "0,0"}, "each device once"),
        ({"devices": "0,gpu"}, "devices"),
        ({"devices": "0", "device": "cpu"}, "must not be given beside device"),
    ],
)
def test_devices_that_cannot_be_are_refused(
    tmp_path: Path, flags: dict[str, str], said: str
) -> None:
    assert said in refusal(tmp_path, flags=flags)


def test_a_named_file_that_is_missing_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Cannot read the settings"):
        load(None, tmp_path / "missing.toml")


def test_a_home_directory_may_be_written_as_a_tilde() -> None:
    assert Settings(state_dir="~/sfumato").state_dir == Path.home() / "sfumato"


def test_the_manual_names_every_setting_with_its_default() -> None:
    manual = (Path(__file__).parents[2] / "docs" / "daemon.md").read_text("utf-8")
    settings = Settings()
    tables = {"limits", "retention", "log", "tls", "web"}
    for name in Settings.model_fields.keys() - tables:
        assert f"| `{name}` |" in manual
    for table in tables:
        for name, value in getattr(settings, table):
            [line] = [row for row in manual.splitlines() if row.startswith(f"| `{table}.{name}` |")]
            shown = f"{value:g}" if isinstance(value, float) else str(value)
            assert (f"| `{shown}` |" if value not in (None, ()) else "| none |") in line
