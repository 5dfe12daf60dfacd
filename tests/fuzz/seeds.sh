#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Print the seed files that tests/fuzz/$1.c names.
cd "$(dirname "$0")/../.." || exit 4
for pattern in $(sed -n 's/^.*seeds: \(.*\)$/\1/p' "tests/fuzz/$1.c" | sed 's,\*/,,'); do
	for f in $pattern; do [ ! -f "$f" ] || echo "$f"; done
done
