"""`onelist check` as a user meets it: the table, exit codes, many files, interruptions, and nothing secret anywhere."""

from __future__ import annotations

import datetime
import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests import helpers
from tests.channels import Package, compiled, interpreters, write_channel
from tests.conftest import NOW
from tests.helpers import NO_CHANNEL, settings_text
from tests.schemas import validate
from tests.servers import Answer, Fault, Server, channel_server, index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from tests.helpers import Ran

pytestmark = pytest.mark.usefixtures("own_caches")

PROJECTS = {
    "pandas": [wheel("pandas", "2.2")],
    "graphviz": [wheel("graphviz", "0.21")],
    "sentencepiece": [wheel("sentencepiece", "0.2.1")],
    "source": [sdist("source", "2.0")],
    "yanked": [wheel("yanked", "1.0", yanked=True)],
    "young": [wheel("young", "2.0", requires_python=">=3.13")],
    "devtool": [wheel("devtool", "1.0")],
    "varied": [wheel("varied", "10.0", requires_python=">=3.14"), wheel("varied", "9.0")],
}
WELL = helpers.WELL | {"conda_channels": NO_CHANNEL}


@pytest.fixture(scope="module")
def index() -> Iterator[Server]:
    with index_server(PROJECTS) as server:
        yield server


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> Path:
    members = [
        *interpreters(),
        *compiled("pandas", "2.2"),
        Package("python-graphviz", "0.21"),
        *compiled("sentencepiece", "0.2.0"),
        *compiled("half", platforms=["linux-64"]),
        *(Package("varied", version, subdir) for version, subdir in (("10.0", "linux-64"), ("9.0", "osx-arm64"))),
        *(Package(name) for name in ("source", "yanked", "young")),
    ]
    return write_channel(tmp_path_factory.mktemp("forge"), members)


def write(folder: Path, **keys: str) -> None:
    (folder / "settings.ini").write_text(settings_text(**WELL | keys), encoding="utf-8")


ASKING = ("--select", "A,D,H")


def test_the_table_and_the_findings(tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]) -> None:
    write(
        tmp_path,
        conda_channels=f"{forge}",
        requirements="pandas graphviz source young nowhere varied",
        pip_requirements="sentencepiece yanked tool @ https://example.org/tool-1-py3-none-any.whl",
        conda_requirements="half",
        dev_requirements="devtool",
    )
    ran = onelist("check", "--index-url", f"{index.url}/simple/", *ASKING)
    assert ran.code == 1
    assert ran.err == ""
    table, _, findings = ran.out.replace(str(forge), "FORGE").partition("\n\n")
    shown = [line.rstrip() for line in table.replace("...", "").splitlines()]
    width = len(str(forge))
    assert [re.sub(r" {2,}", " | ", line) for line in shown] == [
        "Python 3.12 to 3.15 on Linux (linux-64) and macOS 14 and newer on Apple silicon (osx-arm64):",
        f"requirement | pip | {'FORGE' if width <= 40 else str(forge)[:37]}",
        "pandas | 2.2 | 2.2",
        "graphviz | 0.21 | 0.21 as python-graphviz",
        "source | 2.0 (source only) | 1.0",
        "young | 2.0 (in part) | 1.0",
        "nowhere | not found | not found",
        "varied | 9.0 to 10.0 | 9.0 to 10.0",
        "sentencepiece | 0.2.1 | 0.2.0 *",
        "yanked | yanked | 1.0 *",
        "tool @ https://example.org/tool-1-py3 | from its URL | not found",
        "half | not found | 1.0 (in part)",
        "devtool [dev] | 1.0 | -",
        " | to: the version depends on platform and Python; onelist explain NAME shows who gets which one",
        " | in part: only for some platforms and Pythons of the list; onelist explain NAME shows which ones",
        " | source only: no wheel fits, so pip builds it; the findings say whether it may need a compiler",
        " | yanked: its maintainers withdrew every release that fits (PEP 592), and pip does not install them",
        " | *: available, but the list does not install it from there",
    ]
    codes = re.findall(r"settings\.ini(?::\d+:\d+)?: \w+ ([ADH]\d{3})(?: \[\*\])?:", findings)
    assert sorted(codes) == ["A001", "A002", "A003", "A004", "A005", "A007", "D001", "D001"]
    assert re.search(
        r"settings\.ini:\d+:20: warning D001 \[\*\]: sentencepiece is listed for pip only, so the list does not bring it "
        r"to conda and mamba users\. But FORGE has",
        findings,
    )
    assert "\n    Move sentencepiece from pip_requirements (line 12) to requirements (line 11).\n" in findings


def test_all_is_well(tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, conda_channels=str(forge), requirements="pandas graphviz")
    ran = onelist("check", "--index-url", f"{index.url}/simple/", *ASKING)
    assert (ran.code, ran.err) == (0, "")
    assert "\nsettings.ini: no problems (2 not shown, by --select or --ignore).\nTo install it on this" in ran.out


def test_what_could_not_be_asked_is_exit_code_three(tmp_path: Path, forge: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, conda_channels=str(forge), requirements="pandas")
    ran = onelist("check", "--index-url", "http://127.0.0.1:9/simple/", *ASKING)
    assert ran.code == 3
    assert re.search(r"pandas +unknown +2\.2\n  unknown: the package index or channel gave no usable answer", ran.out)
    assert "settings.ini: unknown H001: The package index 127.0.0.1:9 could not be reached (connection" in ran.out
    assert (
        "\nsettings.ini: 1 unknown (2 not shown, by --select or --ignore).\nTo ask again what is unknown: " in ran.out
    )


@pytest.mark.parametrize("hiding", [["--select", "A,D"], ["--ignore", "H,S"]], ids=" ".join)
def test_unknown_counts_also_where_it_is_not_shown(
    tmp_path: Path, forge: Path, onelist: Callable[..., Ran], hiding: list[str]
) -> None:
    write(tmp_path, conda_channels=str(forge), requirements="pandas")
    assert onelist("check", "--index-url", "http://127.0.0.1:9/simple/", *hiding).code == 3


def test_findings_and_unknowns_are_both_shown_and_end_with_one(
    tmp_path: Path, forge: Path, onelist: Callable[..., Ran]
) -> None:
    write(tmp_path, conda_channels=str(forge), requirements="pandas", conda_requirements="nothing-of-the-kind")
    ran = onelist("check", "--index-url", "http://127.0.0.1:9/simple/", *ASKING)
    assert ran.code == 1
    assert "unknown H001" in ran.out
    assert "error A005" in ran.out
    assert "\nsettings.ini: 1 error, 1 unknown (2 not shown, by --select or --ignore).\nTo check it again " in ran.out


def test_settings_that_must_be_mended_first_do_not_keep_others_from_being_asked(
    tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]
) -> None:
    write(tmp_path, conda_channels=str(forge), requirements="pandas")
    (tmp_path / "broken.ini").write_text(settings_text(requirements="pandas=2"), encoding="utf-8")
    ran = onelist("check", "broken.ini", "settings.ini", "--index-url", f"{index.url}/simple/")
    assert ran.code == 2
    assert "broken.ini:5:16: error S010" in ran.out
    assert re.search(r"(?m)^pandas +2\.2 +2\.2$", ran.out)


def test_the_json(tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, conda_channels=str(forge), requirements="graphviz young nowhere source")
    ran = onelist("check", "--index-url", f"{index.url}/simple/", "--format", "json")
    result = json.loads(ran.out)
    validate(result, "check")
    answers = {(one["requirement"], one["channel"], one["target"]): one for one in result["answers"]}
    assert len(answers) == 4 * 2 * 8
    assert answers["graphviz", str(forge), "linux-64/3.12"] == {
        "requirement": "graphviz",
        "channel": str(forge),
        "name": "python-graphviz",
        "target": "linux-64/3.12",
        "state": "found",
        "version": "0.21",
        "since": "2026-06-01",
        "reason": None,
    }
    recent_python = answers["young", "pip", "osx-arm64/3.12"]
    assert (recent_python["state"], recent_python["version"], recent_python["reason"]) == (
        "absent",
        None,
        "has young 2.0 for Python >=3.13 only",
    )
    source = answers["source", "pip", "linux-64/3.12"]
    assert (source["state"], source["version"]) == ("found", "2.0")
    assert source["reason"].startswith("source only")
    assert json.loads(onelist("check", "--settings-only", "--format", "json").out)["answers"] is None


def test_unknown_is_a_state_of_its_own_in_json(tmp_path: Path, forge: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, conda_channels=str(forge), requirements="pandas")
    ran = onelist("check", "--index-url", "http://127.0.0.1:9/simple/", "--format", "json")
    result = json.loads(ran.out)
    states = {one["channel"]: one["state"] for one in result["answers"]}
    assert states == {"pip": "unknown", str(forge): "found"}
    assert [one["severity"] for one in result["findings"] if one["code"] == "H001"] == ["unknown"]


def test_many_lists_share_every_answer(tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]) -> None:
    with channel_server(forge) as server:
        for number in range(12):
            folder = tmp_path / f"tree/list-{number}"
            folder.mkdir(parents=True)
            write(folder, lib_name=f"list-{number}", conda_channels=server.url, requirements="pandas young graphviz")
        before = len(index.requests)
        ran = onelist("check", "tree", "--index-url", f"{index.url}/simple/", "--format", "json", "--no-resolve")
        assert len(index.requests) - before == 3
        shards = [request.path for request in server.asked("shards/")]
        assert len(shards) == 2 * len(set(shards))  # once by rattler, and once to compare it with its hash
    results = json.loads(ran.out)["results"]
    assert len(results) == 12
    assert len({json.dumps(result["answers"], sort_keys=True) for result in results}) == 1


def test_lists_of_different_pythons_and_channels_are_each_judged_by_their_own(
    tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]
) -> None:
    own = write_channel(tmp_path / "own", [*interpreters(), Package("pandas", "9.0")])
    for name, floor, channel in (("one", "3.12", forge), ("two", "3.14", own)):
        (tmp_path / f"{name}.ini").write_text(
            settings_text(**WELL | {"min_python": floor, "conda_channels": str(channel), "requirements": "pandas"}),
            encoding="utf-8",
        )
    ran = onelist("check", "one.ini", "two.ini", "--index-url", f"{index.url}/simple/", "--format", "json")
    one, two = json.loads(ran.out)["results"]
    assert {item["version"] for item in one["answers"] if item["channel"] != "pip"} == {"2.2"}
    assert {item["version"] for item in two["answers"] if item["channel"] != "pip"} == {"9.0"}
    assert (len(one["answers"]), len(two["answers"])) == (16, 8)


def test_the_call_may_name_other_channels(
    tmp_path: Path, index: Server, forge: Path, onelist: Callable[..., Ran]
) -> None:
    write(tmp_path, conda_channels="no-channel-of-mine", requirements="pandas")
    own = write_channel(tmp_path / "own", [Package("pandas", "9.0")])
    asking = ["--index-url", f"{index.url}/simple/", "--format", "json"]
    ran = onelist("check", "--channel", str(own), "--channel", forge.as_uri(), *asking)
    channels = {item["channel"] for item in json.loads(ran.out)["answers"]}
    assert channels == {"pip", str(own), forge.as_uri()}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--offline", "--refresh"], "--offline sends no request, and --refresh asks for everything again."),
        (["--index-url", "pip.example"], "pip.example is not the address of a package index."),
        (["--index-url", "http://127.0.0.1:9/", "--channel", "a::b"], "a::b is not a channel."),
        (["--index-url", "http://127.0.0.1:9/", "--channel", " "], "The name of a channel is empty."),
        *(
            (
                ["--index-url", "http://127.0.0.1:9/", "--channel", name],
                f"{name} is not a channel: each reader has other default channels.",
            )
            for name in ("defaults", "default", "nodefaults", "defaults/")
        ),
        (
            ["--index-url", "http://127.0.0.1:9/", "--channel", "local"],
            "local is not a channel: it means what was built on your own machine.",
        ),
    ],
)
def test_a_wrong_call_is_explained(
    tmp_path: Path, onelist: Callable[..., Ran], arguments: list[str], message: str
) -> None:
    write(tmp_path, requirements="pandas", conda_channels="./nothing")
    ran = onelist("check", *arguments)
    assert ran.code == 2
    assert ran.err.startswith(f"onelist: {message}\n")


@pytest.mark.parametrize("seconds", ["0", "-1", "soon", "nan", "1e9"])
def test_a_time_must_be_one(tmp_path: Path, onelist: Callable[..., Ran], seconds: str) -> None:
    write(tmp_path, requirements="pandas")
    ran = onelist("check", "--timeout", seconds)
    assert ran.code == 2
    assert "--timeout" in ran.err


def test_text_of_an_index_cannot_move_the_cursor(tmp_path: Path, forge: Path, onelist: Callable[..., Ran]) -> None:
    hostile = {"pandas": [wheel("pandas", "2.2", requires_python=">=3.99\x1b[2J\n::error::")]}
    with index_server(hostile) as server:
        write(tmp_path, conda_channels=str(forge), pip_requirements="pandas")
        ran = onelist("check", "--index-url", f"{server.url}/simple/", *ASKING)
    assert ran.code in {0, 1}
    assert "\x1b" not in ran.out
    assert "\n::error::" not in ran.out


# --- without a network -------------------------------------------------------------------------------------


def test_offline_tells_of_what_day_its_answers_are(tmp_path: Path, forge: Path, onelist: Callable[..., Ran]) -> None:
    with index_server(PROJECTS) as server:
        write(tmp_path, conda_channels=str(forge), requirements="pandas")
        address = f"{server.url}/simple/"
        online = onelist("check", "--index-url", address, *ASKING)
    ran = onelist("check", "--offline", "--index-url", address, *ASKING)
    assert ran.code == online.code == 0
    today = datetime.datetime.now(tz=datetime.UTC).strftime("%Y-%m-%d")
    host = server.url.removeprefix("http://")
    assert f"Offline: the answers come from the cache: {host} from {today} " in ran.out
    assert f"; {forge} from {NOW:%Y-%m-%d} " in ran.out
    assert re.search(r"(?m)^pandas +2\.2 +2\.2$", ran.out)


def test_offline_with_nothing_kept_is_unknown(tmp_path: Path, forge: Path, onelist: Callable[..., Ran]) -> None:
    write(tmp_path, conda_channels=str(forge), requirements="pandas")
    ran = onelist("check", "--offline", "--index-url", "http://127.0.0.1:9/simple/", *ASKING)
    assert ran.code == 3
    assert "Offline: the cache is empty.\n" in ran.out
    assert re.search(r"(?m)^pandas +unknown +unknown$", ran.out)


def test_offline_with_nothing_kept_loads_neither_rattler_nor_urllib3(tmp_path: Path, forge: Path) -> None:
    write(tmp_path, conda_channels=str(forge), requirements="pandas")
    code = (
        "import sys; from onelist.cli.main import main; code = main(sys.argv[1:]);"
        "sys.exit(sorted({'rattler', 'urllib3', 'rattler_build', 'hatchling'} & set(sys.modules)) or None)"
    )
    command = [sys.executable, "-c", code, "check", "--offline", "--index-url", "http://127.0.0.1:9/", *ASKING]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


# --- the program: interruptions, the progress line, secrets ------------------------------------------------


def start(folder: Path, *arguments: str, **options: Any) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "onelist", *arguments]
    return subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8", **options
    )


TELLS_THAT_IT_HAS_BEGUN = """
import signal, sys
from onelist.cli import main, parser
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
real = parser.make_parser
def make_parser(command):
    print("begun", flush=True)
    return real(command)
parser.make_parser = make_parser
main.run()
"""
"""The program, which prints a line as soon as an interruption is its own affair and no longer that of Python's start."""


def start_and_wait(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start the program, and return when it has begun."""
    command = [sys.executable, "-c", TELLS_THAT_IT_HAS_BEGUN, *arguments]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )
    assert process.stdout
    assert process.stdout.readline() == "begun\n"
    return process


@pytest.mark.skipif(sys.platform == "win32", reason="signals are different on Windows")
@pytest.mark.parametrize("hanging", ["index", "channel", "both"])
def test_an_interruption_ends_a_check_that_waits_for_servers(tmp_path: Path, forge: Path, hanging: str) -> None:
    """The servers answer only after the program has ended."""
    with index_server(PROJECTS) as pages, channel_server(forge) as channel:
        gates = []
        if hanging in {"index", "both"}:
            gates.append(pages.hold("/"))
        if hanging in {"channel", "both"}:
            gates.append(channel.hold("linux-64/"))
        write(tmp_path, conda_channels=channel.url, requirements="pandas graphviz")
        process = start_and_wait(tmp_path, "check", "--index-url", f"{pages.url}/simple/", "--timeout", "3600")
        for gate in gates:
            gate.wait_for(1)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate()
    assert process.returncode == 130
    assert err == "\nonelist: interrupted.\n"
    assert "Traceback" not in out


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are different on Windows")
def test_an_interruption_at_any_moment_ends_in_one_line(tmp_path: Path, index: Server, forge: Path) -> None:
    """Each run is interrupted a little later, until the last one ends before it is interrupted."""
    with channel_server(forge) as channel:
        write(tmp_path, conda_channels=channel.url, requirements="pandas graphviz")
        ends = []
        for step in range(13):
            process = start_and_wait(tmp_path, "check", "--index-url", f"{index.url}/simple/", "--refresh")
            if step == 12:
                process.wait()
            time.sleep(step * 0.05)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate()
            ends.append((process.returncode, err))
    assert set(ends) <= {(130, "\nonelist: interrupted.\n"), (0, ""), (1, "")}
    assert ends[0][0] == 130
    assert ends[-1][0] in {0, 1}


@pytest.mark.parametrize("moment", ["parser.make_parser", "parser.command_module"])
def test_an_interruption_while_a_class_is_created_is_one(tmp_path: Path, moment: str) -> None:
    """Up to Python 3.11 a RuntimeError takes its place."""
    creation = f"""
from onelist.cli import main, parser
class Interrupted:
    def __set_name__(self, owner, name):
        raise KeyboardInterrupt
def create(*arguments):
    class Owner:
        attribute = Interrupted()
{moment} = create
main.run()
"""
    command = [sys.executable, "-c", creation, "rule", "A005"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (ran.returncode, ran.stderr) == (130, "\nonelist: interrupted.\n")


def test_an_interruption_inside_a_finaliser_is_not_lost(tmp_path: Path) -> None:
    """Python prints such an exception and goes on; imports have finalisers of their locks."""
    finaliser = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a job in the background ignores it
class Finalised:
    def __del__(self):
        raise {error}
from onelist.cli import main, parser
real = parser.make_parser
def make_parser(command):
    Finalised()
    return real(command)
parser.make_parser = make_parser
main.run()
"""
    said = []
    for error in ("KeyboardInterrupt", "ValueError('of a library')"):
        command = [sys.executable, "-c", finaliser.format(error=error), "rule", "A005"]
        ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
        said.append((ran.returncode, ran.stderr))
    assert said[0] == (130, "\nonelist: interrupted.\n")
    assert said[1][0] == 0
    assert said[1][1].endswith("ValueError: of a library\n")


def test_a_loop_that_was_interrupted_while_it_was_made_says_nothing(tmp_path: Path) -> None:
    unfinished = "import asyncio\nobject.__new__(asyncio.SelectorEventLoop)\n"
    code = "from onelist.cli import main, parser\nreal = parser.make_parser\ndef make_parser(command):\n"
    code += "".join(f"    {line}\n" for line in unfinished.splitlines())
    code += "    return real(command)\nparser.make_parser = make_parser\nmain.run()\n"
    command = [sys.executable, "-c", code, "rule", "A005"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.slow
def test_no_crash_at_exit(tmp_path: Path, index: Server, forge: Path) -> None:
    """rattler's threads can crash an interpreter that ends; ours leaves before they can."""
    with channel_server(forge) as channel:
        write(tmp_path, conda_channels=channel.url, requirements="pandas graphviz")
        for _ in range(5):  # tests/sources/conda/test_threads.py starts many more, without the command line
            process = start(tmp_path, "check", "--index-url", f"{index.url}/simple/", *ASKING)
            out, err = process.communicate(timeout=60)
            assert (process.returncode, err) == (0, "")
            assert "no problems (2 not shown, by --select or --ignore).\n" in out


@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals on Windows")
@pytest.mark.parametrize("kind", ["terminal", "quiet", "piped"])
def test_the_progress_line_is_for_terminals(
    tmp_path: Path, index: Server, forge: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ONELIST_QUIET")
    monkeypatch.setenv("TERM", "xterm")
    if sys.platform == "win32":  # says to the type checker what the mark says to pytest
        return
    import pty

    write(tmp_path, conda_channels=str(forge), requirements="pandas graphviz")
    leader, follower = pty.openpty()
    command = [sys.executable, "-m", "onelist", "check", "--index-url", f"{index.url}/simple/"]
    ran = subprocess.run(
        [*command, *(["-q"] if kind == "quiet" else [])],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if kind == "piped" else follower,
        text=True,
        check=False,
    )
    ready, _, _ = select.select([leader], [], [], 0.2)
    on_terminal = os.read(leader, 100_000).decode() if ready else ""
    os.close(follower)
    os.close(leader)
    assert ran.returncode in {0, 1}
    assert "asking" not in ran.stdout
    assert not ran.stderr
    if kind == "terminal":
        assert re.search(r"looking up: \d+ of 5 answered, \d+ s, last: ", on_terminal)
        assert on_terminal.endswith("\r\x1b[K")
    else:
        assert on_terminal == ""


SECRETS = ("lovel4ce", "tk-5e", "qu3ryt0ken")


@pytest.mark.parametrize("fault", [None, Fault.FORBIDDEN, Fault.LOOP, Fault.GARBAGE, Fault.NOT_FOUND, Fault.INTERNAL])
@pytest.mark.parametrize("shape", ["text", "json", "explain"])
def test_no_secret_is_ever_shown(
    tmp_path: Path, forge: Path, onelist: Callable[..., Ran], shape: str, fault: Fault | None
) -> None:
    with index_server(PROJECTS) as pages, channel_server(forge) as files:
        real = files.answer

        def answer(path: str, headers: Mapping[str, str]) -> Answer | None:
            return real(re.sub(r"^/t/[^/]+", "", path), headers)

        files.answer = answer
        if fault:
            pages.fail("/simple/", fault)
            files.fail("/", fault)
        write(tmp_path, conda_channels=str(forge), requirements="pandas nowhere")
        asking = [
            *("--index-url", pages.url.replace("//", f"//ada:{SECRETS[0]}@") + "/simple/"),
            *("--channel", files.url.replace("//", f"//ada:{SECRETS[0]}@") + f"/t/{SECRETS[1]}"),
            *("--channel", f"{files.url}/t/{SECRETS[1]}/?token={SECRETS[2]}", "--timeout", "1" if fault else "60"),
        ]
        command = ["explain", "pandas"] if shape == "explain" else ["check", "--format", shape]
        ran = onelist(*command, *asking)
    for secret in SECRETS:
        assert secret not in ran.out + ran.err
    kept = [path.relative_to(tmp_path).as_posix() for path in (tmp_path / "onelist-cache").rglob("*")]
    assert not [name for name in kept for secret in SECRETS if secret in name]
    if fault is None and shape == "text":
        assert re.search(r"(?m)^pandas +2\.2 ", ran.out)
