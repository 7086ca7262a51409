# Shell functions shared by tools/demo and tools/test: telling what happens, running what can be interrupted, keeping
# others off, installing packages, configuring and building. To be sourced; the caller has `set -euo pipefail`,
# stands in the project's root, and defines `clean_up`, which ends what it has started.

say() { printf '\033[1m==> %d:%02d %s\033[0m\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*" >&2; }
step() { say "$*"; } # the caller may count them
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# attend COMMAND…: runs it. Bash heeds a signal at once while it waits for what runs behind it, but not before the end of
# what runs in front. A command behind ignores Ctrl-C, unless told otherwise, and reads nothing, unless told what.
attending=no
beside= # a process that only helps one that is attended to
attend() { attend_with_input "$@" </dev/null; }
attend_with_input() {
    local status=0 process
    attending=yes
    "${heeding_ctrl_c[@]}" "$@" <&0 &
    process=$!
    # A signal that is caught, and does not end us, ends the waiting only.
    while wait "$process" || status=$?; [ $status -gt 128 ] && kill -0 "$process" 2>/dev/null; do status=0; done
    attending=no
    return $status
}
heeding_ctrl_c=(env --default-signal=INT,QUIT)
# Where we have to ignore it ourselves (nohup, a shell that has us in its background) all that we run has to, too.
ignored=$(sed -n 's/^SigIgn:[[:space:]]*//p' /proc/$$/status)
[ $((16#$ignored & 2)) -eq 0 ] || heeding_ctrl_c=()

# tree_of PID: it, and all that it has started.
tree_of() {
    local each
    echo "$1"
    for each in $(cat "/proc/$1/task/$1/children" 2>/dev/null); do tree_of "$each"; done
}

# On whatever end, and at any moment: first what runs, then what the caller has started. A second Ctrl-C changes nothing.
end_in_order() {
    local status=$? running=${!-} waited=0
    no_more_signals
    trap - EXIT
    while [ $attending = yes ] && kill -0 "$running" 2>/dev/null; do
        # More than once: before it has become what it is to be, a child may lose a signal.
        # shellcheck disable=SC2046
        [ $((waited++ % 20)) -ne 0 ] || kill -TERM $(tree_of "$running") 2>/dev/null || true
        sleep 0.1
    done
    [ -z "$beside" ] || kill -TERM "$beside" 2>/dev/null || true
    clean_up || [ $status -ne 0 ] || status=1
    exit $status
}
no_more_signals() { trap '' INT TERM HUP PIPE; }
trap end_in_order EXIT
trap 'no_more_signals; exit 129' HUP
trap 'no_more_signals; exit 130' INT
trap 'no_more_signals; exit 143' TERM

# hold NAME WHAT: keeps every other run of this clone that holds the same name off, at once and with a word, until we
# and all that we run have ended, or until `release NAME`.
declare -A held=()
hold() {
    local file=build/.$1.lock descriptor
    mkdir -p build
    exec {descriptor}<>"$file"
    flock --nonblock "$descriptor" ||
        fail "$(cat "$file") is at work in this clone, and both need $2: wait for it or end it, or take a clone of its own"
    printf '%s (process %d, since %s)\n' "$0" $$ "$(date +%H:%M)" >"$file"
    held[$1]=$descriptor
}
release() {
    local descriptor=${held[$1]}
    exec {descriptor}>&-
}

# install_packages FILE…: installs the Debian packages listed there that are missing.
install_packages() {
    local wanted missing=() package
    wanted=$(cat "$@" | sed 's/#.*//')
    for package in $wanted; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    say "installing ${missing[*]}"
    local as_root=(env DEBIAN_FRONTEND=noninteractive)
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "packages are missing (${missing[*]}): run this as root or install sudo"
        as_root=(sudo "${as_root[@]}")
    fi
    # What an interrupted run left half installed.
    attend "${as_root[@]}" dpkg --configure -a >&2
    # apt-get waits for others by itself when it installs, but not when it updates.
    mkdir -p build
    until attend "${as_root[@]}" apt-get -qq update >build/.apt-update 2>&1; do
        grep -q 'Could not get lock' build/.apt-update || fail "apt-get update: $(cat build/.apt-update)"
        say "waiting for another apt"
        attend sleep 5
    done
    # 1.81 and Debian's default Boost cannot be installed side by side; apt removes the other one.
    attend "${as_root[@]}" apt-get install -y -qq -o DPkg::Lock::Timeout=-1 \
        --no-install-recommends "${missing[@]}" >&2
}

# configure FOLDER COMPILER [meson options…]: makes or keeps a build folder.
configure() {
    local folder=$1 compiler=$2
    shift 2
    local cxx=$compiler
    command -v ccache >/dev/null && cxx="ccache $compiler"
    # The last of what Meson writes; where it was interrupted it must begin anew, and would not by itself.
    if [ -f "$folder/build.ninja" ] && [ -f "$folder/meson-private/build.dat" ] && [ -f "$folder/meson-info/meson-info.json" ]; then
        return 0
    fi
    say "configuring $folder ($compiler)"
    rm -rf "$folder"/build.ninja "$folder"/meson-private "$folder"/meson-info
    CXX=$cxx attend meson setup "$folder" "$@" >&2
}

build() {
    step "building $1"
    attend ninja -C "$1" ${2:+"$2"} >&2
}
