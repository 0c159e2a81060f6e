"""D104: what an extra brings for which no conda package is known, as the package index says it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from onelist.sources.cache import CachePolicy
from tests.asking import ask
from tests.channels import Package, interpreters, write_channel
from tests.cli.test_check import WELL
from tests.helpers import settings_text
from tests.servers import Fault, index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

TOOL = (
    "starlette<1",
    "httpx>=0.23; extra == 'all'",
    "uvicorn[standard]>=0.12; extra == 'all'",
    "torch; extra == 'all'",
    "starlette<1; extra == 'all'",
    "pywin32; extra == 'all' and sys_platform == 'win32'",
    "uvloop; extra == 'all' and sys_platform == 'linux'",
    "tool[cli,Web_UI]; extra == 'more'",
    "tool[more]; extra == 'cli'",
    "click; extra == 'cli'",
    "flask; extra == 'web-ui'",
    "kombu[redis]>=5; extra == 'queue'",
    "redis; extra == 'queue'",
    "inside @ https://user:secret@example.org/inside-1.0-py3-none-any.whl ; extra == 'address'",
)
EXTRAS = ("all", "more", "cli", "Web_UI", "address", "queue", "empty", "many")


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    many = tuple(f"p{number:02}; extra == 'many'" for number in range(70))
    projects = {
        "tool": [
            wheel("tool", "3.0", requires_python=">=3.99", extras=EXTRAS),
            wheel("tool", "2.0", depends=(*TOOL, *many), extras=EXTRAS),
            wheel("tool", "1.0", depends=("old; extra == 'all'",), extras=("all",)),
        ],
        "source": [sdist("source", "1.0", depends=("[all]", "httpx"))],
        "modin": [wheel("modin", "1.0", depends=("ray; extra == 'ray'",), extras=("ray", "dask"))],
        "bare": [wheel("bare", "1.0")],
        "hostile": [wheel("hostile", "1.0", depends=("a; extra == 'all'",), extras=("all", "\x1b[31mred"))],
        "refused": [wheel("refused", "1.0", depends=("\x1b[31m !; extra == 'all'",), extras=("all",))],
        "other": [wheel("other", "1.0")],
    }
    with index_server(projects) as server:
        server.instead["/files/other-1.0-py3-none-any.whl"] = b"not a zip file"
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    members = [*interpreters(), Package("tool", "2.0"), Package("plain", "1.0")]
    return str(write_channel(tmp_path_factory.mktemp("forge"), members))


HEAD = "tool 2.0 on the package index: the extra "


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        pytest.param(
            "tool[all]",
            HEAD + "all brings httpx, torch, uvicorn[standard] and uvloop (on Linux). | Write tool[all]=tool in "
            "conda_names and list these in conda_requirements: httpx pytorch uvicorn-standard. onelist does not "
            "propose those with a note in brackets.",
            id="names of conda, and what a marker limits",
        ),
        pytest.param(
            "tool[all]<2",
            "tool 1.0 on the package index: the extra all brings old. | Write tool[all]=tool in conda_names and list "
            "these in conda_requirements: old.",
            id="the newest release that the list allows",
        ),
        pytest.param(
            "tool[more]",
            HEAD + "more brings click and flask. | Write tool[more]=tool in conda_names and list these in "
            "conda_requirements: click flask.",
            id="extras of the project itself, in a circle",
        ),
        pytest.param(
            "tool[web_ui,CLI]",
            "tool 2.0 on the package index: the extras cli and web-ui bring click and flask. | Write "
            "tool[cli,web-ui]=tool in conda_names and list these in conda_requirements: click flask.",
            id="two extras in another spelling",
        ),
        pytest.param(
            "tool[empty]",
            HEAD + "empty brings nothing on the platforms and Pythons of the list. | Write tool[empty]=tool in "
            "conda_names.",
            id="an extra that brings nothing",
        ),
        pytest.param(
            "tool[address]",
            HEAD
            + "address brings inside (by its address). | Write tool[address]=tool in conda_names. onelist does not "
            "propose those with a note in brackets.",
            id="an address, without its password",
        ),
        pytest.param(
            "tool[queue]",
            HEAD + "queue brings kombu[redis] (no conda package is known for its extra) and redis. | Write "
            "tool[queue]=tool in conda_names and list these in conda_requirements: redis-py. onelist does not propose "
            "those with a note in brackets.",
            id="an extra of another project without a known conda package",
        ),
        pytest.param(
            "tool[all,al]",
            "tool 2.0 on the package index does not have the extra al. pip then installs tool without it. | Check the "
            "spelling. Its extras are address, all, cli, empty, many, more, queue and web-ui.",
            id="an extra that the release does not have",
        ),
        pytest.param(
            "bare[x,y]",
            "bare 1.0 on the package index does not have the extras x and y. pip then installs bare without it. | "
            "Check the spelling. It has no extras.",
            id="no extras",
        ),
        pytest.param(
            "source[all]",
            "source 1.0 on the package index: the extra all brings httpx. | Write source[all]=source in conda_names "
            "and list these in conda_requirements: httpx.",
            id="a source distribution",
        ),
        pytest.param(
            "other[all]",
            "What the extra all of other brings is not known, because the package index sent an unexpected response, "
            "perhaps a login page (other-1.0-py3-none-any.whl). | None",
            id="a file that cannot be read",
        ),
        pytest.param(
            "hostile[x]",
            "hostile 1.0 on the package index does not have the extra x. pip then installs hostile without it. | Check "
            "the spelling. Its extras are all.",
            id="control characters",
        ),
    ],
)
def test_the_index_says_what_an_extra_brings(index: Server, folder: str, requirement: str, said: str) -> None:
    asked = ask(index=index.url, conda_channels=folder, requirements=requirement)
    assert asked.messages("D104") == [said]
    assert [finding.code for finding in asked.findings if finding.code == "C001"] == ["C001"]


def test_a_message_names_some_packages_and_the_hint_more(index: Server, folder: str) -> None:
    (message,) = ask(index=index.url, conda_channels=folder, requirements="tool[many]").messages("D104")
    assert "brings p00, p01, p02, p03, p04, p05, p06, p07 and 62 more. | " in message
    assert message.endswith(" p58 p59 and 10 more.")


def test_only_extras_without_a_known_conda_package_are_asked_for(index: Server, folder: str) -> None:
    before = len(index.asked("/files/"))
    asked = ask(
        index=index.url,
        conda_channels=folder,
        requirements="tool[all] uvicorn[standard] bare modin[ray,dask]",
        conda_names="tool[all]=tool",
        pip_requirements="source[all]",
        dev_requirements="tool[more]",
    )
    assert asked.messages("D104") == []
    assert len(index.asked("/files/")) == before
    ask(index=index.url, conda_channels=folder, requirements="tool[all] tool[cli]")
    assert {request.path for request in index.asked("/files/")[before:]} == {"/files/tool-2.0-py3-none-any.whl"}


def test_offline_the_answer_of_an_earlier_call_is_used_and_none_is_invented(index: Server, folder: str) -> None:
    first = ask(index=index.url, conda_channels=folder, requirements="tool[cli]")
    before = len(index.requests)

    def offline(requirements: str) -> list[str]:
        return ask(
            index=index.url, cache_policy=CachePolicy.OFFLINE, conda_channels=folder, requirements=requirements
        ).messages("D104")

    assert offline("tool[cli]") == first.messages("D104") != []
    assert offline("bare[x]") == []
    assert len(index.requests) == before


def test_an_index_that_does_not_give_the_file_leaves_the_extra_unknown(folder: str) -> None:
    with index_server({"tool": [wheel("tool", "1.0", depends=TOOL, extras=EXTRAS)]}) as server:
        server.fail("/files/", Fault.FORBIDDEN)
        asked = ask(index=server.url, conda_channels=folder, requirements="tool[all]")
    (message,) = asked.messages("D104")
    assert message.startswith(
        "What the extra all of tool brings is not known, because the package index requires a password or token"
    )


def test_metadata_that_pip_refuses_says_nothing_about_an_extra(index: Server, folder: str) -> None:
    (message,) = ask(index=index.url, conda_channels=folder, requirements="refused[all]").messages("D104")
    assert message.startswith(
        "What the extra all of refused brings is not known, because the package index has a version"
    )
    assert "\x1b" not in message


def test_explain_says_what_an_extra_brings_for_an_item_that_is_not_listed(
    index: Server, folder: str, tmp_path: Path, onelist: Callable[..., Ran]
) -> None:
    keys = WELL | {"conda_channels": folder, "requirements": "plain"}
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    ran = onelist("explain", "tool[cli]", "--index-url", f"{index.url}/simple/")
    assert "info D104: tool 2.0 on the package index: the extra cli brings click and flask.\n" in ran.out
    assert "    Write tool[cli]=tool in conda_names and list these in conda_requirements: click flask.\n" in ran.out
