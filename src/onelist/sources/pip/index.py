"""A package index on this machine that shows uv what pip sees: uv asks it, and it asks the real indexes.

It is an HTTP proxy on the loopback interface, and uv asks it for addresses of a host that does not exist (RFC 6761,
section 6.4). So these addresses are the same in each call, and uv's cache stays valid; the port and the password are
not. The user name tells which resolver asks.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib
import re
import secrets
import threading
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, Self

from packaging.version import InvalidVersion, Version

from onelist.core.text import redact
from onelist.settings.tokens import parse_requirement
from onelist.sources.cache import ResponseCache
from onelist.sources.faults import SourceError, SourceErrorKind, unexpected_error
from onelist.sources.http import NOT_MODIFIED
from onelist.sources.metadata.file_metadata import FileMetadata
from onelist.sources.pip.metadata import REFUSED, RefusedMetadata, judge
from onelist.sources.pip.modules import Modules, read_modules
from onelist.sources.pip.pages import PipProject, is_virtual, make_page
from onelist.sources.pip.prepared import PreparedProject
from onelist.sources.pip.requirement_facts import RequirementFacts
from onelist.sources.pypi.candidates import is_for_python
from onelist.sources.pypi.listing import sdist
from onelist.sources.pypi.simple import ProjectFiles
from onelist.sources.solution import Compiler

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from http.server import ThreadingHTTPServer

    from onelist.core.targets import Target
    from onelist.sources.pypi.indexes import IndexClient
    from onelist.sources.pypi.listing import Listing
    from onelist.sources.session import SourceSession

    Python = tuple[int, int]

HOST = "index.onelist.invalid"
_FORMAT = "1"
"""Part of each address. Another number makes void what uv has in its cache."""
_PAGE = re.compile(rf"http://{re.escape(HOST)}/{_FORMAT}/(3)\.(\d{{1,3}})(-sources)?/([a-z0-9-]+)/")
_METADATA = re.compile(
    rf"http://{re.escape(HOST)}/{_FORMAT}/(3)\.(\d{{1,3}})(?:-sources)?/-/([a-z0-9-]+)/([A-Za-z0-9-]+)/([^/?]+\.whl)\.metadata"
)
_JSON = "application/vnd.pypi.simple.v1+json"
_IMMUTABLE = "max-age=31536000, immutable"
_REVALIDATE = "no-cache"
_OF_A_RELEASE = frozenset({
    SourceErrorKind.METADATA_UNKNOWN,
    SourceErrorKind.REQUIRES_ADDRESS,
    SourceErrorKind.PIP_STOPS,
})  # fmt: skip
"""Errors of one release, which matter only if pip may take it; each other error ends the resolver."""
_MOST_READERS = 16
"""How many files are read at a time."""


@dataclass(kw_only=True, eq=False)
class Watch:
    """What the index had to tell one resolver.

    Attributes:
        user: The name of the resolver.
        fault: Why the resolver's answer says nothing; None if it does.
        failed: Set as soon as there is a fault.
        unknown: The versions about which nothing is known, each with the reason.
        projects: The projects that it asked for.
        is_lasting: Whether all that it read follows from the pages of these projects: each file has a hash there.
    """

    user: str
    fault: SourceError | None = None
    failed: asyncio.Event = field(default_factory=asyncio.Event)
    unknown: dict[tuple[str, Version], SourceError] = field(default_factory=dict)
    projects: set[str] = field(default_factory=set)
    is_lasting: bool = True


class _Answer:
    """A response: status, body, and for how long it is valid."""

    def __init__(
        self,
        status: int,
        body: bytes = b"",
        *,
        content_type: str = "text/plain",
        cache: str = "no-store",
        etag: str = "",
    ) -> None:
        self.status = status
        self.body = body
        self.content_type = content_type
        self.cache = cache
        self.etag = etag


class _Page(NamedTuple):
    """A page that is asked for: the project, the Python, and which source distributions it lists."""

    name: str
    python: Python
    every_source: bool


class PipIndex:
    """The index. It runs as long as its ``with`` block, inside a running event loop."""

    def __init__(self, session: SourceSession, client: IndexClient) -> None:
        """Take the real indexes."""
        self._client = client
        self._cache_dir = session.cache_dir
        self._prepared = None if session.options.cutoff else session.cache_dir / "projects"
        self.facts = RequirementFacts(self._cache_dir / "requirements.json")
        self._metadata = FileMetadata(
            client.http, ResponseCache(self._cache_dir / "pages"), client.found.indexes, session.options.now
        )
        self._token = secrets.token_urlsafe(16)
        self._watches: dict[str, Watch] = {}
        self._projects: dict[str, asyncio.Task[PreparedProject | SourceError | None]] = {}
        self._refused: dict[tuple[str, Version, Python], str] = {}
        self._sent: dict[str, frozenset[Version]] = {}
        self._readers = threading.Semaphore(_MOST_READERS)
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        """Begin to listen."""
        from http.server import ThreadingHTTPServer

        self._loop = asyncio.get_running_loop()

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False

            def handle_error(self, *_: object) -> None:
                """Say nothing: uv has closed a connection, because it has its answer or was stopped."""

        server = Server(("127.0.0.1", 0), _handler(self._answer))
        self._server = server
        threading.Thread(target=partial(server.serve_forever, 0.01), daemon=True, name="pip-index").start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop, and keep what was learned."""
        if self._server:
            self._server.shutdown()
            self._server.server_close()
        self.facts.save()
        for name in self._projects:
            if project := self.loaded(name):
                project.save()

    def watch(self) -> Watch:
        """Return a new watch, for one run of a resolver."""
        watch = Watch(user=f"r{len(self._watches)}")
        self._watches[watch.user] = watch
        return watch

    def proxy(self, watch: Watch) -> str:
        """Return the address of the proxy for one run of a resolver; it holds a password."""
        port = self._server.server_address[1] if self._server else 0
        return f"http://{watch.user}:{self._token}@127.0.0.1:{port}"

    @staticmethod
    def address(python: Python, *, every_source: bool) -> str:
        """Return the address of the index for one Python; see :func:`make_page`."""
        return f"http://{HOST}/{_FORMAT}/{python[0]}.{python[1]}{'-sources' if every_source else ''}/"

    async def project(self, name: str) -> PreparedProject | SourceError | None:
        """Return a project of the real indexes; None if no index has it; or an error."""
        if name not in self._projects:
            self._projects[name] = asyncio.create_task(self._fetch(name))
        return await self._projects[name]

    async def _fetch(self, name: str) -> PreparedProject | SourceError | None:
        data = await self._client.ask([name])
        found = [index.projects[name] for index in data]
        if error := next((project for project in found if isinstance(project, SourceError)), None):
            return error
        sources = [(at, project) for at, project in enumerate(found) if isinstance(project, ProjectFiles)]
        return PreparedProject(PipProject(name, sources), self._prepared) if sources else None

    def loaded(self, name: str) -> PreparedProject | None:
        """Return a project that a resolver has asked for; None for any other."""
        task = self._projects.get(name)
        found = task.result() if task and task.done() and not task.cancelled() else None
        return found if isinstance(found, PreparedProject) else None

    def projects(self) -> list[PipProject]:
        """Return all projects that a resolver has asked for, and that an index has."""
        return [one.project for name in list(self._projects) if (one := self.loaded(name))]

    def refused(self, names: Collection[str], python: Python) -> list[str]:
        """Return which releases of some projects pip does not take because of their metadata, and why."""
        return [
            f"{name} {version}: {reason}"
            for (name, version, minor), reason in list(self._refused.items())
            if name in names and minor == python
        ]

    def has_outdated_pages(self) -> bool:
        """Tell whether a page would now list a yanked version that it did not list when it was sent."""
        return any(
            (project := self.loaded(name)) and self.listed_although_yanked(project) != pinned
            for name, pinned in list(self._sent.items())
        )

    def listed_although_yanked(self, project: PreparedProject) -> frozenset[Version]:
        """Return the versions with yanked files that some requirement names exactly."""
        pinned = self.facts.pinned(project.project.name)
        return pinned & project.with_yanked if pinned else pinned

    async def requirements(self, name: str, version: Version, python: Python) -> tuple[str, ...]:
        """Return the requirements of a release that a resolver has taken."""
        project = self.loaded(name)
        if project is None:
            return ()
        found = await asyncio.get_running_loop().run_in_executor(
            None, self.read_release, project.project, version, None, python
        )
        return found[1] if isinstance(found, tuple) else ()

    def modules(self, project: PreparedProject, version: Version, target: Target) -> Modules | SourceError:
        """Return what a release brings to import; see :func:`read_modules`. It blocks."""
        return read_modules(self._metadata, project.project, version, target)

    def compiler(self, project: PreparedProject, version: Version) -> Compiler:
        """Return whether pip needs a compiler to build a version from source. It blocks."""
        files = project.project
        if files.is_native:
            return Compiler.LIKELY
        source = sdist(files.versions.get(version, ()))
        found = self._metadata.of_sdist(files.name, version, source) if source else None
        return getattr(found, "compiler", Compiler.UNKNOWN)

    # What follows runs in the threads of the server.

    def _answer(self, user: str, password: str, path: str, etag: str) -> _Answer:
        watch = self._watches.get(user)
        if watch is None or not secrets.compare_digest(password.encode(), self._token.encode()):
            return _Answer(407)
        try:
            return self._found(watch, path, etag)
        except BaseException as error:  # noqa: BLE001 - in a thread of the server nobody else sees it
            return self._fail(watch, unexpected_error(error))

    def _found(self, watch: Watch, path: str, etag: str) -> _Answer:
        if match := _PAGE.fullmatch(path):
            return self._page(watch, _Page(match[4], (int(match[1]), int(match[2])), bool(match[3])), etag)
        if match := _METADATA.fullmatch(path):
            return self._file(watch, match[3], match[5], (int(match[1]), int(match[2])), is_fixed=match[4] != "-")
        return _Answer(404)

    def _page(self, watch: Watch, page: _Page, known: str) -> _Answer:
        watch.projects.add(page.name)
        project = self._project(page.name)
        if isinstance(project, SourceError):
            return self._fail(watch, project)
        if project is None:
            return _Answer(404)
        pinned = self.listed_although_yanked(project)
        self._sent[page.name] = pinned
        key = f"{project.key} {sorted(map(str, pinned))}"
        etag = f'"{hashlib.blake2b(key.encode(), digest_size=12).hexdigest()}"'
        if known == etag:
            return _Answer(304, cache=_REVALIDATE, etag=etag)
        content = make_page(project.project, page.python, pinned=pinned, every_source=page.every_source)
        return _Answer(200, content, content_type=_JSON, cache=_REVALIDATE, etag=etag)

    def _file(self, watch: Watch, name: str, filename: str, python: Python, *, is_fixed: bool) -> _Answer:
        project = self._project(name)
        if isinstance(project, SourceError):
            return self._fail(watch, project)
        version = _version_in(filename)
        if project is None or version is None:
            return _Answer(404)
        with self._readers:
            found = self.read_release(project.project, version, filename, python)
        if isinstance(found, SourceError):
            if found.kind not in _OF_A_RELEASE:
                return self._fail(watch, found)
            watch.unknown[name, version] = found
            return _Answer(200, REFUSED)
        text, requirements = found
        self.facts.learn(requirements)
        watch.is_lasting = watch.is_lasting and is_fixed
        return _Answer(200, text, cache=_IMMUTABLE if is_fixed else _REVALIDATE)

    def read_release(
        self, project: PipProject, version: Version, filename: str | None, python: Python
    ) -> tuple[bytes, tuple[str, ...]] | SourceError:
        """Return the metadata of a file for uv, and its requirements. It blocks.

        Args:
            project: The project.
            version: The version.
            filename: The wheel, which may be virtual; None for any file of the version.
            python: The Python.

        Returns:
            Both, or why they are not known; ``REFUSED`` and nothing if pip does not take the release because of it.
        """
        files = project.versions.get(version, ())
        text = self._metadata.of_release(project.name, version, files, _wheel(files, filename))
        if isinstance(text, SourceError):
            return text
        judged = judge(text, name=project.name, version=str(version), python=python)
        if isinstance(judged, RefusedMetadata) and judged.fatal:
            detail = f"{project.name} {version}: {judged.reason}, and pip stops there"
            return SourceError(kind=SourceErrorKind.PIP_STOPS, detail=detail)
        if isinstance(judged, RefusedMetadata):
            self._refused[project.name, version, python] = judged.reason
            return REFUSED, ()
        if not is_for_python(judged.requires_python, python):
            self._refused[project.name, version, python] = f"its metadata is for Python {judged.requires_python} only"
            return REFUSED, ()
        if address := next(filter(_has_address, judged.requires_dist), None):
            detail = f"{project.name} {version} requires {redact(address)}"
            return SourceError(kind=SourceErrorKind.REQUIRES_ADDRESS, detail=detail)
        return judged.text, judged.requires_dist

    def _project(self, name: str) -> PreparedProject | SourceError | None:
        """Return a project, from a thread of the server."""
        task = self._projects.get(name)
        if task and task.done():
            return task.result()
        try:
            return asyncio.run_coroutine_threadsafe(self.project(name), self._loop).result()
        except (RuntimeError, asyncio.CancelledError):  # the call has ended
            return SourceError(kind=SourceErrorKind.RESOLVER_FAILED)

    def _fail(self, watch: Watch, fault: SourceError) -> _Answer:
        watch.fault = watch.fault or fault
        self._loop.call_soon_threadsafe(watch.failed.set)
        return _Answer(502)


def _wheel(files: Sequence[Listing], filename: str | None) -> Listing | None:
    """Return the wheel whose metadata answers for a file.

    For a virtual wheel that is a real wheel of the same version for another machine, which need not be built, if the
    index has its metadata separately. For no certain file it is any wheel: to read a whole source distribution takes
    longest.
    """
    wheels = [one for one in files if one.is_wheel]
    if filename is None or is_virtual(filename):
        separate = next((one for one in wheels if one.file.has_metadata), None)
        return separate or (next(iter(wheels), None) if filename is None else None)
    return next((one for one in wheels if one.file.filename == filename), None)


def _has_address(text: str) -> bool:
    """Tell whether a requirement names an address (PEP 508), which uv follows for nothing but the list itself."""
    requirement = parse_requirement(text) if "@" in text else None
    return requirement is not None and requirement.url is not None


def _version_in(filename: str) -> Version | None:
    try:
        return Version(filename.split("-", 2)[1])
    except (InvalidVersion, IndexError, ValueError):
        return None


def _handler(answer: Callable[[str, str, str, str], _Answer]) -> type:
    """Return the class that handles requests; http.server is slow to import, so only a resolver loads it."""
    from http.server import BaseHTTPRequestHandler

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1
        timeout = 120

        def do_GET(self) -> None:
            user, password = _login(self.headers.get("Proxy-Authorization", ""))
            found = answer(user, password, self.path, self.headers.get("If-None-Match", ""))
            self.send_response_only(found.status)
            self.send_header("Cache-Control", found.cache)
            if found.etag:
                self.send_header("ETag", found.etag)
            if found.status == 407:  # noqa: PLR2004 - RFC 9110, section 15.5.8
                self.send_header("Proxy-Authenticate", "Basic")
            if found.status != NOT_MODIFIED:
                self.send_header("Content-Type", found.content_type)
                self.send_header("Content-Length", str(len(found.body)))
            self.end_headers()
            self.wfile.write(found.body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
            """Print nothing."""

    return Handler


def _login(header: str) -> tuple[str, str]:
    """Return user and password of Proxy-Authorization (RFC 7617); two empty strings if it has none."""
    try:
        user, _, password = base64.b64decode(header.removeprefix("Basic "), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return user, password
