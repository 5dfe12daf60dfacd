#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Verdicts on machines of other makers, as multiples of what their signatures cost
# `openssl speed` in the same run. SEV-SNP: the root, the ASK and the VCEK are
# signed with RSA-4096, the report with P-384. Google Cloud: P-256 (two of Intel's
# quote, one of the vTPM's) and three times RSA-4096.
# shellcheck source=tests/bench/lib.sh
. tests/bench/lib.sh
bad=0
# shellcheck disable=SC2046
name=snp && ${CC:-cc} -O2 -std=c11 -D_POSIX_C_SOURCE=200809L -Iinclude -Ilib/base -Ilib/door -Ilib/qemu -o "$tmp/$name" "tests/bench/$name.c" \
	"$B/lib/librefval.a" $(pkg-config --libs $(sed -n 's/^PKGS *:= //p' Makefile)) -lpthread

# Microseconds of CPU of one verification: the last column is how many a second.
speed() { openssl speed -seconds "${SECONDS_EACH:-1}" "$1" 2> /dev/null | awk -v n="$2" '$0 ~ n { print 1e6 / $NF }'; }
least() { { speed "$1" "$2"; speed "$1" "$2"; } | sort -g | head -n 1; }
rsa=$(least rsa4096 'rsa 4096')
p384=$(least ecdsap384 nistp384)
p256=$(least ecdsap256 nistp256)
"$tmp/snp" tests/vectors > "$tmp/snp.txt"
of() { awk -v n="$1" '$1 == n { print $2 }' "$tmp/snp.txt"; }
echo "snp: one RSA-4096 verification $rsa us, of P-384 $p384 us, of P-256 $p256 us"
report "SEV-SNP verdict, warm, against RSA-4096 and two P-384 verifies" "$(of snp)" "$(echo "$rsa $p384" | awk '{ print $1 + 2 * $2 }')" 1.2 us || bad=1
report "Google Cloud verdict, warm, against three P-256 and three RSA-4096" "$(of gcp)" "$(echo "$rsa $p256" | awk '{ print 3 * $1 + 3 * $2 }')" 4 us || bad=1
exit $bad
