"""The real resolvers, uv and rattler, with servers on loopback: a solution, no solution, and errors."""

from __future__ import annotations

import asyncio
import datetime
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from onelist.core.installers import ChannelPriority
from onelist.core.targets import Target
from onelist.sources.cache import CachePolicy
from onelist.sources.conda.solving.resolver import CondaResolver
from onelist.sources.config import NetworkOptions
from onelist.sources.faults import SourceError, SourceErrorKind
from onelist.sources.pip import uv
from onelist.sources.pip.resolver import PipResolver
from onelist.sources.pypi.indexes import IndexClient
from onelist.sources.session import SourceSession
from onelist.sources.solution import Compiler, NoSolution, Solved
from tests.channels import Package, compiled, interpreters, write_channel
from tests.servers import Fault, channel_server, index_server, sdist, wheel

if TYPE_CHECKING:
    from pathlib import Path

    from onelist.sources.solution import SolveResult
    from tests.servers import Server

pytestmark = pytest.mark.usefixtures("own_caches")

LINUX = Target(platform="linux-64", python=(3, 12))
WINDOWS = Target(platform="win-64", python=(3, 12))


def session(
    *, index: str | None = None, cache_policy: CachePolicy = CachePolicy.NORMAL, deadline: float = 30.0
) -> SourceSession:
    return SourceSession(
        NetworkOptions(
            environment=os.environ,
            index_url=index,
            cache_policy=cache_policy,
            deadline=deadline,
            now=datetime.datetime.now(tz=datetime.UTC),
        )
    )


def with_uv(server: Server | str, *requirements: str, target: Target = LINUX, **more: object) -> SolveResult:
    """Resolve with uv, against a server of an index."""
    address = server if isinstance(server, str) else f"{server.url}/simple/"
    asking = session(index=address, **more)  # type: ignore[arg-type]

    async def ask() -> SolveResult:
        with ThreadPoolExecutor(4) as pool:
            index_client = await IndexClient.open(asking, pool)
            with PipResolver(asking, index_client, asyncio.Semaphore(2)) as resolver:
                return await resolver.solve(requirements, target)

    return asyncio.run(ask())


def all_with_uv(server: Server, *asked: tuple[tuple[str, ...], Target]) -> list[SolveResult]:
    """Resolve several things with the same uv, as one call of the tool does."""
    asking = session(index=f"{server.url}/simple/")

    async def ask() -> list[SolveResult]:
        with ThreadPoolExecutor(4) as pool:
            index_client = await IndexClient.open(asking, pool)
            with PipResolver(asking, index_client, asyncio.Semaphore(2)) as resolver:
                return [await resolver.solve(requirements, target) for requirements, target in asked]

    return asyncio.run(ask())


def with_rattler(
    *channels: str,
    specs: tuple[str, ...],
    target: Target = LINUX,
    priority: ChannelPriority = ChannelPriority.FLEXIBLE,
    **more: object,
) -> SolveResult:
    """Resolve with rattler, against channels."""
    asking = session(**more)  # type: ignore[arg-type]

    async def ask() -> SolveResult:
        resolver = CondaResolver(asking, channels, asyncio.Semaphore(2))
        return await resolver.solve(specs, target, priority)

    return asyncio.run(ask())


def versions(attempt: SolveResult) -> dict[str, str]:
    assert isinstance(attempt, Solved), attempt
    return {one.name: one.version for one in attempt.packages}


def refusal(attempt: SolveResult) -> str:
    assert isinstance(attempt, NoSolution), attempt
    return attempt.explanation


def trouble(attempt: SolveResult) -> SourceErrorKind:
    assert isinstance(attempt, SourceError), attempt
    return attempt.kind


# --- pip -----------------------------------------------------------------------------------------------------

PROJECTS = {
    "app": [
        wheel("app", "2.0", depends=("lib>=2",), size=20, uploaded="2026-01-02T00:00:00Z"),
        wheel("app", "1.0", depends=("lib",)),
    ],
    "lib": [wheel("lib", "2.0", size=5), wheel("lib", "1.0")],
    "old": [wheel("old", "1.0", depends=("lib<2",))],
    "capped": [wheel("capped", "2.0", requires_python=">=3.8,<3.12"), wheel("capped", "1.0", requires_python=">=3.8")],
    "closed": [wheel("closed", "1.0", requires_python="<3.12")],
    "source": [sdist("source", "1.0", depends=("lib<2",))],
    "stops": [wheel("stops", "2.0", depends=("lib; os_name ~= 'posix'",)), wheel("stops", "1.0")],
    "needs-stops": [wheel("needs-stops", "1.0", depends=("stops",))],
    "posix": [wheel("posix", "1.0", "cp312-cp312-manylinux_2_17_x86_64")],
    "yanked": [wheel("yanked", "1.0", yanked=True)],
    "early": [wheel("early", "1.0rc1")],
    "broken": [wheel("broken", "1.0", depends=("gone",))],
    "ring": [wheel("ring", "1.0", depends=("round",))],
    "round": [wheel("round", "1.0", depends=("ring",))],
    "only-windows": [wheel("only-windows", "1.0", depends=("nowhere; sys_platform == 'win32'",))],
}


def test_pip_a_resolved_package_has_its_size_and_its_day() -> None:
    with index_server(PROJECTS) as server:
        attempt = with_uv(server, "app")
    assert isinstance(attempt, Solved)
    assert versions(attempt) == {"app": "2.0", "lib": "2.0"}
    app = attempt.of("app")
    assert app
    assert (app.size, app.day) == (20, datetime.date(2026, 1, 2))


def test_pip_an_older_version_is_taken_if_it_fits() -> None:
    with index_server(PROJECTS) as server:
        assert versions(with_uv(server, "app", "old")) == {"app": "1.0", "old": "1.0", "lib": "1.0"}


@pytest.mark.parametrize(
    ("requirements", "said"),
    [
        (("app>=2", "old"), "lib"),
        (("app>=9",), "app"),
        (("yanked",), "yanked"),
        (("broken",), "gone was not found in the package registry"),
        (("nothing-of-the-kind",), "nothing-of-the-kind was not found"),
    ],
)
def test_pip_no_solution_has_its_reasons(requirements: tuple[str, ...], said: str) -> None:
    with index_server(PROJECTS) as server:
        assert said in refusal(with_uv(server, *requirements))


def test_pip_a_source_distribution_is_taken_where_there_is_no_wheel() -> None:
    with index_server(PROJECTS) as server:
        attempt = with_uv(server, "source", "app")
    assert versions(attempt) == {"source": "1.0", "app": "1.0", "lib": "1.0"}
    assert isinstance(attempt, Solved)
    assert {one.name: one.compiler for one in attempt.packages} == {"source": Compiler.NO, "app": None, "lib": None}


@pytest.mark.parametrize("requirement", ["stops", "stops>=2", "needs-stops"])
def test_pip_metadata_at_which_pip_stops_is_unknown_where_pip_takes_the_version(requirement: str) -> None:
    with index_server(PROJECTS) as server:
        attempt = with_uv(server, requirement)
    assert isinstance(attempt, SourceError)
    assert attempt.reason == (
        "has a version whose metadata pip cannot use (stops 2.0: pip cannot evaluate a marker in its metadata "
        "(Undefined <Op('~=')> on 'posix' and 'posix'.), and pip stops there)"
    )


def test_pip_metadata_at_which_pip_stops_does_not_matter_where_pip_takes_another_version() -> None:
    with index_server(PROJECTS) as server:
        attempt = with_uv(server, "stops<2", "needs-stops")
    assert versions(attempt) == {"stops": "1.0", "needs-stops": "1.0"}


def test_pip_a_circular_dependency_is_not_a_conflict() -> None:
    with index_server(PROJECTS) as server:
        assert versions(with_uv(server, "ring")) == {"ring": "1.0", "round": "1.0"}


def test_pip_upper_bounds_of_requires_python_count() -> None:
    """uv ignores them, and pip does not."""
    with index_server(PROJECTS) as server:
        assert versions(with_uv(server, "capped")) == {"capped": "1.0"}
        assert versions(with_uv(server, "capped", target=Target(platform="linux-64", python=(3, 11)))) == {
            "capped": "2.0"
        }
        assert "(closed 1.0 is for Python <3.12 only.)" in refusal(with_uv(server, "closed"))


def test_pip_wheels_and_markers_are_those_of_the_target() -> None:
    with index_server(PROJECTS) as server:
        assert versions(with_uv(server, "posix")) == {"posix": "1.0"}
        assert "posix" in refusal(with_uv(server, "posix", target=WINDOWS))
        assert versions(with_uv(server, "only-windows")) == {"only-windows": "1.0"}
        assert "nowhere" in refusal(with_uv(server, "only-windows", target=WINDOWS))
        assert versions(with_uv(server, "nowhere; sys_platform == 'win32'", "lib")) == {"lib": "2.0"}


def test_pip_a_pre_release_is_taken_if_there_is_nothing_else() -> None:
    with index_server(PROJECTS) as server:
        assert versions(with_uv(server, "early")) == {"early": "1.0rc1"}


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.UNAUTHORIZED, SourceErrorKind.ACCESS_DENIED),
        (Fault.FORBIDDEN, SourceErrorKind.ACCESS_DENIED),
        (Fault.INTERNAL, SourceErrorKind.SERVER_ERROR),
        (Fault.GARBAGE, SourceErrorKind.UNEXPECTED_RESPONSE),
    ],
)
def test_pip_a_dependency_that_cannot_be_queried_is_an_error(fault: Fault, kind: SourceErrorKind) -> None:
    """After each of these errors uv says that the package is not in the registry, or stops."""
    with index_server(PROJECTS) as server:
        server.fail("/simple/lib/", fault)
        attempt = with_uv(server, "app", deadline=4.0)
    assert isinstance(attempt, SourceError)
    assert attempt.kind in {kind, SourceErrorKind.RESOLVER_FAILED, SourceErrorKind.TIMED_OUT}


def test_pip_an_unreachable_index_is_an_error() -> None:
    assert trouble(with_uv("http://127.0.0.1:9/simple/", "app", deadline=3.0)) in {
        SourceErrorKind.TIMED_OUT,
        SourceErrorKind.UNREACHABLE,
    }


def test_pip_an_index_that_hangs_is_an_error() -> None:
    with index_server(PROJECTS) as server:
        server.fail("/simple/", Fault.HANG)
        assert trouble(with_uv(server, "app", deadline=1.0)) is SourceErrorKind.TIMED_OUT


def test_pip_offline_with_an_empty_cache_is_an_error() -> None:
    with index_server(PROJECTS) as server:
        assert trouble(with_uv(server, "app", cache_policy=CachePolicy.OFFLINE)) is SourceErrorKind.NOT_CACHED
        assert server.requests == []
        assert versions(with_uv(server, "app")) == {"app": "2.0", "lib": "2.0"}
        before = len(server.requests)
        assert versions(with_uv(server, "app", cache_policy=CachePolicy.OFFLINE)) == {"app": "2.0", "lib": "2.0"}
        assert len(server.requests) == before


def test_pip_settings_of_uv_do_not_change_the_result(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "uv.toml").write_text('constraint-dependencies = ["lib<2"]\n', encoding="utf-8")
    (tmp_path / "config" / "uv").mkdir(parents=True)
    (tmp_path / "config" / "uv" / "uv.toml").write_text('exclude-newer = "2001-01-01"\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UV_EXCLUDE_NEWER", "2001-01-01")
    monkeypatch.setenv("UV_CONFIG_FILE", str(tmp_path / "uv.toml"))
    monkeypatch.setenv("UV_INDEX_URL", "http://127.0.0.1:9/")
    with index_server(PROJECTS) as server:
        assert versions(with_uv(server, "app")) == {"app": "2.0", "lib": "2.0"}


def test_pip_many_targets_send_no_more_requests_than_one() -> None:
    """Availability, all targets and sizes share one reader of pages."""
    pythons = [Target(platform=one, python=(3, minor)) for one in ("linux-64", "win-64") for minor in (11, 12, 13)]
    with index_server(PROJECTS) as server:
        attempts = all_with_uv(server, *((("app",), target) for target in pythons))
        assert [versions(attempt) for attempt in attempts] == [{"app": "2.0", "lib": "2.0"}] * len(pythons)
        paths = [one.path for one in server.requests]
    assert not [one for one in server.requests if one.headers["user-agent"].startswith("uv")]
    assert (paths.count("/simple/app/"), paths.count("/simple/lib/")) == (1, 1)


def test_pip_a_new_release_is_seen_by_the_next_call() -> None:
    """Although the page that uv fetched for the first call is valid for ten minutes."""
    projects = {"lib": [wheel("lib", "1.0")]}
    with index_server(projects) as server:
        assert versions(with_uv(server, "lib")) == {"lib": "1.0"}
        projects["lib"].append(wheel("lib", "2.0"))
        assert versions(with_uv(server, "lib")) == {"lib": "2.0"}


def test_pip_a_platform_without_a_name_in_uv_is_an_error() -> None:
    attempt = with_uv("http://127.0.0.1:9/simple/", "app", target=Target(platform="linux-armv7l", python=(3, 12)))
    assert isinstance(attempt, SourceError)
    assert attempt.reason == "is not checked for this platform, because uv has no name for it (linux-armv7l)"


# --- conda ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def forge(tmp_path_factory: pytest.TempPathFactory) -> str:
    packages = [
        *interpreters(),
        Package("app", "2.0", depends=("lib >=2", "python >=3.10")),
        Package("app", "1.0", depends=("lib", "python >=3.10")),
        Package("lib", "2.0"),
        Package("lib", "1.0"),
        Package("old", "1.0", depends=("lib <2",)),
        *compiled("posix", "1.0", platforms=["linux-64"]),
        Package("modern", "1.0", depends=("__glibc >=2.28",)),
        Package("future", "1.0", depends=("__glibc >=2.99",)),
        Package("broken", "1.0", depends=("gone",)),
        Package("mac", "1.0", depends=("__osx >=11",)),
    ]
    return str(write_channel(tmp_path_factory.mktemp("forge"), packages))


def test_conda_a_resolved_package_has_its_size_and_its_day(forge: str) -> None:
    attempt = with_rattler(forge, specs=("app",))
    assert isinstance(attempt, Solved)
    assert versions(attempt) == {"app": "2.0", "lib": "2.0", "python": "3.12.5"}
    app = attempt.of("app")
    assert app
    assert app.size
    assert app.day == datetime.date(2026, 6, 1)


@pytest.mark.parametrize(
    ("specs", "target", "expected"),
    [
        (("app", "old"), LINUX, {"app": "1.0", "old": "1.0", "lib": "1.0", "python": "3.12.5"}),
        (("posix",), LINUX, {"posix": "1.0", "python": "3.12.5", "python_abi": "3.12"}),
        (("modern",), LINUX, {"modern": "1.0", "python": "3.12.5"}),
        (("mac",), Target(platform="osx-arm64", python=(3, 13)), {"mac": "1.0", "python": "3.13.5"}),
    ],
)
def test_conda_solution(forge: str, specs: tuple[str, ...], target: Target, expected: dict[str, str]) -> None:
    assert versions(with_rattler(forge, specs=specs, target=target)) == expected


@pytest.mark.parametrize(
    ("specs", "target", "said"),
    [
        (("app >=2", "old"), LINUX, "lib"),
        (("nothing",), LINUX, "No candidates were found for nothing"),
        (("broken",), LINUX, "gone"),
        (("future",), LINUX, "__glibc"),
        (("posix",), Target(platform="osx-arm64", python=(3, 12)), "posix"),
        (("mac",), LINUX, "__osx"),
        ((), Target(platform="linux-64", python=(3, 9)), "python"),
    ],
)
def test_conda_no_solution_has_its_reasons(forge: str, specs: tuple[str, ...], target: Target, said: str) -> None:
    assert said in refusal(with_rattler(forge, specs=specs, target=target))


def test_conda_prefers_the_first_channel_and_takes_another_one_where_nothing_there_fits(
    tmp_path: Path, forge: str
) -> None:
    own = str(write_channel(tmp_path / "own", [Package("lib", "1.5")]))
    assert versions(with_rattler(own, forge, specs=("lib",)))["lib"] == "1.5"
    assert versions(with_rattler(own, forge, specs=("lib >=1.6",)))["lib"] == "2.0"
    found = versions(with_rattler(own, forge, specs=("app",)))
    assert (found["app"], found["lib"]) == ("2.0", "2.0")


def test_conda_with_strict_priority_takes_a_name_from_its_first_channel_only(tmp_path: Path, forge: str) -> None:
    own = str(write_channel(tmp_path / "own", [Package("lib", "1.5")]))
    strict = ChannelPriority.STRICT
    assert versions(with_rattler(own, forge, specs=("lib",), priority=strict))["lib"] == "1.5"
    assert versions(with_rattler(own, forge, specs=("app",), priority=strict))["app"] == "1.0"
    assert "lib" in refusal(with_rattler(own, forge, specs=("app >=2",), priority=strict))
    assert "strict channel priority" in refusal(with_rattler(own, forge, specs=("lib >=1.6",), priority=strict))


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault.FORBIDDEN, SourceErrorKind.ACCESS_DENIED),
        (Fault.INTERNAL, SourceErrorKind.SERVER_ERROR),
        (Fault.HANG, SourceErrorKind.TIMED_OUT),
        (Fault.GARBAGE, SourceErrorKind.UNEXPECTED_RESPONSE),
    ],
)
def test_conda_a_channel_that_fails_is_an_error(forge: str, fault: Fault, kind: SourceErrorKind) -> None:
    from pathlib import Path

    with channel_server(Path(forge)) as server:
        server.fail("/", fault)
        found = trouble(with_rattler(server.url, specs=("app",), deadline=4.0))
    assert found in {kind, SourceErrorKind.TIMED_OUT}


def test_conda_offline_with_an_empty_cache_is_an_error(forge: str) -> None:
    from pathlib import Path

    with channel_server(Path(forge)) as server:
        attempt = with_rattler(server.url, specs=("app",), cache_policy=CachePolicy.OFFLINE)
        assert trouble(attempt) is SourceErrorKind.NOT_CACHED
        assert server.requests == []


class SlowProcess:
    """A killed process that the kernel has not ended yet: a real one ends too fast to be cancelled in between."""

    def __init__(self) -> None:
        self.pid = 2**30  # there is no such process
        self.returncode: int | None = None
        self.killed = False
        self.ended = asyncio.Event()

    def kill(self) -> None:
        self.killed = True

    async def wait(self) -> None:
        await self.ended.wait()


def test_pip_the_end_of_uv_is_waited_for_however_often_it_is_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    async def cancel_twice() -> None:
        process = SlowProcess()
        monkeypatch.setattr(uv, "kill_group", lambda _: process.kill())
        task = asyncio.create_task(uv._end(process))  # type: ignore[arg-type]  # noqa: SLF001
        for _ in range(2):
            await asyncio.sleep(0)
            task.cancel()
        await asyncio.sleep(0)
        assert process.killed
        assert not task.done()
        process.returncode = -9
        process.ended.set()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancel_twice())
