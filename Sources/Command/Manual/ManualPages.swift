import Handover

/// handover(1), in the language of mdoc(7).
func commandsPage(date: String) -> String {
  let commands = listedSubcommands.map { command in
    ([".Ss handover \(command.name)"] + synopsis(of: command) + [".Pp"] + prose(command.summary)
      + body(command.details)).joined(separator: "\n")
  }
  return """
    .Dd \(date)
    .Dt HANDOVER 1
    .Os
    .Sh NAME
    .Nm handover
    .Nd takes all data of a CRM organisation out, complete, linked and proven
    .Sh SYNOPSIS
    .Nm
    .Ar command
    .Op Ar argument ...
    .Nm
    .Op Ar command
    .Fl -help
    .Nm
    .Fl -version
    .Sh DESCRIPTION
    .Nm
    is the server of a site behind nginx.
    Its other commands are the tool of its operator.
    They work beside a running server, unless they say otherwise.
    .Sh COMMANDS
    \(commands.joined(separator: "\n"))
    .Sh ENVIRONMENT
    Every variable can be set in
    .Pa /etc/handover/handover.conf ,
    which
    .Xr handover.conf 5
    describes; the environment of the process goes before it.
    .Bl -tag -width Ds
    \(variableList.joined(separator: "\n"))
    .El
    .Sh FILES
    .Bl -tag -width Ds
    .It Pa /etc/handover/handover.conf
    the settings, see
    .Xr handover.conf 5
    .It Pa /etc/handover/cells/NAME.conf
    what is otherwise in one cell of the machine
    .It Pa /var/lib/handover
    the records, archives, documents and keys
    .It Pa /var/lib/handover-cells/NAME
    the same of a cell
    .It Pa /var/spool/handover
    e-mail on its way to the mail server
    .El
    .Sh EXIT STATUS
    0: it is done; 1: it failed; 64: wrong usage.
    Errors are one line on standard error that says what to do.
    .Sh SEE ALSO
    .Xr systemctl 1 ,
    .Xr handover.conf 5 ,
    .Xr nginx 8 ,
    .Xr sendmail 8
    """
}

/// handover.conf(5).
func settingsPage(date: String) -> String {
  """
  .Dd \(date)
  .Dt HANDOVER.CONF 5
  .Os
  .Sh NAME
  .Nm handover.conf
  .Nd the settings of Handover
  .Sh SYNOPSIS
  .Pa /etc/handover/handover.conf
  .Sh DESCRIPTION
  A line sets a variable:
  .Ql NAME=VALUE ,
  without blanks around the sign, in the form that
  .Xr systemd.exec 5
  describes for
  .Ql EnvironmentFile= .
  A value with blanks stands in double quotes; a dollar sign has no meaning.
  Lines that begin with
  .Ql #
  are comments, and an empty value is as good as none.
  .Pp
  The server reads the variables once at its start, and every other command too.
  Everything that is wrong with them is reported together, and nothing starts.
  After a change run
  .Ql systemctl restart handover ,
  which loses no request.
  .Pp
  The variables, with their defaults:
  .Bl -tag -width Ds
  \(variableList.joined(separator: "\n"))
  .El
  .Sh SEE ALSO
  .Xr handover 1
  """
}

private var variableList: [String] {
  Variable.all.flatMap { variable in
    let sets = variable.installed.map { "; the package sets \($0)" } ?? ""
    return [".It Ev \(variable.name) Pq \(inMacro(variable.standard))"] + prose(variable.meaning + sets)
  }
}

/// A macro for each choice.
private func synopsis(of command: Subcommand) -> [String] {
  let options = command.options.map { text in
    let choice = OptionChoice(text)
    let options = choice.options.map { option in
      "Fl \(inMacro(String(option.name.dropFirst())))"
        + (option.placeholder.isEmpty ? "" : " Ar \(inMacro(option.placeholder))")
    }
    return (choice.isRequired ? "." : ".Op ") + options.joined(separator: " | ")
  }
  let operands = command.operands.map { operand in
    operand.hasPrefix("[")
      ? ".Op Ar \(inMacro(String(operand.dropFirst().dropLast())))" : ".Ar \(inMacro(operand))"
  }
  return [".Nm", ".Cm \(command.name)"] + options + operands
}

/// The paragraphs of a text of `--help`. Lines with blanks in front are kept as they are, but for lists of
/// the form of the variables', where what is said of a line stands deeper below it.
private func body(_ text: String) -> [String] {
  var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
  var result: [String] = []
  while let line = lines.first {
    let isSet = line.hasPrefix("  ")
    let block = lines.prefix { $0.hasPrefix("  ") == isSet && !$0.isEmpty }
    lines = lines.dropFirst(max(1, block.count))
    if block.isEmpty { continue }
    if !isSet {
      result += [".Pp"] + prose(block.joined(separator: " "))
    } else if block.contains(where: { $0.hasPrefix("      ") && !$0.hasPrefix("       ") }) {
      result += list(block)
    } else {
      result += [".Bd -literal -offset indent"] + block.map { literal($0.dropFirst(2)) } + [".Ed"]
    }
  }
  return result
}

private func list(_ lines: ArraySlice<Substring>) -> [String] {
  let items = lines.flatMap { line in
    line.hasPrefix("      ") ? prose(String(line)) : [".It \(inMacro(line.dropFirst(2)))"]
  }
  return [".Bl -tag -width Ds"] + items + [".El"]
}

/// Running text. A sentence begins a line, as mandoc wants it; no name is broken at a hyphen.
private func prose(_ text: String) -> [String] {
  var sentences: [[Substring]] = [[]]
  for word in text.split(whereSeparator: \.isWhitespace) {
    sentences[sentences.count - 1].append(word)
    if word.last.map({ ".?!".contains($0) }) ?? false { sentences.append([]) }
  }
  return sentences.flatMap { wrapped($0.joined(separator: " "), at: 72) }.map { line in
    let line = escaped(line).replacing("-", with: "\\-")
    return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&\(line)" : line
  }
}

private func literal(_ line: some StringProtocol) -> String {
  let line = escaped(line).replacing("-", with: "\\-")
  return line.hasPrefix(".") ? "\\&\(line)" : line
}

/// The text as the arguments of a macro, in which blanks stay and no word is a macro's name.
private func inMacro(_ text: some StringProtocol) -> String {
  let text = escaped(text)
  return text.contains(" ") ? "\"\(text)\"" : text
}

private func escaped(_ text: some StringProtocol) -> String {
  String(text).replacing("\\", with: "\\e").replacing("'", with: "\\(aq").replacing("`", with: "\\(ga")
    .replacing("\"", with: "\\(dq").replacing("^", with: "\\(ha").replacing("~", with: "\\(ti")
}
