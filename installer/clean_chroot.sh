#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs ./run or ./check from a clean checkout in a fresh Debian 12, to prove that the package lists are whole.
# usage (as root): installer/clean_chroot.sh run|check [STAGE...]
set -euo pipefail
[ $# -ge 1 ] || { sed -n '3,4p' "$0"; exit 2; }
source_dir=$(cd "$(dirname "$0")/.." && pwd)
chroot_dir=${CHROOT_DIR:-$(mktemp -d /var/tmp/spoutnik-chroot.XXXXXX)}

if [ ! -e "$chroot_dir/etc/debian_version" ]; then
  mmdebstrap --variant=minbase --include=git,ca-certificates bookworm "$chroot_dir"
fi
cp /etc/resolv.conf "$chroot_dir/etc/" 2>/dev/null || true
# Whatever lets this machine reach its package mirror, the chroot needs too.
cp -r /etc/apt/apt.conf.d/. "$chroot_dir/etc/apt/apt.conf.d/"
cp /etc/apt/sources.list "$chroot_dir/etc/apt/" 2>/dev/null || true
cp -r /etc/apt/sources.list.d/. "$chroot_dir/etc/apt/sources.list.d/" 2>/dev/null || true

rm -rf "$chroot_dir/src"
git clone -q "$source_dir" "$chroot_dir/src/spoutnik"
if [ -d "$source_dir/../shared/data" ]; then
  mkdir -p "$chroot_dir/src/shared"
  cp -r "$source_dir/../shared/data" "$chroot_dir/src/shared/"
fi
for mount in proc sys dev; do mount --rbind "/$mount" "$chroot_dir/$mount"; mount --make-rslave "$chroot_dir/$mount"; done
trap 'for m in proc sys dev; do umount -lR "$chroot_dir/$m" 2>/dev/null || true; done' EXIT
env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 ${http_proxy:+http_proxy="$http_proxy"} \
  ${https_proxy:+https_proxy="$https_proxy"} chroot "$chroot_dir" /src/spoutnik/"$1" "${@:2}"
echo "passed in $chroot_dir"
