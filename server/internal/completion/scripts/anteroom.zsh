#compdef anteroom

_anteroom() {
	local -a candidates
	local word help
	while IFS=$'\t' read -r word help; do
		candidates+=("${word//:/\\:}${help:+:$help}")
	done < <("${words[1]}" complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
	if ((${#candidates})); then
		_describe -t anteroom anteroom candidates
	else
		_files
	fi
}

# As a file of $fpath it completes at once; sourced, it registers itself.
if [[ ${funcstack[1]} == _anteroom ]]; then
	_anteroom "$@"
else
	(($+functions[compdef])) || { autoload -Uz compinit && compinit; }
	compdef _anteroom anteroom
fi
