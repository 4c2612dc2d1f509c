from __future__ import annotations

import hashlib
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from sfumato.access.certificates import (
    CertificateError,
    load,
    make_self_signed,
    names_of_this_computer,
)
from sfumato.access.pair import Pair, usual_pair

NAMES = ["studio.local", "192.168.1.5", "fd00::5"]
YEAR = timedelta(days=365)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """A certificate for ``NAMES`` and its key."""
    pair = usual_pair(tmp_path)
    make_self_signed(pair, NAMES, YEAR)
    return pair


def test_it_is_for_the_names_and_addresses_and_its_fingerprint_is_its_own(pair: Pair) -> None:
    identity = load(pair)
    assert sorted(identity.names) == sorted(NAMES)
    der = ssl.PEM_cert_to_DER_cert(pair.certificate.read_text())
    assert identity.fingerprint == hashlib.sha256(der).hexdigest()
    left = identity.expires - datetime.now(UTC)
    assert timedelta(days=364) < left <= YEAR


def test_the_key_is_for_its_user_alone(pair: Pair) -> None:
    assert pair.key.stat().st_mode & 0o777 == 0o600
    assert pair.key.parent.stat().st_mode & 0o777 == 0o700


def test_it_is_no_authority_for_others(pair: Pair) -> None:
    certificate = x509.load_pem_x509_certificate(pair.certificate.read_bytes())
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    assert not constraints.value.ca


def test_a_key_that_others_can_read_is_refused(pair: Pair) -> None:
    pair.key.chmod(0o640)
    with pytest.raises(CertificateError, match="chmod 600"):
        load(pair)


def test_another_certificates_key_is_refused(pair: Pair, tmp_path: Path) -> None:
    other = usual_pair(tmp_path / "other")
    make_self_signed(other, NAMES, YEAR)
    with pytest.raises(CertificateError, match="does not belong"):
        load(Pair(pair.certificate, other.key))


def test_one_that_is_over_or_has_not_begun_is_refused(pair: Pair) -> None:
    with pytest.raises(CertificateError, match=r"expired on .* --force"):
        load(pair, datetime.now(UTC) + 2 * YEAR)
    with pytest.raises(CertificateError, match="clock"):
        load(pair, datetime.now(UTC) - YEAR)


def test_what_is_no_certificate_no_key_or_not_there_is_told(pair: Pair) -> None:
    missing = pair.key.with_name("missing.pem")
    with pytest.raises(CertificateError, match=r"missing.pem cannot be read \(No such file"):
        load(Pair(pair.certificate, missing))
    with pytest.raises(CertificateError, match="holds no certificate"):
        load(Pair(pair.key, pair.key))
    no_key = pair.key.with_name("no-key.pem")
    no_key.touch(mode=0o600)
    no_key.write_bytes(pair.certificate.read_bytes())
    with pytest.raises(CertificateError, match="holds no key"):
        load(Pair(pair.certificate, no_key))


def test_this_computer_has_a_name_and_addresses() -> None:
    names = names_of_this_computer()
    assert {"localhost", "127.0.0.1"} <= set(names)
    assert len(set(names)) == len(names)
    assert not any("%" in name for name in names)
