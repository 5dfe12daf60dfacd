#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# docs/fleet/spark.py on a local Spark: LINES lines, each answered once. PySpark is the one on PATH, or
# else it is installed from PyPI below build/; it needs a JRE.
# usage: spark.sh BIN FOLDER LINES
set -eu
bin=$1 d=$2 n=$3
command -v java > /dev/null || { echo "spark: needs a JRE (default-jre-headless)"; exit 4; }
if ! command -v spark-submit > /dev/null; then
	judge=${B:-build}/spark
	[ -x "$judge/bin/spark-submit" ] || { python3 -m venv "$judge" && "$judge/bin/pip" install --quiet pyspark; }
	PATH=$(cd "$judge/bin" && pwd):$PATH
fi
rm -rf "$d/out"
jq -c --argjson n "$n" '. as $e | range($n) | {id: tostring, evidence: $e}' "$d/lines" > "$d/many"
REFVAL_VERIFY=$(cd "$bin" && pwd)/refval-verify spark-submit docs/fleet/spark.py "$d/many" "$d/out" -- \
	--release dstack-dev-0.5.8 --at 2026-04-01 > "$d/said" 2> "$d/spark.log" || { tail "$d/spark.log"; exit 1; }
cat "$d/said"
grep -qx "{'yes': $n}" "$d/said"
[ "$(cat "$d"/out/part-* | jq -r .id | sort -n | uniq | wc -l)" = "$n" ]
echo "spark: $n lines, $(find "$d/out" -name 'part-*' | wc -l) partitions, each line answered once"
