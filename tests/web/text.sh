#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nothing in our own text of the page could connect or run text, and nothing is
# named that lies elsewhere. usage: text.sh [FOLDER]    (cmd/web)
set -eu
d=${1:-cmd/web}
fail() { echo "text.sh: $*" >&2; exit 1; }
! grep -nE '(src|href|action)="(https?:|//|data:[^,]|blob:)' "$d/page/index.html" || fail "a file of another host"
! grep -nE '<script>|<style|[^a-z]on[a-z]+="|style="|javascript:' "$d/page/index.html" || fail "text that runs in the page"
! grep -nE 'url\(|@import' "$d/page/page.css" || fail "a style that loads"
for f in page/page.js page/worker.js engine.js files.js; do
	! grep -nE 'fetch\(|XMLHttpRequest|WebSocket|EventSource|sendBeacon|RTCPeer|importScripts|location|window\.open|import\(|eval\(|innerHTML|outerHTML|insertAdjacentHTML|document\.write|new Function' \
		"$d/$f" || fail "$f: what could connect, or run text"
done
