#!/bin/sh
# Makes the webhook's certificate with openssl, where there is no cert-manager: sh make-certificate.sh [DAYS]
# Applies the Secret, and puts the certificate into the webhook's caBundle. Run it again before it ends; pods take it while they run.
set -eu
days=${1:-90}
namespace=hemostat-admit
name=hemostat-admit.$namespace.svc
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
umask 077
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days "$days" \
  -subj "/CN=$name" -addext "subjectAltName=DNS:$name,DNS:$name.cluster.local" \
  -keyout "$dir/tls.key" -out "$dir/tls.crt"
kubectl --namespace "$namespace" create secret tls hemostat-admit-tls --cert "$dir/tls.crt" --key "$dir/tls.key" \
  --dry-run=client --output yaml | kubectl apply -f -
bundle=$(base64 <"$dir/tls.crt" | tr -d '\n')
kubectl patch validatingwebhookconfiguration hemostat-admit --type json \
  --patch "[{\"op\":\"add\",\"path\":\"/webhooks/0/clientConfig/caBundle\",\"value\":\"$bundle\"}]"
