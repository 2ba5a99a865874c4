# Sourced by hwbench and test: environment ROOT EXTRA makes or mends ROOT/.venv, and costs a checksum when all is well.
# shellcheck shell=sh

environment() {
    checksum=$(cd "$1" && cat pyproject.toml setup.py scripts/_environment.py c_src/*.[ch] c_src/plausible/*.[ch] c_src/*.py | cksum)
    stamp="$checksum $1"
    if [ -x "$1/.venv/bin/python" ] && [ "$(cat "$1/.venv/stamp${2:+-$2}" 2>/dev/null)" = "$stamp" ]; then
        return 0
    fi
    python=$(find_python) || exit 2
    "$python" -I "$1/scripts/_environment.py" "$1" "$stamp" "$2" || exit $?
}

# Print the first Python that can make a virtual environment and build C for it; else say on standard error what lacks.
find_python() {
    probe='import sys, sysconfig, os
sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer: install one, for example: apt-get install python3 python3-venv python3-dev")
try:
    import ensurepip, venv
except ImportError:
    sys.exit("the venv module of %s: apt-get install python3-venv" % sys.executable)
os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")) or sys.exit("the headers of %s: apt-get install python3-dev" % sys.executable)'
    lacks=""
    versions=${PYENV_ROOT:-${HOME:-/nonexistent}/.pyenv}/versions
    for candidate in python3.14 python3.13 python3.12 python3.11 python3 "$versions"/3.1[1-4]*/bin/python3; do
        command -v "$candidate" >/dev/null 2>&1 || continue
        if said=$("$candidate" -I -c "$probe" 2>&1); then
            command -v "$candidate"
            return 0
        fi
        case $said in
            "Python 3.11"*) ;;
            "the "*) lacks=${lacks:-$said} ;; # anything else is a shim whose Python is not there
        esac
    done
    echo "hwbench needs ${lacks:-Python 3.11 or newer: install one, for example: apt-get install python3 python3-venv python3-dev}" >&2
    return 1
}
