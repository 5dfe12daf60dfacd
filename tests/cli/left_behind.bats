# SPDX-License-Identifier: Apache-2.0
# What commands write is there whole, or not at all, and nothing else is there.
load helper

# A job in the background of a shell ignores SIGINT, and so would what is run here.
strace() { env --default-signal strace "$@"; }

setup() {
	need python3
	cd "$BATS_TEST_TMPDIR"
	mkdir in out
	E=$TOP/docs/auditor-template/evidence
	# More than the limit below, whatever is made of it.
	python3 -c 'import json; json.dump({"name": "x" * 20000, "runner": "docker-compose"}, open("in/compose.json", "w"))'
}

# Every way of writing a file, each into the folder "out".
writers() {
	echo "$BIN/refval-hash compose --style compact -o out/x in/compose.json"
	echo "$BIN/refval-fetch --offline -o out/x $E"
	echo "$BIN/refval-acpi --cpus 8 --memory 64G --qemu 8.2.2 --dir out"
	echo "$BIN/refval-verify --release dstack-dev-0.5.8 --evidence $E --at 2026-04-01 --html out/x"
	echo "$BIN/refval-unpack --to out/x in/image.tar.gz"
}

image() { /usr/bin/env python3 "$TESTS/tools/make-image.py" --layout 0.5.8 --out in/image.tar.gz; }

@test "a file that may not grow: exit 4 with the reason, nothing stays" {
	need_uncounted
	image
	n=0
	while read -r -a c; do
		# 1 KiB for each file; and not a signal that ends the program.
		run -4 --separate-stderr bash -c 'ulimit -f 1; exec "$@"' - "${c[@]}"
		[[ ${stderr_lines[-1]} == *": File too large" ]] || { echo "${c[0]}: $stderr"; false; }
		[ -z "$(ls -A out)" ] || { echo "${c[0]}: $(ls -A out)"; false; }
		n=$((n + 1))
	done < <(writers)
	[ "$n" = 5 ]
	# Standard output is a file, too.
	run -4 --separate-stderr bash -c 'ulimit -f 1; exec "$@" > out/x' - "$BIN/refval-hash" compose --style compact -o - in/compose.json
	[[ $stderr == *": cannot write: File too large" ]]
}

@test "what was there stays as it was when its successor cannot be written" {
	echo before > out/x
	run -4 bash -c 'ulimit -f 1; exec "$@"' - "$BIN/refval-hash" compose --style compact -o out/x in/compose.json
	[ "$(ls -A out)" = x ]
	[ "$(cat out/x)" = before ]
	run -0 "$BIN/refval-hash" compose --style compact -o out/x in/compose.json
	[ "$(ls -A out)" = x ]
	[ "$(stat -c %s out/x)" -gt 20000 ]
}

# bats test_tags=slow
@test "a signal while a file is written, flushed or named: it is there whole, or nothing is" {
	need strace
	c=("$BIN/refval-hash" compose --style compact -o out/x in/compose.json)
	"${c[@]}" > /dev/null
	want=$(sha256sum < out/x)
	for old in no yes; do
		for name in write fsync linkat renameat close; do
			for signal in INT TERM HUP KILL; do
				for when in 1 2; do
					rm -f out/*
					[ $old = no ] || echo before > out/x
					strace -qq -o /dev/null -e trace=$name -e inject=$name:signal=$signal:when=$when "${c[@]}" > /dev/null 2>&1 || true
					left=$(ls -A out)
					# Only KILL, between the two steps that replace a file, leaves it: whole.
					case $signal$name$old in KILLlinkatyes | KILLrenameatyes) left=$(grep -v '^x\.' <<< "$left") ;; esac
					[ "$left" = x ] || { [ -z "$left" ] && [ $old = no ]; } || { echo "$old $name $signal: $left"; false; }
					[ -z "$left" ] || [ "$(sha256sum < out/x)" = "$want" ] || [ "$(cat out/x)" = before ]
				done
			done
		done
	done
}

@test "where a file cannot be without a name, it is written beside its place, and signals wait" {
	need strace
	c=("$BIN/refval-hash" compose --style compact -o out/x in/compose.json)
	"${c[@]}" > /dev/null
	want=$(sha256sum < out/x)
	# Without /proc the file that has no name cannot get one.
	for signal in INT TERM HUP; do
		for old in no yes; do
			rm -f out/*
			[ $old = no ] || echo before > out/x
			run strace -qq -o /dev/null -e trace=linkat,fsync -e inject=linkat:error=ENOENT -e inject=fsync:signal=$signal:when=2 "${c[@]}"
			[ "$(ls -A out)" = x ]
			[ "$(sha256sum < out/x)" = "$want" ]
		done
		rm -f out/*
		run -4 strace -qq -o /dev/null -e trace=linkat,fsync -e inject=linkat:error=ENOENT -e inject=fsync:error=EIO:when=2 "${c[@]}"
		[[ $output == *": Input/output error" ]]
		[ -z "$(ls -A out)" ]
	done
}

@test "a folder of many files that is ended by a signal: nothing of it is there" {
	need strace
	image
	U=$BIN/refval-unpack
	named=$(no_nameless "$U" --to in/x in/image.tar.gz)
	for signal in INT TERM HUP KILL; do
		for where in nameless named; do
			fault=(-e inject=write:signal=$signal:when=3)
			[ $where = nameless ] || fault+=(-e "$named")
			run "--separate-stderr" strace -qq -o /dev/null -e trace=openat,write "${fault[@]}" "$U" --to out/x in/image.tar.gz
			[ "$status" = $((128 + $(kill -l $signal))) ] || { echo "$where $signal: $status $stderr"; false; }
			if [ $where$signal = namedKILL ]; then
				[ "$(ls -A out)" = .x.refval-unpack ]
			else
				[ -z "$(ls -A out)" ] || { echo "$where $signal: $(ls -A out)"; false; }
			fi
		done
	done
	# What stays then, the next run takes.
	run -0 "$U" --to out/x in/image.tar.gz
	[ "$(ls -A out)" = x ]
	# A signal that is ignored ends nothing.
	rm -r out/x
	run -0 bash -c 'trap "" HUP; exec "$@"' - strace -qq -o /dev/null -e trace=openat,write -e inject=write:signal=HUP:when=3 \
		-e "$named" "$U" --to out/x in/image.tar.gz
}

@test "several files into a folder: all of them or none, when a signal comes or one cannot be written" {
	need strace
	fill=("$BIN/refval-acpi" --cpus 8 --memory 64G --qemu 8.2.2 --dir out/x)
	"${fill[@]}"
	all=$(ls -A out/x)
	[ "$(wc -l <<< "$all")" -gt 3 ]
	for signal in INT TERM HUP; do
		rm -r out/x
		run strace -qq -o /dev/null -e trace=linkat -e inject=linkat:signal=$signal:when=3 "${fill[@]}"
		[ "$status" = $((128 + $(kill -l $signal))) ]
		[ "$(ls -A out/x)" = "$all" ]
	done
	rm -r out/x
	run -4 strace -qq -o /dev/null -e trace=linkat -e inject=linkat:error=EIO:when=3+ "${fill[@]}"
	[[ $output == *": Input/output error" ]]
	[ -z "$(ls -A out)" ]
	# A folder that was there stays.
	mkdir out/x
	run -4 strace -qq -o /dev/null -e trace=linkat -e inject=linkat:error=EIO:when=3+ "${fill[@]}"
	[ "$(find out)" = "$(printf 'out\nout/x')" ]
}

@test "refval-acpi --dir replaces nothing, and follows no link in the folder" {
	c=("$BIN/refval-acpi" --cpus 8 --memory 64G --qemu 8.2.2 --dir out)
	echo mine > mine
	for what in 'cp mine out/rsdp' 'ln -s ../mine out/facp.aml' 'ln -s nowhere out/dsdt.aml' 'mkdir out/tables'; do
		$what
		name=$(ls out)
		run -2 --separate-stderr "${c[@]}"
		[ "${stderr_lines[0]}" = "refval-acpi: out/$name: is there already; nothing in --dir is replaced" ]
		[ "$(ls -A out)" = "$name" ]
		rm -rf out/*
	done
	[ "$(cat mine)" = mine ]
	[ ! -e nowhere ]
	# The folder itself was named: a link to one is that one.
	ln -s out here
	run -0 "${c[@]:0:8}" here
	[ -s out/tables ] && [ -s out/dsdt.aml ] && [ "$(stat -c %a out/tables)" = "$(printf %o $((0666 & ~$(umask))))" ]
}
