#!/bin/sh
# Builds the machine that MachineTest puts to sleep: OUTDIR/initrd.gz with busybox, a small JRE and the classes of
# CLASSPATH. The kernel is that of the lab's guest (native/guest/build.sh), with the modules it needs.
# usage: build.sh OUTDIR GUESTDIR CLASSPATH
set -eu
[ $# -eq 3 ] || { echo "usage: build.sh OUTDIR GUESTDIR CLASSPATH" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
out=$1
guest=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT INT TERM
cd "$work"

dpkg-deb --fsys-tarfile "$(find "$guest" -name 'linux-image-*.deb' | head -n 1)" >kernel.tar
mkdir -p root/bin root/proc root/sys root/dev root/tmp root/modules root/classes root/lib64
cp "$(command -v busybox)" root/bin/busybox
ln -s busybox root/bin/sh
cp "$here/init" root/init
chmod 755 root/init
for module in button e1000; do
  name=$(tar -tf kernel.tar | grep "/$module\.ko" | head -n 1)
  case $name in
    *.xz) tar -xOf kernel.tar "$name" | xz -dc >"root/modules/$module.ko" ;;
    *) tar -xOf kernel.tar "$name" >"root/modules/$module.ko" ;;
  esac
done

java_home=$(dirname "$(dirname "$(readlink -f "$(command -v jlink)")")")
"$java_home/bin/jlink" --add-modules java.base,java.logging --strip-debug --no-header-files --no-man-pages \
  --output root/jre
# what its programs are linked with
find root/jre -name 'java' -o -name '*.so' | xargs ldd 2>/dev/null | awk '/=> \// {print $3} /ld-linux/ {print $1}' |
  sort -u | while read -r library; do
    case $library in */jre/*) continue ;; esac
    mkdir -p "root$(dirname "$library")"
    cp -L "$library" "root$library"
  done

IFS=:
for entry in $3; do
  if [ -d "$entry" ]; then cp -r "$entry/." root/classes/
  else case $entry in */io.jettison.*.jar | */jna-5*.jar | */slf4j-api-*.jar) cp "$entry" root/classes/ ;; esac
  fi
done
unset IFS
mkdir -p "$out"
(cd root && find . -print0 | cpio --null -o -H newc --quiet) | gzip -1n >"$out/initrd.gz"
