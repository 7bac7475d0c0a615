#!/usr/bin/env bash
# A real Kubernetes API server on loopback, without a kubelet: objects are taken, validated and stored, nothing runs. For `npm run check:deploy -- --cluster`.
#   kube-api.sh start DIR   starts etcd and kube-apiserver and prints the path of a kubeconfig      kube-api.sh stop DIR   ends both
# It needs etcd (ETCD, else the one on PATH), openssl, curl and Go; kube-apiserver is built once from its Go module, which takes about four minutes, and kept in .local.
set -euo pipefail

version=${KUBE_VERSION:-1.34.2}
port=${KUBE_PORT:-26443}
etcd=${ETCD:-etcd}
etcd_port=${ETCD_PORT:-22379}
peer_port=${ETCD_PEER_PORT:-22380}
bin="$(cd "$(dirname "$0")/../.." && pwd)/.local/cache/kube/kube-apiserver-$version"
dir=${2:?folder for its state}
mkdir -p "$dir"

build() {
  [ -x "$bin" ] && [ "$("$bin" --version)" = "Kubernetes v$version" ] && return
  mkdir -p "$(dirname "$bin")"
  local source module minor=${version#*.}
  # Charts ask the server for its version, which Kubernetes' own build writes into the program so.
  local stamp="-X k8s.io/component-base/version.gitVersion=v$version -X k8s.io/component-base/version.gitMajor=${version%%.*} -X k8s.io/component-base/version.gitMinor=${minor%%.*}"
  source=$(mktemp -d)
  module=$(go mod download -json "k8s.io/kubernetes@v$version" | sed -n 's/.*"Dir": "\(.*\)".*/\1/p')
  cp -r "$module/." "$source"
  chmod -R u+w "$source"
  # The module's archive has no staging folder; the same code is published as modules of their own, as v0 instead of v1.
  sed -i -E "s#^(\s*k8s.io/[a-z-]+) => ./staging/src/.*#\1 => \1 v0.${version#1.}#" "$source/go.mod"
  rm -rf "$source/vendor" "$source/go.work" "$source/go.work.sum"
  echo "building kube-apiserver $version (once)" >&2
  (cd "$source" && GOFLAGS=-mod=mod go build -ldflags "$stamp" -o "$bin.partial" ./cmd/kube-apiserver)
  mv "$bin.partial" "$bin"
  rm -rf "$source"
}

start() {
  build
  command -v "$etcd" >/dev/null || { echo 'etcd is missing: apt-get install etcd-server' >&2; exit 1; }
  dir=$(cd "$dir" && pwd)
  [ -f "$dir/sa.key" ] || openssl genrsa -out "$dir/sa.key" 2048 2>/dev/null
  echo 'local,admin,admin,"system:masters"' >"$dir/tokens.csv"
  local peer=http://127.0.0.1:$peer_port client=http://127.0.0.1:$etcd_port
  "$etcd" --data-dir "$dir/etcd" --listen-client-urls "$client" --advertise-client-urls "$client" --listen-peer-urls "$peer" \
    --initial-advertise-peer-urls "$peer" --initial-cluster "default=$peer" >"$dir/etcd.log" 2>&1 &
  echo $! >"$dir/etcd.pid"
  "$bin" --etcd-servers="$client" --service-cluster-ip-range=10.0.0.0/24 --service-account-key-file="$dir/sa.key" \
    --service-account-signing-key-file="$dir/sa.key" --service-account-issuer=https://kubernetes.default.svc --secure-port="$port" \
    --bind-address=127.0.0.1 --cert-dir="$dir/certs" --token-auth-file="$dir/tokens.csv" \
    --disable-admission-plugins=ServiceAccount --allow-privileged=true >"$dir/api.log" 2>&1 &
  echo $! >"$dir/api.pid"
  cat >"$dir/kubeconfig" <<END
apiVersion: v1
kind: Config
clusters: [{ name: local, cluster: { server: "https://127.0.0.1:$port", insecure-skip-tls-verify: true } }]
users: [{ name: admin, user: { token: local } }]
contexts: [{ name: local, context: { cluster: local, user: admin, namespace: default } }]
current-context: local
END
  for _ in $(seq 120); do
    if curl -sk -m 2 -H 'Authorization: Bearer local' "https://127.0.0.1:$port/readyz" | grep -q '^ok'; then
      echo "$dir/kubeconfig"
      return
    fi
    kill -0 "$(cat "$dir/api.pid")" 2>/dev/null || break
    sleep 1
  done
  echo "not ready: see $dir/api.log" >&2
  exit 1
}

stop() {
  for part in api etcd; do
    [ -f "$dir/$part.pid" ] || continue
    pid=$(cat "$dir/$part.pid")
    kill "$pid" 2>/dev/null || true
    for _ in $(seq 100); do kill -0 "$pid" 2>/dev/null && sleep 0.2 || break; done
    rm -f "$dir/$part.pid"
  done
}

case ${1:-} in
  start) start ;;
  stop) stop ;;
  *) sed -n 2,5p "$0"; exit 2 ;;
esac
