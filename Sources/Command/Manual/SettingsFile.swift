import Handover

/// /etc/handover/handover.conf as it is installed: each variable with its meaning. One that the package
/// doesn't set stands in a comment, with its default where that is a value.
var settingsFile: String {
  let variables = Variable.all.map { variable in
    let comment = wrapped("\(variable.meaning) (default: \(variable.standard))", at: 77).map { "# \($0)\n" }
    guard let installed = variable.installed else {
      return comment.joined() + "#\(variable.name)=\(quotedSetting(defaultValue(of: variable)))\n"
    }
    return comment.joined() + "\(variable.name)=\(quotedSetting(installed))\n"
  }
  return """
    # The settings of Handover: NAME=VALUE, a line each; handover.conf(5) says more.
    # After a change: systemctl restart handover; after one of HANDOVER_URL or
    # HANDOVER_PROXIES: handover setup, which tells nginx as well.

    \(variables.joined(separator: "\n"))
    """
}

/// Empty where the default is a word for something else, or follows another variable.
private func defaultValue(of variable: Variable) -> String {
  let isValue = !["none", "empty", "cores"].contains(variable.standard) && !variable.standard.contains("$")
  return isValue ? variable.standard : ""
}
