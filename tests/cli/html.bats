# SPDX-License-Identifier: Apache-2.0
# The page of --html in headless Chromium: it asks for nothing, has nothing to
# complain about, fits a phone, and says the verdict; what the machine says stays
# text. Pictures of each page are kept in build/screenshots.
load helper

machine=$V/real/near-058-dev-3e6394
pages=$(dirname "$BIN")/screenshots

setup() {
	need chromium
	mkdir -p "$pages"
	cd "$BATS_TEST_TMPDIR" || return
	cp -r "$machine" machine
	chmod -R u+w machine
	cp machine/app-compose.json given.json
}

# verify OPTION...: the machine against its release, with a page.
verify() {
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence machine --compose given.json \
		--cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01 --html page.html "$@"
}

# browse NAME: what the browser says of page.html; its pictures are NAME-*.png.
browse() {
	cp page.html "$pages/$1.html"
	"$PYTHON" "$TESTS/tools/browse.py" page.html "$pages/$1" > seen.json
	for view in phone phone-dark desktop dark print; do
		[ -s "$pages/$1-$view.png" ]
	done
	[ -s "$pages/$1.pdf" ]
}

# clean: nothing but the page was asked for, nobody complained, and it fits.
clean() {
	jq -e '.requests == [] and .console == []' seen.json || { jq '.requests, .console' seen.json; return 1; }
	jq -e '.views | length == 5 and all(.scroll <= .width and .inner == .width and .beyond == [])' seen.json > /dev/null || {
		jq .views seen.json
		return 1
	}
	jq -e '.views.phone.width == 360 and .views.desktop.width == 1280' seen.json
	# Text of WCAG's level AA, in light and dark.
	jq -e '.views | all(.contrast >= 4.5)' seen.json
	# Nothing that runs, loads or sends, whoever wrote it; and no other style.
	jq -e '.elements | (has("script", "img", "iframe", "object", "embed", "form", "a", "use", "image", "foreignObject", "animate", "base") | not)
		and .style == 1 and .link == 1 and .html == 1 and .body == 1' seen.json
}

# says TEXT: the page's text has it; lines count as blanks.
says() {
	jq -r .text seen.json | tr '\n' ' ' | grep -qF -- "$1" || { jq -r .text seen.json; return 1; }
}

# box TITLE: the word of the box of that title in the picture; of several, each.
box() { grep -oE '<g class="[a-z-]*">.*' page.html | grep -E -- "[✓✗?–] $1</text>" | sed -E 's/<g class="([a-z-]*)">.*/\1/' | tr '\n' ' '; }

flip() { jq --argjson i "$1" '.[$i].digest |= (if .[0:1] == "0" then "1" else "0" end) + .[1:]' event_log.json; }

# bats test_tags=slow
@test "a machine that passes: verdict, layers, TCB, window, registers, log" {
	run -0 --separate-stderr verify --image-signature "$V/signatures/provenance.sigstore.json" --image-key "$V/signatures/cosign.pub"
	browse passing
	clean
	[ "$(jq -r .title seen.json)" = "refval: yes" ]
	says "verdict: yes"
	for l in hardware firmware os app; do says "$l: yes"; done
	says "report_data: unchecked"
	says "TCB status UpToDate"
	says "this answer holds from 2026-03-25T09:18:51Z until 2026-04-24T09:04:33Z"
	says "Not checked"
	says "What was read"
	says "given.json sha256 $(sha256sum < given.json | cut -d' ' -f1)"
	says "For 2026-04-01T00:00:00Z; accept UpToDate"
	for r in mrtd rtmr0 rtmr1 rtmr2 rtmr3; do says "$(jq -r ".$r" machine/tcb_info.json)"; done
	[ "$(jq '.elements.li' seen.json)" -gt "$(jq length machine/event_log.json)" ]
	[ "$(grep -c 'class="first"' page.html)" = 0 ]
	# The picture, from Intel's root to what was named.
	for b in "Intel&#39;s root" "PCK certificate of the processor" "quoting enclave" quote MRTD RTMR0 RTMR1 RTMR2 firmware "virtual hardware" \
		kernel "command line, initramfs" compose-hash TCB "its signature"; do
		[ "$(box "$b")" = "yes " ] || { echo "$b: $(box "$b")"; false; }
	done
	[ "$(box app-compose.json)" = "yes yes " ]
	[ "$(box launcher)" = "unchecked yes " ]
	# Nothing in it had to be cut.
	[ "$(grep -c '<g class=.*…' page.html)" = 0 ]
	[ "$(box os_image_hash)" = "unchecked " ]
	says "15 agree, 0 differ, 0 cannot be told, 8 not checked."
	# What agrees is folded, its value there once; each word is explained.
	jq -e '.elements.details > 8' seen.json
	[ "$(grep -c "<details.*$(jq -r .mrtd machine/tcb_info.json)" page.html)" = 1 ]
	says "MRTD Measurement of the TD: "
}

# bats test_tags=slow
@test "the picture says no and cannot-tell where the rows do; nothing of a quote that nobody verified is yes" {
	"$BIN/refval-verify" --release dstack-0.5.7 --evidence machine --compose given.json --at 2026-04-01 --html page.html > /dev/null || true
	browse other
	clean
	[ "$(box kernel)" = "no " ]
	[ "$(box firmware)" = "yes " ]
	[ "$(box quote)" = "yes " ]
	says "this machine runs dstack-dev-0.5.8, not dstack-0.5.7"
	mv machine/collateral.json .
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence machine --compose given.json --at 2026-04-01 --html page.html > /dev/null || true
	for b in "Intel&#39;s root" quote "quoting enclave" MRTD RTMR1; do [ "$(box "$b")" = "cannot-tell " ]; done
	[ "$(grep -cE '<g class="yes"><rect x="(2|14)"' page.html)" = 0 ]
	printf '\1' | dd of=machine/quote.bin bs=1 seek=400 conv=notrunc 2> /dev/null
	mv collateral.json machine
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence machine --compose given.json --at 2026-04-01 --html page.html > /dev/null || true
	[ "$(box quote)" = "no " ]
	[ "$(grep -cE '<g class="yes"><rect x="(2|14)"' page.html)" = 0 ]
}

# bats test_tags=slow
@test "an edited app-compose.json: no, and the line that was edited" {
	sed -i '0,/launcher/s//lauNcher/' given.json
	run -1 --separate-stderr verify
	browse compose
	clean
	says "verdict: no"
	says "no compose_hash the machine runs another app-compose.json"
	says "-   lauNcher:"
	says "+   launcher:"
	[ "$(grep -o '<del>' page.html | wc -l)" = 1 ]
}

# bats test_tags=slow
@test "digests of events flipped: no, the events marked, with what was expected" {
	rm machine/tcb_info.json
	(cd machine && flip 11 > new && mv new event_log.json && flip 22 > new && mv new event_log.json)
	run -1 --separate-stderr verify
	browse digest
	clean
	says "verdict: no"
	says "RTMR1 kernel as recorded first difference $(jq -r '.[11].digest' machine/event_log.json) expected: kernel $(
		jq -r '.[11].digest' "$machine/event_log.json")"
	says "RTMR3 compose-hash contradicts its contents"
	[ "$(grep -o 'class="first"' page.html | wc -l)" = 2 ]
}

@test "a log that ends too early says so" {
	rm machine/tcb_info.json
	jq 'del(.[13])' "$machine/event_log.json" > machine/event_log.json
	run -1 --separate-stderr verify
	grep -qE 'RTMR0</b> <b class="no">ends too early</b><br>expected: Boot0000<br>' page.html
}

@test "--html -: the page is the result; not beside --json" {
	"$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence machine --at 2026-04-01 --html page.html > /dev/null
	run -0 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence machine --at 2026-04-01 --html -
	[ "$output" = "$(cat page.html)" ]
	[ ! -e ./- ]
	run -2 --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence machine --at 2026-04-01 --json --html -
	no_result
	[ "${#stderr_lines[@]}" = 2 ]
}

# bats test_tags=slow
@test "a quote that cannot be judged: cannot tell, with the reason" {
	rm machine/collateral.json
	run -3 --separate-stderr verify
	browse cannot-tell
	clean
	says "verdict: cannot-tell"
	says "hardware: cannot-tell"
	says "cannot-tell quote_signature"
}

# bats test_tags=slow
@test "refval-diff --html: published values, and a quote that nobody verified" {
	"$BIN/refval-measure" --document "$V/measure/document/lite-v3.cbor" \
		--checksums "$V/measure/document/lite-v3.sha256sum.txt" --acpi "$V/measure/document/lite-v3.acpi.json" \
		--vm-config "$V/real/060-lite-getquote-v3/vm_config.json" --json | jq '.os_image_hash = null' > values.json
	run -0 --separate-stderr "$BIN/refval-diff" values.json "$V/real/060-lite-getquote-v3/getquote.json" --html page.html
	browse diff
	clean
	says "verdict: yes"
	says "the quote unverified"
	says "compared with values.json"
}

# bats test_tags=slow
@test "whatever the machine and the manifest say stays text" {
	evil='</code></span></pre><script>alert(1)</script><img src=x onerror=alert(2)><style>*{display:none}</style>&lt;b&gt;'
	rm machine/tcb_info.json
	jq --arg e "$evil" '.[-1].event = $e | .[23].event = "\u202e\u0007\u200b<!--"' "$machine/event_log.json" > machine/event_log.json
	jq --arg e "$evil" '.docker_compose_file |= sub("launcher"; $e) | .[$e] = "x" | .name = $e' \
		"$machine/app-compose.json" > given.json
	jq --arg e "$evil" '.name = ($e + "2")' "$machine/app-compose.json" > machine/app-compose.json
	mv machine "$(tr -d / <<< "$evil")"
	run --separate-stderr "$BIN/refval-verify" --release dstack-dev-0.5.8 --evidence "$(tr -d / <<< "$evil")" \
		--compose given.json --cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01 --html page.html
	[ "$status" = 1 ]
	browse hostile
	clean
	says "$evil"
	says "verdict: no"
	# Direction marks, bells and what has no width are shown as bytes.
	says '\xe2\x80\xae\x07\xe2\x80\x8b<!--'
}

# bats test_tags=slow
@test "a page that does what none may do is seen by this test" {
	printf '<!DOCTYPE html><meta name=viewport content="width=device-width"><img src="http://127.0.0.1:9/x">%s%s' \
		'<pre style="color:#eee">0123456789012345678901234567890123456789012345678901234567890123456789</pre>' \
		'<script>console.log("here"); nothing()</script>' > page.html
	"$PYTHON" "$TESTS/tools/browse.py" page.html > seen.json
	run -1 clean
	jq -e '.requests == ["http://127.0.0.1:9/x"]' seen.json
	jq -e '[.console[] | split(":")[0]] | contains(["console", "exception", "error"])' seen.json
	jq -e '.views.phone.scroll > 360 and .views.phone.contrast < 2 and .views.phone.beyond == ["PRE."]' seen.json
}

# bats test_tags=slow
@test "refval-replay --html: registers as lanes, events in order, the first that contradicts marked" {
	rm machine/tcb_info.json
	(cd machine && flip 22 > new && mv new event_log.json && flip 25 > new && mv new event_log.json)
	run -1 --separate-stderr "$BIN/refval-replay" machine --html page.html
	browse replay
	clean
	says "event 22 (compose-hash): its digest is not that of its contents"
	[ "$(grep -o '<text class="sub"[^>]*>[0-9][^<]*' page.html | sed 's/.*>//; s/ .*//' | tr '\n' ' ')" = "$(seq -s ' ' 0 28) " ]
	[ "$(sed -n 's/^<text class="sub top"[^>]*>\(.*\)<.text>/\1/p' page.html | tr '\n' ' ')" = "0 1 2 3 " ]
	grep -qE '^<text class="sub"[^>]*>RTMR</text>' page.html
	grep -qF '22 compose-hash ✗ first contradiction</text>' page.html
	grep -qF '25 key-provider ✗ contradicts</text>' page.html
	[ "$(grep -c '✗ first' page.html)" = 1 ]
	for r in RTMR0 RTMR1 RTMR2; do says "$r ✓ the quote has this value"; done
	says "RTMR3 ✗ the quote has another value"
	run -0 --separate-stderr "$BIN/refval-replay" "$machine/event_log.json" --html -
	[[ $output == *"– no quote"* && $output == *"verdict: yes"* ]]
	run -2 --separate-stderr "$BIN/refval-replay" machine --html - --json
}
