"""The start-up script of ``onelist export notebook-server``, run for real in HOMEs to throw away."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from onelist.build.exports.notebook_server import start_script
from onelist.core.errors import UsageError
from tests import helpers
from tests.notebook_server import NotebookServer, tree

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="notebook servers run Linux")
KEY = {".ssh": "700", ".ssh/id_rsa": "600 key\n", ".ssh/sub ü": "700", ".ssh/sub ü/x.pub": "644 public\n"}


@pytest.fixture
def server(tmp_path: Path) -> NotebookServer:
    return NotebookServer(tmp_path)


def add_keys(server: NotebookServer, folder: Path | None = None) -> None:
    """Make a folder with a key, as KEY describes it."""
    server.add(".ssh/id_rsa", "key\n", folder=folder)
    server.add(".ssh/sub ü/x.pub", "public\n", 0o644, folder=folder)


def link(server: NotebookServer, name: str) -> str:
    """Return what an entry of HOME is when it leads to the storage folder."""
    return f"-> {server.kept / name}"


@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_the_first_start_moves_what_home_has_and_the_next_one_changes_nothing(tmp_path: Path, shell: str) -> None:
    if not shutil.which(shell):
        pytest.skip(f"this machine has no {shell}")
    server = NotebookServer(tmp_path, shell=shell)
    add_keys(server)
    server.add(".gitconfig", "[user]\n", 0o644)
    (server.home / ".ssh/sub ü/link").symlink_to("nowhere")
    ran = server.start(".ssh", ".gitconfig", ".kaggle")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == (
        f"onelist: ~/.ssh is moved to {server.kept}/.ssh.\n"
        f"onelist: ~/.gitconfig is moved to {server.kept}/.gitconfig.\n"
        f"onelist: Kept in {server.kept}: .local .ssh .gitconfig .kaggle\n"
        "pip: -m pip install --user --no-input --disable-pip-version-check --retries 2 --timeout 15 course-meta\n"
    )
    names = (".local", ".ssh", ".gitconfig", ".kaggle")
    links = {name: link(server, name) for name in names}
    kept = {".gitconfig": "644 [user]\n", ".kaggle": "700", ".local": "700", **KEY, ".ssh/sub ü/link": "-> nowhere"}
    assert (tree(server.home), tree(server.kept)) == (links, kept)
    again = server.start(".ssh", ".gitconfig", ".kaggle", STATE="installed")
    assert again.out.splitlines()[0] == f"onelist: Kept in {server.kept}: .local .ssh .gitconfig .kaggle"
    assert "--quiet course-meta" in again.out
    assert (tree(server.home), tree(server.kept)) == (links, kept)


def test_killed_at_every_step_it_loses_nothing_and_the_next_start_finishes(tmp_path: Path) -> None:
    for step in range(1, 40):
        command = kill_and_finish(tmp_path / f"{step}", step, "before")
        if not command:
            assert step > 10
            return
        if command in {"cp", "rm"}:
            kill_and_finish(tmp_path / f"{step}-half", step, "half")
    raise AssertionError("the script was always killed")


def kill_and_finish(folder: Path, step: int, when: str) -> str:
    """Kill the script at a step, run it again, and return the command of that step; ``""`` where it was not reached."""
    server = NotebookServer(folder, shell="dash" if shutil.which("dash") else "sh")
    add_keys(server)
    (server.kept / ".local").mkdir(parents=True)
    (server.home / ".local").symlink_to(server.kept / ".local")
    ran = server.start(".ssh", killed_at=step, when=when)
    if ran.code == 0:
        return ""
    assert ran.code == -9
    assert KEY.items() <= tree(server.home).items() or KEY.items() <= tree(server.kept).items(), (step, when)
    finished = server.start(".ssh")
    assert (finished.code, finished.err) == (0, ""), (step, when)
    assert tree(server.home) == {".local": link(server, ".local"), ".ssh": link(server, ".ssh")}, (step, when)
    assert tree(server.kept) == {".local": "755", **KEY}, (step, when)
    return server.count.read_text(encoding="utf-8").split()[1]


def test_a_wiped_home_gets_its_links_again(server: NotebookServer) -> None:
    add_keys(server)
    server.start(".ssh")
    shutil.rmtree(server.home)
    server.home.mkdir()
    assert server.start(".ssh").code == 0
    assert (server.home / ".ssh/id_rsa").read_text(encoding="utf-8") == "key\n"


def test_home_and_storage_that_differ_are_both_kept(server: NotebookServer) -> None:
    add_keys(server, server.kept)
    server.add(".ssh/config", "of the image\n")
    server.add(".ssh.home-1", "older\n")
    ran = server.start(".ssh")
    assert ran.code == 1
    assert ran.err == (
        "onelist: HOME and the storage folder both have .ssh, and they differ. ~/.ssh leads to the storage folder;\n"
        f"    that of HOME is now {server.home}/.ssh.home-2. Copy what you need from it: the host deletes it when the "
        "server stops.\n"
    )
    assert tree(server.kept) == {".local": "700", **KEY}
    assert tree(server.home) == {
        ".local": link(server, ".local"),
        ".ssh": link(server, ".ssh"),
        ".ssh.home-1": "600 older\n",
        ".ssh.home-2": "700",
        ".ssh.home-2/config": "600 of the image\n",
    }


def test_a_full_storage_folder_leaves_the_original(server: NotebookServer) -> None:
    if not shutil.which("prlimit"):
        pytest.skip("this machine has no prlimit")
    server.add(".ssh/a", "small\n")
    server.add(".ssh/id_rsa", "x" * 9000)
    before = tree(server.home)
    ran = server.start(".ssh", longest_file=4096)
    assert ran.code == 1
    assert f"~/.ssh cannot be copied to {server.kept} and stays as it is: cp: " in ran.err
    assert tree(server.home) == {**before, ".local": link(server, ".local")}
    assert tree(server.kept) == {".local": "700"}


def test_what_changes_while_it_is_copied_stays(server: NotebookServer) -> None:
    add_keys(server)
    server.replace("cp", '#!/bin/sh\nPATH=${PATH#*:}\ncp "$@" && echo more >>"$HOME/.ssh/id_rsa"\n')
    ran = server.start(".ssh")
    assert ran.code == 1
    assert ran.err == (
        f"onelist: ~/.ssh cannot be copied to {server.kept} and stays as it is: it changes while it is copied.\n"
    )
    assert tree(server.home) == {**KEY, ".ssh/id_rsa": "600 key\nmore\n", ".local": link(server, ".local")}
    assert tree(server.kept) == {".local": "700"}


def test_what_changes_after_it_was_copied_is_kept_beside_the_link(server: NotebookServer) -> None:
    add_keys(server)
    server.replace("ln", '#!/bin/sh\nPATH=${PATH#*:}\nln "$@" && echo b >"$HOME/.ssh.onelist-moved/b"\n')
    server.replace("touch", '#!/bin/sh\nPATH=${PATH#*:}\ntouch -d 2020-01-01 "$@"\n')
    (server.home / ".local").symlink_to(server.kept / ".local")
    ran = server.start(".ssh")
    assert ran.code == 1
    assert f"that of HOME is now {server.home}/.ssh.home-1." in ran.err
    assert (server.home / ".ssh.home-1/b").read_text(encoding="utf-8") == "b\n"
    assert tree(server.kept) == {".local": "700", **KEY}


def test_a_storage_folder_that_cannot_be_written_still_gives_what_it_has(server: NotebookServer) -> None:
    add_keys(server, server.kept)
    server.add(".onelist-lock", "no folder\n", folder=server.kept)
    server.add(".gitconfig")
    ran = server.start(".ssh", ".gitconfig")
    assert ran.code == 1
    assert ran.err == (
        f"onelist: Nothing can be written to {server.kept}: it is read-only, or full. Only what it has already gets a "
        "link.\n"
    )
    assert tree(server.home) == {".ssh": link(server, ".ssh"), ".gitconfig": "600 mine\n"}


def test_without_the_storage_folder_home_stays_as_it_is(server: NotebookServer) -> None:
    add_keys(server)
    server.storage.rmdir()
    ran = server.start(".ssh")
    assert (ran.code, ran.out) == (3, "")
    assert ran.err == (
        f"onelist: The storage folder {server.storage} is missing. The host deletes what you install now. "
        "HOME stays as it is.\n"
    )
    assert tree(server.home) == KEY


@pytest.mark.parametrize(
    ("home", "storage", "words"),
    [
        ("h", "h/storage", "The storage folder lies in HOME"),
        ("s/h", "s", "lies in the storage folder: the host keeps it already"),
    ],
)
def test_folders_within_each_other_are_refused(tmp_path: Path, home: str, storage: str, words: str) -> None:
    server = NotebookServer(tmp_path, home=home, storage=storage)
    (tmp_path / "other").symlink_to(server.storage)
    server.storage = tmp_path / "other"
    before = tree(tmp_path, without=["start.sh"])
    ran = server.start(".ssh")
    assert (ran.code, ran.out) == (2, "")
    assert words in ran.err
    assert tree(tmp_path, without=["start.sh"]) == before


def test_a_folder_of_the_storage_folder_that_leads_into_home_is_refused(server: NotebookServer) -> None:
    add_keys(server)
    server.kept.symlink_to(server.home)
    assert server.start(".ssh").code == 2
    assert tree(server.home) == KEY


def test_links_sockets_and_files_in_place_of_folders_stay(server: NotebookServer) -> None:
    (server.home / ".ssh").symlink_to("elsewhere")
    (server.home / ".kaggle").symlink_to(".kaggle")
    server.add(".config", "a file\n")
    server.add(".gnupg/x")
    server.add(".jupyter/x", folder=server.storage)
    server.kept.mkdir()
    (server.kept / ".jupyter").symlink_to("../.jupyter")
    server.add(".netrc/x", folder=server.kept)
    server.add(".jupyter/x")
    server.add(".netrc")
    with socket.socket(socket.AF_UNIX) as agent:
        here = os.open(server.home / ".gnupg", os.O_RDONLY)
        agent.bind(f"/proc/self/fd/{here}/S.agent")
        os.close(here)
        before = tree(server.home)
        ran = server.start(".ssh", ".kaggle", ".config", ".gnupg", ".jupyter", ".data", ".netrc")
    assert ran.code == 1
    assert ran.err.splitlines() == [
        "onelist: ~/.ssh is a link to elsewhere and stays. To keep .ssh in the storage folder, remove the link.",
        "onelist: ~/.kaggle is a link to .kaggle and stays. To keep .kaggle in the storage folder, remove the link.",
        "onelist: ~/.config is no folder and stays as it is. Rename it, and run this file again.",
        f"onelist: ~/.gnupg stays as it is: {server.home}/.gnupg/S.agent is a socket or a device, which works only at "
        "its place. End its program first.",
        f"onelist: {server.kept}/.jupyter is a link, or is neither a file nor a folder: ~/.jupyter stays as it is. "
        "Rename it.",
        f"onelist: {server.kept}/.netrc is no file: ~/.netrc stays as it is. Rename it, and run this file again.",
    ]
    assert "Neither HOME nor the storage folder has .data. Once you have made it, run this file again." in ran.out
    assert tree(server.home) == {**before, ".local": link(server, ".local")}


def test_keys_that_others_can_read_are_closed(server: NotebookServer) -> None:
    add_keys(server, server.kept)
    (server.kept / ".ssh/id_rsa").chmod(0o666)
    (server.kept / ".ssh").chmod(0o777)
    ran = server.start(".ssh")
    assert ran.code == 0
    assert f"Other users could read files of {server.kept}/.ssh. Now only you can." in ran.out
    assert tree(server.kept) == {".local": "700", **KEY}


def test_keys_do_not_go_where_permissions_are_lost(server: NotebookServer) -> None:
    add_keys(server)
    server.add(".kaggle/kaggle.json", folder=server.kept, mode=0o666)
    server.replace("cp", '#!/bin/sh\nPATH=${PATH#*:}\ncp "$@" && for last; do :; done && chmod -R 777 "$last"\n')
    server.replace("chmod", "#!/bin/sh\n")
    server.add(".netrc")
    ran = server.start(".ssh", ".netrc", ".kaggle")
    assert ran.code == 1
    assert ran.err == (
        f"onelist: ~/.ssh stays as it is: {server.kept} cannot keep its permissions, so other users could read your "
        f"keys.\nonelist: ~/.netrc stays as it is: {server.kept} cannot keep its permissions, so other users could read "
        f"your keys.\nonelist: Other users can read files of {server.kept}/.kaggle, and the storage folder cannot keep "
        "that from them. ssh refuses such keys:\n    copy the key to another folder, run chmod 600 on the copy, and use "
        "it with ssh -i.\n"
    )
    assert tree(server.home) == {
        **KEY,
        ".netrc": "600 mine\n",
        ".kaggle": link(server, ".kaggle"),
        ".local": link(server, ".local"),
    }


def test_two_starts_at_once_do_the_work_once(server: NotebookServer) -> None:
    add_keys(server)
    both = [server.begin(".ssh") for _ in range(2)]
    printed = [process.communicate(timeout=60) for process in both]
    assert [process.returncode for process in both] == [0, 0], printed
    assert sum("is moved to" in out for out, _ in printed) == 1
    assert tree(server.home) == {".local": link(server, ".local"), ".ssh": link(server, ".ssh")}
    assert tree(server.kept) == {".local": "700", **KEY}


def test_the_lock_of_a_live_process_stops_a_start_and_that_of_a_dead_one_does_not(server: NotebookServer) -> None:
    add_keys(server)
    birth = Path(f"/proc/{os.getpid()}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
    lock = server.home / ".onelist-lock"
    live = server.add(f".onelist-lock/{os.getpid()}-{birth}-here", "")
    ran = server.start(".ssh")
    assert ran.code == 1
    assert ran.err == (
        f"onelist: Another run of this file works on HOME (process {os.getpid()}). Wait for its end. "
        "HOME stays as it is.\n"
    )
    live.rename(lock / f"{os.getpid()}-1{birth}-here")  # the number of a dead process, given to another one
    assert server.start(".ssh").code == 0
    assert not lock.exists()


def test_another_server_that_works_on_the_storage_folder_is_waited_for_and_forgotten_after_an_hour(
    server: NotebookServer,
) -> None:
    add_keys(server)
    other = server.add("home/.onelist-lock/77-123-other", "", folder=server.storage)
    ran = server.start(".ssh")
    assert ran.code == 1
    assert f"Nothing can be written to {server.kept}: another server works on it (process 77)." in ran.err
    assert tree(server.home) == KEY
    past = time.time() - 2 * 3600
    os.utime(other, (past, past))
    assert server.start(".ssh").code == 0
    assert tree(server.kept) == {".local": "700", **KEY}


def test_the_list_is_installed_and_a_failure_of_pip_ends_nothing(server: NotebookServer) -> None:
    again = "Later, run: python3 -m pip install --user course-meta"
    python = server.commands / "python3"
    ran = server.start(PIP_STATUS="1")
    assert ran.code == 1
    assert ran.err == (
        f"onelist: pip could not install course-meta: see above. Your earlier installs are there. {again}\n"
    )
    assert (server.home / ".local").is_dir()
    ran = server.start(STATE="no-user-site")
    assert ran.err == (
        f"onelist: {python} does not look for user installs: it is a virtual environment, or PYTHONNOUSERSITE is set. "
        f"{again}\n"
    )
    ran = server.start(PYTHONUSERBASE="/opt/x")
    assert ran.code == 1
    assert ran.err == (
        "onelist: pip's user installs go to /opt/x, which is not kept. Unset PYTHONUSERBASE in the settings of the "
        "server.\n"
    )


def test_hostile_names_are_only_names(tmp_path: Path) -> None:
    server = NotebookServer(
        tmp_path, storage="$(touch pwned)`touch pwned`'\"; touch pwned; @list@ \\ *", home="-h$HOME"
    )
    server.add("$(touch pwned)'*")
    assert server.start("$(touch pwned)'*", "-rf/", '"&touch pwned&"/').code == 0
    assert sorted(path.name for path in server.kept.iterdir()) == [
        '"&touch pwned&"',
        "$(touch pwned)'*",
        "-rf",
        ".local",
    ]
    assert not list(tmp_path.rglob("pwned"))


def test_a_file_that_reads_the_script_goes_on(server: NotebookServer) -> None:
    server.start()
    ran = subprocess.run(
        ["sh", "-c", f'. "{server.script}"; echo "after: $?, ${{storage:-no variable}}"'],  # noqa: S607
        env={"HOME": str(server.home / "none"), "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout == "after: 2, no variable\n"


def test_shellcheck_has_nothing_to_say(tmp_path: Path) -> None:
    file = tmp_path / "start.sh"
    file.write_text(start_script(helpers.settings(), "/storage"), encoding="utf-8")
    ran = subprocess.run(["shellcheck", file], capture_output=True, text=True, check=False)  # noqa: S607
    assert (ran.returncode, ran.stdout) == (0, "")


@pytest.mark.parametrize("storage", ["storage", "", "/", "/a/../b", "/a\nb", "~/x", "/\udcff"])
def test_a_storage_folder_that_is_no_absolute_path_is_refused(storage: str) -> None:
    with pytest.raises(UsageError, match="cannot be the storage folder"):
        start_script(helpers.settings(), storage)


@pytest.mark.parametrize("name", ["", "/", ".", "..", "a/b", "../x", ".x.onelist-copy", "a\nb", "/etc"])
def test_a_name_that_is_no_entry_of_home_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="cannot be kept"):
        start_script(helpers.settings(), "/storage", [name])
