# SPDX-License-Identifier: Apache-2.0
# Verifying the quote as a part of refval-verify and refval-diff.
load helper

setup() {
	machine=$V/real/near-058-dev-3e6394
	work=$BATS_TEST_TMPDIR/machine
	cp -r "$machine" "$work"
	chmod -R u+w "$work"
}

verify() {
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$1" --compose "$machine/app-compose.json" \
		--cpus 8 --memory 64G --qemu 8.2.2 --json "${@:2}"
}

# check NAME: the verdict of a check
check() {
	jq -r --arg n "$1" '.layers[].checks[] | select(.name == $n) | .verdict' <<< "$output"
}

@test "verify: genuine Intel hardware, with status, time and window" {
	run -0 --separate-stderr verify "$machine" --at 2026-04-01
	[ "$(check quote_signature)" = yes ]
	[ "$(check tcb_status)" = yes ]
	[ "$(jq -c '.verification | [.verified, .status, .advisory_ids, .at, .hardware]' <<< "$output")" = \
		'[true,"UpToDate",[],"2026-04-01T00:00:00Z","genuine Intel hardware"]' ]
}

@test "verify: expired collateral, or none, is never a yes" {
	run -3 --separate-stderr verify "$machine" --at 2026-06-01
	[ "$(jq -r .verification.error <<< "$output")" = CRL_EXPIRED ]
	rm "$work/collateral.json"
	run -3 --separate-stderr verify "$work" --at 2026-04-01
	[ "$(jq -r .verification.error <<< "$output")" = COLLATERAL_MISSING ]
	[ "$(check quote_signature)" = cannot-tell ]
	run -0 --separate-stderr verify "$work" --at 2026-04-01 --skip quote_signature
	[ "$(check quote_signature)" = unchecked ]
	run -0 --separate-stderr verify "$work" --at 2026-04-01 --collateral "$machine/collateral.json"
}

@test "verify: a forged register is found by the signature" {
	# mr_owner, which nothing else looks at.
	printf '\x01' | dd of="$work/quote.bin" bs=1 seek=280 conv=notrunc status=none
	run -1 --separate-stderr verify "$work" --at 2026-04-01
	[ "$(jq -r .verification.error <<< "$output")" = QUOTE_SIGNATURE ]
	[ "$(check quote_signature)" = no ]
	[ "$(check mrtd)" = yes ]
}

@test "verify: policy options count, and explain lists the checks" {
	run -1 --separate-stderr verify "$machine" --at 2026-04-01 --min-eval 19
	[ "$(check min_eval)" = no ]
	run -0 --separate-stderr verify "$machine" --at 2026-04-01 --explain
	[ "$(check quote.pck_chain)" = yes ]
	[ "$(check quote.quote_signature)" = yes ]
}

@test "diff: unverified unless asked, and then it counts" {
	run -0 --separate-stderr "$BIN/refval-diff" "$machine/app-compose.json" "$machine" --json
	[ "$(check quote_signature)" = unchecked ]
	run -0 --separate-stderr "$BIN/refval-diff" --at 2026-04-01 "$machine/app-compose.json" "$machine" --json
	[ "$(check quote_signature)" = yes ]
	run -3 --separate-stderr "$BIN/refval-diff" --at 2026-08-01 "$machine/app-compose.json" "$machine" --json
	run -2 --separate-stderr "$BIN/refval-diff" --at soon "$machine/app-compose.json" "$machine" --json
}
