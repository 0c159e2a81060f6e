#!/bin/sh
# Written by onelist from settings.ini: change that file, then run: @command@
#
# For notebook servers that keep one folder and wipe the rest of the disk: run this file at every start of the server.
# pip's user installs (~/.local) and the dot-files named below live in the storage folder, with links in HOME.
# The first run moves there what HOME has. Nothing is overwritten, and nothing is lost: you can stop this file at any
# point and run it again.
#
# Exit status: 0 all is well; 1 something needs you, see the messages; 2 not for this HOME or this storage folder;
# 3 the storage folder is missing. After 2 and 3, HOME is as it was.
#
# shellcheck disable=SC2088 # ~/ in a message is for the reader

main() {
    set -u
    unset CDPATH
    newline='
'
    IFS=" 	$newline"
    storage=@storage@
    list=@list@
    kept=$storage/home # what HOME has links to
    status=0
    trap 'give_back' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    check_places
    take_locks
@keep@
    say "Kept in $kept:${linked:- nothing}"
    install_list
    exit "$status"
}

say() {
    printf 'onelist: %s\n' "$1"
}

warn() { # something that needs the reader
    printf 'onelist: %s\n' "$1" >&2
    [ "$status" -ne 0 ] || status=1
}

stop() { # STATUS MESSAGE
    warn "$2 HOME stays as it is."
    exit "$1"
}

is_there() { # a link counts, wherever it leads
    [ -e "$1" ] || [ -L "$1" ]
}

is_same_file() { # one file or folder by two names
    # shellcheck disable=SC3013 # POSIX has it since 2024, and every shell had it before
    [ "$1" -ef "$2" ] 2>/dev/null
}

# --- the two places -------------------------------------------------------------------------------------------------

check_places() {
    case ${HOME:-} in
        /*) [ -d "$HOME" ] || stop 2 "HOME is no folder: $HOME." ;;
        *) stop 2 "HOME is no absolute path: ${HOME:-not set}." ;;
    esac
    HOME=${HOME%"${HOME##*[!/]}"} # without slashes at the end
    [ -d "$storage" ] || stop 3 "The storage folder $storage is missing. The host deletes what you install now."
    real_home=$(cd -P "${HOME:-/}" 2>/dev/null && pwd -P) || stop 2 "HOME cannot be opened: $HOME."
    real_storage=$(cd -P "$storage" 2>/dev/null && pwd -P) || stop 3 "The storage folder $storage cannot be opened."
    refuse_nested "$real_storage" 'The storage folder'
    case $(owner "$real_home/.") in
        "$(id -u)") ;;
        *) stop 2 "HOME ($HOME) belongs to another user. Run this file as that user." ;;
    esac
    is_there "$kept" || mkdir -m 700 "$kept" 2>/dev/null
    if [ -d "$kept" ]; then
        real_kept=$(cd -P "$kept" 2>/dev/null && pwd -P) || stop 3 "The folder $kept cannot be opened."
        refuse_nested "$real_kept" "The folder $kept"
    elif is_there "$kept"; then
        stop 2 "$kept is no folder. Rename it."
    fi
}

refuse_nested() { # PATH WHAT: stop where a folder lies in HOME, or HOME in it
    case ${1%/}/ in
        "${real_home%/}"/*) stop 2 "$2 lies in HOME ($real_home). Name a folder outside of HOME." ;;
    esac
    case ${real_home%/}/ in
        "${1%/}"/*) stop 2 "HOME ($real_home) lies in the storage folder: the host keeps it already." ;;
    esac
}

owner() { # the number of the user to whom a file belongs
    # shellcheck disable=SC2012 # only the columns before the name are read
    ls -nd "$1" | awk 'NR == 1 { print $3 }'
}

# --- one run at a time ----------------------------------------------------------------------------------------------
# A lock is a folder that holds one file, named after the process that has the lock. A process first writes its file and
# then looks: if it sees another one, it takes its own away and waits. The file of a process that is dead is removed.

take_locks() {
    home_lock='' storage_lock=''
    self=$(exec sh -c 'printf %s "$PPID"') # $$ is the shell that reads this file, which may live on
    machine=$({ uname -n; readlink /proc/self/ns/pid; } 2>/dev/null | tr -cd 'A-Za-z0-9.')
    me=$self-$(birth "$self")-$machine
    take_lock "$HOME/.onelist-lock" here
    case $? in
        1) stop 1 "Another run of this file works on HOME ($(held_by "$HOME/.onelist-lock")). Wait for its end." ;;
        2) stop 2 "HOME cannot be written: $HOME." ;;
    esac
    home_lock=$HOME/.onelist-lock
    can_write=no
    take_lock "$kept/.onelist-lock" anywhere
    case $? in
        0) can_write=yes storage_lock=$kept/.onelist-lock ;;
        1) why_not="another server works on it ($(held_by "$kept/.onelist-lock"))" ;;
        2) why_not='it is read-only, or full' ;;
    esac
    if [ "$can_write" = no ]; then
        warn "Nothing can be written to $kept: $why_not. Only what it has already gets a link."
    fi
}

take_lock() { # FOLDER here|anywhere: 0 taken, 1 another process has it, 2 the folder cannot be made
    tries=0 failures=0
    while :; do
        mkdir "$1" 2>/dev/null
        if { printf '' >"$1/$me"; } 2>/dev/null; then
            others=$(other_holders "$1")
            [ -n "$others" ] || return 0
            rm -f "$1/$me"
        elif ! [ -w "${1%/*}" ]; then
            return 2
        elif [ -z "$(other_holders "$1")" ]; then # several times, because others remove the folder
            failures=$((failures + 1))
            [ "$failures" -lt 4 ] || return 2
        fi
        drop_dead_holders "$1" "$2" && continue
        tries=$((tries + 1))
        [ "$tries" -lt 20 ] || return 1
        [ "$tries" -lt 2 ] || sleep 1
    done
}

other_holders() { # the names in a lock, without our own
    for file in "$1"/*; do
        holder=${file##*/}
        [ "$holder" = "$me" ] || [ "$holder" = '*' ] || printf '%s ' "$holder"
    done
}

held_by() {
    printf 'process %s' "$(other_holders "$1" | sed 's/-.*//')"
}

drop_dead_holders() { # FOLDER here|anywhere: 0 where one was removed
    dropped=1
    for file in "$1"/*; do
        [ -e "$file" ] || continue
        holder=${file##*/}
        [ "$holder" != "$me" ] || continue
        number=${holder%%-*} rest=${holder#*-}
        if [ "$2" = here ] || [ "${rest#*-}" = "$machine" ]; then
            [ "$(birth "$number")" = "${rest%%-*}" ] && kill -0 "$number" 2>/dev/null && continue
        else # of another machine: nothing that a run does to one dot-file takes an hour
            [ -n "$(find "$file" -prune -mmin +60 2>/dev/null)" ] || continue
        fi
        rm -f "$file" && ! [ -e "$file" ] && dropped=0
    done
    return "$dropped"
}

birth() { # when a process was started; nothing for one that does not run
    case $1 in
        '' | *[!0-9]*) return ;;
    esac
    if [ -r /proc/self/stat ]; then # field 22 of proc(5); the name before it may hold blanks and brackets
        { line=$(cat "/proc/$1/stat"); } 2>/dev/null || return
        # shellcheck disable=SC2086 # its words are wanted
        set -- ${line##*)}
        case $1 in
            Z | X) ;; # killed, and its parent has not noticed
            *) printf '%s' "${20}" ;;
        esac
    else
        ps -o lstart= -p "$1" 2>/dev/null | tr -cd 'A-Za-z0-9'
    fi
}

give_back() {
    for lock in "${home_lock:-}" "${storage_lock:-}"; do
        [ -n "$lock" ] || continue
        rm -f "$lock/$me"
        rmdir "$lock" 2>/dev/null
    done
}

# --- one dot-file ---------------------------------------------------------------------------------------------------

keep() { # NAME folder|file|any open|private
    here=$HOME/$1 there=$kept/$1 kind=$2 access=$3
    finish
    link_entry "$1"
    leads_there || return
    linked="${linked:-} $1"
    [ "$access" = open ] || close_access
}

leads_there() {
    [ -L "$here" ] && is_same_file "$here" "$there"
}

link_entry() { # NAME
    if [ -L "$here" ] && [ "$(readlink "$here")" = "$there" ]; then
        [ -e "$there" ] || make_new
    elif leads_there; then
        return
    elif [ -L "$here" ]; then
        warn "~/$1 is a link to $(readlink "$here") and stays. To keep $1 in the storage folder, remove the link."
    elif is_there "$there" && ! is_usable "$there"; then
        warn "$there is a link, or is neither a file nor a folder: ~/$1 stays as it is. Rename it."
    elif is_there "$there" && ! is_of_kind "$there"; then
        warn "$there is no $kind: ~/$1 stays as it is. Rename it, and run this file again."
    elif ! [ -e "$here" ]; then
        is_there "$there" || make_new && put_link
    elif is_movable "$1"; then
        take_in "$1"
    fi
}

is_usable() { # a file or a folder, and no link
    ! [ -L "$1" ] && { [ -f "$1" ] || [ -d "$1" ]; }
}

make_new() { # an empty file or folder in the storage folder, only for its owner
    if [ "$kind" = any ]; then
        say "Neither HOME nor the storage folder has ${here##*/}. Once you have made it, run this file again."
        return 1
    fi
    [ "$can_write" = yes ] || return 1
    if [ "$kind" = folder ]; then
        mkdir -m 700 "$there" 2>/dev/null
    else
        (umask 077 && set -C && { printf '' >"$there"; } 2>/dev/null)
    fi || { warn "$there cannot be made." && return 1; }
}

put_link() {
    ln -s "$there" "$here" 2>/dev/null && return
    leads_there || { warn "The link ~/${here##*/} cannot be made." && return 1; }
}

is_movable() { # NAME: tell whether an entry of HOME can go away from its place
    if ! is_usable "$here"; then
        warn "~/$1 is neither a file nor a folder and stays as it is."
    elif is_same_file "$here" "$there"; then
        warn "~/$1 and $there are the same folder already (a mount?): nothing to do."
    elif has_mounts; then
        warn "~/$1 holds a mounted folder and stays as it is."
    elif odd=$(find "$here" ! -type f ! -type d ! -type l -print 2>/dev/null | sed q) && [ -n "$odd" ]; then
        warn "~/$1 stays as it is: $odd is a socket or a device, which works only at its place. End its program first."
    else
        return 0
    fi
    return 1
}

has_mounts() { # whether something is mounted at or below the entry, as far as the system tells
    [ -r /proc/self/mounts ] || return 1
    place=$real_home/${here##*/}
    while read -r _ mounted _; do
        case $mounted in
            *\\*) mounted=$(printf '%b' "$mounted") ;; # a blank is \040
        esac
        case $mounted/ in
            "$place"/*) return 0 ;;
        esac
    done </proc/self/mounts
    return 1
}

take_in() { # NAME: HOME has a file or a folder
    if is_there "$there"; then
        if is_same_content "$here" "$there"; then
            swap
        else
            set_aside
        fi
    elif ! is_of_kind "$here"; then
        warn "~/$1 is no $kind and stays as it is. Rename it, and run this file again."
    elif [ "$can_write" = yes ]; then
        copy_in "$1" && say "~/$1 is moved to $there." && swap
    fi
}

is_of_kind() {
    case $kind in
        folder) [ -d "$1" ] ;;
        file) [ -f "$1" ] ;;
    esac
}

copy_in() { # NAME: make the storage folder's copy; the original is not touched
    copy=$there.onelist-copy
    remove "$copy"
    touch "$storage_lock/$me" "$home_lock/$me" 2>/dev/null # what changes from now on is newer
    problem=$(cp -pPR "$here" "$copy" 2>&1)
    problem=${problem%%"$newline"*}
    if ! is_same_content "$here" "$copy"; then
        warn "~/$1 cannot be copied to $kept and stays as it is: ${problem:-it changes while it is copied}."
    elif [ "$access" = private ] && [ "$(permissions "$here")" != "$(permissions "$copy")" ]; then
        warn "~/$1 stays as it is: $kept cannot keep its permissions, so other users could read your keys."
    elif sync; is_there "$there"; then
        warn "$there has just appeared. Run this file again."
    elif mv "$copy" "$there" && ! is_there "$there/${copy##*/}"; then
        sync
        return 0
    else
        warn "$there cannot be made: ~/$1 stays as it is."
        remove "$there/${copy##*/}"
    fi
    remove "$copy"
    return 1
}

swap() { # put the link in the place of an entry that the storage folder has, too
    rename "$here" "$here.onelist-moved" || return
    put_link || { rename "$here.onelist-moved" "$here" && return; }
    finish
}

finish() { # remove the original of what was moved, also where an earlier run was killed
    remove "$here.onelist-delete"
    is_there "$here.onelist-moved" || return
    if is_usable "$there" && is_same_content "$here.onelist-moved" "$there" &&
        [ -z "$(find "$here.onelist-moved" -newer "$home_lock/$me" -print 2>/dev/null)" ]; then
        rename "$here.onelist-moved" "$here.onelist-delete" && remove "$here.onelist-delete"
    else # it has changed since it was copied
        aside=$(free_name)
        rename "$here.onelist-moved" "$aside" && warn_of_both "$aside"
    fi
}

set_aside() { # both have it, and they differ
    aside=$(free_name)
    rename "$here" "$aside" || return
    put_link || { rename "$aside" "$here" && return; }
    warn_of_both "$aside"
}

rename() { # FROM TO: never into a folder
    ! is_there "$2" || { warn "$1 stays as it is: $2 is in its way." && return 1; }
    mv "$1" "$2" 2>/dev/null || { warn "$1 cannot be renamed, and stays as it is." && return 1; }
}

free_name() {
    count=1
    while is_there "$here.home-$count"; do
        count=$((count + 1))
    done
    printf '%s' "$here.home-$count"
}

warn_of_both() {
    warn "HOME and the storage folder both have ${here##*/}, and they differ. ~/${here##*/} leads to the storage folder;
    that of HOME is now $1. Copy what you need from it: the host deletes it when the server stops."
}

remove() { # folders that their owner cannot write, too
    is_there "$1" || return
    rm -rf "$1" 2>/dev/null && return
    chmod -R u+rwX "$1" 2>/dev/null
    rm -rf "$1" 2>/dev/null || warn "$1 cannot be deleted."
}

# --- comparing ------------------------------------------------------------------------------------------------------

is_same_content() { # whether two files or folders hold the same; false where one cannot be read
    one=$(names "$1") && other=$(names "$2") && [ "$one" = "$other" ] || return 1
    one=$(contents "$1") && other=$(contents "$2") && [ "$one" = "$other" ]
}

names() ( # each folder, file and link with its target
    [ -d "$1" ] || { printf 'file' && exit; }
    cd "$1" || exit
    # shellcheck disable=SC2016 # the inner shell expands them
    found=$(find . \( -type d -exec printf 'd %s\n' {} + \) -o \( -type f -exec printf 'f %s\n' {} + \) -o \
        -exec sh -c 'for link; do printf "l %s %s\n" "$link" "$(readlink "$link")"; done' sh {} +) || exit
    printf '%s\n' "$found" | LC_ALL=C sort
) 2>/dev/null

contents() ( # each file with its checksum
    [ -d "$1" ] || { "$(checksum)" <"$1" && exit; }
    cd "$1" || exit
    found=$(find . -type f -exec "$(checksum)" {} +) || exit
    printf '%s\n' "$found" | LC_ALL=C sort
) 2>/dev/null

checksum() {
    if command -v sha256sum >/dev/null; then
        printf 'sha256sum'
    else
        printf 'cksum' # POSIX
    fi
}

permissions() (
    # shellcheck disable=SC2012 # only the first column is read
    [ -d "$1" ] || { ls -lnd "$1" | cut -c -10 && exit; }
    cd "$1" || exit
    find . ! -type l -exec ls -lnd {} + |
        awk '{ line = substr($1, 1, 10); for (n = 9; n <= NF; n++) line = line " " $n; print line }' | LC_ALL=C sort
) 2>/dev/null

close_access() { # ssh refuses a key that other users can read
    [ -n "$(open_to_others -print)" ] || return
    open_to_others -exec chmod go-rwx {} +
    if [ -z "$(open_to_others -print)" ]; then
        say "Other users could read files of $there. Now only you can."
    else
        warn "Other users can read files of $there, and the storage folder cannot keep that from them. ssh refuses such keys:
    copy the key to another folder, run chmod 600 on the copy, and use it with ssh -i."
    fi
}

open_to_others() { # what to do with each file that others can use and should not
    find "$there" \( -type d -o -type f ! -name '*.pub' ! -name 'known_hosts*' ! -name config ! -name authorized_keys \) \
        \( -perm -001 -o -perm -002 -o -perm -004 -o -perm -010 -o -perm -020 -o -perm -040 \) "$@" 2>/dev/null
}

# --- the list -------------------------------------------------------------------------------------------------------

install_list() {
    python=$(command -v python3 || command -v python) || { warn "PATH has no Python to install $list." && return; }
    again="Later, run: ${python##*/} -m pip install --user $list"
    cd "$HOME" || return # Python looks for modules in this folder
    facts=$("$python" -c "$(facts_program)" "$list" 2>/dev/null) || { warn "$python does not run. $again" && return; }
    base=${facts#* } noise=''
    case $facts in
        no-user-site*)
            warn "$python does not look for user installs: it is a virtual environment, or PYTHONNOUSERSITE is set. $again"
            return
            ;;
        installed*) noise=--quiet ;; # pip still adds what is missing of its requirements
    esac
    case $base/ in
        "$HOME/.local"/*) ;;
        *) warn "pip's user installs go to $base, which is not kept. Unset PYTHONUSERBASE in the settings of the server." ;;
    esac
    unset PIP_TARGET PIP_PREFIX PIP_ROOT # pip cannot combine them with --user
    export PIP_ROOT_USER_ACTION=ignore
    "$python" -m pip install --user --no-input --disable-pip-version-check --retries 2 --timeout 15 ${noise:+"$noise"} \
        "$list" || warn "pip could not install $list: see above. Your earlier installs are there. $again"
}

facts_program() {
    cat <<'END'
import site, sys
try:
    from importlib.metadata import version
    version(sys.argv[1])
    state = "installed"
except Exception:
    state = "missing"
print(state if site.ENABLE_USER_SITE else "no-user-site", site.getuserbase())
END
}

(main) # another file may read this one with "."
