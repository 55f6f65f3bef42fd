# bash completion for anteroom

_anteroom() {
	local -a words=()
	local n=-1 i word inside=
	# Readline splits a line at "=" and ":" too. They stand inside our words: --interval=week, rooms:list.
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((n >= 0)) && [[ $inside || $word == [:=]* ]]; then
			words[n]+=$word
		else
			words[++n]=$word
		fi
		inside=
		[[ $word == *[:=] ]] && inside=1
	done
	COMPREPLY=()
	while IFS=$'\t' read -r word _; do
		COMPREPLY+=("$word")
	done < <("${COMP_WORDS[0]}" complete -- "${words[@]}" 2>/dev/null)
	# It replaces only what follows the last of those characters.
	local last=${words[n]} kept=
	[[ $COMP_WORDBREAKS == *=* ]] && kept=${last%"${last##*=}"}
	[[ $COMP_WORDBREAKS == *:* && $last == *:* ]] && kept=${last%"${last##*:}"}
	for i in "${!COMPREPLY[@]}"; do
		COMPREPLY[i]=${COMPREPLY[i]#"$kept"}
	done
}

complete -o bashdefault -o default -F _anteroom anteroom
