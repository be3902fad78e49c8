// The completions for shells: the words of the commands, their options, the words that an option takes, and
// files where a file is meant.

/// What can be completed of a value: known words, or files.
private enum Completion {
  case words([String])
  case files
  case nothing

  /// - Parameter placeholder: as the help shows the value.
  init(of placeholder: String) {
    let parts = placeholder.split { "|[]…".contains($0) }.map(String.init)
    let words = parts.filter { $0.allSatisfy { $0.isLowercase || $0 == "-" } }
    if parts.contains(where: ["FILE", "FOLDER", "PATH", "PROGRAM"].contains) {
      self = .files
    } else if words.count == parts.count, !words.isEmpty {
      self = .words(words)
    } else {
      self = .nothing
    }
  }
}

extension Subcommand {
  fileprivate var allOptions: [OptionChoice.Option] { options.flatMap { OptionChoice($0).options } }
  fileprivate var takesFiles: Bool {
    operands.contains { if case .files = Completion(of: $0) { true } else { false } }
  }
}

/// The first words, each once, in the order of the help, and the second ones of those that have any.
private var nouns: [(word: String, verbs: [Subcommand])] {
  var nouns: [(word: String, verbs: [Subcommand])] = []
  for command in listedSubcommands {
    if let index = nouns.firstIndex(where: { $0.word == command.words[0] }) {
      nouns[index].verbs.append(command)
    } else {
      nouns.append((command.words[0], [command]))
    }
  }
  return nouns
}
private var nounsWithVerbs: [(word: String, verbs: [Subcommand])] {
  nouns.filter { $0.verbs[0].words.count > 1 }
}

var bashCompletion: String {
  let verbs = nounsWithVerbs.map { noun in
    "    \(noun.word)) verbs='\(noun.verbs.map { $0.words[1] }.joined(separator: " "))' ;;"
  }
  let options = listedSubcommands.map { command in
    let names = command.allOptions.map(\.name) + ["--help"]
    return
      "    '\(command.name)') options='\(names.joined(separator: " "))' files=\(command.takesFiles ? "yes" : "") ;;"
  }
  let values = listedSubcommands.flatMap { command in
    command.allOptions.filter { !$0.placeholder.isEmpty }.map { option in
      switch Completion(of: option.placeholder) {
      case .words(let words):
        "    '\(command.name) \(option.name)') options='\(words.joined(separator: " "))' files= ;;"
      case .files: "    '\(command.name) \(option.name)') options='' files=yes ;;"
      case .nothing: "    '\(command.name) \(option.name)') return ;;"
      }
    }
  }
  return #"""
    # Completions of handover for bash.
    _handover() {
      local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
      local verbs='' options='' files=''
      COMPREPLY=()
      if ((COMP_CWORD == 1)); then
        mapfile -t COMPREPLY < <(compgen -W '\#(nouns.map(\.word).joined(separator: " ")) --help --version' -- "$word")
        return
      fi
      case $command in
    \#(verbs.joined(separator: "\n"))
      esac
      if [ "$verbs" ]; then
        if ((COMP_CWORD == 2)); then
          mapfile -t COMPREPLY < <(compgen -W "$verbs --help" -- "$word")
          return
        fi
        command+=" ${COMP_WORDS[2]}"
      fi
      case $command in
    \#(options.joined(separator: "\n"))
      esac
      case "$command $before" in
    \#(values.joined(separator: "\n"))
      esac
      if [ "$files" ] && [[ $word != -* ]]; then
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
      else
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$word")
      fi
    }
    complete -F _handover handover
    """#
}

var zshCompletion: String {
  let firstWords = nouns.map { noun in
    let summary =
      noun.verbs[0].words.count > 1
      ? noun.verbs.map { $0.words[1] }.joined(separator: ", ") : noun.verbs[0].summary
    return "    '\(noun.word):\(inZsh(summary))'"
  }
  let verbs = nounsWithVerbs.map { noun in
    let words = noun.verbs.map { "'\($0.words[1]):\(inZsh($0.summary))'" }
    return "    \(noun.word)) verbs=(\(words.joined(separator: " "))) ;;"
  }
  let commands = listedSubcommands.map { command in
    let options = command.options.flatMap { text in
      let choice = OptionChoice(text)
      let others = choice.options.count > 1 ? "(\(choice.options.map(\.name).joined(separator: " ")))" : ""
      return choice.options.map { option in
        option.placeholder.isEmpty
          ? "'\(others)\(option.name)'"
          : "'\(others)\(option.name)=:\(inZsh(option.placeholder)):\(zshAction(option.placeholder))'"
      }
    }
    let operands = command.operands.map { operand in
      let place = operand.hasSuffix("…") ? "*:" : operand.hasPrefix("[") ? "::" : ":"
      return "'\(place)\(inZsh(operand.filter { !"[]…".contains($0) })):\(zshAction(operand))'"
    }
    return
      "    '\(command.name)') _arguments \((options + operands + ["'--help'"]).joined(separator: " ")) ;;"
  }
  return #"""
    #compdef handover
    _handover() {
      local -a nouns verbs
      local command=$words[2]
      nouns=(
    \#(firstWords.joined(separator: "\n"))
      )
      if (( CURRENT == 2 )); then
        _describe command nouns
        compadd -- --help --version
        return
      fi
      case $command in
    \#(verbs.joined(separator: "\n"))
      esac
      if (( $#verbs )); then
        if (( CURRENT == 3 )); then
          _describe command verbs
          return
        fi
        command+=" $words[3]"
        shift words
        (( CURRENT -= 1 ))
      fi
      shift words
      (( CURRENT -= 1 ))
      case $command in
    \#(commands.joined(separator: "\n"))
      esac
    }
    _handover "$@"
    """#
}

private func zshAction(_ placeholder: String) -> String {
  switch Completion(of: placeholder) {
  case .words(let words): "(\(words.joined(separator: " ")))"
  case .files: "_files"
  case .nothing: " "
  }
}

private func inZsh(_ text: String) -> String {
  text.replacing("'", with: "’").replacing(":", with: "\\:")
}

var fishCompletion: String {
  var lines = ["# Completions of handover for fish.", "complete -c handover -f"]
  let first = "__fish_use_subcommand"
  lines.append("complete -c handover -n \(first) -l version")
  lines.append("complete -c handover -l help")
  for noun in nouns {
    let hasVerbs = noun.verbs[0].words.count > 1
    let summary = hasVerbs ? noun.verbs.map { $0.words[1] }.joined(separator: ", ") : noun.verbs[0].summary
    lines.append("complete -c handover -n \(first) -a \(noun.word) -d '\(inFish(summary))'")
    for command in noun.verbs {
      var condition = "__fish_seen_subcommand_from \(noun.word)"
      if hasVerbs {
        let verbs = noun.verbs.map { $0.words[1] }.joined(separator: " ")
        lines.append(
          "complete -c handover -n '\(condition); and not __fish_seen_subcommand_from \(verbs)' "
            + "-a \(command.words[1]) -d '\(inFish(command.summary))'")
        condition += "; and __fish_seen_subcommand_from \(command.words[1])"
      }
      for option in command.allOptions {
        lines.append(
          "complete -c handover -n '\(condition)' -l \(option.name.dropFirst(2))\(fishValue(option))")
      }
      if command.takesFiles { lines.append("complete -c handover -n '\(condition)' -F") }
    }
  }
  return lines.joined(separator: "\n")
}

private func fishValue(_ option: OptionChoice.Option) -> String {
  if option.placeholder.isEmpty { return "" }
  return switch Completion(of: option.placeholder) {
  case .words(let words): " -x -a '\(words.joined(separator: " "))'"
  case .files: " -r -F"
  case .nothing: " -x"
  }
}

private func inFish(_ text: String) -> String { text.replacing("'", with: "\\'") }
