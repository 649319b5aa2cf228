#!/bin/sh
# rpki-client 8 and newer: fetches and validates the RPKI below the trust anchors in /etc/tals, and writes the VRPs as JSON to vrps/json.
mkdir -p cache vrps
rpki-client -j -d cache vrps

# Routes as the route collectors of RIPE NCC see them, renewed every day.
curl -sSO https://www.ris.ripe.net/dumps/riswhoisdump.IPv4.gz
curl -sSO https://www.ris.ripe.net/dumps/riswhoisdump.IPv6.gz

./meetlat inspect voorbeeld.nl --vrps vrps/json --routes riswhoisdump.IPv4.gz --routes riswhoisdump.IPv6.gz
