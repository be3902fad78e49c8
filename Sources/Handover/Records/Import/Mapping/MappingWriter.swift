extension ImportMapping {
  /// The mapping as a file: what `init(_:name:file:)` reads.
  var json: String {
    var members = ["\"version\": \(Self.version)", "\"title\": \(jsonString(title))"]
    if let encoding { members.append("\"encoding\": \(jsonString(encoding.rawValue))") }
    if let separator { members.append("\"separator\": \(jsonString(separator.rawValue))") }
    if let decimal { members.append("\"decimal\": \(jsonString(decimal.rawValue))") }
    if !dates.isEmpty { members.append("\"dates\": \(list(dates.map(\.text)))") }
    if let zone { members.append("\"time_zone\": \(jsonString(zone))") }
    if isProtected { members.append("\"formula_protection\": true") }
    if isLoose { members.append("\"columns_may_be_missing\": true") }
    if hasLooseEnds { members.append("\"links_may_lead_nowhere\": true") }
    let files = files.map { indented($0.json) }.joined(separator: ",\n")
    members.append("\"files\": [\n\(files)\n]")
    return "{\n\(indented(members.joined(separator: ",\n")))\n}\n"
  }
}

extension ImportMapping.File {
  fileprivate var json: String {
    var members = names.isEmpty ? [] : ["\"file\": \(list(names))"]
    members.append("\"table\": \(jsonString(table.rawValue))")
    if !conditions.isEmpty { members.append(ImportMapping.Condition.json(conditions)) }
    let columns = columns.map { "\(jsonString($0.target.text)): \($0.json)" }.joined(separator: ",\n")
    members.append("\"columns\": {\n\(indented(columns))\n}")
    return "{\n\(indented(members.joined(separator: ",\n")))\n}"
  }
}

extension ImportMapping.Column {
  fileprivate var json: String {
    sources.count == 1 ? sources[0].json : "[\(sources.map(\.json).joined(separator: ", "))]"
  }
}

extension ImportMapping.Source {
  fileprivate var json: String {
    var members: [String] = []
    switch origin {
    case .column(let title): members.append("\"column\": \(jsonString(title))")
    case .constant(let value): members.append("\"value\": \(jsonString(value))")
    case .join(let parts, let between):
      members.append("\"join\": [\(parts.map(\.json).joined(separator: ", "))]")
      members.append("\"with\": \(jsonString(between))")
    }
    if !values.isEmpty {
      let values = values.map { "\(jsonString($0.value)): \(jsonString($0.by))" }
      members.append("\"values\": {\(values.joined(separator: ", "))}")
    }
    if !dates.isEmpty { members.append("\"dates\": \(list(dates.map(\.text)))") }
    for (name, text) in [
      ("prefix", prefix), ("starts", start), ("split", split), ("part", part?.rawValue ?? ""),
    ]
    where !text.isEmpty {
      members.append("\"\(name)\": \(jsonString(text))")
    }
    if !conditions.isEmpty { members.append(ImportMapping.Condition.json(conditions)) }
    if case .column(let title) = origin, members.count == 1 { return jsonString(title) }
    return "{\(members.joined(separator: ", "))}"
  }
}

extension ImportMapping.Condition {
  fileprivate static func json(_ conditions: [Self]) -> String {
    let members = conditions.map { "\(jsonString($0.column)): \(list($0.values))" }
    return "\"where\": {\(members.joined(separator: ", "))}"
  }
}

/// A list of texts, or the one that there is.
private func list(_ texts: [String]) -> String {
  let quoted = texts.map { jsonString($0) }
  return quoted.count == 1 ? quoted[0] : "[\(quoted.joined(separator: ", "))]"
}

private func indented(_ text: String) -> String {
  text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)" }.joined(separator: "\n")
}
