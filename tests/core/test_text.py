"""Which parts of an address are hidden, and which are shown."""

from __future__ import annotations

import pytest

from onelist.core.errors import UsageError
from onelist.core.text import aligned, has_channel_token, redact, shortened
from onelist.sources.installers import find_indexes

SECRET = "s3cr3t-s3cr3t"  # noqa: S105 - the word that is looked for


@pytest.mark.parametrize(
    "address",
    [
        "https://user:{}@host.example/x",
        "https://{}@host.example/x",
        "https://:{}@host.example/x",
        "https://git@{}@host.example/x",
        "https://user:a@{}@host.example/x",
        "https://user:12/{}@host.example/x",
        "http://user:a {}@host",
        "https://user:a/b{}@host.example",
        "https://host.example/t/{}/channel",
        "https://host.example/t/a.{}~x/channel",
        "https://host.example/t/a%2B{}",
        "https://host.example/x?TOKEN={}",
        "https://host.example/x?a=1&X-Amz-Signature={}&b=2",
        "https://host.example/x?sig={}#y",
        "https://host.example/x#token:{}",
        "https://host.example/x#access_token={}",
        "user:{}@127.0.0.1/simple",
        "user:{}@localhost/simple",
        "user:{}@host.example/simple",
        "pandas @ git+https://user:{}@host.example/x@v1",
    ],
)
def test_a_secret_is_hidden_and_columns_still_fit(address: str) -> None:
    text = f"the address {address.format(SECRET)} is none"
    assert SECRET not in redact(text)
    assert len(redact(text)) == len(text)
    assert redact(text).startswith("the address ")
    assert redact(text).endswith(" is none")


@pytest.mark.parametrize(
    "text",
    [
        "https://host.example/x",
        "http://127.0.0.1:8080/simple/",
        "git+https://git@host.example/a/b@v1.0#egg=x",
        "x @ https://host.example/x-1.0-py3-none-any.whl#sha256=abcdef",
        "ssh://git@host.example/a/b",
        "write to ada@host.example, see https://host.example/x",
        "file:///tmp/t/course/settings.ini",
        "pandas>=1,<2; python_version < '3.9'",
        "requirements = tiktoken==0.3.3",
        "allow_pins = tiktoken=2027-06-30",
        "conda_names = tiktoken=tiktoken my-secret=my-secret",
        "requirements = secret==1.0.0 password==2.0.1 api_key==3.10",
        "/home/ada/t/machine-learning/settings.ini: nothing to fix.",
        "t/machine-learning/settings.ini",
        "C:\\t\\machine-learning",
    ],
)
def test_a_text_that_is_not_a_secret_stays(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize("channel", ["https://host.example/t/tk-12345678/x", "host.example/t/tk-12345678/x"])
def test_the_token_of_a_channel_is_recognised_by_its_place(channel: str) -> None:
    assert has_channel_token(channel)
    assert "tk-12345678" not in redact(channel)


@pytest.mark.parametrize(
    "channel", ["./t/machine-learning", "/srv/t/machine-learning", "file:///srv/t/machine-learning"]
)
def test_a_folder_named_t_is_not_a_token(channel: str) -> None:
    assert not has_channel_token(channel)


def test_a_text_is_cut_after_its_secrets_are_hidden() -> None:
    long = f"https://user:{SECRET * 8}@host.example/x"
    assert "s3cr3t" not in shortened(long)


@pytest.mark.parametrize("address", ["http://user:pass@exampl\u2100.org/simple", "http://user:pass@[::1/simple", "x"])
def test_an_address_that_cannot_be_read_is_none_of_an_index(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_indexes(address, [])
    assert "is not the address of a package index." in caught.value.message


@pytest.mark.parametrize(
    ("right", "lines"),
    [
        pytest.param((), ["kind   size", "wheel  9", "x      1,024"], id="all on the left"),
        pytest.param({1}, ["kind    size", "wheel      9", "x      1,024"], id="numbers on the right"),
    ],
)
def test_the_columns_of_a_table_are_aligned(right: tuple[int, ...], lines: list[str]) -> None:
    assert aligned([("kind", "size"), ("wheel", "9"), ("x", "1,024")], right=right) == lines


def test_a_line_of_a_table_has_no_spaces_at_its_end() -> None:
    assert aligned([("a", ""), ("b", "long")]) == ["a", "b  long"]
