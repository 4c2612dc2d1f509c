import pytest
from hypothesis import given
from hypothesis import strategies as st

from sfumato_client.discovery import find_endpoint, named
from sfumato_client.endpoint import Endpoint, join_string, parse_join_string
from sfumato_client.errors import Unavailable

FINGERPRINT = "5c" * 32
JOIN = f"sfumato://se-cr_et@192.168.1.5:7878?sha256={FINGERPRINT}"
STUDIO = Endpoint("192.168.1.5:7878", "se-cr_et", FINGERPRINT)


def test_a_join_string_holds_address_token_and_certificate():
    assert join_string(STUDIO) == JOIN
    assert parse_join_string(JOIN) == STUDIO


@given(
    st.sampled_from(["127.0.0.1:1", "[::1]:7878", "studio.local:7878", "[fd00::5]:65535"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    st.sampled_from(["", FINGERPRINT]),
)
def test_what_is_put_into_a_join_string_comes_out_again(address, token, fingerprint):
    endpoint = Endpoint(address, token, fingerprint)
    assert parse_join_string(join_string(endpoint)) == endpoint


def test_a_join_string_may_be_broken_into_lines_and_have_blanks_around_it():
    assert parse_join_string(f"\n  {JOIN[:40]}\r\n{JOIN[40:]} \n") == STUDIO


@given(st.integers(1, len(JOIN) - 1))
def test_no_part_of_a_join_string_is_taken_for_a_whole_one_with_less_trust(end):
    try:
        found = parse_join_string(JOIN[:end])
    except Unavailable as error:
        assert "join string" in error.message or "is not an address" in error.message
    else:  # cut before the certificate: no other is believed but by an authority
        assert found.encrypted and not found.fingerprint


@pytest.mark.parametrize(
    "text",
    [
        "sfumato://",
        "sfumato://token",
        "sfumato://@127.0.0.1:1",
        JOIN + "5c",
        JOIN + "&admin=1",
        JOIN.replace("sha256", "md5"),
        "https://token@127.0.0.1:1",
    ],
)
def test_what_is_no_join_string_is_told(text):
    with pytest.raises(Unavailable, match="is not whole"):
        parse_join_string(text)


@pytest.mark.parametrize("told", [(JOIN, None), (None, JOIN), (f" {JOIN}\n", "")])
def test_a_join_string_works_in_the_place_of_an_address_or_a_token(told):
    assert find_endpoint(*told, environ={}) == STUDIO


def test_a_join_string_in_the_environment_is_taken_unless_an_address_is_told():
    environ = {"SFUMATO_JOIN": JOIN, "SFUMATO_ADDRESS": "box:1", "SFUMATO_TOKEN": "env"}
    assert find_endpoint(environ=environ) == STUDIO
    assert find_endpoint("other:2", "mine", environ) == Endpoint("other:2", "mine")


def test_whom_to_trust_may_be_told():
    environ = {"SFUMATO_TRUST": "system"}
    assert find_endpoint("box:1", "x", environ).trust == "system"
    assert find_endpoint("box:1", "x", environ, trust="/ca.pem").trust == "/ca.pem"


def test_nothing_travels_in_plain_text_beyond_this_computer():
    assert Endpoint("studio.example:1", "x").encrypted
    assert Endpoint("10.0.0.1:1", "x").encrypted
    assert Endpoint("127.0.0.1:1", "x", FINGERPRINT).encrypted
    assert not Endpoint("127.0.0.1:1", "x").encrypted
    assert not Endpoint("localhost:1", "x").encrypted


def test_a_fingerprint_may_have_colons_and_capitals_and_anything_else_is_none():
    spelled = ":".join(["5C"] * 32)
    assert Endpoint("a:1", "", spelled).fingerprint == FINGERPRINT
    assert Endpoint("a:1", "", "system").fingerprint == ""
    assert Endpoint("a:1", "", FINGERPRINT[2:]).fingerprint == ""


def test_what_is_entered_in_an_editor_is_kept_in_parts():
    assert named(f" {JOIN}", "", before=Endpoint("", "")) == STUDIO
    assert named("", JOIN, before=Endpoint("", "")) == STUDIO
    # The dialog shows address and token again; its certificate stays the pinned one.
    assert named(STUDIO.address, STUDIO.token, before=STUDIO) == STUDIO
    assert named("other:1", "x", before=STUDIO) == Endpoint("other:1", "x")
    assert named("", "", before=STUDIO) == Endpoint("", "")
    with pytest.raises(Unavailable, match="is not whole"):
        named(JOIN[:-1], "", before=STUDIO)
