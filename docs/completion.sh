#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Write shell completion from the programs' own option tables (--print-options).
# usage: completion.sh bash|zsh|fish FOLDER-OF-PROGRAMS
set -eu
shell=$1 bin=$2
names=$(find "$bin" -maxdepth 1 -name 'refval-*' -type f | sort | sed 's,.*/refval-,,')

# rows NAME [SUB]: its table; option<TAB>--name<TAB>ARG<TAB>help
rows() { "$bin/refval-$1" ${2:+"$2"} --print-options; }
subs() { rows "$1" | sed -n 's/^command	\([^	]*\).*/\1/p'; }
words() { rows "$@" | cut -f2 | tr '\n' ' '; }
# Apostrophes would end the quotes that the text is put into.
quote() { sed -e "s/'/\xe2\x80\x99/g" -e 's/[]:[]/\\&/g'; }

bash_cases() {
	for n in $names; do
		printf "\t%s) words='%s' ;;\n" "$n" "$(words "$n")"
		for s in $(subs "$n"); do
			printf "\t'%s %s') words='%s' ;;\n" "$n" "$s" "$(words "$n" "$s")"
		done
	done
}

write_bash() {
	cat << EOF
# bash completion for refval; written by docs/completion.sh
_refval() {
	local cur=\${COMP_WORDS[COMP_CWORD]} name=\${COMP_WORDS[0]##*/} first=1 words=
	if [ "\$name" = refval ]; then
		if [ "\$COMP_CWORD" = 1 ]; then
			COMPREPLY=(\$(compgen -W '$(echo $names) help --help --version' -- "\$cur"))
			return
		fi
		name=\${COMP_WORDS[1]} first=2
	else
		name=\${name#refval-}
	fi
	case "\$name \${COMP_WORDS[first]}" in
$(for n in $names; do for s in $(subs "$n"); do printf "\t'%s %s') [ \"\$COMP_CWORD\" -gt \$first ] && name='%s %s' ;;\n" "$n" "$s" "$n" "$s"; done; done)
	esac
	case \$name in
$(bash_cases)
	esac
	COMPREPLY=(\$(compgen -W "\$words" -- "\$cur"))
}
complete -o default -F _refval refval$(for n in $names; do printf ' refval-%s' "$n"; done)
EOF
}

zsh_options() {
	rows "$@" | while IFS='	' read -r kind name arg help values letter; do
		[ "$kind" = option ] || continue
		help=$(printf '%s' "$help" | quote)
		if [ "$arg" != - ]; then
			printf " '%s[%s]:%s:_files'" "$name" "$help" "$(printf '%s' "$arg" | quote)"
		else
			printf " '%s[%s]'" "$name" "$help"
		fi
	done
}

write_zsh() {
	echo "#compdef refval$(for n in $names; do printf ' refval-%s' "$n"; done)"
	cat << EOF
# zsh completion for refval; written by docs/completion.sh
local name=\${service#refval-}
if [ "\$service" = refval ]; then
	if (( CURRENT == 2 )); then
		compadd $(echo $names) help
		return
	fi
	name=\$words[2]
	shift words
	(( CURRENT-- ))
fi
EOF
	for n in $names; do
		list=$(subs "$n" | tr '\n' ' ')
		[ -z "$list" ] || printf 'if [ "$name" = %s ] && (( CURRENT == 2 )); then compadd %s; fi\n' "$n" "$list"
	done
	echo 'case "$name $words[2]" in'
	for n in $names; do
		for s in $(subs "$n"); do
			printf "'%s %s') _arguments%s '*:file:_files'; return ;;\n" "$n" "$s" "$(zsh_options "$n" "$s")"
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
	rows "$@" | while IFS='	' read -r kind name arg help values letter; do
		[ "$kind" = option ] || continue
		takes=' -r'
		[ "$arg" != - ] || takes=
		printf "complete %s -l %s%s -d '%s'\n" "$condition" "${name#--}" "$takes" \
			"$(printf '%s' "$help" | sed "s/'/\\\\'/g")"
	done
}

write_fish() {
	echo "# fish completion for refval; written by docs/completion.sh"
	for n in $names; do
		printf "complete -c refval -n __fish_use_subcommand -f -a %s\n" "$n"
		fish_options "-c refval-$n" "$n"
		fish_options "-c refval -n '__fish_seen_subcommand_from $n'" "$n"
		for s in $(subs "$n"); do
			printf "complete -c refval-%s -n __fish_use_subcommand -f -a %s\n" "$n" "$s"
			fish_options "-c refval-$n -n '__fish_seen_subcommand_from $s'" "$n" "$s"
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
