#!/bin/sh
# Builds the lab's desktop guest: OUTDIR/desktop.img, a Debian with xfce, which the kernel and
# initrd.gz of build.sh boot as a disk that nobody writes. About 2 minutes; a download of 200 MiB.
# What was built from the same inputs is kept.
set -eu
[ $# -eq 1 ] || { echo "usage: desktop.sh OUTDIR" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)

die() { echo "guest: $1" >&2; exit 1; }
for tool in mmdebstrap:mmdebstrap mke2fs:e2fsprogs gcc:gcc; do
  command -v "${tool%:*}" >/dev/null || die "${tool%:*} is missing: apt-get install ${tool#*:}"
done

inputs=$(cat "$here/workload.c" "$here/disk.c" "$here/disk.h" "$here/desktop-init" "$here/desktop.sh" | sha256sum | cut -c1-16)
[ -f "$out/desktop.img" ] && [ "$(cat "$out/desktop.inputs" 2>/dev/null)" = "$inputs" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
gcc -O2 -static -std=gnu11 -Wall -Wextra -o "$work/workload" "$here/workload.c" "$here/disk.c"
mmdebstrap --variant=minbase --quiet \
  --aptopt='APT::Install-Recommends "false"' --aptopt='APT::Sandbox::User "root"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --include=xfce4-session,xfwm4,xfce4-panel,xfdesktop4,xfce4-settings,xfce4-terminal,thunar,mousepad \
  --include=tigervnc-standalone-server,xauth,dbus,dbus-x11,adwaita-icon-theme,fonts-dejavu-core \
  --include=iproute2,procps,psmisc,librsvg2-common \
  bookworm "$work/root" >"$work/log" 2>&1 || die "Debian cannot be installed: $(tail -n 3 "$work/log")"
cp "$work/workload" "$work/root/sbin/jettison-workload"
cp "$here/desktop-init" "$work/root/sbin/jettison-init"
chmod 755 "$work/root/sbin/jettison-init"
mkdir -p "$work/root/lower" "$work/root/root/.config/xfce4"

size=$(du -sm "$work/root" | cut -f1)
truncate -s "$((size * 12 / 10 + 64))M" "$work/desktop.img"
mke2fs -q -t ext4 -O ^has_journal -m 0 -d "$work/root" "$work/desktop.img"
mv "$work/desktop.img" "$out/desktop.img"
echo "$inputs" >"$out/desktop.inputs"
