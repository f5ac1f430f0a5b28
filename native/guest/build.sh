#!/bin/sh
# Builds the lab's guest: OUTDIR/vmlinuz, a Debian kernel, and OUTDIR/initrd.gz, busybox and the
# workload. What was built from the same inputs is kept.
set -eu
[ $# -eq 1 ] || { echo "usage: build.sh OUTDIR" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)

die() { echo "guest: $1" >&2; exit 1; }
for tool in busybox:busybox-static cpio:cpio gcc:gcc dpkg-deb:dpkg; do
  command -v "${tool%:*}" >/dev/null || die "${tool%:*} is missing: apt-get install ${tool#*:}"
done
busybox=$(command -v busybox)
ldd "$busybox" >/dev/null 2>&1 && die "$busybox is not static: apt-get install busybox-static"

inputs=$(cat "$here/workload.c" "$here/disk.c" "$here/disk.h" "$here/init" "$here/build.sh" "$busybox" | sha256sum | cut -c1-16)
[ -f "$out/vmlinuz" ] && [ -f "$out/initrd.gz" ] && [ "$(cat "$out/inputs" 2>/dev/null)" = "$inputs" ] && exit 0

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"

# the kernel: only unpacked, never installed
package=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image/ {print $2; exit}')
[ -n "$package" ] || die "Debian's kernel is not known here: run apt-get update"
cached=$(find "$out" -name "${package}_*.deb" | head -n 1)
if [ -z "$cached" ]; then
  # apt's own user has no way into a private folder
  apt-get download -o APT::Sandbox::User=root "$package" >/dev/null 2>"$work/apt.log" \
    || die "cannot download $package: $(tail -n 1 "$work/apt.log") (run apt-get update, or put its .deb into $out)"
  mv "${package}"_*.deb "$out/"
  cached=$(find "$out" -name "${package}_*.deb" | head -n 1)
fi
dpkg-deb -x "$cached" kernel

mkdir -p root/bin root/proc root/sys root/dev root/modules
cp "$busybox" root/bin/busybox
ln -s busybox root/bin/sh
cp "$here/init" root/init
chmod 755 root/init
gcc -O2 -static -std=gnu11 -Wall -Wextra -o root/workload "$here/workload.c" "$here/disk.c"
for module in $(sed -n 's/^modules="\(.*\)"$/\1/p' "$here/init"); do
  found=$(find kernel -name "$module.ko*" | head -n 1)
  case $found in
    *.ko) cp "$found" root/modules/ ;;
    *.ko.xz) xz -dc "$found" >"root/modules/$module.ko" ;;
  esac
done
(cd root && find . -print0 | LC_ALL=C sort -z | cpio --null -o -H newc --quiet --reproducible) | gzip -9n >"$out/initrd.gz.new"
cp kernel/boot/vmlinuz-* "$out/vmlinuz.new"
mv "$out/initrd.gz.new" "$out/initrd.gz"
mv "$out/vmlinuz.new" "$out/vmlinuz"
echo "$inputs" >"$out/inputs"
