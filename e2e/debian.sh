#!/usr/bin/env bash
# Installs the Debian packages that the tests need and this machine lacks: age,
# zstd and tar, with which a backup is opened by hand.
set -euo pipefail
packages=()
for tool in age zstd tar; do
	command -v "$tool" >/dev/null || packages+=("$tool")
done
[ ${#packages[@]} -eq 0 ] && exit 0
if ! command -v apt-get >/dev/null; then
	echo "the tests need ${packages[*]}: install them" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "the tests need ${packages[*]}: sudo apt-get install ${packages[*]}" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
apt-get install -y --no-install-recommends "${packages[@]}" >/dev/null 2>&1 || {
	apt-get update >/dev/null
	apt-get install -y --no-install-recommends "${packages[@]}" >/dev/null
}
