#!/bin/sh
# Captures the fixtures anew: each Go version (and one 32-bit build) runs testdata/known, in a neutral directory and with an
# empty environment, for a heap dump holds both. Needs linux/amd64 and Go from 1.21 on, which gets the others.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$here/known" "$work/known"
cd "$work/known"
for build in 1.19.13:amd64 1.22.12:amd64 1.24.6:amd64 1.26.8:amd64 1.26.8:386 1.27.1:amd64; do
  version=${build%:*}
  arch=${build#*:}
  name=go$version
  [ "$arch" = amd64 ] || name=$name-$arch
  out=$here/$name
  mkdir -p "$out"
  GOTOOLCHAIN=go$version GOARCH=$arch CGO_ENABLED=0 GOFLAGS= go build -trimpath -buildvcs=false -o ../known-exe .
  (cd / && env -i GOMAXPROCS=2 "$work/known-exe" "$work/known.dump" >"$out/known.json")
  gzip -9nc "$work/known.dump" >"$out/known.dump.gz"
done
