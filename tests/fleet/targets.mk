# SPDX-License-Identifier: Apache-2.0
#: make check-fleet  docs/fleet on a real redis-server, FLEET_LINES=100000, whoever is killed; then Spark, where pyspark is

check-fleet: all
	@mkdir -p $(B)/fleet && rm -rf $(B)/fleet/* && \
	  $(B)/bin/refval-fetch tests/vectors/real/near-058-dev-3e6394 --offline | jq -c . > $(B)/fleet/lines
	@/usr/bin/python3 tests/fleet/run.py $(B)/bin $(B)/fleet/lines $(or $(FLEET_LINES),100000) $(B)/fleet
	@if command -v spark-submit > /dev/null; then \
	  for i in 1 2 3 4 5 6 7 8; do cat $(B)/fleet/lines; done > $(B)/fleet/eight && \
	  REFVAL_VERIFY=$(abspath $(B))/bin/refval-verify spark-submit docs/fleet/spark.py $(B)/fleet/eight $(B)/fleet/out -- \
	    --release dstack-dev-0.5.8 --at 2026-04-01 2> $(B)/fleet/spark.log | tee $(B)/fleet/said && \
	  grep -q "{'yes': 8}" $(B)/fleet/said; \
	else echo 'spark: left out, no spark-submit (PyPI: pyspark)'; fi

.PHONY: check-fleet
