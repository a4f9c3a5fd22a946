// The scripts of `completion`: each asks `baji completion candidates -- WORDS…`, a candidate a line, its meaning behind a tab.

let bashCompletion = #"""
  # Completion of baji for bash: source <(baji completion bash)
  _baji() {
    local line=${COMP_LINE:0:COMP_POINT} words current kept candidate
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    current=${words[${#words[@]} - 1]}
    # Readline has cut the word at = and :, and wants what follows only.
    kept=${current%"${current##*[=:]}"}
    COMPREPLY=()
    while IFS= read -r candidate; do
      candidate=${candidate%%$'\t'*}
      [[ $candidate == "$kept"* ]] && COMPREPLY+=("${candidate#"$kept"}")
    done < <("${words[0]}" completion candidates -- "${words[@]:1}" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} -eq 1 && ${COMPREPLY[0]} == *[/:=\(-] ]]; then compopt -o nospace 2>/dev/null; fi
    return 0
  }
  complete -F _baji baji
  """#

let zshCompletion = #"""
  #compdef baji
  # Completion of baji for zsh: source <(baji completion zsh), or as a file _baji on the fpath
  _baji() {
    local -a lines names shown open closed
    local line
    lines=("${(@f)$("${words[1]}" completion candidates -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
    for line in $lines; do
      names=("${line%%$'\t'*}")
      shown=("${line/$'\t'/  -- }")
      case $names[1] in
      *[/:=\(-]) compadd -Q -S '' -l -d shown -a names ;;
      *) compadd -Q -l -d shown -a names ;;
      esac
    done
  }
  if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _baji "$@"; else compdef _baji baji; fi
  """#

let fishCompletion = #"""
  # Completion of baji for fish: baji completion fish | source
  complete -c baji -f -a '(set -l words (commandline -opc); $words[1] completion candidates -- $words[2..-1] (commandline -ct) 2>/dev/null)'
  """#
