import pytest

from pipelines.sources.addresses import any_address, checked_addresses, is_public
from schemas.audio.sound import DecodeError

PUBLIC = ("93.184.215.14", "8.8.8.8", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "2002:0808:0808::1")
NOT_PUBLIC = (
    "0.0.0.0",  # noqa: S104 (not bound to)
    "10.1.2.3",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "192.168.1.1",
    "198.18.0.1",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::7f00:1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::a00:1",
    "2002:7f00:1::1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
    "fc00::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "2001:db8::1",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_an_address_of_the_open_internet_is_public(address):
    assert is_public(address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_an_address_that_only_we_could_reach_is_not_public(address):
    assert not is_public(address)


def test_one_private_address_among_public_ones_is_refused():
    with pytest.raises(DecodeError, match=r"private_address.*x\.example leads to 10\.0\.0\.1"):
        checked_addresses("x.example", 80, lambda *_: ["8.8.8.8", "10.0.0.1"], is_public)


def test_private_addresses_can_be_accepted():
    assert checked_addresses("x", 80, lambda *_: ["10.0.0.1"], any_address) == ["10.0.0.1"]


def fails(*_):
    raise OSError("no such name")


@pytest.mark.parametrize("resolve", [fails, lambda *_: []])
def test_a_name_without_addresses_is_unreachable(resolve):
    with pytest.raises(DecodeError, match=r"unreachable: expected an address of x\.example"):
        checked_addresses("x.example", 80, resolve, is_public)
