#!/bin/sh
# SPDX-License-Identifier: MIT
# An inline function shared between translation units is kept once, from whichever file the linker meets first.
# If that were a file compiled for AVX-512, the plain code would run it on processors without. So the objects
# of the vector files may define no weak symbol at all.
found=0
for object in "$@"; do
  case "$object" in
    *cpu/avx*.cpp.o | *cpu/amx_bf16.cpp.o | *cpu/amx_int8.cpp.o)
      found=$((found + 1))
      # A DW.ref is an address, the same in every file.
      weak=$(nm --defined-only -C "$object" | grep -E '^[0-9a-f]* [VWuvw] ' | grep -v ' DW\.ref\.')
      if [ -n "$weak" ]; then
        echo "$object shares inline functions:"
        echo "$weak"
        exit 1
      fi
      ;;
  esac
done
if [ "$found" -eq 0 ] && [ "$(uname -m)" = x86_64 ]; then
  echo "no vector file among the objects"
  exit 1
fi
