# SPDX-License-Identifier: Apache-2.0
# What every command promises, whatever it does.
load helper

programs() { find "$BIN" -maxdepth 1 -type f -name 'refval*' | sort; }

# Each command, and each of its subcommands: one line of words each.
commands() {
	local p s
	for p in $(programs); do
		echo "$p"
		[ "$p" = "$BIN/refval" ] && continue
		for s in $("$p" --print-options | sed -n 's/^command\t\([^\t]*\).*/\1/p'); do
			echo "$p $s"
		done
	done
}

# A loop over nothing proves nothing.
setup() { [ -n "$(programs)" ]; }

@test "help goes to stdout, exits 0, fits 80 columns, ends with the exit codes" {
	while read -ra c; do
		run -0 --separate-stderr "${c[@]}" --help
		[[ $output == "Usage: refval"* ]]
		[ -z "$stderr" ]
		[ -z "$(awk 'length > 80' <<< "$output")" ]
		[[ $output == *"Exit: 0 yes, 1 no, 2 wrong use, 3 cannot tell, 4 could not work" ]]
	done < <(commands)
}

@test "version goes to stdout and exits 0" {
	for p in $(programs); do
		run -0 --separate-stderr "$p" --version
		[[ $output == "$(basename "$p") "[0-9]*.[0-9]*.[0-9]* ]]
		[ -z "$stderr" ]
	done
}

@test "an unknown option is wrong use: exit 2, two lines on stderr, none on stdout" {
	while read -ra c; do
		run -2 --separate-stderr "${c[@]}" --no-such-option
		[ -z "$output" ]
		[ "${#stderr_lines[@]}" = 2 ]
		[[ ${stderr_lines[1]} == "Try: refval"*" --help" ]]
	done < <(commands)
}

@test "a result that cannot be written is exit 4, never success" {
	while read -ra c; do
		run -4 bash -c '"$@" --help > /dev/full' - "${c[@]}"
	done < <(commands)
}

@test "refval NAME runs refval-NAME and hands its exit code on" {
	for p in $(programs); do
		n=$(basename "$p")
		[ "$n" != refval ] || continue
		run -0 "$BIN/refval" "${n#refval-}" --version
		[[ $output == "$n "* ]]
		run -2 "$BIN/refval" "${n#refval-}" --no-such-option
	done
}
