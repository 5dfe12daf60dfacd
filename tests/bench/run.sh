#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every benchmark of this folder: "NAME: ours X, opponent Y, ratio Z".
# Ratios of one run on one machine; exit 1 when one misses its aim.
set -u
cd "$(dirname "$0")/../.." || exit 4
bad=0
for b in tests/bench/*.sh; do
	case $b in */run.sh | */lib.sh) continue ;; esac
	sh "$b" || bad=1
done
exit $bad
