#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Installs the Debian packages that are missing. usage: dependencies.sh build|check
#
# The two lists are the only place where packages are named; README.md says why each library was chosen.
set -euo pipefail

tools=(g++ cmake ninja-build pkg-config ca-certificates)
engine=(libfmt-dev nlohmann-json3-dev libpcre2-dev libcli11-dev)
storage_and_web=(libsqlite3-dev libcurl4-openssl-dev)
exports=(libmd4c-dev libpango1.0-dev fonts-dejavu-core)
window=(qt6-base-dev qt6-declarative-dev qt6-declarative-dev-tools qt6-tools-dev qt6-tools-dev-tools
        qt6-l10n-tools qt6-svg-dev libgl1-mesa-dri qt6-qpa-plugins
        qml6-module-qtqml qml6-module-qtqml-models qml6-module-qtqml-workerscript
        qml6-module-qtquick qml6-module-qtquick-controls qml6-module-qtquick-dialogs
        qml6-module-qtquick-layouts qml6-module-qtquick-templates qml6-module-qtquick-window
        qml6-module-qt-labs-folderlistmodel qml6-module-qt-labs-qmlmodels)
checking=(catch2 clang clang-format clang-tidy clang-tools libclang-rt-14-dev qml6-module-qttest xvfb xauth
          fonts-noto-core desktop-file-utils appstream git ccache poppler-utils)

case "${1:-}" in
  build) wanted=("${tools[@]}" "${engine[@]}" "${storage_and_web[@]}" "${exports[@]}" "${window[@]}") ;;
  check) wanted=("${tools[@]}" "${engine[@]}" "${storage_and_web[@]}" "${exports[@]}" "${window[@]}" "${checking[@]}") ;;
  list) printf '%s\n' "${tools[@]}" "${engine[@]}" "${storage_and_web[@]}" "${exports[@]}" "${window[@]}" "${checking[@]}"; exit 0 ;;
  *) echo "usage: $0 build|check|list" >&2; exit 2 ;;
esac

missing=()
for package in "${wanted[@]}"; do
  status=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "These packages are missing and need root to install: ${missing[*]}" >&2
    echo "As root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
echo "Installing ${#missing[@]} missing packages: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
