"""TLS by a pinned certificate: the right one is let in, any other is not given the token."""

import hashlib
import ssl

import grpc
import pytest

from sfumato_client import Endpoint, Session, Unauthenticated, Unavailable
from tests.support.fake_daemon import TOKEN, FakeDaemon

# Made for this test alone.
KEY = b"""-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgyYOwSCYoY+vg5l0P
5OR5pEcL0ulyORCJVvBJk4VCccehRANCAATrEPbsrQGirOcGa/Y5HWJmgORpN3GB
xcb1cw+2r+OpOFRGPP3x4Rm79xhudq8o9Rpnr7w6WXvsQvDrktwpx0uX
-----END PRIVATE KEY-----
"""
CERTIFICATE = b"""-----BEGIN CERTIFICATE-----
MIIBhjCCASugAwIBAgIUeNVg5icYOJQ/oBnut1rxhicik58wCgYIKoZIzj0EAwIw
FzEVMBMGA1UEAwwMc2Z1bWF0byB0ZXN0MCAXDTI2MTEyMTA1MTE1NloYDzIxMjYx
MDI4MDUxMTU2WjAXMRUwEwYDVQQDDAxzZnVtYXRvIHRlc3QwWTATBgcqhkjOPQIB
BggqhkjOPQMBBwNCAATrEPbsrQGirOcGa/Y5HWJmgORpN3GBxcb1cw+2r+OpOFRG
PP3x4Rm79xhudq8o9Rpnr7w6WXvsQvDrktwpx0uXo1MwUTAdBgNVHQ4EFgQUlvoE
r3zdZhJcBZXG3IP7AazSaSUwHwYDVR0jBBgwFoAUlvoEr3zdZhJcBZXG3IP7AazS
aSUwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAqAq7CU5mtiw9
gYxHAvDXeU5Myq/t5i5aYmH6pG/CIxICIQDTrIbPki7Hvwxyy7joynVL6TZUrjwD
Xt8VGN61az39eg==
-----END CERTIFICATE-----
"""
FINGERPRINT = hashlib.sha256(ssl.PEM_cert_to_DER_cert(CERTIFICATE.decode())).hexdigest()


@pytest.fixture
async def secured():
    """A daemon behind TLS."""
    credentials = grpc.ssl_server_credentials([(KEY, CERTIFICATE)])
    async with FakeDaemon(credentials=credentials) as daemon:
        yield daemon


@pytest.mark.parametrize(
    "fingerprint",
    [FINGERPRINT, ":".join(FINGERPRINT[n : n + 2].upper() for n in range(0, 64, 2))],
    ids=["plain", "with colons"],
)
async def test_the_pinned_certificate_is_let_in(secured, fingerprint):
    async with Session(Endpoint(f"127.0.0.1:{secured.port}", TOKEN, fingerprint)) as session:
        assert session.capabilities.version == "0.0"


async def test_another_certificate_is_refused_before_anything_is_asked(secured):
    other = Endpoint(f"127.0.0.1:{secured.port}", TOKEN, "00" * 32)
    with pytest.raises(Unauthenticated, match="another certificate"):
        async with Session(other):
            pass
    assert secured.calls == []


async def test_a_plain_server_in_its_place_is_told(daemon):
    pinned = Endpoint(f"127.0.0.1:{daemon.port}", TOKEN, FINGERPRINT)
    with pytest.raises(Unavailable):
        async with Session(pinned):
            pass
    assert daemon.calls == []


async def test_a_client_without_tls_is_told(secured, patience):
    with pytest.raises(Unavailable):
        async with Session(Endpoint(f"127.0.0.1:{secured.port}", TOKEN), patience=patience):
            pass
