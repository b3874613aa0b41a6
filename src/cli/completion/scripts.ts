/** What each shell reads to complete words of the program, which it asks for them: `incline complete WORD…`. */
export const scripts = {
  bash: `_incline() {
  local line=\${COMP_LINE:0:COMP_POINT} word reply
  local -a words
  read -ra words <<< "$line"
  [[ $line == *[[:space:]] ]] && words+=('')
  word=\${words[\${#words[@]} - 1]}
  COMPREPLY=()
  while IFS= read -r reply; do
    # Bash replaces what stands after the last equals sign alone.
    [[ $word == *=* ]] && reply=\${reply#"\${word%=*}="}
    COMPREPLY+=("$reply")
  done < <("\${words[0]}" complete -- "\${words[@]:1}" 2>/dev/null)
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
}
complete -o default -F _incline incline
`,
  zsh: `#compdef incline
_incline() {
  local -a replies open whole
  replies=("\${(@f)$("\${words[1]}" complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  open=(\${(M)replies:#*=})
  whole=(\${replies:#*=})
  (( \${#open} )) && compadd -S '' -a open
  (( \${#whole} )) && compadd -a whole
  (( \${#open} + \${#whole} )) || _files
}
(( $+functions[compdef] )) || { autoload -Uz compinit && compinit -u -D; }
compdef _incline incline
`,
  fish: `function __incline_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l replies ($words[1] complete -- $words[2..-1] 2>/dev/null)
  if test (count $replies) -gt 0
    printf '%s\\n' $replies
  else
    __fish_complete_path (commandline -ct)
  end
end
complete -c incline -f -a '(__incline_complete)'
`,
} as const;
