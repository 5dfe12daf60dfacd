# SPDX-License-Identifier: Apache-2.0
# The commands of README.md's first screen, as they stand: a machine's answer,
# Intel's service played by a proxy, a time when its collateral is valid.
load helper

setup() {
	need jq openssl python3
	need_faketime
	D=$BATS_TEST_TMPDIR
	M=$V/real/near-058-dev-3e6394
	cd "$D" || return
	export PATH=$BIN:$PATH
}

teardown() { stop_all; }

# The commands before the first heading below the title.
first_screen() { awk '/^## / { exit } /^    refval-/ { print substr($0, 5) }' "$TOP/README.md"; }

@test "the first screen: an attestation becomes a verdict in two commands" {
	mapfile -t commands < <(first_screen)
	[ "${#commands[@]}" = 3 ]
	[[ ${commands[0]} == "refval-fetch attestation.json --collateral-from intel -o evidence.json" ]]
	jq -n --arg q "$(od -An -v -tx1 "$M/quote.bin" | tr -d ' \n')" --slurpfile l "$M/event_log.json" \
		'{quote: $q, event_log: $l[0]}' > attestation.json
	cp "$M/app-compose.json" .
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout key -out ca -days 30 -subj /CN=hosts \
		-addext "subjectAltName=DNS:api.trustedservices.intel.com,DNS:certificates.trustedservices.intel.com" 2> /dev/null
	background python3 "$TESTS/agent/agent.py" --port-file port --api pcs --collateral "$M/collateral.json"
	wait_for port
	background python3 "$TESTS/agent/proxy.py" proxy ca key "$(cat port)" asked
	wait_for proxy
	export https_proxy=http://127.0.0.1:$(cat proxy)
	unset no_proxy
	# The stand-in's authority; what it says has expired, which fetching mentions.
	run -0 bash -c "${commands[0]} --ca ca"
	[[ $output == *"from https://api.trustedservices.intel.com"*"TDX TCB info, QE identity, PCK CRL (platform), root CRL"* ]]
	unset https_proxy
	run -0 faketime '2026-04-01 12:00:00 UTC' bash -c "${commands[1]}"
	[[ $output == *"genuine Intel hardware"*"verdict      yes"* ]]
	# Months later, with what was fetched then: when it would have been yes.
	run -3 faketime '2026-06-01 12:00:00 UTC' bash -c "${commands[1]}"
	[[ $output == *"fetch again: refval-fetch evidence.json --collateral-from intel -o evidence.json, or --at a time in 2026-03-25T09:18:51Z..2026-04-24T09:04:33Z"* ]]
	# Without the first: it is what the second asks for.
	run -3 bash -c "${commands[1]/evidence.json/attestation.json}"
	[[ $output == *"fetch it: ${commands[0]}"* ]]
}

@test "the first screen: the captured machine, offline" {
	cd "$TOP"
	run -0 bash -c "$(first_screen | sed -n 3p)"
	[[ $output == *"verdict      yes"* ]]
}
