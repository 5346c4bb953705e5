#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# On a machine with an NVIDIA GPU and nvcc: builds the module, checks products of every format and whole models on
# the device against the CPU, and measures decode and prefill of the models it is given, the GPU beside the CPU.
# usage: bench/gpu.sh [MODEL.gguf...]
set -euo pipefail
cd "$(dirname "$0")/.."
cmake --preset dev -D SPOUTNIK_GUI=OFF >build-gpu.log 2>&1 || { cat build-gpu.log; exit 1; }
rm -f build-gpu.log
cmake --build --preset dev --target spoutnik_cuda spoutnik_gpu_check spoutnik-cli
status=0
build/dev/bin/spoutnik_gpu_check || status=$?
[ "$status" -ne 77 ] || { echo "No GPU: nothing is checked or measured."; exit 77; }
[ "$status" -eq 0 ] || exit "$status"
for model in "$@"; do
  for device in cpu gpu; do
    echo "=== $model on the $device"
    build/dev/bin/spoutnik-cli bench "$model" --device "$device" --prompt 512
  done
done
