"""D: lists that do not match the channels."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import rattler

from tests.asking import NOWHERE, ask
from tests.channels import Package, compiled, interpreters, write_channel
from tests.servers import channel_server, index_server, wheel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    names = ("sentencepiece", "torch", "half", "onlyconda", "nodejs", "plain", "huggingface-hub", "pyqt5", "graphviz")
    with index_server({name: [wheel(name, "1.0")] for name in names}) as server:
        yield server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    members = [
        *interpreters(),
        *compiled("sentencepiece", "0.2.1"),
        Package("sentencepiece", "0.1", "linux-64", ("python >=3.8",), day="2019-11-04"),
        Package("pytorch", "2.8"),
        *compiled("half", platforms=["linux-64"]),
        *compiled("end-of-life", pythons=["3.11"], platforms=["linux-64"]),
        Package("onlyconda", "3.0"),
        Package("pyyaml", "6.0"),
        Package("nodejs", "22", depends=()),
        Package("plain", "1.0", depends=()),
        Package("huggingface-hub", "1.0"),
        Package("pyqt-impl", "5.15"),
        Package("graphviz", "12", depends=()),
        Package("my_list", "0.9"),
    ]
    return write_channel(tmp_path_factory.mktemp("forge"), members)


def test_a_requirement_for_pip_only_that_conda_has_now_is_reported(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), requirements="graphviz", pip_requirements="sentencepiece")
    assert asked.messages("D001") == [
        f"sentencepiece is listed for pip only, so the list does not bring it to conda and mamba users. But {folder} has "
        "sentencepiece since 2019-11-04, in version 0.2.1 on every platform and Python. | Move sentencepiece from "
        "pip_requirements (line 8) to requirements (line 7)."
    ]
    assert [finding.code for finding in asked.findings if finding.requirement == "sentencepiece"] == ["D001"]


def test_the_message_has_the_conda_name(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), pip_requirements="torch>=1")
    (message,) = asked.messages("D001")
    assert f"But {folder} has pytorch since 2026-06-01, in version 2.8 on every platform and Python." in message
    assert message.endswith("Move torch>=1 from pip_requirements (line 7) to requirements (a new line).")


def test_a_package_for_some_platforms_is_a_note(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), pip_requirements="half")
    assert asked.codes("D") == ["D101"]
    assert ", in version 1.0 on Linux. | " in asked.messages("D101")[0]
    assert "Move it to requirements when the channel has it for every platform and Python." in asked.messages("D101")[0]


def test_a_package_that_only_has_the_same_name_is_not_reported(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), pip_requirements="plain")
    assert asked.codes("D") == []


def test_a_package_under_another_name_is_reported_for_a_requirement_for_pip_only(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), pip_requirements="huggingface_hub")
    assert asked.messages("D001") == [
        f"huggingface_hub is listed for pip only, so the list does not bring it to conda and mamba users. But {folder} has it as "
        "huggingface-hub since 2026-06-01. | Move huggingface_hub from pip_requirements (line 7) to requirements "
        "(a new line). Also write huggingface_hub=huggingface-hub in conda_names."
    ]


def test_an_earlier_channel_that_would_hide_the_package_is_named(index: Server, folder: Path, tmp_path: Path) -> None:
    own = write_channel(tmp_path / "own", [*compiled("sentencepiece", "0.0.1", pythons=["3.12"])])
    asked = ask(index=index.url, conda_channels=f"{own} {folder}", pip_requirements="sentencepiece")
    (message,) = asked.messages("D001")
    assert (
        f"| Put {folder} before {own} in conda_channels, because {own} has the package, too. conda and mamba "
        "prefer the earlier channel, and pixi uses only that one. Move" in message
    )


def test_a_requirement_for_conda_only_that_the_index_has_is_reported(index: Server, folder: Path) -> None:
    asked = ask(
        index=index.url, conda_channels=str(folder), requirements="graphviz", conda_requirements="onlyconda pytorch"
    )
    assert asked.messages("D002") == [
        "onlyconda is listed for conda only, so the list does not bring it to pip users. But the package index has onlyconda (1.0). "
        "| If it is the same package, delete it from conda_requirements and write onlyconda in requirements (line "
        "7).",
        "pytorch is listed for conda only, so the list does not bring it to pip users. But the package index has torch (1.0). | If "
        "it is the same package, delete it from conda_requirements and write torch in requirements (line 7).",
    ]


def test_a_conda_program_is_not_reported_although_the_index_has_the_name(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), conda_requirements="nodejs graphviz")
    assert asked.codes("D") == []
    assert not index.asked("/graphviz/$")[2:]


@pytest.mark.parametrize(
    ("requirement", "looked_for", "has"),
    [("huggingface-hub", "huggingface_hub", "huggingface-hub"), ("PyQt5", "pyqt", "pyqt-impl")],
)
def test_a_conda_name_that_no_channel_has_is_reported_with_the_right_one(
    index: Server, folder: Path, requirement: str, looked_for: str, has: str
) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), requirements=requirement)
    assert asked.messages("D003") == [
        f"conda cannot install {requirement}: no channel has {looked_for}, but {folder} has it as {has}. | "
        f"Write {requirement}={has} in conda_names (a new line)."
    ]
    assert "A005" not in asked.codes()
    fixed = ask(
        index=index.url, conda_channels=str(folder), requirements=requirement, conda_names=f"{requirement}={has}"
    )
    assert fixed.codes("AD") == []


def test_the_package_without_the_extra_is_never_suggested(index: Server, tmp_path: Path) -> None:
    """conda's modin-ray is modin[ray], and modin is not."""
    folder = write_channel(tmp_path / "c", [*interpreters(), Package("modin"), Package("fastapi-core")])
    asked = ask(index=index.url, conda_channels=str(folder), requirements="modin[ray] fastapi[standard]")
    assert asked.messages("D003") == []
    missing = [message for message in asked.messages("A005") if "modin-ray" in message]
    assert len(missing) == 1


def test_the_table_corrects_a_conda_name_of_the_user_that_no_channel_has(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), requirements="torch", conda_names="torch=torchy")
    (message,) = asked.messages("D003")
    assert "no channel has torchy, but" in message
    assert message.endswith("Write torch=pytorch in conda_names (line 8).")


def test_a_program_with_the_same_name_is_never_suggested(index: Server, tmp_path: Path) -> None:
    """conda's graphviz is the C program, so it does not replace python-graphviz."""
    folder = write_channel(tmp_path / "c", [*interpreters(), Package("graphviz", "12", depends=("python",))])
    asked = ask(index=index.url, conda_channels=str(folder), requirements="graphviz")
    assert asked.codes("AD") == ["A005"]


def test_a_package_that_does_not_depend_on_python_is_a_note(index: Server, folder: Path) -> None:
    asked = ask(index=index.url, conda_channels=str(folder), requirements="plain")
    assert asked.messages("D102") == [
        f"plain on {folder} does not depend on Python, so it may not be the plain of the package index. | If it is "
        "the same package, write plain=plain in conda_names (a new line), and onelist no longer reports it."
    ]
    sure = ask(index=index.url, conda_channels=str(folder), requirements="plain", conda_names="plain=plain")
    assert sure.codes("D") == []


def test_a_channel_without_an_answer_is_not_reported_as_drift(index: Server) -> None:
    asked = ask(
        index=index.url,
        conda_channels="http://127.0.0.1:9/x",
        requirements="huggingface-hub",
        pip_requirements="sentencepiece",
        conda_requirements="onlyconda",
    )
    assert asked.codes("AD") == []


@pytest.mark.parametrize(
    ("requirement", "brings"),
    [
        pytest.param("tool[Web_UI]", "flask >=3 and jinja2", id="an extra in another spelling"),
        pytest.param("tool[cli,web-ui]", "click, flask >=3 and jinja2", id="two extras"),
        pytest.param("tool[empty]", "nothing", id="an extra that brings nothing"),
        pytest.param("tool[other]", None, id="an extra that the channel does not have"),
        pytest.param("tool[cli,other]", None, id="one of two extras"),
    ],
)
def test_a_channel_that_has_the_extra_says_what_it_brings(
    index: Server, tmp_path: Path, requirement: str, brings: str | None
) -> None:
    folder = write_channel(
        tmp_path / "c", [*interpreters(), Package("tool", depends=("python", 'click[when="__win"]'))]
    )
    repodata = json.loads((folder / "noarch/repodata.json").read_bytes())
    (record,) = repodata["v3"]["conda"].values()
    record["extra_depends"] = {"web-ui": ["flask >=3", "jinja2"], "cli": ["click"], "empty": []}
    (folder / "noarch/repodata.json").write_text(json.dumps(repodata), encoding="utf-8")
    (folder / "noarch/repodata.json.zst").unlink(missing_ok=True)
    asked = ask(index=index.url, conda_channels=str(folder), requirements=requirement)
    asked_for = requirement.lower().replace("_", "-")
    assert asked.messages("D103") == [
        f"tool on {folder} has the extra of {asked_for}, which brings {brings}. Older conda and mamba cannot ask for it. "
        f"| For all conda clients, write {asked_for}=tool in conda_names, and list what the extra brings in "
        "conda_requirements."
        for _ in [brings]
        if brings
    ]


def test_the_list_itself_under_another_spelling_is_reported_with_how_to_keep_it(index: Server, folder: Path) -> None:
    channel = str(folder)
    said = (
        f"{folder} has the conda package my_list, and onelist builds my-list. Those who have my_list get no update. | If "
        "my_list is an earlier release of this list, keep its name: write {0}=my_list in conda_names. If my-list is "
        "right, write {0}=my-list there."
    )
    for name in ("my_list", "My_List", "my-list", "my.list"):
        asked = ask(index=index.url, lib_name=name, conda_channels=channel, requirements="plain")
        assert asked.messages("D004") == [said.format(name)]
    for decided in ("my_list=my_list", "my-list=my-list"):
        asked = ask(
            index=index.url, lib_name="my_list", conda_channels=channel, requirements="plain", conda_names=decided
        )
        assert asked.messages("D004") == []
    asked = ask(index=index.url, lib_name="mylist", conda_channels=channel, requirements="plain")
    assert asked.messages("D004") == []


@pytest.mark.parametrize(
    ("has", "codes"),
    [
        pytest.param("the package", ["D004", "D004"], id="found there and in the list's channel"),
        pytest.param("nothing", ["D004"], id="no such channel yet"),
        pytest.param("no server", ["D004", "D105"], id="not known"),
    ],
)
def test_the_channel_of_conda_user_is_asked_for_the_other_spelling(
    index: Server, folder: Path, tmp_path: Path, has: str, codes: list[str]
) -> None:
    (tmp_path / "empty").mkdir()
    base = rattler.Channel("ada").base_url.rstrip("/")
    config = tmp_path / "config/rattler/config.toml"
    config.parent.mkdir(parents=True)
    with channel_server(folder if has == "the package" else tmp_path / "empty") as server:
        url = NOWHERE if has == "no server" else server.url
        config.write_text(f'[mirrors]\n"{base}" = ["{url}"]\n', encoding="utf-8")
        asked = ask(
            index=index.url, lib_name="my_list", conda_user="ada", conda_channels=str(folder), requirements="plain"
        )
    assert [code for code in asked.codes() if code in {"D004", "D105"}] == codes
    if "D105" in codes:
        assert asked.messages("D105") == [
            "ada, which conda_user names, could not be reached (connection refused). So it is not known whether it has the list as my_list. "
            "| Look there. If it has my_list, write my_list=my_list or my_list=my-list in conda_names."
        ]
    elif len(codes) > 1:
        assert [message.startswith("ada has the conda package my_list,") for message in asked.messages("D004")] == [
            False,
            True,
        ]
    assert not [code for code in asked.codes("H") if code in {"H001", "H002"}]
