# SPDX-License-Identifier: Apache-2.0
#: make check-fleet  docs/fleet on a real redis-server, FLEET_LINES=100000, whoever is killed; then SPARK_LINES=2000 on Spark (PyPI, a JRE)

check-fleet: all
	@$(DEPS) fleet
	@mkdir -p $(B)/fleet && rm -rf $(B)/fleet/* && \
	  $(B)/bin/refval-fetch tests/vectors/real/near-058-dev-3e6394 --offline | jq -c . > $(B)/fleet/lines
	@/usr/bin/python3 tests/fleet/run.py $(B)/bin $(B)/fleet/lines $(or $(FLEET_LINES),100000) $(B)/fleet
	@sh tests/fleet/spark.sh $(B)/bin $(B)/fleet $(or $(SPARK_LINES),2000)

.PHONY: check-fleet
