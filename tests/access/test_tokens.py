from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sfumato.access.tokens import Scope, TokenError, TokenStore, digest, matching


def test_a_token_is_found_by_what_was_shown_and_stored_only_as_a_hash(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    secret = store.create("anna")
    store.create("ben", Scope.ADMIN)
    found = matching(secret, store.list())
    assert found is not None
    assert (found.name, found.scope, found.expires) == ("anna", Scope.ARTIST, None)
    assert found.digest == digest(secret)
    written = "".join(path.read_text() for path in tmp_path.rglob("*.json"))
    assert secret not in written
    assert matching(secret[:-1], store.list()) is None


def test_tokens_are_long_and_never_the_same(tmp_path: Path) -> None:
    secrets = {TokenStore(tmp_path).create(f"artist {number}") for number in range(20)}
    assert len(secrets) == 20
    assert all(len(secret) == 43 for secret in secrets)  # 256 bits in base64


def test_the_files_are_for_their_user_alone(tmp_path: Path) -> None:
    TokenStore(tmp_path).create("anna")
    [file] = (tmp_path / "tokens").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert "anna" not in file.name


def test_a_token_ends_when_it_was_said(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.create("guest", lifetime=timedelta(days=1))
    [token] = store.list()
    assert not token.expired(datetime.now(UTC) + timedelta(hours=23))
    assert token.expired(datetime.now(UTC) + timedelta(hours=25))


def test_a_revoked_token_is_gone_and_others_stay(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.create("anna")
    store.create("ben")
    assert store.revoke("anna") == 1
    assert [token.name for token in store.list()] == ["ben"]
    assert store.revoke("anna") == 0


def test_a_name_is_taken_once_and_free_again_when_its_token_is_over(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.create("anna")
    with pytest.raises(TokenError, match="already"):
        store.create("anna")
    store.revoke("anna")
    store.create("anna", lifetime=timedelta(seconds=-1))
    store.create("anna")


@pytest.mark.parametrize(
    "name", ["", " ", "../anna", "/etc/passwd", "a\0b", "a/b", "a\\b", "-rf", "x" * 65, "a\nb"]
)
def test_a_bad_name_makes_no_token_and_no_file(name: str, tmp_path: Path) -> None:
    with pytest.raises(TokenError, match="is no name"):
        TokenStore(tmp_path).create(name)
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        '{"name": "x", "scope": "root", "sha256": "00", "created": "2026-01-01", "expires": null}',
    ],
)
def test_a_file_that_is_no_token_opens_nothing_and_hides_no_other(
    text: str, tmp_path: Path
) -> None:
    store = TokenStore(tmp_path)
    secret = store.create("anna")
    (tmp_path / "tokens" / "broken.json").write_text(text)
    assert [token.name for token in store.list()] == ["anna"]
    assert matching(secret, store.list()) is not None
    with pytest.raises(TokenError, match="holds no token"):
        store.read_one("broken")


def test_a_short_hash_is_no_token(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.create("anna")
    [file] = (tmp_path / "tokens").iterdir()
    file.write_text(json.dumps(json.loads(file.read_text()) | {"sha256": ""}))
    assert store.list() == []


def test_a_token_file_that_others_can_change_opens_nothing(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.create("anna")
    [file] = (tmp_path / "tokens").iterdir()
    file.chmod(0o666)
    assert store.list() == []
    with pytest.raises(TokenError, match="chmod 600"):
        store.read_one(file.stem)
