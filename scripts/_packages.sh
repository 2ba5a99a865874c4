# Sourced by test and .ci/run: packages installs with apt-get what the tests use, where it may (root or passwordless sudo).
# Elsewhere the tests that need a missing tool are skipped, with the reason.
# shellcheck shell=sh

missing() { # missing COMMAND PACKAGE…: print the packages if the command is not there
    command -v "$1" >/dev/null 2>&1 && return
    shift
    echo "$@"
}

packages() { # packages NAME: install; NAME is what complaints begin with
    command -v apt-get >/dev/null 2>&1 || return 0
    wanted=$(
        missing git git
        missing gcc gcc libc6-dev
        missing clang clang
        missing aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu libc6-dev-arm64-cross
        missing qemu-aarch64 qemu-user
        missing "qemu-$(uname -m)" qemu-user
        missing valgrind valgrind
        missing strace strace
        missing objdump binutils
        missing shellcheck shellcheck
        missing chromium chromium
        find_python >/dev/null 2>&1 || echo python3 python3-venv python3-dev
    )
    [ -n "$wanted" ] || return 0
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        as_root="sudo -n"
        $as_root true 2>/dev/null || return 0
    fi
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086 # words are wanted
    { $as_root apt-get update -qq && $as_root apt-get install -qq -y $wanted; } >/dev/null 2>&1 </dev/null ||
        echo "$1: could not install" $wanted "(the tests that need them are skipped)" >&2
}
