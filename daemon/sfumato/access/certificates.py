"""The daemon's certificate: made for a studio's network, and checked before it is used."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sfumato.access.pair import Pair
from sfumato.access.private import others_can_read, write_private
from sfumato_client.endpoint import is_loopback

_NAME_CHARACTERS = 64
_CLOCKS_DIFFER = timedelta(days=1)


class CertificateError(Exception):
    """A certificate cannot be used; the message says why and what to do."""


class Identity(NamedTuple):
    """What a daemon shows: PEM texts, the SHA-256 fingerprint in hex, its end in UTC, its names."""

    certificate: bytes
    key: bytes
    fingerprint: str
    expires: datetime
    names: tuple[str, ...]


def load(pair: Pair, now: datetime | None = None) -> Identity:
    """Read a certificate and its key; ``CertificateError`` if a daemon cannot use them.

    That is if they cannot be read, do not belong together, are not valid ``now`` (UTC), or if
    others can read the key.
    """
    certificate, key = _read(pair.certificate), _read(pair.key)
    if others_can_read(pair.key):
        raise CertificateError(
            f"Other users can read the key {pair.key}. Make it private: chmod 600 '{pair.key}'"
        )
    try:
        shown = x509.load_pem_x509_certificates(certificate)[0]
    except ValueError as error:
        raise CertificateError(f"{pair.certificate} holds no certificate in PEM.") from error
    try:
        public = load_pem_private_key(key, None).public_key()
    except (ValueError, TypeError) as error:
        raise CertificateError(
            f"{pair.key} holds no key in PEM that can be used; keys with a passphrase cannot."
        ) from error
    if _encoded(public) != _encoded(shown.public_key()):
        raise CertificateError(f"The key {pair.key} does not belong to {pair.certificate}.")
    now = now or datetime.now(UTC)
    if now >= shown.not_valid_after_utc:
        raise CertificateError(
            f"The certificate {pair.certificate} expired on {shown.not_valid_after_utc:%Y-%m-%d}. "
            "Make a new one (`sfumato tls self-signed --force`) and new join strings."
        )
    if now < shown.not_valid_before_utc:
        raise CertificateError(
            f"The certificate {pair.certificate} is not valid before "
            f"{shown.not_valid_before_utc:%Y-%m-%d}. Check this computer's clock."
        )
    return Identity(
        certificate,
        key,
        shown.fingerprint(hashes.SHA256()).hex(),
        shown.not_valid_after_utc,
        _names(shown),
    )


def make_self_signed(pair: Pair, names: Sequence[str], lifetime: timedelta) -> Identity:
    """Make a key (P-256, mode 0600) and a certificate for these host names and addresses.

    It vouches for itself alone: clients pin its fingerprint, which join strings carry. Replaces
    what is there; ``OSError``.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0][:_NAME_CHARACTERS])])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCKS_DIFFER)
        .not_valid_after(now + lifetime)
        .add_extension(x509.SubjectAlternativeName(map(_general_name, names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pair.certificate.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pair.key.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    # The key first: a certificate without its key is noticed, the other way round is not.
    write_private(pair.key, pem.decode("ascii"))
    write_private(pair.certificate, certificate.public_bytes(Encoding.PEM).decode("ascii"))
    return load(pair)


def names_of_this_computer() -> tuple[str, ...]:
    """Its host names and its addresses, those of the network first."""
    import psutil

    host = socket.gethostname()
    families = (socket.AF_INET, socket.AF_INET6)
    addresses = [
        address.address
        for interface in psutil.net_if_addrs().values()
        for address in interface
        # Those of one link only have a zone ("%eth0"), which no certificate can name.
        if address.family in families and "%" not in address.address
    ]
    addresses.sort(key=is_loopback)
    local = [] if "." in host else [f"{host}.local"]
    return tuple(dict.fromkeys((host, *local, *addresses, "localhost")))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CertificateError(f"{path} cannot be read ({error.strerror}).") from error


def _encoded(key: object) -> bytes:
    encoded: bytes = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return encoded


def _general_name(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name.encode("idna").decode("ascii"))


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    found: Iterable[object] = (
        *extension.value.get_values_for_type(x509.DNSName),
        *extension.value.get_values_for_type(x509.IPAddress),
    )
    return tuple(map(str, found))
