#!/usr/bin/env bash
# Images for `npm run check:images` where none can be pulled, made from the packages of the Debian that this runs on (as root):
#   make-images.sh node IMAGE NODE         NODE and the libraries it needs: no shell, no package manager, as distroless images are
#   make-images.sh servers IMAGE KAFKA     Kafka's jars from the directory KAFKA, with Java, Redis and Postgres
set -euo pipefail
what=$1 image=$2 given=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
mkdir -p "$root"
chmod 755 "$work" "$root"

node_image() {
  mkdir "$work/packages"
  (cd "$work/packages" && apt-get download -qq libc6 libgcc-s1 libstdc++6 ca-certificates 2> "$work/log") || fail
  for package in "$work"/packages/*.deb; do dpkg-deb -x "$package" "$root"; done
  mkdir -p "$root"/etc/ssl/certs "$root"/usr/local/bin "$root"/app
  cat "$root"/usr/share/ca-certificates/mozilla/*.crt > "$root/etc/ssl/certs/ca-certificates.crt"
  # Programs of the packages that somebody could run.
  rm -rf "$root"/usr/bin "$root"/usr/sbin "$root"/sbin
  install -m 755 "$given" "$root/usr/local/bin/node"
  printf 'root:x:0:0:root:/root:/sbin/nologin\nnonroot:x:65532:65532:nonroot:/tmp:/sbin/nologin\n' > "$root/etc/passwd"
  printf 'root:x:0:\nnonroot:x:65532:\n' > "$root/etc/group"
  install -d -m 1777 "$root/tmp"
  tar -C "$root" -c . | docker import --message 'Node on Debian packages' - "$image" > /dev/null
}

servers_image() {
  local suite mirror
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  # Where apt of this machine gets its packages.
  mirror=$(awk '/^URIs:/ { print $2; exit }' /etc/apt/sources.list.d/*.sources 2> /dev/null || true)
  mirror=${mirror:-$(awk '$1 == "deb" { print $2; exit }' /etc/apt/sources.list)}
  debootstrap --variant=minbase --include=openjdk-17-jre-headless,redis-server,postgresql "$suite" "$root" "$mirror" > "$work/log" 2>&1 || fail
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/* "$root"/usr/share/{doc,man,locale} "$root"/var/lib/postgresql/*
  mkdir -p "$root/opt/kafka" "$root/data"
  cp -r "$given" "$root/opt/kafka/libs"
  install -m 755 "$here/kafka-server" "$here/postgres-server" "$root/usr/local/bin/"
  tar -C "$root" -c . | docker import --message 'Kafka, Redis and Postgres on Debian packages' - "$image" > /dev/null
}

fail() {
  echo "the packages for $image could not be had (apt-get update first?)" >&2
  tail -n 5 "$work/log" >&2
  exit 1
}

"${what}_image"
