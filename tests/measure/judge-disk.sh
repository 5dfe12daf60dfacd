#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Predict what the disk NAME.raw boots, boot it, and compare each event; the disk is removed.
# usage: judge-disk.sh REFVAL_MEASURE FIRMWARE NAME [OPTION...]      options for refval-measure beside --disk
# Leaves NAME.tpm.json, NAME.tpm256.json, NAME.tdx.json, NAME.log; exit 1: different, 4: no boot, with why in NAME.why.
set -eu
measure=$1 fw=$2 name=$3
shift 3
set -- --disk "$name.raw" "$@" --json
# Before the boot, which may write to the disk.
"$measure" "$@" --platform tpm --bank sha384 > "$name.tpm.json"
"$measure" "$@" --platform tpm > "$name.tpm256.json"
"$measure" "$@" --ovmf 202502 > "$name.tdx.json"
status=0
BANKS=sha256,sha384 sh tests/oracle/boot-log.sh "$fw" - - "" "$name.log" \
	-drive file="$name.raw",format=raw,if=none,id=d -device virtio-blk-pci,drive=d 2> "$name.why" || status=4
rm -f "$name.raw"
if [ $status != 0 ]; then
	tail -n 3 "$name.why" | tee "${name%/*}/why"
	exit 4
fi
python3 tests/measure/uki-compare.py "$name.log" sha384 "$name.tpm.json" "$name.tdx.json"
python3 tests/measure/uki-compare.py "$name.log" sha256 "$name.tpm256.json" "$name.tdx.json" | tail -n 1
