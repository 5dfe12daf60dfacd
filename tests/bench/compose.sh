#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Two manifests of many keys, in one order and in another: what the order costs.
# shellcheck source=tests/bench/lib.sh disable=SC2046
. tests/bench/lib.sh
bad=0
python3 - "$tmp" << 'EOF'
import json, sys
keys = ["key%d" % i for i in range(32000)]
for name, order in (("given", keys), ("turned", keys[::-1]), ("others", ["x" + k for k in keys])):
    with open("%s/%s.json" % (sys.argv[1], name), "w") as f:
        json.dump({k: 1 for k in order}, f)
EOF
# The content agrees or differs: the exit code is 0 either way, without --expect.
set -- $(cost "$bin/refval-hash" compose --against "$tmp/given.json" "$tmp/given.json"); same=$1
set -- $(cost "$bin/refval-hash" compose --against "$tmp/given.json" "$tmp/turned.json")
report "compose, 32000 keys in another order, CPU against in one order" "$1" "$same" 2 s || bad=1
set -- $(cost "$bin/refval-hash" compose --against "$tmp/given.json" "$tmp/others.json")
report "compose, 32000 other keys, CPU against the same ones" "$1" "$same" 2 s || bad=1
exit $bad
