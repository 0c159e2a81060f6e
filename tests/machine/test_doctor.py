"""onelist doctor looks at real environments that are broken on purpose, and tells the truth about each."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from onelist.core.errors import UnavailableError, UsageError
from onelist.machine.commands import pip_install, typed, typed_program
from onelist.machine.facts import Distribution
from onelist.machine.needs import find_needs
from onelist.machine.programs import interpreter_of
from onelist.machine.python_trouble import python_troubles
from tests.machine.environments import LIST, Home, codes, install, only, remove_module, script, site_packages
from tests.schemas import validate

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.helpers import Ran

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the environments are made as on Linux and macOS")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(folder=tmp_path)


def listing(folder: Path) -> list[str]:
    return sorted(str(path) for path in folder.rglob("*"))


def test_an_environment_that_is_well(home: Home) -> None:
    prefix = home.course()
    before = listing(home.folder)
    found = home.look(prefix)
    assert codes(found) == []
    assert [one.module for one in found.facts.imports] == ["alpha", "beta"]
    assert listing(home.folder) == before


def test_a_list_that_is_not_installed(home: Home) -> None:
    trouble = only(home.look(home.environment()))
    assert trouble.message == "course-meta is not installed for python."
    assert trouble.commands == ("python -m ensurepip --upgrade", "python -m pip install course-meta")


def test_a_requirement_that_is_missing(home: Home) -> None:
    prefix = home.environment()
    install(prefix, LIST, "1.0", requires=["alpha>=2", "beta"], files={})
    install(prefix, "alpha", "2.0", requires=["delta", "epsilon; extra == 'more'"])
    trouble = only(home.look(prefix))
    assert trouble.message == "course-meta is incomplete: beta, delta (of alpha) are not installed."
    assert trouble.commands[-1] == "python -m pip install beta delta"


def test_a_requirement_that_is_older_than_asked(home: Home) -> None:
    prefix = home.environment()
    install(prefix, LIST, "1.0", requires=["alpha>=2"], files={})
    install(prefix, "alpha", "1.5")
    trouble = only(home.look(prefix))
    assert (trouble.code, trouble.message) == (
        "requirement_too_old",
        "course-meta asks for alpha>=2, and alpha 1.5 is installed.",
    )
    assert trouble.commands[-1] == "python -m pip install --upgrade 'alpha>=2'"


def test_a_deleted_module(home: Home) -> None:
    prefix = home.course()
    remove_module(prefix, "beta")
    trouble = only(home.look(prefix))
    assert (trouble.code, trouble.message) == ("files_gone", "beta has lost 1 of its files: beta/__init__.py.")
    assert trouble.commands[-1] == "python -m pip install --force-reinstall --no-deps beta==1.0"


def test_a_truncated_record(home: Home) -> None:
    prefix = home.course()
    record = site_packages(prefix) / "alpha-2.0.dist-info/RECORD"
    record.write_bytes(record.read_bytes()[:15])
    assert only(home.look(prefix)).code == "record_damaged"
    record.unlink()
    assert only(home.look(prefix)).code == "record_gone"


def test_a_package_that_is_installed_twice(home: Home) -> None:
    prefix = home.course()
    install(prefix, "alpha", "3.0")
    trouble = only(home.look(prefix))
    folder = site_packages(prefix)
    assert trouble.message == f"alpha is installed twice in {folder}: 2.0 and 3.0."
    assert trouble.commands[:2] == ("python -m pip uninstall -y alpha",) * 2
    assert (
        "If one of the folders alpha-2.0.dist-info and alpha-3.0.dist-info stays, delete it yourself:" in trouble.remedy
    )


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00broken"])
def test_metadata_that_nobody_can_read_is_replaced_without_a_look_at_it(home: Home, content: bytes) -> None:
    prefix = home.course()
    (site_packages(prefix) / "alpha-2.0.dist-info/METADATA").write_bytes(content)
    install(prefix, "pip", "26.0", files={})
    trouble = only(home.look(prefix))
    assert trouble.code == "metadata_gone"
    assert trouble.commands == ("python -m pip install --ignore-installed --no-deps alpha==2.0",)


def test_a_module_that_cannot_be_imported_is_told_with_its_real_error(home: Home) -> None:
    prefix = home.course()
    install(prefix, "beta", "1.0", files={"beta/__init__.py": "import delta.deep\n"})
    trouble = only(home.look(prefix))
    assert trouble.message.startswith(
        "beta is installed, but cannot be imported: ModuleNotFoundError: No module named 'delta'"
    )
    assert trouble.commands[-2] == "python -m pip install delta"


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("import os; os._exit(7)", "the import ended Python with exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "signal 11 ended Python"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
        ("print('x' * 10**6); raise RuntimeError('\\x1b[31m')", "RuntimeError: \\x1b[31m"),
    ],
)
def test_a_module_that_ends_python_does_not_hide_the_next(home: Home, code: str, error: str) -> None:
    prefix = home.course()
    install(prefix, "alpha", "2.0", files={"alpha/__init__.py": code + "\n"})
    found = home.look(prefix)
    assert [(one.module, one.error) for one in found.facts.imports] == [("alpha", error), ("beta", "")]
    assert codes(found) == ["problem not_importable"]


def test_pip_and_ipython_of_another_environment(home: Home) -> None:
    course, other = home.course(), home.environment("other")
    for name in ("pip", "ipython"):
        script(other, name, other / "bin/python")
    found = home.look(course, other)
    assert codes(found) == ["problem pip_of_another_python", "problem ipython_of_another_python"]
    assert found.troubles[0].message == (
        f"pip belongs to another Python than python: {other}/bin/python runs {other}/bin/pip. What you install with pip "
        "goes there, and python does not see it."
    )
    assert found.troubles[1].commands == (
        "python -m ensurepip --upgrade",
        "python -m pip install ipython",
        "python -m IPython",
    )


def test_jupyter_of_another_environment_is_started_with_what_there_is(home: Home) -> None:
    course, other = home.course(), home.environment("other")
    script(other, "jupyter", other / "bin/python")
    assert only(home.look(course, other)).commands[1:] == ("python -m pip install jupyterlab", "python -m jupyter lab")
    install(course, "notebook", "7.0", files={})
    assert only(home.look(course, other)).commands == ("python -m notebook",)


def test_a_kernel_of_another_python(home: Home) -> None:
    course, other = home.course(), home.environment("other")
    kernel = home.folder / ".local/share/jupyter/kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True)
    content = {"argv": [f"{other}/bin/python", "-m", "ipykernel"], "display_name": "Python 3", "language": "python"}
    kernel.write_text(json.dumps(content), encoding="utf-8")
    if sys.platform == "darwin":
        pytest.skip("the folder of kernels is another one there")
    trouble = only(home.look(course))
    assert trouble.code == "kernel_of_another_python"
    assert trouble.commands[-1] == "python -m ipykernel install --user --name course-meta"
    kernel.write_text(json.dumps({**content, "argv": [f"{home.folder}/gone/python"]}), encoding="utf-8")
    trouble = only(home.look(course))
    assert (trouble.code, trouble.commands) == ("kernel_gone", ())
    assert trouble.remedy == f"Remove the folder {kernel.parent}, and choose another kernel in your notebooks."
    install(course, "jupyter-client", "8.0", files={})
    assert only(home.look(course)).commands == ("python -m jupyter kernelspec remove python3",)


def test_an_active_environment_whose_installation_is_gone(home: Home) -> None:
    course, broken = home.course(), home.environment("venvs/course-meta")
    for program in broken.glob("bin/python*"):
        program.unlink()
        program.symlink_to(home.folder / "removed/bin/python3")
    trouble = only(home.look(broken, course, VIRTUAL_ENV=str(broken)))
    assert trouble.code == "environment_broken"
    assert trouble.message == (
        f"The virtual environment {broken} is active, but its Python is gone: that folder, or the installation that it "
        f"was made from, has been removed. So python is that of {course}."
    )
    assert trouble.commands == (
        f"python -m venv --clear {broken}",
        f"{broken}/bin/python -m pip install course-meta",
    )


def test_a_python_that_is_a_link_to_nothing_is_told_as_that(home: Home) -> None:
    gone = home.folder / "gone"
    gone.symlink_to(home.folder / "removed")
    with pytest.raises(UsageError, match=f"^{gone} leads to {home.folder}/removed, which does not exist: that Python"):
        home.look(python=str(gone))


def test_where_nothing_can_be_written_the_whole_list_goes_into_a_new_environment(home: Home) -> None:
    facts = home.look(home.course()).facts
    closed = replace(facts, python=replace(facts.python, can_write=False, user_site_enabled=False))
    folder = home.folder / "venvs/course-meta"
    commands = (f"python -m venv {folder}", f"{folder}/bin/python -m pip install course-meta beta")
    assert pip_install(closed, "beta", options=("--upgrade",)) == commands
    (trouble,) = (one for one in python_troubles(closed) if one.code == "no_write_permission")
    assert trouble.commands == (commands[0], commands[1].removesuffix(" beta"))
    homeless = replace(closed, home=str(home.folder / "gone"))
    assert pip_install(homeless, "beta")[0] == "python -m venv venvs/course-meta"


def test_a_package_that_has_only_a_private_module_is_imported_too(home: Home) -> None:
    prefix = home.course()
    install(prefix, "beta", "1.0", files={"_beta.py": "raise OSError('broken')\n", "__beta_finder.py": "1 / 0\n"})
    trouble = only(home.look(prefix))
    assert trouble.message.startswith("_beta is installed, but cannot be imported: OSError: broken")


def test_variables_that_send_python_elsewhere(home: Home) -> None:
    prefix = home.course()
    found = home.look(prefix, PYTHONPATH="/opt/old", CONDA_PREFIX="/opt/conda/envs/old", CONDA_DEFAULT_ENV="old")
    assert codes(found) == ["problem conda_environment_not_first", "problem pythonpath"]
    assert found.troubles[0].commands == ("conda activate old",)


def test_a_python_that_prints_errors_when_it_starts(home: Home) -> None:
    prefix = home.course()
    (site_packages(prefix) / "sitecustomize.py").write_text("raise ValueError('broken')\n", encoding="utf-8")
    found = home.look(prefix)
    assert codes(found) == ["problem start_with_errors"]
    assert "broken" in found.troubles[0].message
    assert found.troubles[0].remedy == (
        f"Repair or remove {site_packages(prefix)}/sitecustomize.py, which Python reads when it starts."
    )


def test_a_home_with_blanks_and_other_letters(tmp_path: Path) -> None:
    home = Home(folder=tmp_path / "Ана Müller")
    home.folder.mkdir()
    prefix = home.course("мой курс")
    remove_module(prefix, "beta")
    trouble = only(home.look(prefix, python=str(prefix / "bin/python")))
    assert trouble.code == "files_gone"
    found = home.look(prefix, python=str(prefix / "bin/python"), PATH="")
    assert found.troubles[0].commands[-1] == (
        f"'{prefix}/bin/python' -m pip install --force-reinstall --no-deps beta==1.0"
    )


def test_a_file_in_this_folder_hides_a_module(home: Home) -> None:
    prefix = home.course()
    (home.folder / "alpha.py").write_text("", encoding="utf-8")
    assert only(home.look(prefix)).message == (
        "The file alpha.py in this folder hides the installed module alpha: Python started here imports the file."
    )


def test_the_command_prints_text_and_json_and_ends_with_its_code(
    home: Home, onelist: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = home.course()
    remove_module(prefix, "beta")
    for name in list(os.environ):
        monkeypatch.delenv(name)
    for name, value in home.variables(prefix, USER="anna").items():
        monkeypatch.setenv(name, value)
    ran = onelist("doctor", LIST, "--offline")
    assert ran.code == 1
    assert "problem: beta has lost 1 of its files: beta/__init__.py.\n    Install it again:\n" in ran.out
    assert ran.out.endswith("1 problem to fix.\n")
    assert f"\n{LIST} 1.0, installed by pip: 2 requirements, 1 of 2 modules can be imported\n" in ran.out  # here
    ran = onelist("doctor", LIST, "--offline", "--format", "json")
    report = json.loads(ran.out)
    validate(report, "doctor")
    assert [one["code"] for one in report["troubles"]] == ["files_gone"]
    ran = onelist("doctor", LIST, "--offline", "--share")
    assert str(home.folder) not in ran.out
    assert "<environment>/bin/python" in ran.out
    assert onelist("doctor", LIST, "--python", "/nowhere/python").code == 2
    assert onelist("doctor", LIST, "--python", "/bin/false").code == 3
    ran = onelist("doctor", LIST, "--python", "/bin/false", "--share")
    assert ran.err.startswith("onelist: <folder>/<file> does not start: it ends with exit code 1\n")


@pytest.mark.parametrize(
    "line",
    [
        "#!{python}\n",
        "#!/bin/sh\n'''exec' '{python}' \"$0\" \"$@\"\n' '''\n",
        "#!/bin/sh\n'''exec' \"{python}\" \"$0\" \"$@\"\n' '''\n",
        "#!/bin/sh\n'''exec' \"$(dirname -- \"$(realpath -- \"$0\")\")\"/'python' \"$0\" \"$@\"\n' '''\n",
    ],
    ids=["plain", "uv", "pip", "relocatable"],
)
def test_each_way_to_write_the_python_of_a_script_is_read(tmp_path: Path, line: str) -> None:
    folder = tmp_path / "my course/bin"
    folder.mkdir(parents=True)
    python, pip = folder / "python", folder / "pip"
    python.symlink_to(sys.executable)
    pip.write_text(line.format(python=python), encoding="utf-8")
    assert interpreter_of(str(pip), ()) == str(python)


def test_a_file_that_stops_python_at_its_start_is_named_and_the_list_is_looked_at_all_the_same(home: Home) -> None:
    prefix = home.course()
    file = site_packages(prefix) / "sitecustomize.py"
    file.write_text("print('x' * 10**6); raise SystemExit('no')\n", encoding="utf-8")
    remove_module(prefix, "beta")
    found = home.look(prefix)
    assert codes(found) == ["problem does_not_start", "problem files_gone"]
    assert found.troubles[0].message == "python does not start: SystemExit: no"
    assert found.troubles[0].remedy == f"Repair or remove {file}, which Python reads when it starts."
    assert not found.facts.imports


def test_what_python_prints_at_its_start_does_not_hide_its_answer(home: Home) -> None:
    prefix = home.course()
    (site_packages(prefix) / "sitecustomize.py").write_text(
        "import sys\nfor _ in range(40): sys.stdout.write('x' * 100_000)\n", encoding="utf-8"
    )
    assert codes(home.look(prefix)) == []


def test_a_module_that_does_not_end_hides_no_other_and_what_it_leaves_behind_is_ended(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = home.course()
    code = "import os, time\nif os.fork() == 0: time.sleep(600)\n"
    install(prefix, "alpha", "2.0", files={"alpha/__init__.py": code})
    install(prefix, "beta", "1.0", files={"beta/__init__.py": "import time\ntime.sleep(600)\n"})
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    found = home.look(prefix, seconds=2)
    assert [(one.module, one.error, one.is_unknown) for one in found.facts.imports] == [
        ("alpha", "", False),
        ("beta", "the import did not end within 1 seconds", True),
    ]
    assert codes(found) == ["unknown import_unknown"]


def test_named_pipes_in_place_of_files_stop_nobody(home: Home) -> None:
    prefix = home.course()
    info = site_packages(prefix) / "pipe-1.0.dist-info"
    info.mkdir()
    record = site_packages(prefix) / "alpha-2.0.dist-info/RECORD"
    record.unlink()
    for file in (info / "METADATA", record, prefix / "bin/ipython"):
        os.mkfifo(file, 0o755)
    assert codes(home.look(prefix)) == ["problem record_gone"]


@pytest.mark.parametrize("minor", ["3.6", "3.7", "3.8"])
def test_an_old_python_is_looked_at(home: Home, minor: str) -> None:
    found = sorted(Path("~/.pyenv/versions").expanduser().glob(f"{minor}.*/bin/python"))
    if not found:
        pytest.skip(f"no Python {minor} under pyenv")
    prefix = home.course("курс", python=str(found[0]))
    remove_module(prefix, "beta")
    looked = home.look(prefix, LC_ALL="C")
    assert codes(looked) == ["problem files_gone"]
    assert looked.facts.python.version_text.startswith(f"{minor}.")
    assert looked.facts.python_name == "python"


def test_a_module_that_pythonpath_hides_is_told_with_the_variable(home: Home) -> None:
    prefix = home.course()
    old = home.folder / "old"
    (old / "alpha").mkdir(parents=True)
    (old / "alpha/__init__.py").write_text("raise ImportError('too old')\n", encoding="utf-8")
    found = home.look(prefix, PYTHONPATH=str(old))
    assert codes(found) == ["problem pythonpath", "problem hidden_by_folder"]
    assert found.troubles[1].message == (
        f"Python takes alpha from {old}/alpha/__init__.py, not from the installed alpha 2.0. The variable PYTHONPATH "
        "names that folder. It cannot be imported there: ImportError: too old"
    )


def test_extras_of_the_list_count_when_they_are_asked_for(home: Home) -> None:
    prefix = home.environment()
    install(prefix, LIST, "1.0", requires=["alpha", "delta; extra == 'more'"], files={})
    install(prefix, "alpha", "1.0")
    assert codes(home.look(prefix)) == []
    assert only(home.look(prefix, wanted=f"{LIST}[more]")).commands[-1] == "python -m pip install delta"


@pytest.mark.parametrize("name", ["../settings.ini", "a b", "course-meta>=2", "course-meta @ https://example.org/x"])
def test_what_is_no_name_of_a_package_is_a_wrong_call(home: Home, name: str) -> None:
    with pytest.raises(UsageError):
        home.look(home.environment(), wanted=name)


def test_a_folder_that_was_removed_is_told_as_that(
    home: Home, monkeypatch: pytest.MonkeyPatch, onelist: Callable[..., Ran]
) -> None:
    folder = home.folder / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    ran = onelist("doctor", "--offline")
    assert (ran.code, ran.err.splitlines()[0]) == (2, "onelist: The folder in which you are does not exist any more.")


def test_no_python_on_path_means_that_nobody_could_look(home: Home) -> None:
    with pytest.raises(UnavailableError) as caught:
        home.look(PATH="/nowhere")
    assert str(caught.value) == "There is no Python on PATH."


def managed_python(folder: Path) -> Path:
    """Make an installation that the system owns, with links to the Python of this environment."""
    base = Path(sys.base_prefix)
    library = f"lib/python{sys.version_info.major}.{sys.version_info.minor}"
    (folder / library / "site-packages").mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "bin/python").symlink_to(Path(sys.executable).resolve())
    for file in (base / library).iterdir():
        if file.name != "site-packages":
            (folder / library / file.name).symlink_to(file)
    for file in (base / "lib").glob("libpython*"):
        (folder / "lib" / file.name).symlink_to(file)
    (folder / library / "EXTERNALLY-MANAGED").write_text("[externally-managed]\n", encoding="utf-8")
    return folder


def test_a_python_that_the_system_owns_gets_a_virtual_environment(home: Home) -> None:
    prefix = managed_python(home.folder / "usr")
    found = home.look(prefix, PYTHONHOME=str(prefix))
    assert "problem externally_managed" in codes(found)
    (missing,) = (one for one in found.troubles if one.code == "not_installed")
    folder = home.folder / "venvs/course-meta"
    assert missing.commands == (
        f"python -m venv {folder}",
        f"{folder}/bin/python -m pip install course-meta",
    )


def test_packages_of_the_user_that_python_may_not_see(home: Home) -> None:
    installation = Home(folder=home.folder / "usr")
    prefix = managed_python(installation.folder)
    minor = f"{sys.version_info.major}.{sys.version_info.minor}"
    user = home.folder / f".local/lib/python{minor}/site-packages"
    user.mkdir(parents=True)
    install(home.folder / ".local", LIST, "1.0", files={})
    seen = home.look(prefix, PYTHONHOME=str(prefix), wanted=LIST)
    assert "not_installed" not in " ".join(codes(seen))
    hidden = home.look(prefix, PYTHONHOME=str(prefix), PYTHONNOUSERSITE="1")
    assert hidden.troubles[0].message == (
        f"Python does not look into {user}, where pip install --user has put packages. The variable PYTHONNOUSERSITE "
        "is set."
    )


def test_commands_for_windows_have_quotes_that_both_shells_read() -> None:
    assert typed(["python", "-m", "pip", "install", "alpha>=2"], windows=True) == 'python -m pip install "alpha>=2"'
    folders = {"PSModulePath": "of the user;of all;of the system"}
    assert typed_program(r"C:\Program Files\python.exe", folders, windows=True) == r'& "C:\Program Files\python.exe"'
    assert typed_program(r"C:\Program Files\python.exe", {}, windows=True) == r'"C:\Program Files\python.exe"'
    assert typed_program(r"C:\python.exe", folders, windows=True) == r"C:\python.exe"


def test_what_nobody_can_read_is_unknown(home: Home) -> None:
    prefix = home.environment()
    install(prefix, LIST, "1.0", requires=["alpha>=2", "?? beta", "gamma; bad"], files={})
    install(prefix, "alpha", "two!")
    found = home.look(prefix)
    assert only(found).message == (
        "It is unknown whether course-meta has what it asks for: ?? beta, gamma; bad, alpha two! cannot be read."
    )
    assert found.exit_code == 3


def test_a_folder_of_an_environment_can_be_named_as_the_python(home: Home) -> None:
    prefix = home.course()
    assert codes(home.look(python=str(prefix), PATH="/usr/bin")) == []


@pytest.mark.parametrize(
    ("requirement", "version", "code"),
    [
        ("alpha>=2,<3", "1.9", "requirement_too_old"),
        ("alpha~=2.1", "2.0", "requirement_too_old"),
        ("alpha==2.*", "1.0", "requirement_too_old"),
        ("alpha==2.*", "3.0", "requirement_other_version"),
        ("alpha>=2,<=3", "4.0", "requirement_other_version"),
        ("alpha!=2", "2", "requirement_other_version"),
        ("alpha>=2", "2.1.dev1", ""),
    ],
)
def test_a_version_is_older_or_another_one(requirement: str, version: str, code: str) -> None:
    alpha = Distribution(
        name="alpha",
        version=version,
        info="",
        installer="pip",
        requires=(),
        extras=frozenset(),
        declared=(),
        tops=frozenset(),
        is_editable=False,
    )
    (need,) = find_needs([requirement], {"alpha": (alpha,)}, {})
    assert (need.fits, need.is_older) == (not code, code == "requirement_too_old")
