#!/bin/sh
# SPDX-License-Identifier: EUPL-1.2
# Print the TLSA record for the key in a certificate file: tlsa.sh /etc/ssl/voorbeeld/fullchain.pem mx1.voorbeeld.nl
set -eu
digest=$(openssl x509 -in "$1" -noout -pubkey | openssl pkey -pubin -outform DER | openssl dgst -sha256 -hex | awk '{print $NF}')
echo "_25._tcp.$2. IN TLSA 3 1 1 $digest"
