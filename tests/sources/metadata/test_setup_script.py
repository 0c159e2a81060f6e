"""setup.py is read, not run: requirements in literals are what setuptools makes of them, and all else is unknown."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tarfile
import threading
import warnings
import zipfile
from email.parser import HeaderParser
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from onelist.sources.metadata.sdist import SourceMetadata, SourceUnknown, read_tar, read_zip
from onelist.sources.metadata.setup_script import SetupRequirements, read_setup
from onelist.sources.solution import Compiler
from tests.sources.metadata.archives import chunks, pkg_info, real_archive, tar_gz

if TYPE_CHECKING:
    from pathlib import Path

IMPORT = "from setuptools import setup\n"
MANY = "install_requires=['six>=1.0', 'attrs']"
PLAIN = [
    pytest.param("from distutils.core import setup\nsetup(name='course', version='1.0')", "", id="distutils"),
    pytest.param("import setuptools\nsetuptools.setup(name='course')", "", id="the module"),
    pytest.param("import distutils.core\ndistutils.core.setup(name='course')", "", id="a module in a package"),
    pytest.param("from setuptools import setup as s\ns(install_requires=['six'])", "", id="another name"),
    pytest.param(
        "try:\n    from setuptools import setup\nexcept ImportError:\n    from distutils.core import setup\n"
        f"setup({MANY})",
        "",
        id="setuptools or distutils",
    ),
    pytest.param(f"{IMPORT}setup(install_requires='six>=1 # no\\n# no\\n\\nattrs')", "", id="lines"),
    pytest.param(f"{IMPORT}setup(install_requires=('six; os_name == \"nt\"', 'attrs\\nidna'))", "", id="a tuple"),
    pytest.param(f"{IMPORT}setup(install_requires=None, python_requires=None)", "", id="None"),
    pytest.param(
        f"{IMPORT}NEEDED: list = ['six']\ndef main():\n    setup(install_requires=NEEDED)\nmain()", "", id="a name"
    ),
    pytest.param(f"{IMPORT}c = {{'name': 'course', 'install_requires': ['six']}}\nsetup(**c)", "", id="a dictionary"),
    pytest.param(
        f"{IMPORT}T = ['six']\nsetup(tests_require=T, extras_require={{'test': T, 'Dev_Tools': ['attrs'],\n"
        "'all:os_name == \"nt\"': 'idna', ':python_version < \"3\"': ['futures', 'enum34; os_name == \"nt\"']})",
        "",
        id="extras",
    ),
    pytest.param(
        f"{IMPORT}setup(python_requires='>=3.6, <4', setup_requires=['wheel'], requires=['os', 'numpy (>=1.0)'])",
        "",
        id="other requirements",
    ),
    pytest.param(
        f"import os, sys\n{IMPORT}from setuptools.command.build_ext import build_ext\n"
        "if sys.version_info < (3,):\n    raise RuntimeError\n"
        "setup(packages=[], cmdclass={'build_ext': build_ext}, classifiers=[x for x in 'a'], install_requires=['six'])",
        "",
        id="what does not matter",
    ),
    pytest.param(
        f"{IMPORT}setup()",
        "[metadata]\nname = course\n[options]\npython_requires = >=3.6\ninstall_requires =\n    # no\n    six>=1\n"
        "    attrs # no\n[options.extras_require]\ndev_x = idna; six\nb =\n  idna; os_name == 'nt'\n",
        id="setup.cfg",
    ),
    pytest.param(
        f"{IMPORT}setup(install_requires=['six'], extras_require={{}}, python_requires='>=3.5')",
        "[options]\npython_requires = >=3.6\ninstall_requires = attrs\n[options.extras_require]\ndev = idna\n",
        id="setup.py before setup.cfg",
    ),
]
"""What setup.py and setup.cfg may say."""


def metadata(script: str, config: str) -> SourceMetadata:
    found = read_tar(
        chunks(tar_gz({"PKG-INFO": pkg_info(), "setup.py": script, "setup.cfg": config})), name="course", version="1.0"
    )
    assert isinstance(found, SourceMetadata), found
    return found


@pytest.fixture(scope="module")
def setuptools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the newest setuptools."""
    folder = tmp_path_factory.mktemp("setuptools")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(folder), "setuptools"]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("the package index cannot be reached")
    return folder


@pytest.mark.index
@pytest.mark.parametrize(("script", "config"), PLAIN)
def test_setuptools_itself_writes_the_requirements_that_are_read(
    script: str, config: str, setuptools: Path, tmp_path: Path
) -> None:
    (tmp_path / "setup.py").write_text(script)
    (tmp_path / "setup.cfg").write_text(config)
    code = "from setuptools.build_meta import __legacy__ as b; b.prepare_metadata_for_build_wheel('out')"
    (tmp_path / "out").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(setuptools)}
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=tmp_path, env=environment
    )
    assert ran.returncode == 0, ran.stderr
    message = HeaderParser().parsestr(next(tmp_path.glob("out/*.dist-info/METADATA")).read_text())
    found = metadata(script, config)
    assert set(map(Requirement, found.requires_dist)) == set(map(Requirement, message.get_all("Requires-Dist", [])))
    assert set(found.provides_extra) == set(message.get_all("Provides-Extra", []))
    assert SpecifierSet(found.requires_python) == SpecifierSet(message.get("Requires-Python", ""))


def test_the_requirements_of_each_plain_setup_are_known() -> None:
    found = [metadata(*case.values[:2]) for case in PLAIN]  # type: ignore[arg-type]
    assert [len(one.requires_dist) for one in found] == [0, 0, 0, 1, 2, 2, 3, 0, 1, 1, 5, 0, 1, 5, 2]
    assert [one.requires_python for one in found if one.requires_python] == [">=3.6, <4", ">=3.6", ">=3.5"]


UNKNOWN = [
    "print 'Python 2'\n" + IMPORT + "setup()",
    "import os",
    "setup()",
    IMPORT,
    IMPORT + "setup()\nsetup()",
    IMPORT + "run = setup\nrun()",
    IMPORT + "def setup(): pass\nsetup()",
    "from skbuild import setup\nsetup()",
    "from distutils.core import setup\nfrom numpy.distutils.core import setup\nsetup()",
    "from numpy.distutils.core import setup\nsetup()",
    "import setuptools\nimport other as setuptools\nsetuptools.setup()",
    IMPORT + "setup(['six'])",
    IMPORT + "setup(pbr=True, setup_requires=['pbr'])",
    IMPORT + "setup(setup_requires=['setupmeta'])",
    IMPORT + "setup(setup_requires=NEEDED)",
    IMPORT + "setup(use_2to3=True)",
    IMPORT + "setup(distclass=Other)",
    IMPORT + "setup(cmdclass={'egg_info': Other})",
    IMPORT + "setup(cmdclass=commands())",
    IMPORT + "setup(cmdclass=None)",
    IMPORT + "setup(**more())",
    IMPORT + "setup(**{**more})",
    IMPORT + "c = {}\nc['install_requires'] = ['six']\nsetup(**c)",
    IMPORT + "c = {}\nc = {}\nsetup(**c)",
    IMPORT + "c = {'name': 'x'}\nsetup(name='y', **c)",
    IMPORT + "setup(install_requires=open('requirements.txt').read())",
    IMPORT + "setup(install_requires=['six', more()])",
    IMPORT + "setup(install_requires=['six'] + more)",
    IMPORT + "setup(install_requires=[*more])",
    IMPORT + "setup(install_requires=f'{1}')",
    IMPORT + "setup(install_requires={'six'})",
    IMPORT + "setup(install_requires=b'six')",
    IMPORT + "setup(install_requires=['six>=1.*'])",
    IMPORT + "setup(install_requires=['six' if 1 else 'attrs'])",
    IMPORT + "x = ['six']\nx.append('attrs')\nsetup(install_requires=x)",
    IMPORT + "x = ['six']\nx += ['attrs']\nsetup(install_requires=x)",
    IMPORT + "x = ['six']\nif 1:\n    x = []\nsetup(install_requires=x)",
    IMPORT + "if 1:\n    x = ['six']\nsetup(install_requires=x)",
    IMPORT + "x = ['six']\ndef f(x):\n    setup(install_requires=x)\nf([])",
    IMPORT + "x = ['six']\nfrom os import *\nsetup(install_requires=x)",
    IMPORT + "x = ['six']\nexec(open('x.py').read())\nsetup(install_requires=x)",
    IMPORT + "x = ['six']\ntry:\n    pass\nexcept OSError as x:\n    pass\nsetup(install_requires=x)",
    IMPORT + "setup(extras_require={name: ['six']})",
    IMPORT + "setup(extras_require={'a': 'six', 'a': 'attrs'})",
    IMPORT + "setup(extras_require=[('a', 'six')])",
    IMPORT + "setup(python_requires=PYTHON)",
    IMPORT + "setup(python_requires='3.6')",
    IMPORT + "setup(requires=['numpy>=1.0'])",
    IMPORT + "import course\nsetup(version=course.__version__)",
    IMPORT + "if 1:\n    from . import course\nsetup()",
    IMPORT + "raise SystemExit('use another package')\nsetup()",
    "import sys\n" + IMPORT + "sys.exit(1)\nsetup()",
    IMPORT + "setup(name='\ufffd')",
    IMPORT + "setup()\n#" + "x" * (1 << 16),
    "\0",
    "(" * 5000,
    IMPORT + "x = " + "-" * 60_000 + "1\nsetup()",
    IMPORT + "x = a" + ".b" * 30_000 + "\nsetup()",
]


@pytest.mark.parametrize("script", UNKNOWN, ids=[repr(script.removeprefix(IMPORT))[:60] for script in UNKNOWN])
def test_a_setup_that_computes_its_requirements_is_unknown(script: str) -> None:
    assert read_setup(script) is None


@pytest.mark.parametrize(
    "config",
    [
        "[options]\ninstall_requires = file: requirements.txt",
        "[options]\ninstall_requires = attr: course.NEEDED",
        "[options.extras_require]\ndev = file: dev.txt",
        "[options]\ninstall-requires = six",
        "[options]\nInstall_Requires = six",
        "[options]\nsetup_requires = pbr",
        "[options]\ncmdclass =\n    egg_info = course.Other",
        "[options]\ninstall_requires = six>=1.*",
        "[options]\npython_requires = 3",
        "[options]\na = 1\na = 2",
        "rubbish",
    ],
)
def test_a_setup_cfg_that_leads_elsewhere_is_unknown(config: str) -> None:
    assert read_setup(IMPORT + "setup()", config) is None


@pytest.mark.parametrize(
    ("pyproject", "is_known"),
    [
        ('[build-system]\nrequires = ["setuptools>=40", "wheel"]\nbuild-backend = "setuptools.build_meta"', True),
        ("[tool.black]\n", True),
        ('[build-system]\nrequires = ["setuptools", "pbr"]', False),
        ('[build-system]\nrequires = ["poetry"]\nbuild-backend = "poetry.masonry.api"', False),
        ('[project]\nname = "course"\ndynamic = ["dependencies"]', False),
        ("[project\n", False),
    ],
)
def test_setup_py_counts_only_where_setuptools_builds(pyproject: str, *, is_known: bool) -> None:
    files = {"PKG-INFO": pkg_info(), "setup.py": IMPORT + "setup()", "pyproject.toml": pyproject}
    found = read_tar(chunks(tar_gz(files)), name="course", version="1.0")
    unknown = SourceUnknown(reason="it has no metadata that says its dependencies")
    assert isinstance(found, SourceMetadata) if is_known else found == unknown


def test_no_warning_about_the_style_of_a_setup_py_is_seen_in_any_thread(capfd: pytest.CaptureFixture[str]) -> None:
    script = IMPORT + "x = '\\d' if 1is 1 else 2\nsetup(install_requires=['six'])"
    found: list[SetupRequirements | None] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        threads = [threading.Thread(target=lambda: found.append(read_setup(script))) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert found == [SetupRequirements(install_requires=("six",))] * 8
    assert [str(one.message) for one in caught] == []
    assert capfd.readouterr() == ("", "")


def test_a_warning_that_is_an_error_for_its_user_is_none_in_a_setup_py() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_setup(IMPORT + "x = '\\d'\nsetup()") == SetupRequirements()


# --- real ones -----------------------------------------------------------------------------------------------------


REAL = [
    ("wget", "3.2", ()),
    ("mpmath", "0.19", ()),
    ("ply", "3.4", ()),
    ("pydes", "2.0.1", ()),
    ("pyaes", "1.6.1", ()),
    ("utm", "0.4.2", ()),
    ("webcolors", "1.4", ()),
    ("pypdf2", "1.26.0", ()),
    ("unidecode", "0.04.19", ()),
    ("click", "4.0", ()),
    ("colorama", "0.3.3", ()),
    ("httplib2", "0.9.2", ()),
    ("itsdangerous", "0.24", ()),
    ("pyshp", "1.2.1", ()),
    ("snownlp", "0.12.3", ()),
    ("tabulate", "0.7.5", ()),
    ("unicodecsv", "0.13.0", ()),
    ("flask-login", "0.2.11", ("Flask",)),
    ("gtts", "1.0.2", ("requests",)),
    ("python-twitter", "2.2", ("requests", "requests-oauthlib")),
    ("configobj", "5.0.6", None),  # requires six, by a variable
    ("bottle", "0.12.9", None),  # imports itself, and the build fails with Python 3.11
    ("pyparsing", "2.0.3", None),  # the same
    ("feedparser", "5.2.1", None),  # asks for 2to3, and the build fails
    ("beautifulsoup", "3.2.2", None),  # Python 2
]
"""Projects, and what pip 26.3 requires for them after a build with Python 3.11; None for what must stay unknown."""


@pytest.mark.index
@pytest.mark.parametrize(("name", "version", "expected"), REAL)
def test_what_real_builds_require_is_read(name: str, version: str, expected: tuple[str, ...] | None) -> None:
    content = real_archive(name, version)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            script = archive.read(next(path for path in archive.namelist() if path.endswith("setup.py")))
    else:
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            path = min((path for path in archive.getnames() if path.endswith("/setup.py")), key=len)
            file = archive.extractfile(path)
            assert file is not None
            script = file.read()
    found = read_setup(script.decode(errors="replace"))
    assert found == (None if expected is None else SetupRequirements(install_requires=expected))


@pytest.mark.index
def test_wget_of_plain_distutils_requires_nothing() -> None:
    found = read_zip(io.BytesIO(real_archive("wget", "3.2")), name="wget", version="3.2")
    assert found == SourceMetadata(
        name="wget", version="3.2", requires_python="", requires_dist=(), provides_extra=(), compiler=Compiler.NO
    )
