#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# On a machine with an NVIDIA GPU: builds the module, checks products of every format and whole models on the device
# against the CPU, times every operation against what the GPU gives at best, and measures models: those that are given,
# or V2-Lite's and V3-small's shapes with random weights, written here. The table comes last, and into
# build/gpu/table.md, whatever fails, hangs or is ended before; all in SPOUTNIK_GPU_SECONDS (470), of which building
# takes what it needs.
# usage: bench/gpu.sh [--pack | --prebuilt] [--tiny] [MODEL.gguf...]
#   --pack      only builds, and puts what the rest needs into build/gpu-pack, for a GPU machine without compilers
#   --prebuilt  builds nothing, takes what is in the folder $SPOUTNIK_BUILD (build/dev, or build/gpu-pack from --pack)
#   --tiny      the same steps at tiny sizes on the emulated GPU of the tests, to see that they work; into build/gpu-tiny
set -euo pipefail
cd "$(dirname "$0")/.."
build=${SPOUTNIK_BUILD:-build/dev} builds=yes packs=no tiny=no models=()
for word in "$@"; do
  case $word in
    --pack) packs=yes ;;
    --prebuilt) builds=no ;;
    --tiny) tiny=yes ;;
    --*) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
    *) models+=("$word") ;;
  esac
done
out=build/gpu shapes=(v2-lite v3-small) kernel_options=() model_options=()
programs=(spoutnik_gpu_check spoutnik_gpu_kernel_bench spoutnik_gpu_model_bench)
targets=(spoutnik_cuda spoutnik_gpu_limits)
if [ "$tiny" = yes ]; then
  out=build/gpu-tiny shapes=(v3-tiny) kernel_options=(--tiny)
  model_options=(--prompt 20 --generate 4 --depth 24 --compare 6)
  targets=(spoutnik_cuda_emulated_module)
  export SPOUTNIK_CUDA_MODULE=$PWD/$build/tests/cuda_emulation/libspoutnik_cuda_emulated_module.so
  case $build in /*) SPOUTNIK_CUDA_MODULE=$build/tests/cuda_emulation/libspoutnik_cuda_emulated_module.so ;; esac
fi
export CUDA_DEVICE_ORDER=PCI_BUS_ID # numbers of GPUs mean the same to nvidia-smi
mkdir -p "$out"
rm -f "$out"/{check.txt,limits.txt,kernels.md,models.md,clocks.csv,table.md}
began=$SECONDS status=0 watcher="" running="" writers=() most_seconds=${SPOUTNIK_GPU_SECONDS:-470}
stop_helpers() { # only those started here
  for helper in $running $watcher ${writers[@]+"${writers[@]}"}; do kill "$helper" 2>/dev/null || true; done
}
trap stop_helpers EXIT

if [ "$builds" = yes ]; then
  # The dev preset has code for Hopper; another GPU that is here gets its own.
  chip=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -n 1 | tr -d .) || chip=""
  case $chip in "" | 90 | *[!0-9]*) architectures=() ;; *) architectures=(-D "CMAKE_CUDA_ARCHITECTURES=$chip-real") ;; esac
  cmake --preset dev -B "$build" -D SPOUTNIK_GUI=OFF "${architectures[@]}" >"$out/build.txt" 2>&1 ||
    { cat "$out/build.txt"; exit 1; }
  if [ "$tiny" = no ] && grep -q "the module for NVIDIA GPUs is left out" "$out/build.txt"; then
    grep "is left out" "$out/build.txt"
    exit 1
  fi
  # The file of the products takes minutes by itself: its architectures side by side, where there are processors.
  [ "$(nproc)" -lt 8 ] || export NVCC_APPEND_FLAGS="--threads 3"
  cmake --build "$build" --target "${targets[@]}" "${programs[@]}"
fi
if [ "$packs" = yes ]; then
  pack=build/gpu-pack
  rm -rf "$pack"
  mkdir -p "$pack/bin" "$pack/lib/spoutnik" "$pack/lib/others"
  for program in spoutnik_gpu_limits "${programs[@]}"; do strip -o "$pack/bin/$program" "$build/bin/$program"; done
  strip -o "$pack/lib/spoutnik/libspoutnik_cuda.so" "$build"/lib*/spoutnik/libspoutnik_cuda.so
  # Libraries that a bare machine lacks; C and C++ it has.
  for program in "${programs[@]}"; do ldd "$build/bin/$program"; done | awk '$3 ~ /^\// { print $3 }' | sort -u |
    grep -Ev '/(libc|libm|libgcc_s|libstdc\+\+|libpthread|libdl)\.so' | xargs -r cp -L -t "$pack/lib/others"
  du -sh "$pack"
  exit 0
fi
[ ! -d "$build/lib/others" ] || export LD_LIBRARY_PATH="$build/lib/others${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
built=$((SECONDS - began))

failed=()
# Seconds that something may take: those that it should, or what is left of all.
seconds_for() {
  local left=$((most_seconds - 5 - (SECONDS - began)))
  echo $((left < $1 ? left : $1))
}
# A step that fails or takes too long is said in the table; the others go on. In the background, so that the table is
# written at once when the whole is ended from outside.
step() { # NAME SECONDS FILE COMMAND...
  local name=$1 file=$3 result=0 limit follower
  limit=$(seconds_for "$2")
  shift 3
  echo "=== $name"
  if [ "$tiny" = yes ]; then
    limit=0 # the emulated GPU takes what a busy machine leaves it; ctest has a limit of its own
  elif [ "$limit" -lt 5 ]; then
    failed+=("$name was left out: no time was left") status=1
    return
  fi
  : >"$file"
  timeout -k 5 "$limit" "$@" >"$file" 2>&1 &
  running=$!
  tail -n +1 -f -s 0.2 --pid="$running" "$file" &
  follower=$!
  wait "$running" || result=$?
  running=""
  wait "$follower" || true
  [ "$result" -ne 77 ] || { echo "No GPU: nothing is checked or measured."; exit 77; }
  case $result in
    0) ;;
    124 | 137) failed+=("$name did not end in $limit s") status=1 ;;
    *) failed+=("$name ended with $result") status=1 ;;
  esac
}

# From what is there.
write_table() {
  {
    echo "## The CUDA module, $(date -u +%F), commit $(git rev-parse --short HEAD 2>/dev/null || echo unknown)"
    echo
    if [ "$tiny" = yes ]; then
      echo "**Emulated, tiny sizes: proves that the steps run. Its times say nothing.**"
    elif command -v nvidia-smi >/dev/null; then
      timeout 10 nvidia-smi -i "${device:-0}" --query-gpu=name,driver_version,clocks.max.sm,clocks.max.mem,power.limit \
        --format=csv,noheader | sed -E 's/([^,]*), ([^,]*), ([^,]*), ([^,]*), (.*)/\1, driver \2, at most \3 (SM) and \4 (memory), \5/' ||
        echo "nvidia-smi does not answer: name, driver and clocks are not known."
    else
      echo "nvidia-smi is not there: name, driver and clocks are not known."
    fi
    if [ -s "$out/clocks.csv" ]; then
      awk -F', *' 'NR == 1 { least = $1 } { if ($1 < least) least = $1; if ($1 > most) most = $1; memory = $2; if ($3 > power) power = $3 }
        END { printf "While it was timed: SM %d to %d MHz, memory %d MHz, up to %d W.\n", least, most, memory, power }' "$out/clocks.csv"
    fi
    echo "Built in $built s, all in $((SECONDS - began)) s."
    for line in ${failed[@]+"${failed[@]}"}; do echo "**Failed: $line.**"; done
    if [ -s "$out/limits.txt" ]; then
      printf '\n### What the GPU gives\n\n| | |\n| --- | ---: |\n'
      sed -nE 's/^([a-z0-9_]+) (.*)$/| \1 | \2 |/p' "$out/limits.txt"
    fi
    printf '\n### Against the CPU\n\n| | found | at most | |\n| --- | ---: | ---: | --- |\n'
    [ ! -e "$out/check.txt" ] || sed -nE 's/^(.*[^ ]) +(well|WRONG) +([^ ]+) \(at most ([^)]+)\)$/| \1 | \3 | \4 | \2 |/p' "$out/check.txt"
    for file in "$out/kernels.md" "$out/models.md"; do [ ! -e "$file" ] || cat "$file"; done
  } >"$out/table.md"
}
ended() {
  trap - TERM INT
  failed+=("ended from outside")
  write_table
  cat "$out/table.md"
  exit 1
}
trap ended TERM INT

if [ "$tiny" = no ]; then
  step limits 30 "$out/limits.txt" "$build/bin/spoutnik_gpu_limits"
  [ ! -s "$out/limits.txt" ] || kernel_options+=(--limits "$out/limits.txt")
fi
# There is a GPU: random weights are written while the check runs.
written=()
if [ ${#models[@]} -eq 0 ]; then
  for shape in "${shapes[@]}"; do
    models+=("$out/$shape.gguf")
    [ ! -s "$out/$shape.gguf" ] || continue
    limit=0
    [ "$tiny" = yes ] || limit=$(seconds_for 150)
    timeout -k 5 "$limit" python3 -B bench/make_model.py "$out/$shape.gguf.part" --shape "$shape" &
    writers+=($!) written+=("$out/$shape.gguf")
  done
fi
step check 60 "$out/check.txt" "$build/bin/spoutnik_gpu_check"
for i in "${!writers[@]}"; do
  if wait "${writers[i]}"; then
    mv "${written[i]}.part" "${written[i]}"
  else
    failed+=("writing ${written[i]}") status=1
    for m in "${!models[@]}"; do [ "${models[m]}" != "${written[i]}" ] || unset "models[m]"; done
  fi
done
writers=()
device=$(sed -n 's/^device //p' "$out/limits.txt" 2>/dev/null || true)
if [ "$tiny" = no ] && command -v nvidia-smi >/dev/null; then
  nvidia-smi -i "${device:-0}" --query-gpu=clocks.sm,clocks.mem,power.draw --format=csv,noheader,nounits -lms 500 \
    >"$out/clocks.csv" 2>/dev/null &
  watcher=$!
fi
step kernels 120 "$out/kernels.md" "$build/bin/spoutnik_gpu_kernel_bench" "${kernel_options[@]}"
[ ${#models[@]} -eq 0 ] ||
  step models 150 "$out/models.md" "$build/bin/spoutnik_gpu_model_bench" "${model_options[@]}" "${models[@]}"
if [ -n "$watcher" ]; then
  kill "$watcher" 2>/dev/null || true
  watcher=""
fi

write_table
echo
cat "$out/table.md"
exit "$status"
