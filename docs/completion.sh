#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Write shell completion from the programs' own option tables (--print-options):
# options, subcommands, and what stands behind an option: files, folders, or the
# names that it takes, for which the program itself is asked (--print-values).
# usage: completion.sh bash|zsh|fish FOLDER-OF-PROGRAMS
set -eu
shell=$1 bin=$2
names=$(find "$bin" -maxdepth 1 -name 'refval-*' -type f | sort | sed 's,.*/refval-,,')

# rows NAME [SUB]: its table: option, --name, ARG, help, kind of value, letter
rows() { "$bin/refval-$1" ${2:+"$2"} --print-options; }
subs() { rows "$1" | sed -n 's/^command	\([^	]*\).*/\1/p'; }
# about NAME [SUB]: what it is for, in a line; as the tour and its own help say it.
about() {
	if [ "${2:-}" ]; then
		rows "$1" | sed -n "s/^command	$2	//p"
	else
		case $1 in
		help) echo "the tour, or the help of a command" ;;
		version) echo "show the version" ;;
		terms) echo "the words of the field" ;;
		*) COLUMNS=80 "$bin/refval" help | sed -n "s/^  $1  *//p" ;;
		esac
	fi
}
words() { rows "$@" | cut -f2 | tr '\n' ' '; }
# Apostrophes would end the quotes that the text is put into.
quote() { sed -e "s/'/\xe2\x80\x99/g" -e 's/[]:[]/\\&/g'; }
# A list, of which each part is completed.
is_list() { case $1 in *,...) true ;; *) false ;; esac; }

# each FUNCTION: of every command and subcommand
each() {
	for n in $names; do
		"$1" "$n"
		for s in $(subs "$n"); do "$1" "$n" "$s"; done
	done
}

bash_words() { printf "\t'%s') words='%s' ;;\n" "$*" "$(words "$@")"; }
# Options by the kind of what stands behind them.
bash_kinds() {
	for k in file folder names text; do
		list=$(rows "$@" | awk -F'\t' -v n="$*" -v k="$k" '$1 == "option" && $5 == k {
			printf "%s\047%s:%s\047", sep, n, $2; sep = "|"
			if ($6 != "-") printf "|\047%s:-%s\047", n, $6 }')
		[ -z "$list" ] || printf '\t%s) kind=%s ;;\n' "$list" "$k"
	done
}

write_bash() {
	cat << EOF
# bash completion for refval; written by docs/completion.sh
_refval_names() {
	local head=
	case \$cur in *,*) head=\${cur%,*}, ;; esac
	COMPREPLY=(\$(compgen -P "\$head" -W "\$("\${program[@]}" --print-values "\$1" 2> /dev/null)" -- "\${cur##*,}"))
}
_refval() {
	local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]} name=\${COMP_WORDS[0]##*/} first=1 words= kind=
	local program=("\${COMP_WORDS[0]}")
	# Bash splits at "=": the option is the word before.
	[ "\$cur" != = ] || { prev=\$prev cur=; }
	[ "\$prev" != = ] || prev=\${COMP_WORDS[COMP_CWORD-2]}
	if [ "\$name" = refval ]; then
		if [ "\$COMP_CWORD" = 1 ] || { [ "\$COMP_CWORD" = 2 ] && [ "\$prev" = help ]; }; then
			COMPREPLY=(\$(compgen -W '$(echo $names) help version terms --help --version' -- "\$cur"))
			return
		fi
		name=\${COMP_WORDS[1]} first=2
		program+=("\$name")
	else
		name=\${name#refval-}
	fi
	case "\$name \${COMP_WORDS[first]}" in
$(for n in $names; do for s in $(subs "$n"); do printf "\t'%s %s') [ \"\$COMP_CWORD\" -gt \$first ] && name='%s %s' && program+=('%s') ;;\n" "$n" "$s" "$n" "$s" "$s"; done; done)
	esac
	case \$name:\$prev in
$(each bash_kinds)
	esac
	case \$kind in
	# Names as files have them: a blank is quoted, a folder ends with "/".
	file) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -f -- "\$cur"); return ;;
	folder) compopt -o filenames 2> /dev/null; mapfile -t COMPREPLY < <(compgen -d -- "\$cur"); return ;;
	names) _refval_names "\$(_refval_long "\$name" "\$prev")"; return ;;
	text) compopt +o default 2> /dev/null; return ;;
	esac
	case \$name in
$(each bash_words)
	esac
	# An operand is a file, which readline completes, or a subcommand.
	case \$cur in
	-*) COMPREPLY=(\$(compgen -W "\$words" -- "\$cur")) ;;
	*) [ "\$COMP_CWORD" != "\$first" ] || COMPREPLY=(\$(compgen -W "\$(printf '%s\n' \$words | grep -v '^-')" -- "\$cur")) ;;
	esac
}
_refval_long() {
	case \$1:\$2 in
$(each bash_letters)
	*) echo "\$2" ;;
	esac
}
complete -o default -F _refval refval$(for n in $names; do printf ' refval-%s' "$n"; done)
EOF
}
bash_letters() {
	rows "$@" | awk -F'\t' -v n="$*" '$1 == "option" && $6 != "-" && $5 != "-" { printf "\t\047%s:-%s\047) echo %s ;;\n", n, $6, $2 }'
}

zsh_options() {
	rows "$@" | while IFS='	' read -r kind name arg help value letter; do
		[ "$kind" = option ] || continue
		help=$(printf '%s' "$help" | quote)
		case $value in
		-) printf " '%s[%s]'" "$name" "$help" && continue ;;
		file) action=_files ;;
		folder) action='_files -/' ;;
		names) action="{_refval_names $(is_list "$arg" && echo 1 || echo 0) $name refval-$*}" ;;
		*) action=' ' ;;
		esac
		printf " '%s[%s]:%s:%s'" "$name" "$help" "$(printf '%s' "$arg" | quote)" "$action"
	done
}

# zsh_commands NAME...: each with what it is for; NAME/SUB is a subcommand.
zsh_commands() {
	printf "local -a commands=("
	for c in "$@"; do
		n=${c%/*} s=${c#"$n"}
		printf " '%s:%s'" "${c#*/}" "$(about "$n" "${s#/}" | sed -e "s/'/\xe2\x80\x99/g" -e 's/:/\\:/g')"
	done
	printf "); _describe command commands; return\n"
}

write_zsh() {
	echo "#compdef refval$(for n in $names; do printf ' refval-%s' "$n"; done)"
	cat << EOF
# zsh completion for refval; written by docs/completion.sh
_refval_names() {
	local -a found
	found=(\${(f)"\$("\${(@)argv[3,-1]}" --print-values \$2 2> /dev/null)"})
	if (( \$1 )); then _sequence compadd - \$found; else compadd -a found; fi
}
local name=\${service#refval-}
if [ "\$service" = refval ]; then
	if (( CURRENT == 2 )); then
		$(zsh_commands $names help version)
	fi
	name=\$words[2]
	if [ "\$name" = help ]; then
		$(zsh_commands $names terms)
	fi
	shift words
	(( CURRENT-- ))
fi
EOF
	for n in $names; do
		list=$(subs "$n" | sed "s,^,$n/,")
		[ -z "$list" ] || printf 'if [ "$name" = %s ] && (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then %s; fi\n' "$n" \
			"$(zsh_commands $list)"
	done
	echo 'case "$name $words[2]" in'
	for n in $names; do
		for s in $(subs "$n"); do
			printf "'%s %s') shift words; (( CURRENT-- )); _arguments%s '*:file:_files'; return ;;\n" "$n" "$s" "$(zsh_options "$n" "$s")"
		done
	done
	echo 'esac'
	echo 'case $name in'
	for n in $names; do
		printf "%s) _arguments%s '*:file:_files' ;;\n" "$n" "$(zsh_options "$n")"
	done
	echo 'esac'
}

fish_options() {
	condition=$1
	shift
	rows "$@" | while IFS='	' read -r kind name arg help value letter; do
		[ "$kind" = option ] || continue
		short='' more=''
		[ "$letter" = - ] || short=" -s $letter"
		case $value in
		-) takes='' ;;
		file) takes=' -r' more=' -F' ;;
		folder) takes=' -x' more=" -a '(__fish_complete_directories)'" ;;
		names)
			takes=' -x' more=" -a '(refval-$* --print-values $name)'"
			! is_list "$arg" || more=" -a '(__fish_complete_list , \"refval-$* --print-values $name\")'"
			;;
		*) takes=' -x' ;;
		esac
		printf "complete %s -l %s%s%s%s -d '%s'\n" "$condition" "${name#--}" "$short" "$takes" "$more" \
			"$(printf '%s' "$help" | sed "s/'/\\\\'/g")"
	done
}

# fish_command CONDITION NAME [SUB]
fish_command() {
	condition=$1
	shift
	for c; do :; done
	printf "complete %s -f -a %s -d '%s'\n" "$condition" "$c" "$(about "$@" | sed "s/'/\\\\'/g")"
}

write_fish() {
	echo "# fish completion for refval; written by docs/completion.sh"
	for n in help version; do fish_command '-c refval -n __fish_use_subcommand' "$n"; done
	for n in $names terms; do fish_command "-c refval -n '__fish_seen_subcommand_from help'" "$n"; done
	for n in $names; do
		fish_command '-c refval -n __fish_use_subcommand' "$n"
		fish_options "-c refval-$n" "$n"
		fish_options "-c refval -n '__fish_seen_subcommand_from $n'" "$n"
		for s in $(subs "$n"); do
			fish_command "-c refval-$n -n __fish_use_subcommand" "$n" "$s"
			fish_options "-c refval-$n -n '__fish_seen_subcommand_from $s'" "$n" "$s"
			fish_command "-c refval -n '__fish_seen_subcommand_from $n; and not __fish_seen_subcommand_from $(subs "$n" | tr '\n' ' ')'" "$n" "$s"
			fish_options "-c refval -n '__fish_seen_subcommand_from $n; and __fish_seen_subcommand_from $s'" "$n" "$s"
		done
	done
}

case $shell in
bash | zsh | fish) "write_$shell" ;;
*)
	echo "completion.sh: unknown shell $shell" >&2
	exit 2
	;;
esac
