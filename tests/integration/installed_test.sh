#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The installed program finds its module for GPUs and its starter model, and answers: installed_test.sh BUILD LIBDIR
set -euo pipefail

fail() {
    echo "installed_test: $1" >&2
    exit 1
}

prefix="$(mktemp -d)"
trap 'rm -rf "$prefix"' EXIT
cmake --install "$1" --prefix "$prefix" >"$prefix/log" || fail "$(tail -3 "$prefix/log")"
module="$prefix/$2/spoutnik/libspoutnik_cuda.so"
[[ -f $module ]] || fail "no $module"

unset SPOUTNIK_CUDA_MODULE
ask() { "$prefix/bin/spoutnik-cli" chat --prompt Bonjour --max-tokens 16 --temperature 0 2>"$prefix/said"; }
answer="$(ask)" || fail "$(cat "$prefix/said")"
[[ -n $answer ]] || fail "no answer"
if [[ ! -e /proc/driver/nvidia ]]; then
    [[ $(cat "$prefix/said") == "No NVIDIA driver is installed. The CPU computes everything." ]] ||
        fail "without a driver it says: $(cat "$prefix/said")"
fi

rm "$module"
[[ $(ask) == "$answer" ]] || fail "without the module it answers otherwise"
[[ ! -s $prefix/said ]] || fail "without the module it says: $(cat "$prefix/said")"
