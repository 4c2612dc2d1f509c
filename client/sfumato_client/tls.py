"""TLS to a daemon: whom to believe, and in words why not.

A pinned certificate is fetched first and compared; the connection that carries the token is a
second one, in which OpenSSL believes that certificate alone and checks all else, its dates too.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ssl

from sfumato_client.endpoint import SYSTEM, Endpoint
from sfumato_client.errors import SfumatoError, Unauthenticated, Unavailable

PROBE_SECONDS = 3.0

# X509_V_ERR_... of OpenSSL's x509_vfy.h.
_NOT_YET_VALID, _EXPIRED = 9, 10
_ANOTHER_HOST = 62, 64


async def context(endpoint: Endpoint) -> ssl.SSLContext:
    """What to believe in a connection to this daemon.

    Raises ``Unauthenticated`` if it shows another certificate than the pinned one, ``Unavailable``
    for a file of authorities that cannot be read, ``ssl.SSLError`` and ``OSError`` if there is no
    such connection.
    """
    if endpoint.fingerprint:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        made.check_hostname = False
        made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        made.load_verify_locations(cadata=await _pinned(endpoint))
    else:
        try:
            file = None if endpoint.trust in ("", SYSTEM) else endpoint.trust
            made = ssl.create_default_context(cafile=file)
        except OSError as error:  # ssl.SSLError, too, is one
            raise Unavailable(
                f"No authorities can be read from {endpoint.trust!r} ({error}). Name a PEM file, "
                "or the certificate's fingerprint: 64 hex digits."
            ) from error
    return _speaking_http2(made)


def told(error: ssl.SSLError, endpoint: Endpoint) -> SfumatoError:
    """Tell why there is no secure connection."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return Unavailable(
            f"No secure connection to {endpoint.address} ({error.reason or error}). Check that it "
            "is a Sfumato daemon's address, and that the daemon was started with a certificate "
            "(--tls-cert)."
        )
    if error.verify_code in (_EXPIRED, _NOT_YET_VALID):
        when = "has expired" if error.verify_code == _EXPIRED else "is not valid yet"
        return Unauthenticated(
            f"The certificate of the daemon at {endpoint.address} {when}. Check this computer's "
            "clock. If it is right, whoever runs the daemon makes a new certificate (`sfumato tls "
            "self-signed --force`) and gives you a new join string."
        )
    if error.verify_code in _ANOTHER_HOST:
        return Unauthenticated(
            f"The certificate shown at {endpoint.address} is for another name. Use the name that "
            "it was made for, or join the daemon with its join string."
        )
    return Unauthenticated(
        f"No authority that this computer trusts vouches for the daemon at {endpoint.address}. "
        "Join it with its join string (`sfumato token create NAME --join` prints one), which names "
        "its certificate."
    )


async def refuse_if_spoken(endpoint: Endpoint) -> None:
    """Raise ``Unavailable`` if TLS is spoken there, where plain text was tried."""
    try:
        await asyncio.wait_for(_shown_certificate(endpoint), PROBE_SECONDS)
    except (OSError, asyncio.TimeoutError, TimeoutError):
        return
    raise Unavailable(
        f"The daemon at {endpoint.address} speaks TLS only. Join it with its join string "
        "(`sfumato token create NAME --join` prints one)."
    )


async def _pinned(endpoint: Endpoint) -> bytes:
    certificate = await _shown_certificate(endpoint)
    shown = hashlib.sha256(certificate).hexdigest()
    if not hmac.compare_digest(shown, endpoint.fingerprint):
        raise Unauthenticated(
            f"The daemon at {endpoint.address} shows another certificate than the one it was "
            "joined with. If it was set up anew, join it again; otherwise somebody else answers."
        )
    return certificate


async def _shown_certificate(endpoint: Endpoint) -> bytes:
    """Return the certificate that is shown there, believing nothing."""
    doubting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    doubting.check_hostname = False
    doubting.verify_mode = ssl.CERT_NONE
    _, writer = await asyncio.open_connection(
        endpoint.host, endpoint.port, ssl=_speaking_http2(doubting)
    )
    try:
        tls: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return tls.getpeercert(binary_form=True) or b""
    finally:
        writer.transport.abort()


def _speaking_http2(context: ssl.SSLContext) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["h2"])
    return context
