"""What ``sfumato doctor`` looks at where others may use the daemon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from sfumato.access.pair import Pair
from sfumato.access.tokens import TokenError, TokenStore
from sfumato.cli.findings import Finding, Verdict
from sfumato.configuration import SettingsError, load
from sfumato_client.discovery import state_dir

_RENEW = timedelta(days=30)


def access() -> Iterator[Finding]:
    """Whether others' tokens are whole, and whether the network is served as it should be."""
    try:
        found = load()
    except SettingsError:
        return  # told by `settings`
    yield from _others_tokens(TokenStore(state_dir()))
    if found.pair is not None:
        yield from _certificate(found.pair)
    if not found.address.loopback:
        yield Finding(
            "Network",
            Verdict.NOTE,
            f"The daemon is set to listen on {found.address}, beyond this computer.",
            "Keep that port inside your own network: docs/studio.md.",
        )


def _others_tokens(store: TokenStore) -> Iterator[Finding]:
    good = 0
    for stem in sorted(store.stems()):
        try:
            token = store.read_one(stem)
        except (TokenError, OSError) as error:
            yield Finding("Tokens", Verdict.BAD, "One opens nothing.", str(error))
            continue
        good += 1
        if token.expired(datetime.now(UTC)):
            remedy = f"Run `sfumato token revoke '{token.name}'`, and make a new one if need be."
            yield Finding("Tokens", Verdict.NOTE, f"That of {token.name} has expired.", remedy)
    if good:
        yield Finding("Tokens", Verdict.GOOD, f"{good} for others (`sfumato token list`)")


def _certificate(pair: Pair) -> Iterator[Finding]:
    from sfumato.access import certificates

    try:
        identity = certificates.load(pair)
    except certificates.CertificateError as error:
        yield Finding("Certificate", Verdict.BAD, str(error), "The daemon does not start so.")
        return
    left = identity.expires - datetime.now(UTC)
    if left < _RENEW:
        remedy = "Make a new one in time (`sfumato tls self-signed --force`) and join clients anew."
        yield Finding("Certificate", Verdict.NOTE, f"It expires in {left.days} days.", remedy)
    else:
        yield Finding("Certificate", Verdict.GOOD, f"valid until {identity.expires:%Y-%m-%d}")
