#!/usr/bin/env bash
#@header@
#
# Brings this machine into the state that the course needs. You can run it again at any time, also after it was
# interrupted. For macOS and Linux; on Windows, run install.ps1.
#
#     bash install.sh            install, or bring what is installed up to date
#     bash install.sh --fresh    remove what this script installed, and install it again
#     bash install.sh --help     all options

if [ -z "${BASH_VERSION:-}" ]; then
    echo "This script needs bash. Run: bash install.sh" >&2
    exit 2
fi
set -u
unset CDPATH PYTHONPATH PYTHONHOME # they change what cd, conda and pip do
unset -f cd pwd ls rm find # a function of the user's shell with this name does something else

#@data@

MARKER=.installed-by-onelist
MINIFORGE=https://github.com/conda-forge/miniforge/releases/latest/download

usage() {
    cat <<TEXT
Installs everything that $LIST needs.

usage: bash install.sh [options]

  --prefix DIR            the folder of the installation
                          (default: $(quoted "$PREFIX"))
  --env NAME              install into the conda environment NAME, not into
                          the base environment
  --pip                   make a virtual environment with pip; needs Python
                          $LOWEST_PYTHON or newer, and no conda
  --with NAME             use mamba, conda, micromamba or pixi; miniforge
                          installs Miniforge (default: the first of them that
                          is there, else Miniforge)
  --fresh                 remove the installation first, if this script made
                          it, and install again
  --yes                   do not ask before something is removed
  --dry-run               print every command, and do nothing
  --miniforge-url URL     the folder or the file from which Miniforge comes
                          (or ONELIST_MINIFORGE_URL)
  --miniforge-sha256 HEX  its SHA-256 checksum (or ONELIST_MINIFORGE_SHA256;
                          default: the file URL.sha256)
  --help                  print this text
TEXT
}

say() { printf '%s\n' "$*"; }

stop() { # stop CODE LINE...: print why, and end
    local code=$1
    shift
    printf '\n' >&2
    printf '%s\n' "$@" >&2
    exit "$code"
}

quoted() { # print words as a shell reads them
    local word mark="'\\''" gap=''
    for word in "$@"; do
        case "$word" in
            '' | *[!A-Za-z0-9_./:=@%+,-]*) printf "%s'%s'" "$gap" "${word//\'/$mark}" ;;
            *) printf '%s%s' "$gap" "$word" ;;
        esac
        gap=' '
    done
}

show() { say "+ $(quoted "$@")"; }

run() { # show a command, and run it unless --dry-run
    show "$@"
    [ "$DRY_RUN" = 1 ] || "$@" </dev/null
}

real() { # print the place of a folder without links
    (cd -P "$1" 2>/dev/null && pwd -P)
}

is_inside() { # is_inside PATH FOLDER: tell whether a path is a folder or lies in it
    case "${1%/}/" in "${2%/}/"*) return 0 ;; esac
    return 1
}

set_prefix() { # set PREFIX to an absolute path
    local path=$1
    case "$path" in
        '') stop 2 "--prefix needs a folder." ;;
        *$'\n'* | *$'\r'* | *$'\t'*) stop 2 "The name of the folder has a line break or a tab. Name another folder." ;;
        [~]) path=$HOME ;;
        [~]/*) path=$HOME/${path#?/} ;;
    esac
    case "/$path/" in */../*) stop 2 "Write the folder without '..': $path" ;; esac
    case "$path" in /*) ;; *) path=$(pwd)/$path ;; esac
    while :; do
        case "$path" in
            *//*) path=${path%%//*}/${path#*//} ;;
            */./*) path=${path%%/./*}/${path#*/./} ;;
            */.) path=${path%.} ;;
            ?*/) path=${path%/} ;;
            *) break ;;
        esac
    done
    PREFIX=$path
}

# --- the marker: which folder this script made, and how far it came -------------------------------------------------

write_lines() {
    printf 'onelist-installer 1\nlist=%s\nkind=%s\nstate=%s\nplace=%s\n' "$LIST" "$2" "$3" "$(real "$1")"
}

write_marker() { # write_marker FOLDER KIND STATE
    say "+ write $(quoted "$1/$MARKER"): $2, $3"
    [ "$DRY_RUN" = 1 ] && return
    if ! { write_lines "$@" >"$1/$MARKER.part" && mv -f "$1/$MARKER.part" "$1/$MARKER"; }; then
        stop 1 "Cannot write into $1." "Is the disk full? Otherwise name a folder of your own with --prefix."
    fi
}

read_marker() { # read_marker FOLDER: set MARKED_LIST, KIND and STATE; fail if this script did not make the folder
    local line first='' place=''
    MARKED_LIST='' MARKED_KIND='' MARKED_STATE=''
    [ -d "$1" ] && [ ! -L "$1" ] && [ -f "$1/$MARKER" ] && [ ! -L "$1/$MARKER" ] && [ -O "$1/$MARKER" ] || return 1
    while IFS= read -r line; do
        case "${first:+x}$line" in
            xlist=*) MARKED_LIST=${line#list=} ;;
            xkind=*) MARKED_KIND=${line#kind=} ;;
            xstate=*) MARKED_STATE=${line#state=} ;;
            xplace=*) place=${line#place=} ;;
        esac
        first=${first:-$line}
    done <"$1/$MARKER"
    [ "$first" = 'onelist-installer 1' ] && [ -n "$place" ] && [ "$place" = "$(real "$1")" ]
}

looks_installed() { # looks_installed FOLDER KIND STATE: tell whether a folder holds what the marker says
    local sign signs
    case "$2" in
        miniforge | env) signs="conda-meta" ;;
        venv) signs="pyvenv.cfg" ;;
        pixi) signs="pixi.toml" ;;
        *) return 1 ;;
    esac
    case "$3" in
        removing) return 0 ;;
        begun) # it was interrupted early
            signs="$signs pkgs _conda bin .pixi"
            case "$(ls -A "$1")" in "$MARKER" | "$MARKER"$'\n'"$MARKER.part") return 0 ;; esac
            ;;
    esac
    for sign in $signs; do
        [ -e "$1/$sign" ] && return 0
    done
    return 1
}

has_mount() { # tell whether a folder is a mount point, or has one below it
    local table
    table=$(mount 2>/dev/null || /sbin/mount 2>/dev/null)
    case "$table" in *" on $1 "* | *" on $1/"*) return 0 ;; esac
    table=$(df -P "$1" 2>/dev/null)
    case "$table" in *" $1") return 0 ;; esac
    return 1
}

stop_unless_removable() { # stop unless this script made a folder, and nothing else lies in it
    local dir=$1 place home here
    local keep="Nothing was removed."
    [ -L "$dir" ] && stop 2 "$dir is a link. $keep" "Name the folder itself with --prefix."
    [ -d "$dir" ] || stop 2 "$dir is not a folder. $keep"
    place=$(real "$dir")
    [ -n "$place" ] || stop 2 "$dir cannot be opened. $keep"
    home=$(real "${HOME:-/}")
    here=$(pwd -P 2>/dev/null) || here=$(pwd)
    case "${place#/}" in */*) ;; *) stop 2 "$place is not removed: it is a folder of the system. $keep" ;; esac
    is_inside "$home" "$place" && stop 2 "$dir is your home folder, or above it. $keep"
    is_inside "$here" "$place" && stop 2 "You are in $dir. $keep" "Go to another folder first: cd"
    if [ "$place" != "$dir" ] && [ "$place" != "$home${dir#"${HOME:-/}"}" ]; then
        stop 2 "$dir lies below a link. $keep" "Name its real place: --prefix $(quoted "$place")"
    fi
    read_marker "$dir" || stop 2 "This script did not make $dir. $keep" "Remove it yourself, or name another folder."
    [ "$MARKED_LIST" = "$LIST" ] || stop 2 "$dir was made for $MARKED_LIST, and not for $LIST. $keep"
    [ -O "$dir" ] || stop 2 "$dir belongs to another user. $keep"
    looks_installed "$dir" "$MARKED_KIND" "$MARKED_STATE" ||
        stop 2 "$dir does not look like an installation. $keep" "Look at what is in it, and remove it yourself."
    has_mount "$place" && stop 2 "$dir is a mount point, or has one in it. $keep"
    for place in "$dir"/*.ipynb "$dir"/.git; do
        [ -e "$place" ] && stop 2 "$dir has files of yours in it: ${place##*/}. $keep" "Move them to another folder."
    done
    for place in "$dir"/envs/*; do
        [ -d "$place/conda-meta" ] || continue
        if ! read_marker "$place" || [ "$MARKED_LIST" != "$LIST" ]; then
            stop 2 "$dir has an environment in it that this script did not make: ${place##*/}. $keep" \
                "If you do not need it, remove it: conda env remove --prefix $(quoted "$place")"
        fi
    done
    read_marker "$dir"
}

remove_place() { # remove a folder that this script made; the marker goes last, so that a later run can go on
    local dir=$1
    write_marker "$dir" "$MARKED_KIND" removing
    run find "$dir" -mindepth 1 -maxdepth 1 ! -name "$MARKER" -exec rm -rf {} + ||
        stop 1 "Some files in $dir cannot be removed." "End the programs that use them, and run this again."
    if ! { run rm -f "$dir/$MARKER" && run rmdir "$dir"; }; then
        stop 1 "$dir cannot be removed."
    fi
    GONE=$dir
    [ "$DRY_RUN" = 1 ] || GONE=''
}

fresh() { # remove a folder for --fresh, after a question
    local answer=''
    is_new "$1" && return
    stop_unless_removable "$1"
    if [ "$YES" = 0 ] && [ "$DRY_RUN" = 0 ]; then
        if ! { true </dev/tty; } 2>/dev/null; then
            stop 2 "Cannot ask whether to remove $1: there is no terminal." "Run this with --yes if it may be removed."
        fi
        printf 'Remove %s and everything in it? [y/N] ' "$1" >/dev/tty
        IFS= read -r answer </dev/tty
        case "$answer" in y | Y | yes | Yes | YES) ;; *) stop 2 "Nothing was removed." ;; esac
    fi
    remove_place "$1"
}

is_new() { # tell whether a folder is not there yet, or empty (or would be, in a dry run)
    [ "$1" = "$GONE" ] && return 0
    [ -L "$1" ] && return 1
    [ ! -e "$1" ] && return 0
    [ -d "$1" ] || return 1
    case "$(ls -A "$1" 2>/dev/null)" in '' | "$MARKER.part") return 0 ;; esac
    return 1
}

begin() { # begin FOLDER KIND: make the folder, or go on with one that this script made
    if is_new "$1"; then
        run mkdir -p "$1" || stop 1 "Cannot make the folder $1." "Name a folder of your own with --prefix."
        write_marker "$1" "$2" begun
        return
    fi
    if read_marker "$1"; then
        [ "$MARKED_LIST" = "$LIST" ] || stop 2 "$1 was made for $MARKED_LIST." "Name another folder with --prefix."
        if [ "$MARKED_STATE" = removing ]; then
            stop_unless_removable "$1"
            remove_place "$1"
            run mkdir -p "$1" || stop 1 "Cannot make the folder $1."
            write_marker "$1" "$2" begun
            return
        fi
        [ "$MARKED_KIND" = "$2" ] ||
            stop 2 "$1 has another kind of installation ($MARKED_KIND)." \
                "To replace it, add --fresh. To keep it, name another folder with --prefix."
        return
    fi
    [ "$2" = env ] && [ -f "$1/conda-meta/history" ] && return # an environment of the user, who has named it
    stop 2 "$1 already exists, and this script did not make it." "Name another folder with --prefix."
}

# --- conda ----------------------------------------------------------------------------------------------------------

find_tool() { # find_tool NAME: set TOOL and TOOL_NAME to a program that works and that is not in PREFIX
    local name=$1 one
    for one in "${CONDA_EXE:-}" "${MAMBA_EXE:-}" "$(type -P "$name")" "$HOME/miniforge3/bin/$name" \
        "$HOME/mambaforge/bin/$name" "$HOME/miniconda3/bin/$name" "$HOME/anaconda3/bin/$name" \
        "/opt/miniforge3/bin/$name" "/opt/conda/bin/$name" "$HOME/.local/bin/$name" "$HOME/.pixi/bin/$name"; do
        [ "${one##*/}" = "$name" ] && [ -f "$one" ] && [ -x "$one" ] || continue
        is_inside "$one" "$PREFIX" && continue
        if "$one" --version </dev/null >/dev/null 2>&1; then
            TOOL=$one TOOL_NAME=$name
            return 0
        fi
    done
    return 1
}

own_tool() { # own_tool FOLDER: set TOOL to the mamba or conda of an installation
    local name
    for name in mamba conda; do
        if [ -x "$1/bin/$name" ] && "$1/bin/$name" --version </dev/null >/dev/null 2>&1; then
            TOOL=$1/bin/$name TOOL_NAME=$name
            return 0
        fi
    done
    return 1
}

choose_tool() { # set TOOL, TOOL_NAME and KIND (miniforge, env or pixi)
    local name
    KIND=miniforge TOOL=$PREFIX/bin/mamba TOOL_NAME=miniforge
    [ "$WITH" = miniforge ] && return
    if [ -z "$WITH" ] && { [ "$FRESH" = 0 ] || [ -n "$ENV_NAME" ]; }; then
        if read_marker "$PREFIX" && [ "$MARKED_KIND" = miniforge ]; then
            return
        fi
        if [ "$PREFIX_GIVEN" = 1 ] && [ -d "$PREFIX/conda-meta" ] && own_tool "$PREFIX"; then
            KIND='env' # an installation of the user, who has named it
            return
        fi
    fi
    for name in ${WITH:-mamba conda micromamba pixi}; do
        # pixi takes no version from a second channel that the first one has; the check has proved the others' way
        [ "$name" = pixi ] && [ -z "$WITH" ] && { [ "${#CHANNELS[@]}" -gt 1 ] || [ -n "$ENV_NAME" ]; } && continue
        if find_tool "$name"; then
            KIND='env'
            [ "$name" = pixi ] && KIND=pixi
            return
        fi
    done
    [ -z "$WITH" ] || stop 2 "$WITH was not found." "Install it, or leave out --with."
}

environment_folder() { # print the folder of the environment ENV_NAME
    local root=${TOOL%/*}
    root=${root%/*}
    if [ "$KIND" = miniforge ] || [ "$PREFIX_GIVEN" = 1 ]; then
        root=$PREFIX
    elif [ "$TOOL_NAME" = micromamba ]; then
        root=${MAMBA_ROOT_PREFIX:-$HOME/micromamba}
    elif [ ! -d "$root/conda-meta" ] || [ ! -w "$root" ]; then
        root=$HOME/.conda
    fi
    printf '%s' "$root/envs/$ENV_NAME"
}

miniforge_file() { # print the name of the installer for this machine
    local system machine
    system=$(uname -s)
    machine=$(uname -m)
    case "$system" in
        Darwin)
            [ "$(sysctl -n hw.optional.arm64 2>/dev/null)" = 1 ] && machine=arm64 # also where Rosetta runs this
            printf 'Miniforge3-MacOSX-%s.sh' "$machine"
            ;;
        Linux)
            [ "$machine" = arm64 ] && machine=aarch64
            printf 'Miniforge3-Linux-%s.sh' "$machine"
            ;;
    esac
}

download() { # download URL FILE: fetch to a temporary name, then rename
    if [ -n "$(type -P curl)" ]; then
        run curl --fail --location --progress-bar --retry 2 --connect-timeout 30 --output "$2.part" "$1"
    elif [ -n "$(type -P wget)" ]; then
        run wget --quiet --tries=3 --timeout=30 --output-document="$2.part" "$1"
    else
        stop 1 "Neither curl nor wget is there." "Install one of them, and run this again."
    fi && run mv -f "$2.part" "$2"
}

sha256() { # print the checksum of a file
    if [ -n "$(type -P sha256sum)" ]; then
        sha256sum <"$1"
    elif [ -n "$(type -P shasum)" ]; then
        shasum -a 256 <"$1"
    else
        openssl dgst -sha256 -r <"$1"
    fi
}

verify() { # verify FILE URL: stop unless a file has the checksum that was given, or that lies beside it
    local expected=$SHA256 found rest
    if [ -z "$expected" ]; then
        download "$2.sha256" "$1.sha256" || stop_download "$2.sha256"
        [ "$DRY_RUN" = 1 ] || read -r expected rest <"$1.sha256"
    fi
    show sha256sum "$1"
    [ "$DRY_RUN" = 1 ] && return
    expected=$(printf '%s' "$expected" | tr 'A-F' 'a-f')
    read -r found rest <<LINE
$(sha256 "$1")
LINE
    if [ "${#found}" != 64 ] || [ "$found" != "$expected" ]; then
        stop 1 "The downloaded file does not have the right checksum. It was not run." \
            "expected: $expected" "found:    $found" \
            "Run this again. If it happens again, do not install it, and tell your teacher."
    fi
}

stop_download() {
    stop 1 "Cannot download $1." \
        "Check the network, and run this again. Nothing has changed on this machine." \
        "If this network needs a proxy, set https_proxy. Another address: --miniforge-url URL"
}

install_miniforge() { # install_miniforge FOLDER, unless it is there
    local file work url=$MINIFORGE_URL
    if [ "$1" != "$GONE" ] && read_marker "$1" && [ "$MARKED_LIST/$MARKED_KIND" = "$LIST/miniforge" ]; then
        case "$MARKED_STATE" in
            base | complete)
                own_tool "$1" && return
                stop 2 "The conda in $1 does not work any more." "Build it again: add --fresh"
                ;;
        esac
        say "The installation in $1 was interrupted. It is built again."
        stop_unless_removable "$1"
        remove_place "$1"
    elif ! is_new "$1"; then
        begin "$1" miniforge # stops, and says why
    fi
    case "$1" in
        *' '*) stop 2 "Miniforge cannot be installed in a folder with a space in its name: $1" \
            "Name another folder, such as: --prefix $(quoted "/opt/$LIST")" ;;
    esac
    file=$(miniforge_file)
    case "$url" in
        *.sh) ;;
        *)
            [ -n "$file" ] || stop 2 "There is no Miniforge for $(uname -s) on $(uname -m)." "Try: --pip"
            url=${url%/}/$file
            ;;
    esac
    work=${TMPDIR:-/tmp}/onelist.XXXXXX
    show mktemp -d "$work"
    if [ "$DRY_RUN" = 0 ]; then
        WORK=$(mktemp -d "$work") || stop 1 "Cannot make a temporary folder."
        work=$WORK
    fi
    download "$url" "$work/miniforge.sh" || stop_download "$url"
    verify "$work/miniforge.sh" "$url"
    begin "$1" miniforge
    say "Installing Miniforge takes a minute."
    run bash "$work/miniforge.sh" -b -f -p "$1" ||
        stop 1 "Miniforge could not be installed in $1." "The lines above say why. Then run this again."
    if [ "$DRY_RUN" = 1 ]; then
        TOOL=$1/bin/mamba TOOL_NAME=mamba
    else
        own_tool "$1" || stop 1 "Miniforge was installed in $1, and its conda does not run." "Run this again."
    fi
    write_marker "$1" miniforge base
}

has_pip() { "$1/bin/python" -I -m pip --version </dev/null >/dev/null 2>&1; }

conda_install() { # conda_install FOLDER: install the meta-package, or bring it up to date
    local channel verb=install words
    for channel in "$1/conda-meta/$META-"[0-9]*.json; do
        [ -f "$channel" ] && verb=update
    done
    if [ "${#PIP_ONLY[@]}" -gt 0 ] && ! has_pip "$1"; then verb=install; fi
    # What the check has proved: these channels only, and a version from the first channel that has one that fits
    words=(env CONDA_CHANNEL_PRIORITY=flexible MAMBA_CHANNEL_PRIORITY=flexible
        "$TOOL" "$verb" --yes --prefix "$1" --override-channels)
    for channel in "${CHANNELS[@]}"; do words+=("--channel=$channel"); done
    words+=("$META")
    [ "$verb" = install ] && [ "${#PIP_ONLY[@]}" -gt 0 ] && words+=(pip)
    run "${words[@]}" ||
        stop 1 "$TOOL_NAME could not install $META. The lines above say why." \
            "No network, or a time-out: run this again. It goes on where it stopped." \
            "The disk is full: free some space, and run this again." \
            "PackagesNotFoundError, or 'nothing provides': the channel does not have it. Tell your teacher." \
            "Packages that do not fit together: add --fresh, or install into an environment of its own: --env NAME"
}

pixi_install() { # pixi_install FOLDER: the same with pixi, in a workspace
    local channel words=("$TOOL" init)
    if [ ! -f "$1/pixi.toml" ]; then
        for channel in "${CHANNELS[@]}"; do words+=("--channel=$channel"); done
        run "${words[@]}" "$1" || stop 1 "pixi could not make a workspace in $1."
    fi
    words=("$TOOL" add --manifest-path "$1/pixi.toml" "$META")
    [ "${#PIP_ONLY[@]}" -gt 0 ] && words+=(pip)
    if ! { run "${words[@]}" && run "$TOOL" update --manifest-path "$1/pixi.toml"; }; then
        stop 1 "pixi could not install $META. The lines above say why." \
            "No network: run this again. Packages that do not fit together: try --with miniforge"
    fi
}

# --- pip ------------------------------------------------------------------------------------------------------------

find_python() { # set PYTHON to one that is new enough
    local name
    for name in python3 python3.14 python3.13 python3.12 python3.11 python3.10 python; do
        PYTHON=$(type -P "$name") || continue
        # the one of macOS opens a window that wants to install Xcode's tools
        [ "$PYTHON:$(uname -s)" = /usr/bin/python3:Darwin ] && ! xcode-select -p >/dev/null 2>&1 && continue
        "$PYTHON" -c "import sys; sys.exit(sys.version_info < (${LOWEST_PYTHON/./, }))" </dev/null 2>/dev/null && return
    done
    stop 1 "There is no Python $LOWEST_PYTHON or newer on this machine." \
        "Install it from https://www.python.org/downloads/, or with the package manager of your system." \
        "Or leave out --pip: then this script brings a Python of its own."
}

make_venv() { # make_venv FOLDER
    local link
    find_python
    begin "$1" venv
    for link in "$1"/bin/python*; do # the Python that it was made from is gone, and venv does not replace its links
        [ -L "$link" ] && [ ! -e "$link" ] && run rm -f "$link"
    done
    if ! has_pip "$1"; then
        run "$PYTHON" -m venv "$1" ||
            stop 1 "$PYTHON cannot make a virtual environment." "Debian and Ubuntu: sudo apt install python3-venv"
    fi
}

pip_install() { # install with the pip of the environment, whatever the user's settings say of other places
    run env PYTHONNOUSERSITE=1 PIP_USER=0 PIP_REQUIRE_VIRTUALENV=0 "$PYTHON" -I -m pip install --upgrade "$@" ||
        stop 1 "pip could not install this. The lines above say why." \
            "No network, or a time-out: run this again. It goes on where it stopped." \
            "No matching distribution: use the Python that your teacher names, or tell your teacher." \
            "Failed building wheel: use the Python that your teacher names, or run this without --pip."
}

import_all() { # import everything; fail if something cannot be imported
    say "+ $(quoted "$PYTHON") -I - $(quoted "$@") < (a program that imports each of them)"
    [ "$DRY_RUN" = 1 ] && return
    "$PYTHON" -I - "$@" <<'PROGRAM'
#@imports@
PROGRAM
}

# --- all of it ------------------------------------------------------------------------------------------------------

value() { # value OPTION COUNT: stop unless an option has a value
    [ "$2" -gt 1 ] || stop 2 "$1 needs a value." "All options: bash install.sh --help"
}

read_options() {
    while [ "$#" -gt 0 ]; do
        case "$1" in
            --prefix=* | --env=* | --with=* | --miniforge-url=* | --miniforge-sha256=*)
                set -- "${1%%=*}" "${1#*=}" "${@:2}"
                ;;
        esac
        case "$1" in
            --prefix | --env | --with | --miniforge-url | --miniforge-sha256) value "$1" "$#" ;;
        esac
        case "$1" in
            --prefix) set_prefix "$2" && PREFIX_GIVEN=1 && shift ;;
            --env) ENV_NAME=$2 && shift ;;
            --with) WITH=$2 && shift ;;
            --miniforge-url) MINIFORGE_URL=$2 && shift ;;
            --miniforge-sha256) SHA256=$2 && shift ;;
            --pip) PIP=1 ;;
            --fresh) FRESH=1 ;;
            --yes | -y) YES=1 ;;
            --dry-run) DRY_RUN=1 ;;
            --help | -h) usage && exit 0 ;;
            *) stop 2 "This option is not known: $1" "All options: bash install.sh --help" ;;
        esac
        shift
    done
    case "$WITH" in
        '' | mamba | conda | micromamba | pixi | miniforge) ;;
        *) stop 2 "--with $WITH is not known." "Use one of: mamba, conda, micromamba, pixi, miniforge" ;;
    esac
    case "$ENV_NAME" in
        base) ENV_NAME='' ;;
        -* | .* | *[/\ :#]* | *[[:cntrl:]]*) stop 2 "conda environments cannot have the name $ENV_NAME." ;;
    esac
    [ "${#CHANNELS[@]}" -gt 0 ] || PIP=1 # a list that only pip installs
    if [ "$PIP" = 1 ] && [ -n "$ENV_NAME$WITH" ]; then
        stop 2 "--env and --with are for conda, and this installs with pip." "Leave them out."
    fi
    if [ "$WITH" = pixi ] && [ -n "$ENV_NAME" ]; then
        stop 2 "pixi has no environments with names." "Leave out --env, and name the folder with --prefix."
    fi
}

main() {
    local place
    PREFIX='' PREFIX_GIVEN=0 ENV_NAME='' WITH='' PIP=0 FRESH=0 YES=0 DRY_RUN=0 WORK='' GONE=''
    MINIFORGE_URL=${ONELIST_MINIFORGE_URL:-$MINIFORGE} SHA256=${ONELIST_MINIFORGE_SHA256:-}
    trap '[ -z "$WORK" ] || rm -rf "$WORK"' EXIT
    trap 'stop 130 "Interrupted. Run this again: it goes on where it stopped."' INT TERM HUP
    HOME=${HOME:-}
    PREFIX=${HOME:+$HOME/$LIST-env}
    read_options "$@"
    [ -n "$PREFIX" ] || stop 2 "HOME is not set." "Name the folder with --prefix."
    set_prefix "$PREFIX"
    place=$PREFIX
    if [ "$PIP" = 1 ]; then
        KIND=venv
    else
        choose_tool
        [ -z "$ENV_NAME" ] || place=$(environment_folder)
    fi
    say "Installing $LIST in $place"
    [ "$FRESH" = 0 ] || fresh "$place"
    case "$KIND" in
        venv)
            make_venv "$place"
            PYTHON=$place/bin/python
            pip_install "$PIP_NAME"
            ;;
        pixi)
            begin "$place" pixi
            pixi_install "$place"
            PYTHON=$place/.pixi/envs/default/bin/python
            ;;
        *)
            [ "$KIND" = env ] || install_miniforge "$PREFIX"
            [ -z "$ENV_NAME" ] || KIND='env'
            if [ "$KIND" = env ]; then
                begin "$place" env
                if [ ! -f "$place/conda-meta/history" ]; then # what makes a folder an environment for conda
                    run mkdir -p "$place/conda-meta" || stop 1 "Cannot write into $place."
                    run touch "$place/conda-meta/history" || stop 1 "Cannot write into $place."
                fi
            fi
            conda_install "$place"
            PYTHON=$place/bin/python
            ;;
    esac
    if [ "$KIND" != venv ] && [ "${#PIP_ONLY[@]}" -gt 0 ]; then
        pip_install "${PIP_ONLY[@]}"
    fi
    if [ "$DRY_RUN" = 1 ] || read_marker "$place"; then
        write_marker "$place" "$KIND" complete
    fi
    finish "$place"
}

activation() { # print the command that makes a terminal use an installation
    case "$KIND" in
        venv | miniforge) quoted source "$1/bin/activate" ;;
        pixi) quoted pixi shell --manifest-path "$1/pixi.toml" ;;
        *)
            if [ -f "${TOOL%/*}/activate" ]; then
                quoted source "${TOOL%/*}/activate" "$1"
            else
                quoted "$TOOL_NAME" activate "$1"
            fi
            ;;
    esac
}

finish() { # import everything, and say how to go on
    local checks=()
    if [ "$KIND" = venv ]; then
        checks=(${PIP_CHECKS[@]+"${PIP_CHECKS[@]}"})
    else
        checks=(${CONDA_CHECKS[@]+"${CONDA_CHECKS[@]}"})
    fi
    if ! import_all ${checks[@]+"${checks[@]}"}; then
        stop 1 "$LIST is installed in $1, and some of it does not work: see the lines with FAILED."
    fi
    [ "$DRY_RUN" = 1 ] && return
    say ""
    say "$LIST is installed in $1, and all of it can be imported."
    say "Its Python: $(quoted "$PYTHON")"
    say "To use it in a terminal: $(activation "$1")"
    if [ -x "${PYTHON%/*}/jupyter-lab" ]; then
        say "To start JupyterLab: $(quoted "${PYTHON%/*}/jupyter-lab")"
    fi
}

main "$@"
