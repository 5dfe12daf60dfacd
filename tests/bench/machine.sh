#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A captured machine as whole processes: decode, replay, diff against its app,
# and everything in one go. The opponent is the aim itself, or the verification
# of one P-256 signature by the openssl program, process and all.
RUNS=${RUNS:-20}
. tests/bench/lib.sh
machine=tests/vectors/real/near-058-dev-3e6394
bad=0
wall() { cost "$@" 2> /dev/null | awk '{ print $2 * 1000 }'; }

d=$tmp/machine
mkdir -p "$d"
openssl ecparam -name prime256v1 -genkey -noout -out "$d/key.pem"
openssl pkey -in "$d/key.pem" -pubout -out "$d/pub.pem"
openssl dgst -sha256 -sign "$d/key.pem" -out "$d/sig" "$machine/quote.bin"
one=$(wall openssl dgst -sha256 -verify "$d/pub.pem" -signature "$d/sig" "$machine/quote.bin")

decode=$(wall "$bin/refval-quote" "$machine" --decode)
replay=$(wall "$bin/refval-replay" "$machine")
diff=$(wall "$bin/refval-diff" "$machine/app-compose.json" "$machine")
report "machine: decode a quote, whole process" "$decode" 10 1 ms || bad=1
report "machine: replay its log, whole process" "$replay" 10 1 ms || bad=1
report "machine: decode, replay and diff, whole process" "$diff" 10 1 ms || bad=1
all=$(wall "$bin/refval-verify" --release dstack-dev-0.5.8 --evidence "$machine" \
	--compose "$machine/app-compose.json" --cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01)
report "machine: verify all of it, beside openssl verifying one signature" "$all" "$one" 20 ms || bad=1
exit $bad
