"""What the output and the log of a pip that failed mean."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from onelist.analysis.trial.environment import Environment
from onelist.analysis.trial.pip import _built as built
from onelist.analysis.trial.pip import _built_names as built_names
from onelist.analysis.trial.pip import _own_pip as own_pip
from onelist.analysis.trial.pip import environment_for, failure
from onelist.sources.config import NetworkOptions
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.installers import Index, Indexes
from onelist.sources.solution import NoSolution

NO_VERSION = (
    "Looking in indexes: http://h/simple/\n"
    "ERROR: Could not find a version that satisfies the requirement six (from versions: none)\n"
    "ERROR: No matching distribution found for six\n"
    "\n[notice] A new release of pip is available\n"
)
PAGE = "2026-11-27T20:50:53,707 Could not fetch URL http://h/simple/six/: {} - skipping\n"


@pytest.mark.parametrize("log", ["", PAGE.format("404 Client Error: Not Found for url: http://h/simple/six/")])
def test_a_project_that_no_index_has_is_the_lists_fault(log: str) -> None:
    assert failure(NO_VERSION, log) == NoSolution(
        explanation="ERROR: Could not find a version that satisfies the requirement six (from versions: none)\n"
        "ERROR: No matching distribution found for six"
    )


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("401 Client Error: Unauthorized for url: x", SourceErrorKind.ACCESS_DENIED),
        ("403 Client Error: Forbidden for url: x", SourceErrorKind.ACCESS_DENIED),
        ("429 Client Error: Too Many Requests for url: x", SourceErrorKind.RATE_LIMITED),
        ("(Caused by ResponseError('too many 503 error responses'))", SourceErrorKind.RATE_LIMITED),
        ("(Caused by ResponseError('too many 500 error responses'))", SourceErrorKind.SERVER_ERROR),
        ("connection error: (Caused by NewConnectionError('[Errno 111] Connection refused'))", None),
        ("There was a problem confirming the ssl certificate: x", SourceErrorKind.CERTIFICATE),
        ("connection error: Read timed out. (read timeout=15)", SourceErrorKind.TIMED_OUT),
        ("connection error: Exceeded 30 redirects.", SourceErrorKind.REDIRECT_LOOP),
        ("connection error: ('Connection aborted.', RemoteDisconnected(''))", SourceErrorKind.CONNECTION_CLOSED),
        ("a new kind of trouble", SourceErrorKind.UNEXPECTED_RESPONSE),
    ],
)
def test_a_page_that_could_not_be_fetched_is_unknown(said: str, kind: SourceErrorKind | None) -> None:
    found = failure(NO_VERSION, PAGE.format(said))
    assert isinstance(found, SourceError)
    assert found.kind is (kind or SourceErrorKind.UNREACHABLE)


@pytest.mark.parametrize("milliseconds", ["401", "403", "407", "429", "500", "503"])
def test_the_milliseconds_of_a_line_of_the_log_are_no_status_of_a_server(milliseconds: str) -> None:
    line = "WARNING: Retrying after connection broken by 'NewConnectionError(refused)': /simple/good/"
    found = failure(NO_VERSION, f"2026-11-28T02:03:04,{milliseconds} {line}\n")
    assert found == SourceError(kind=SourceErrorKind.UNREACHABLE)


@pytest.mark.parametrize(
    "said",
    [
        "ERROR: HTTP error 404 while getting http://h/six-1.0-py3-none-any.whl",
        "WARNING: Skipping page http://h/six/ because the GET request got Content-Type: text/plain.",
        "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
    ],
)
def test_a_file_that_is_not_what_the_index_says_is_unknown(said: str) -> None:
    assert isinstance(failure(f"{said}\n{NO_VERSION}"), SourceError)


def test_what_has_nothing_to_do_with_the_list_is_unknown() -> None:
    found = failure("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n")
    assert found == SourceError(kind=SourceErrorKind.RESOLVER_FAILED)


def test_a_failed_build_shows_what_it_printed_last() -> None:
    output = "Collecting native==1.0\n  error: subprocess-exited-with-error\n  Building did not run.\n"
    time = "2026-11-27T21:02:39,973   "
    log = "".join(
        f"{time}{line}\n"
        for line in (
            "Running command Getting requirements to build wheel",
            "gcc: command not found",
            "ERROR: [present-rich] Getting requirements to build wheel exited with 1",
            "Getting requirements to build wheel: finished with status 'error'",
        )
    )
    assert failure(output, log) == NoSolution(
        explanation="pip could not build native from source:\ngcc: command not found"
    )


def test_what_is_built_is_in_the_report_also_from_the_cache_and_in_the_output_of_an_old_pip() -> None:
    report = (
        '{"install": [{"metadata": {"name": "DocOpt"}, "download_info": {"url": "http://h/docopt-0.6.2.tar.gz#sha256=1"}},'
        ' {"metadata": {"name": "six"}, "download_info": {"url": "http://h/six-1.0-py3-none-any.whl"}}]}'
    )
    assert built(report) == {"docopt"}
    assert built_names("Successfully built DocOpt b_c\n    Running setup.py install for old: started\n") == {
        "docopt",
        "b-c",
        "old",
    }


@pytest.mark.parametrize(
    ("login", "cache"), [("", "PIP_CACHE_DIR"), ("ada:password@", "PIP_NO_CACHE_DIR")], ids=["public", "private"]
)
def test_pip_gets_the_indexes_and_no_other_setting_of_this_machine(login: str, cache: str) -> None:
    """pip writes the addresses of what it has built into its cache."""
    network = NetworkOptions(
        environment={"PIP_NO_BINARY": ":all:", "PYTHONPATH": "x", "HTTPS_PROXY": "http://p", "PATH": "/bin"}
    )
    indexes = Indexes(
        indexes=(Index(address=f"http://{login}h:1/simple/"), Index(address="https://other/simple/")),
        certificates="ca.pem",
    )
    variables = environment_for(network, indexes, Path("cache"))
    assert {name for name in variables if name.startswith(("PIP_", "PYTHON"))} == {
        *("PIP_CONFIG_FILE", "PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", cache, "PIP_CERT"),
        *("PIP_NO_INPUT", "PIP_DISABLE_PIP_VERSION_CHECK", "PIP_RETRIES"),
    }
    assert (variables["PIP_INDEX_URL"], variables["PIP_TRUSTED_HOST"]) == (f"http://{login}h:1/simple/", "h:1")
    assert (variables["PIP_EXTRA_INDEX_URL"], variables["HTTPS_PROXY"]) == ("https://other/simple/", "http://p")


@pytest.mark.parametrize("place", ["lib/python3.7/site-packages", "Lib/site-packages"])
def test_what_is_installed_is_read_from_the_metadata_of_all_kinds(tmp_path: Path, place: str) -> None:
    files = {
        "a_b-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: A.b\nVersion: 1.0-1\n\nName: no\n",
        "old-2.egg-info/PKG-INFO": b"Name: old \r\nVersion: 2\r\n",
        "older-3-py3.7.egg-info": b"Name: older\nVersion: 3\n",
        "foreign-4.dist-info/METADATA": "Name: foreign\nAuthor: \u00e9\nVersion: 4\n".encode("latin-1"),
        "broken-5.dist-info/METADATA": b"Name: broken\n",
        "empty-6.dist-info/RECORD": b"",
        "module.py": b"Name: module\nVersion: 7\n",
    }
    for name, content in files.items():
        path = tmp_path / place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    environment = Environment(prefix=tmp_path, variables={})
    assert environment.installed() == {"a-b": "1.0-1", "old": "2", "older": "3", "foreign": "4"}
    assert Environment(prefix=tmp_path / "none", variables={}).installed() == {}


def test_the_pip_beside_onelist_is_known_without_its_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = [sys.executable, "-P", "-m", "pip", "--version"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"pip {own_pip()} from ")
    monkeypatch.setattr(sysconfig, "get_path", lambda _: str(tmp_path))
    assert own_pip() is None
