# Shell functions shared by tools/demo and tools/test: telling what happens, installing packages,
# configuring and building. To be sourced; the caller has `set -euo pipefail` and stands in the project's
# root.

say() { printf '\033[1m==> %d:%02d %s\033[0m\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*" >&2; }
fail() { printf 'error: %s\n' "$*" >&2; exit 1; }

# install_packages FILE…: installs the Debian packages listed there that are missing.
install_packages() {
    local wanted missing=() package
    wanted=$(cat "$@" | sed 's/#.*//')
    for package in $wanted; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return 0
    say "installing ${missing[*]}"
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "packages are missing (${missing[*]}): run this as root or install sudo"
        as_root=(sudo)
    fi
    "${as_root[@]}" apt-get -qq update >&2
    # 1.81 and Debian's default Boost cannot be installed side by side; apt removes the other one.
    DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
}

# configure FOLDER COMPILER [meson options…]: makes or keeps a build folder.
configure() {
    local folder=$1 compiler=$2
    shift 2
    local cxx=$compiler
    command -v ccache >/dev/null && cxx="ccache $compiler"
    if [ -f "$folder/build.ninja" ]; then
        return 0
    fi
    say "configuring $folder ($compiler)"
    CXX=$cxx meson setup "$folder" "$@" >&2
}

build() {
    say "building $1"
    ninja -C "$1" ${2:+"$2"} >&2
}
