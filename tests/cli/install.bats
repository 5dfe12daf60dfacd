# SPDX-License-Identifier: Apache-2.0
# What is installed works where it is, and uninstalling leaves nothing.
load helper

# Once, with names that a shell takes apart; each test that changes it has a copy.
setup_file() {
	# Only what this tree built can be installed from it.
	[[ $BIN == "$TOP"/* ]] || return
	build_make DESTDIR="$BATS_FILE_TMPDIR/it's a root" PREFIX="/opt/my tools" install > "$BATS_FILE_TMPDIR/log" 2>&1 ||
		{ cat "$BATS_FILE_TMPDIR/log"; return 1; }
}

setup() {
	cd "$TOP" || return
	[[ $BIN == "$TOP"/* ]]
	d="$BATS_FILE_TMPDIR/it's a root"
	at="$d/opt/my tools"
}

# changed: a copy of it.
changed() {
	cp -R "$d" "$BATS_TEST_TMPDIR"
	d="$BATS_TEST_TMPDIR/it's a root"
	at="$d/opt/my tools"
}

# bats test_tags=slow
@test "install and uninstall, a DESTDIR and a PREFIX with spaces and quotes: what came goes, and nothing else" {
	[ -x "$at/bin/refval-verify" ]
	[ -s "$at/share/refval/releases/dstack-0.5.8.json" ]
	[ -s "$at/share/man/man1/refval-verify.1" ]
	[ "$(ls "$BATS_FILE_TMPDIR" | paste -sd,)" = "it's a root,log" ]
	[ "$(find "$d" -mindepth 1 -maxdepth 2 | LC_ALL=C sort)" = "$d/opt"$'\n'"$at" ]
	changed
	touch "$at/bin/refval-mine"
	run -0 build_make DESTDIR="$d" PREFIX="/opt/my tools" uninstall
	[ "$(find "$d" ! -type d)" = "$at/bin/refval-mine" ]
}

# bats test_tags=slow
@test "an installed program finds its release records beside itself" {
	changed
	run -0 --separate-stderr "$at/bin/refval" verify --release dstack-dev-0.5.8 --json \
		--evidence "$V/real/near-058-dev-3e6394" --cpus 8 --memory 64G --qemu 8.2.2 --at 2026-04-01
	[ "$(jq -r .verdict <<< "$output")" = yes ]
	rm -r "$at/share/refval"
	run -3 --separate-stderr "$at/bin/refval-verify" --release dstack-dev-0.5.8 \
		--evidence "$V/real/near-058-dev-3e6394"
	[[ $stderr == *"no release records beside the program"* ]]
}

@test "what is installed can be run just where it is a program or a script of its own" {
	scripts=0
	while IFS= read -r f; do
		# Of libraries each system has its own habit.
		case $f in *.so.*) continue ;; esac
		case $(head -c 4 "$f" | tr '\0\177' '..') in "#!"* | .ELF) want=yes ;; *) want=no ;; esac
		[ "$want" = "$([ -x "$f" ] && echo yes || echo no)" ] || { echo "$f"; false; }
		case $want$f in yes*/share/*) scripts=$((scripts + 1)) ;; esac
	done < <(find "$d" -type f)
	[ "$scripts" -ge 1 ]
}

@test "bash completion offers a command's own options" {
	run -0 bash -c 'source "$1"; COMP_WORDS=(refval verify --compose-h); COMP_CWORD=2; _refval; echo "${COMPREPLY[@]}"' - "$at/share/bash-completion/completions/refval"
	[ "$output" = --compose-hash ]
}

# Each command, and each of its subcommands: one line of words each.
commands() {
	local p n s
	for p in "$BIN"/refval-*; do
		n=$(basename "$p")
		echo "$n"
		for s in $("$p" --print-options | sed -n 's/^command\t\([^\t]*\).*/\1/p'); do echo "$n $s"; done
	done
}
# table NAME [SUB]: the options that the code knows, and "-" or "+": takes a value.
table() { "$BIN/$1" ${2:+"$2"} --print-options | awk -F'\t' '$1 == "option" { print substr($2, 3), $3 == "-" ? "-" : "+" }' | sort; }

# choices SHELL LINE...: what it shows of each, completed with the programs in PATH.
choices() {
	local s=$1 script=$BATS_TEST_TMPDIR/$1
	need python3 "$s"
	mkdir -p "$script"
	cp "$at/share/bash-completion/completions/refval" "$script"
	cp "$at/share/zsh/site-functions/_refval" "$script"
	[ "$s" = zsh ] || script=$script/refval
	PATH=$BIN:$PATH python3 "$TESTS/tools/complete.py" "$s" "$script" "${@:2}" > "$BATS_TEST_TMPDIR/shown"
	cat "$BATS_TEST_TMPDIR/shown"
}
# line N WORD...: the Nth line that was completed shows each of them.
line() {
	local w
	for w in "${@:2}"; do
		sed -n "$1p" "$BATS_TEST_TMPDIR/shown" | tr -d ' ' | grep -qF -- "$w" || { echo "line $1: no $w"; false; }
	done
}
lines_to_complete=("refval rep" "refval-verify --compose-h" "refval verify --release dstack-nvidia-dev-0.5.8" "refval-publish --format tc"
	"refval-hash reb" "refval-hash match --config docs/GLOS" "refval-quote --accept UpToDate,OutOfDateC" "refval-verify --html docs/GLOS"
	"refval-hash compose --style compac" "refval-verify --skip quote_sig" "refval-unpack --to docs/sche" "refval-fetch --update ear"
	"refval hash match --config docs/GLOS")
completed=("refvalreplay" "refval-verify--compose-hash" "--releasedstack-nvidia-dev-0.5.8" "--formattcg2"
	"refval-hashrebuild" "--configdocs/GLOSSARY.md" "UpToDate,OutOfDateConfigurationNeeded" "--htmldocs/GLOSSARY.md"
	"--stylecompact" "--skipquote_signature" "--todocs/schemas/" "--updateearly" "--configdocs/GLOSSARY.md")

@test "bash, at a terminal: commands, options and what stands behind them" {
	choices bash "${lines_to_complete[@]}" "refval-publish -f tc" "refval-publish --format=tc" "refval help ter"
	for i in "${!completed[@]}"; do line $((i + 1)) "${completed[i]}"; done
	line 14 "-ftcg2"
	line 15 "--format=tcg2"
	line 16 "refvalhelpterms"
}

@test "zsh, at a terminal: the same, and what each command is for" {
	choices zsh "${lines_to_complete[@]}" "refval ver"
	for i in "${!completed[@]}"; do line $((i + 1)) "${completed[i]}"; done
	line 14 "verify--allofitinonego"
}

@test "fish: the same, and what each command is for" {
	need fish
	cp "$at/share/fish/vendor_completions.d/refval.fish" "$BATS_TEST_TMPDIR/fish"
	for i in "${!completed[@]}"; do
		HOME=$BATS_TEST_TMPDIR PATH=$BIN:$PATH fish -N -c "source $BATS_TEST_TMPDIR/fish; complete -C '${lines_to_complete[i]}'" |
			cut -f1 > "$BATS_TEST_TMPDIR/got"
		grep -qxF -- "$(sed -E 's/^(refval-hash|refval-verify|refval)//; s/^(--(config|format|html|style|skip|update|release|to))//' <<< "${completed[i]}")" \
			"$BATS_TEST_TMPDIR/got" || { echo "${lines_to_complete[i]}"; cat "$BATS_TEST_TMPDIR/got"; false; }
	done
	HOME=$BATS_TEST_TMPDIR PATH=$BIN:$PATH fish -N -c "source $BATS_TEST_TMPDIR/fish; complete -C 'refval ver'; complete -C 'refval-hash reb'" > "$BATS_TEST_TMPDIR/got"
	grep -qxF $'verify\tall of it in one go' "$BATS_TEST_TMPDIR/got"
	grep -qxF $'rebuild\tDid these builds give one image, and if not why not' "$BATS_TEST_TMPDIR/got"
}

@test "man refval-hash-match and its like are the page of refval-hash, and man -k lists them" {
	need mandoc makewhatis mapropos
	changed
	m=$at/share/man
	for s in $("$BIN/refval-hash" --print-options | sed -n 's/^command\t\([^\t]*\).*/\1/p'); do
		[ "$(cat "$m/man1/refval-hash-$s.1")" = ".so man1/refval-hash.1" ]
		[ "$(MANPATH=$m mman -M "$m" "refval-hash-$s" | sed -n 4p)" = "$(mandoc "$m/man1/refval-hash.1" | sed -n 4p)" ]
	done
	makewhatis "$m"
	mapropos -M "$m" refval > "$BATS_TEST_TMPDIR/listed"
	for p in "$BIN"/refval*; do grep -qE "(^|, )$(basename "$p")(\(1\)|, )" "$BATS_TEST_TMPDIR/listed" || { echo "$p"; cat "$BATS_TEST_TMPDIR/listed"; false; }; done
	grep -q "refval-hash-match" "$BATS_TEST_TMPDIR/listed"
}

# bats test_tags=slow
@test "options agree in help, table and all three completions, values too" {
	cp "$at/share/bash-completion/completions/refval" "$BATS_TEST_TMPDIR/bash"
	cp "$at/share/zsh/site-functions/_refval" "$BATS_TEST_TMPDIR/zsh"
	cp "$at/share/fish/vendor_completions.d/refval.fish" "$BATS_TEST_TMPDIR/fish"
	n=0
	while read -r p s; do
		table "$p" $s > "$BATS_TEST_TMPDIR/table"
		[ "$(wc -l < "$BATS_TEST_TMPDIR/table")" -ge 2 ]
		# An option of --help begins a line; what follows in capitals or so is its value.
		"$BIN/$p" $s --help all | sed -nE 's/--help \[all\]/--help/; s/^(      |  -[a-zA-Z], )--([a-z0-9-]+)(.*)/\2\t\3/p' |
			awk -F'\t' '{ print $1, $2 ~ /^ [^ ]/ ? "+" : "-" }' | sort > "$BATS_TEST_TMPDIR/help"
		diff "$BATS_TEST_TMPDIR/table" "$BATS_TEST_TMPDIR/help" || { echo "$p $s --help"; false; }
		c=${p#refval-}
		bash -c 'source "$1"; shift; COMP_WORDS=("$@" --); COMP_CWORD=$#; _refval; printf "%s\n" "${COMPREPLY[@]}"' \
			- "$BATS_TEST_TMPDIR/bash" "$p" $s | sed -n 's/^--//p' | sort > "$BATS_TEST_TMPDIR/got"
		diff <(cut -d' ' -f1 "$BATS_TEST_TMPDIR/table") "$BATS_TEST_TMPDIR/got" || { echo "bash: $p $s"; false; }
		grep -E "^('$c${s:+ $s}'|$c)\) (shift words; .*)?_arguments" "$BATS_TEST_TMPDIR/zsh" | if [ "$s" ]; then grep "^'"; else grep -v "^'"; fi |
			grep -oE " '--[a-z0-9-]+\[([^]\\\\]|\\\\.)*\](:?)" | sed -E "s/^ '--([a-z0-9-]+).*\](:?)$/\1 \2/; s/:$/+/; s/ $/ -/" |
			sort > "$BATS_TEST_TMPDIR/got"
		diff "$BATS_TEST_TMPDIR/table" "$BATS_TEST_TMPDIR/got" || { echo "zsh: $p $s"; false; }
		if [ "$s" ]; then from="complete -c $p -n '__fish_seen_subcommand_from $s' -l "; else from="complete -c $p -l "; fi
		grep -F -- "$from" "$BATS_TEST_TMPDIR/fish" | sed -E 's/.* -l ([a-z0-9-]+)( -s .)?( -[rx])?( -F| -a .*)? -d .*/\1\3/' |
			awk '{ print $1, $2 ~ /^-[rx]$/ ? "+" : "-" }' | sort > "$BATS_TEST_TMPDIR/got"
		diff "$BATS_TEST_TMPDIR/table" "$BATS_TEST_TMPDIR/got" || { echo "fish: $p $s"; false; }
		n=$((n + 1))
	done < <(commands)
	[ "$n" -ge 16 ]
	bash -n "$BATS_TEST_TMPDIR/bash"
}

@test "options agree in help, table and manual page" {
	for p in "$BIN"/refval-*; do
		n=$(basename "$p")
		"$p" --print-options | sed -n 's/^option\t--\([^\t]*\).*/\1/p' | sort > "$BATS_TEST_TMPDIR/table"
		for s in $("$p" --print-options | sed -n 's/^command\t\([^\t]*\).*/\1/p'); do
			"$p" "$s" --print-options | sed -n 's/^option\t--\([^\t]*\).*/\1/p'
		done | cat - "$BATS_TEST_TMPDIR/table" | sort -u > "$BATS_TEST_TMPDIR/all"
		grep -E '^[.]It Fl' "docs/$n.1" | grep -oE 'Fl (Fl |-)[a-z0-9-]+' | sed -E 's/^Fl (Fl |-)//' | sort -u > "$BATS_TEST_TMPDIR/man"
		diff "$BATS_TEST_TMPDIR/all" "$BATS_TEST_TMPDIR/man" || { echo "docs/$n.1"; false; }
	done
}

# bats test_tags=slow
@test "every manual page passes mandoc, and every command and document has one" {
	need mandoc
	for m in docs/*.[1-9]; do
		run -0 mandoc -Tlint -W warning "$m"
		[ -z "$output" ]
	done
	for p in "$BIN"/refval*; do [ -s "docs/$(basename "$p").1" ]; done
	for f in docs/schemas/*.json; do
		s=$(jq -r '.title' "$f" | sed -n 's/^\(refval\.[a-z]*\/1\):.*/\1/p')
		[ "$s" ] || continue
		n=refval-$(basename "$f" .json)
		grep -qF "$s" "docs/$n.5" || { echo "$s: not in docs/$n.5"; false; }
		# Each member at the top of the document is in the page.
		for k in $(jq -r 'if .properties then .properties else ."$defs" | with_entries(select(.key | test("_(document|summary)$|manifest$"))) |
			[.[].properties] | add end | keys[]' "$f"); do
			grep -qE "^\.It Va $k( |$)|^\.It Va .* , $k( |$)| Va $k( |$)" "docs/$n.5" || { echo "docs/$n.5: no $k"; false; }
		done
	done
}
