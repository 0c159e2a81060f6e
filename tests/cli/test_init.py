"""onelist init at a terminal, and the files that it writes beside settings.ini."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from onelist.settings.editing.new_files import NewFile, known_licenses, new_file_text
from onelist.settings.keys import spdx
from tests.helpers import settings, settings_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.helpers import Ran

NOTHING = "onelist: The input ended before the last answer, so nothing was written.\n"


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], object]]:
    """Let the standard input be a terminal at which something is typed."""
    if sys.platform == "win32":
        pytest.skip("there are no pseudo-terminals on Windows")
    else:
        import pty

        leader, follower = pty.openpty()
        with os.fdopen(follower, encoding="utf-8") as terminal:
            monkeypatch.setattr(sys, "stdin", terminal)
            yield lambda text: os.write(leader, text)
        os.close(leader)


def lines(tmp_path: Path) -> list[str]:
    return (tmp_path / "settings.ini").read_text(encoding="utf-8").splitlines()


def test_a_wrong_answer_is_asked_for_again_and_the_others_are_kept(
    tmp_path: Path, onelist: Callable[..., Ran], typed: Callable[[bytes], object]
) -> None:
    typed(
        "my list\nmy-list\nnumpy a=1\nnumpy\nFür alle\nada\nmitt\nmit\ndefaults\nmine conda-forge\nmy own\nmine\nn\n".encode()
    )
    ran = onelist("init")
    assert ran.code == 0
    assert ran.err == (
        "Name of the package [NAME]: my list cannot be the name of a package.\n"
        "    Did you mean my-list?\n"
        "Name of the package [NAME]: "
        "What the course needs, names separated by blanks: a=1 has a single =, which is not a comparison.\n"
        "    Did you mean a==1?\n"
        "What the course needs, names separated by blanks: One sentence for learners: Owner of the GitHub repository: "
        "Licence [apache2]: mitt is neither one of nbdev's licences nor an SPDX name.\n"
        "    Did you mean MIT?\n"
        "Licence [apache2]: conda channels that learners install from, or none if only pip installs the list [conda-forge]: "
        "defaults is not a channel: each reader has other default channels.\n"
        "    Delete it, or name the channels themselves, such as pkgs/main.\n"
        "conda channels that learners install from, or none if only pip installs the list [conda-forge]: "
        "Your own conda channel, if you have one: my own is not the name of the owner of a conda channel.\n"
        "    Write one name, such as fastai. Delete the line if you have no channel of your own.\n"
        "Your own conda channel, if you have one: "
        "Also write README.md, LICENSE, .gitignore? yes, no, or some of: readme license gitignore [no]: "
    ).replace("[NAME]", f"[{tmp_path.name}]")
    wanted = {
        "lib_name = my-list",
        "requirements = numpy",
        "description = Für alle",
        "user = ada",
        "license = mit",
        "conda_channels = mine conda-forge",
        "conda_user = mine",
    }
    assert wanted <= set(lines(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["settings.ini"]


def test_empty_lines_mean_the_defaults_and_no_further_file(
    tmp_path: Path, onelist: Callable[..., Ran], typed: Callable[[bytes], object]
) -> None:
    typed(b"\n" * 8)
    ran = onelist("init", "My course")
    assert ran.code == 0
    assert ran.err.startswith("Name of the package [My-course]: What the course needs")
    assert "lib_name = My-course\n" in (tmp_path / "My course/settings.ini").read_text(encoding="utf-8")
    assert [path.name for path in (tmp_path / "My course").iterdir()] == ["settings.ini"]


def test_a_list_that_only_pip_installs_is_not_asked_for_a_conda_channel(
    tmp_path: Path, onelist: Callable[..., Ran], typed: Callable[[bytes], object]
) -> None:
    typed(b"\n" * 5 + b"none\n\n")
    ran = onelist("init", "--with", "gitignore")
    assert ran.code == 0
    assert ran.err.endswith("or none if only pip installs the list [conda-forge]: ")
    assert lines(tmp_path)[-2:] == ["# Only pip installs the list.", "conda_channels = none"]


def test_the_end_of_the_input_is_no_empty_line(
    tmp_path: Path, onelist: Callable[..., Ran], typed: Callable[[bytes], object]
) -> None:
    typed(b"my-list\n\x04")  # Ctrl-D
    ran = onelist("init")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.endswith(
        f"\n{NOTHING}    Run the command again, or give the answers as options: onelist init --help\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_an_option_is_not_asked_for_and_a_wrong_one_stops_before_the_first_question(
    tmp_path: Path, onelist: Callable[..., Ran], typed: Callable[[bytes], object]
) -> None:
    given = ("--name", "x", "--require", "numpy", "--user", "ada", "--description", "d", "--channel", "mine")
    ran = onelist("init", *given, "--license", "mitt")
    assert (ran.code, ran.err) == (
        2,
        "mitt is neither one of nbdev's licences nor an SPDX name.\n    Did you mean MIT?\n"
        "onelist: Nothing was written.\n    Give another value as an option: onelist init --help\n",
    )
    typed(b"\xff\nmine\n")
    ran = onelist("init", *given, "--license", "mit", "--with", "gitignore")
    assert ran.code == 0
    question = "Your own conda channel, if you have one: "
    assert ran.err == f"{question}The answer has characters that are not text. Write it in UTF-8.\n{question}"
    assert "conda_user = mine" in lines(tmp_path)


def test_a_terminal_gets_the_files_that_are_wanted(
    tmp_path: Path, onelist: Callable[..., Ran], typed: Callable[[bytes], object]
) -> None:
    (tmp_path / "LICENCE").write_text("mine\n", encoding="utf-8")
    typed(b"\n" * 7 + b"licence\nGitignore, readme\n")
    ran = onelist("init")
    assert ran.err.endswith(
        "Also write README.md, .gitignore? yes, no, or some of: readme gitignore [no]: "
        "licence is no answer. Write yes, no, or some of: readme gitignore\n"
        "Also write README.md, .gitignore? yes, no, or some of: readme gitignore [no]: "
    )
    assert ran.out.splitlines()[1:] == [
        "wrote .gitignore",
        "wrote README.md",
        "To check it: onelist check",
        "To build the packages: onelist build",
    ]
    assert (tmp_path / "LICENCE").read_text(encoding="utf-8") == "mine\n"


def test_a_folder_whose_name_cannot_be_that_of_a_package(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    (tmp_path / "requirements.txt").write_text("pandas\n", encoding="utf-8")
    told = "onelist: The list has the name {}. The name of its folder cannot be one; --name gives another.\n"
    for folder, name in (("Kurs für alle", "my-list"), ("My course", "My-course"), ("x" * 101, "my-list")):
        ran = onelist("init", folder, "--from", "requirements.txt")
        assert (ran.code, ran.err) == (0, told.format(name))
        assert f"\nlib_name = {name}\n" in (tmp_path / folder / "settings.ini").read_text(encoding="utf-8")


def test_after_an_import_only_the_files_are_asked_for(
    tmp_path: Path, onelist: Callable[..., Ran], typed: Callable[[bytes], object]
) -> None:
    (tmp_path / "requirements.txt").write_text("pandas\n", encoding="utf-8")
    typed(b"gitignore\n")
    ran = onelist("init", "course", "--from", "requirements.txt")
    assert (ran.code, ran.err) == (
        0,
        "Also write README.md, LICENSE, .gitignore? yes, no, or some of: readme license gitignore [no]: ",
    )
    assert sorted(path.name for path in (tmp_path / "course").iterdir()) == [".gitignore", "settings.ini"]


def test_with_writes_what_is_missing_also_beside_an_existing_list(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    keys = {"lib_name": "my_list", "license": "mit", "author": "Ada Lovelace", "conda_user": "ada", "description": "d"}
    (tmp_path / "settings.ini").write_text(settings_text(requirements="pandas", **keys), encoding="utf-8")
    ran = onelist("init", "--with", "readme", "license", "gitignore")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == "wrote README.md\nwrote LICENSE\nwrote .gitignore\n"
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == (
        "# my_list\n\nd\n\n"
        "This package contains no code. It installs everything that the course needs; `settings.ini` has the list.\n\n"
        "## Install\n\nWith pip:\n\n    python -m pip install my-list\n\n"
        "With conda or mamba:\n\n    conda install -c ada -c conda-forge my-list\n"
    )
    assert "\nCopyright (c) 2026 Ada Lovelace\n" in (tmp_path / "LICENSE").read_text(encoding="utf-8")
    assert "/dist/\n" in (tmp_path / ".gitignore").read_text(encoding="utf-8")
    (tmp_path / "README.md").rename(tmp_path / "README-my_list.rst")
    again = onelist("init", "--with", "readme", "license", "gitignore")
    assert (again.code, again.out) == (
        0,
        "README-my_list.rst already exists\nLICENSE already exists\n.gitignore already exists\n",
    )
    assert onelist("check", "--settings-only", "--ignore", "S,G").code == 0
    assert onelist("build", "--only", "wheel").code == 0


def test_a_licence_without_a_bundled_text_is_named(tmp_path: Path, onelist: Callable[..., Ran]) -> None:
    ran = onelist("init", "--name", "x", "--require", "pandas", "--license", "cc-by-4.0", "--with", "license")
    assert (ran.code, ran.out.splitlines()[1:-2]) == (
        1,
        ["LICENSE is not written: onelist does not have the text of CC-BY-4.0. Add it yourself."],
    )
    assert [path.name for path in tmp_path.iterdir()] == ["settings.ini"]


def test_each_licence_that_init_names_has_a_text_without_a_gap() -> None:
    for short in ("apache2", "mit", "gpl2", "gpl3", "bsd3"):
        assert spdx(short) in known_licenses()
        text = new_file_text(NewFile.LICENSE, settings(license=short), 2026) or ""
        assert "[year]" not in text
        assert "[fullname]" not in text
    text = new_file_text(NewFile.LICENSE, settings(license="bsd3"), 2026) or ""
    assert text.startswith("BSD 3-Clause License\n\nCopyright (c) 2026, The authors of course-meta\n")
    assert new_file_text(NewFile.LICENSE, settings(), 2026) is None


def test_the_name_of_a_module_becomes_that_of_its_project(
    tmp_path: Path, onelist: Callable[..., Ran], typed: Callable[[bytes], object]
) -> None:
    typed(b"\nsklearn json dotenv pandas>=2\n\n\n\n\n\nn\n")
    ran = onelist("init")
    assert ran.code == 0
    assert (
        "names separated by blanks: sklearn is the name of a module. The package index calls it scikit-learn: that is "
        "taken.\njson is a part of Python. Nothing has to be installed, so you can delete it.\ndotenv may be meant for "
        "python-dotenv: check tells what the package index has.\nOne sentence"
    ) in ran.err
    assert "requirements = scikit-learn json dotenv pandas>=2" in lines(tmp_path)
