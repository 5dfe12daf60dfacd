#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make the record of a release from its image: every value computed from the
# files, with the image's own SHA-256 as the source. An older record is kept where
# the image says nothing (captured shapes, date, address), and must agree where it
# does: a value that differs is exit 1, and nothing is written.
# usage: record.sh IMAGE [FILE]     FILE: releases/NAME.json beside this script
# From the environment: NAME (dstack-dev-0.5.9), URL (of the tarball), DATE (of the
# tag, 2026-01-31), BIN (where the programs are).
set -eu
image=$1
export LC_ALL=C
bin=${BIN:+$BIN/}
say() { printf 'image-record: %s\n' "$*" >&2; }
command -v jq > /dev/null || { say "needs jq"; exit 4; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# measure MEMORY: the values of a machine whose QEMU writes the kernel's header.
measure() { "${bin}refval-measure" "$image" --cpus 1 --memory "$1" --qemu 8.2.2 --json > "$tmp/$1"; }

"${bin}refval-unpack" --json "$image" > "$tmp/image"
name=${NAME:-$(jq -r '.name // empty' "$tmp/image")}
[ -n "$name" ] || { say "$image: the image has no name: NAME=dstack-..."; exit 2; }
version=$(jq -r '.version // empty' "$tmp/image")
[ -n "$version" ] || version=${name##*-}
case $name in
*[!A-Za-z0-9._+-]* | .* | -*) say "$name: not a name"; exit 2 ;;
*-nvidia-dev-*) flavour=nvidia-dev ;;
*-nvidia-*) flavour=nvidia ;;
*-dev-*) flavour=dev ;;
*) flavour=prod ;;
esac
dev=$(jq -r '.metadata.is_dev | values' "$tmp/image")
case $dev.$flavour in
true.prod | true.nvidia | false.dev | false.nvidia-dev)
	say "$name: the name says $flavour, and is_dev of metadata.json $dev"
	exit 3
	;;
esac
file=${2:-$(dirname "$0")/releases/$name.json}

# 2816 MiB and above have the same memory below 4 GiB as 2 GiB, so the same header.
sizes="2G 2816M 4G 512G"
for m in $sizes; do
	measure "$m"
	[ "$(jq -c '[.mrtd, .rtmr1, .rtmr2]' "$tmp/$m")" = "$(jq -c '[.mrtd, .rtmr1, .rtmr2]' "$tmp/2G")" ] ||
		{ say "$image: RTMR1 of $m of memory is not that of 2G: this rule does not hold here"; exit 3; }
done
jq -e '[.mrtd.single_pass, .mrtd.two_pass, .rtmr1.value, .rtmr2.value] | all' "$tmp/2G" > /dev/null ||
	{ say "$image: not every register can be computed: $(jq -r '[.mrtd, .rtmr1, .rtmr2 | .why // empty] | join("; ")' "$tmp/2G")"; exit 3; }

digest=
[ -d "$image" ] || digest=$(sha256sum < "$image" | cut -d' ' -f1)
source=$(basename "$image")
if [ -n "$digest" ]; then
	source="$source, sha256 $digest"
else
	source="$source, sha256sum.txt $(jq -r '.os_image_hash // "none"' "$tmp/image")"
fi
old='{}'
[ ! -e "$file" ] || old=$(cat "$file")
jq -n --argjson old "$old" --slurpfile v "$tmp/2G" --slurpfile i "$tmp/image" --arg name "$name" --arg version "$version" \
	--arg flavour "$flavour" --arg url "${URL:-}" --arg date "${DATE:-}" --arg digest "$digest" --arg source "$source" '
	def computed: {value: ., from: "computed from the image", source: $source};
	def event($r; $l): $v[0][$r].events[] | select(.label == $l).digest;
	def some: with_entries(select(.value != null and .value != ""));
	$v[0] as $v | $i[0] as $i |
	{
		schema: "refval.release/1", name: $name, version: $version, flavour: $flavour,
		date: (if $date != "" then $date else $old.date end),
		tarball: (($old.tarball // {}) + ({url: $url, sha256: $digest} | some)),
		rootfs: (if $v.shape.root_verity == false then "iso" else "verity" end),
		os_image_hash: ($i.os_image_hash // null | if . then computed else null end),
		note: $old.note,
		files: [$v.inputs[] | select(.role == ("firmware", "kernel", "initrd")) | {name, sha256}],
		firmware: (($old.firmware // {} | {edk2} | some) + ({
			ovmf_variant: ($v.shape.ovmf // (if ($v.edk2.rules | capture("(?<n>[0-9]{6})").n | tonumber) >= 202505
				then "stable202505" else "pre202505" end)),
			td_hob: $v.td_hob,
			cfv: (event("rtmr0"; "cfv") // null | if . then computed else null end)
		} | some)),
		mrtd: {single_pass: ($v.mrtd.single_pass | computed), two_pass: ($v.mrtd.two_pass | computed)},
		rtmr0: $old.rtmr0,
		rtmr1: (($v.rtmr1.value | computed) + {memory: [{min: 2147483648, max: 2147483648}, {min: 2952790016}],
			events: {kernel: event("rtmr1"; "kernel")}}),
		rtmr2: (($v.rtmr2.value | computed) + {events: {cmdline: event("rtmr2"; "cmdline"), initrd: event("rtmr2"; "initrd")}})
	} | some | if .tarball == {} then del(.tarball) else . end' > "$tmp/new"

# What both say, but for where it is from; a list of files counts as a whole.
differ=$(jq -rn --argjson old "$old" --slurpfile new "$tmp/new" '
	def facts: del(.rtmr0, .note, .date, .tarball.url) | [paths(scalars) as $p | select($p[-1] | IN("from", "source") | not) |
		{key: ($p | map(tostring) | join(".")), value: getpath($p)}] | from_entries;
	($old | facts) as $o | ($new[0] | facts) as $n |
	[$o | keys[] | select($n[.] != null and $n[.] != $o[.])] | join(" ")')
if [ -n "$differ" ]; then
	say "$file: the image says otherwise of: $differ"
	exit 1
fi
mkdir -p "$(dirname "$file")"
cp "$tmp/new" "$file.new"
mv "$file.new" "$file"
echo "$file"
