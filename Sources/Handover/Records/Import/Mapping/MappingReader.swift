import Foundation

extension ImportMapping {
  /// Reads a mapping.
  /// - Parameter file: as people know it, for messages.
  /// - Throws: `ImportRefusal` with what is wrong with it.
  init(_ bytes: [UInt8], name: String, file: String) throws(ImportRefusal) {
    let reader = MappingReader(file: file)
    do {
      guard let mapping = try reader.mapping(JSONText(bytes, file: file), name: name) else {
        throw ImportRefusal(problems: reader.problems)
      }
      self = mapping
    } catch let problem as FileProblem {
      throw ImportRefusal(problems: [problem])
    } catch let refusal as ImportRefusal {
      throw refusal
    } catch {
      throw ImportRefusal(problems: [FileProblem(file: file, "\(error)")])
    }
  }
}

/// Reads the JSON of a mapping. Each function adds what is wrong to the problems, and goes on without it.
private final class MappingReader {
  private(set) var problems: [FileProblem] = []
  private let file: String

  init(file: String) { self.file = file }

  /// - Returns: nil where there are problems.
  func mapping(_ json: JSONText, name: String) -> ImportMapping? {
    guard case .object(let members) = json.value else {
      complain(json.line, "a mapping is an object: {\"version\": \(ImportMapping.version), \"files\": […]}")
      return nil
    }
    var mapping = ImportMapping(name: name, title: name, files: [])
    guard let version = members.first(where: { $0.name == "version" }) else {
      complain(json.line, "the version is missing; write \"version\": \(ImportMapping.version)")
      return nil
    }
    guard version.value.value == .number(String(ImportMapping.version)) else {
      complain(
        version.line,
        "this Handover reads version \(ImportMapping.version) of mappings only; write \"version\": "
          + "\(ImportMapping.version), or install a newer Handover")
      return nil
    }
    for member in unique(members) { read(member, into: &mapping) }
    if mapping.files.isEmpty, problems.isEmpty {
      complain(json.line, "\"files\" is missing: which file is which table")
    }
    return problems.isEmpty ? mapping : nil
  }

  private func read(_ member: JSONText.Member, into mapping: inout ImportMapping) {
    switch member.name {
    case "version", "source": break
    case "title": mapping.title = text(member) ?? mapping.title
    case "encoding": mapping.encoding = word(member, of: ImportMapping.Encoding.allCases)
    case "separator": mapping.separator = word(member, of: ImportMapping.Separator.allCases)
    case "decimal": mapping.decimal = word(member, of: ImportMapping.Decimal.allCases)
    case "dates": mapping.dates = dates(member)
    case "time_zone":
      mapping.zone = text(member)
      if let zone = mapping.zone, !Zones.has(zone) {
        complain(member.line, "\(quoted(zone)) is no time zone; write it as \"Australia/Sydney\" or \"UTC\"")
      }
    case "formula_protection": mapping.isProtected = boolean(member)
    case "columns_may_be_missing": mapping.isLoose = boolean(member)
    case "links_may_lead_nowhere": mapping.hasLooseEnds = boolean(member)
    case "files":
      for element in list(member) { if let file = file(element) { mapping.files.append(file) } }
    default:
      unknown(
        member,
        "version, title, source, encoding, separator, decimal, dates, time_zone, formula_protection, "
          + "columns_may_be_missing, links_may_lead_nowhere, files")
    }
  }

  private func file(_ json: JSONText) -> ImportMapping.File? {
    guard case .object(let members) = json.value else {
      complain(
        json.line, "a file is an object: {\"file\": \"deals*\", \"table\": \"Deals\", \"columns\": {…}}")
      return nil
    }
    let tables = Table.Name.ofAll.map(\.rawValue).joined(separator: ", ")
    guard let table = members.first(where: { $0.name == "table" }) else {
      complain(json.line, "\"table\" is missing: one of \(tables)")
      return nil
    }
    guard let name = text(table).map({ text in Table.Name.ofAll.first { $0.rawValue == text } }) else {
      return nil
    }
    guard let name else {
      complain(table.line, "there is no such table; write one of \(tables)")
      return nil
    }
    var file = ImportMapping.File(names: [], table: name, columns: [], line: json.line)
    for member in unique(members) {
      switch member.name {
      case "table": break
      case "file": file.names = texts(member)
      case "where": file.conditions = conditions(member)
      case "columns": file.columns = columns(member, of: Table.named(name))
      default: unknown(member, "file, table, where, columns")
      }
    }
    if file.columns.isEmpty, problems.isEmpty {
      complain(json.line, "\"columns\" is missing: what is in which column")
    }
    checkKeys(of: file)
    return file
  }

  /// A record needs something that it is known by.
  private func checkKeys(of file: ImportMapping.File) {
    guard problems.isEmpty else { return }
    let table = Table.named(file.table)
    let targets = file.columns.map(\.target.column)
    for key in table.primaryKey where !targets.contains(key) {
      if table.column("source_id") != nil, targets.contains("source_id") { continue }
      let choice = table.column("source_id") == nil ? key : "\(key) or source_id"
      complain(
        file.line, "nothing is mapped onto \(choice), so the records of \(file.table.rawValue) have no id")
    }
  }

  private func columns(_ member: JSONText.Member, of table: Table) -> [ImportMapping.Column] {
    guard case .object(let members) = member.value.value else {
      complain(member.line, "\"columns\" is an object: {\"deal_name\": \"Deal Name\"}")
      return []
    }
    var columns: [ImportMapping.Column] = []
    for member in members {
      guard let target = MappingTarget(member.name, of: table) else {
        let names = table.columns.map(\.name).joined(separator: ", ")
        complain(
          member.line, "\(table.name.rawValue) has no column \(quoted(member.name)); its columns are \(names)"
        )
        continue
      }
      if let other = columns.first(where: { $0.target == target }) {
        complain(
          member.line,
          "\(target.text) is mapped in line \(other.line) already; one column takes one value: join "
            + "both, or choose one")
        continue
      }
      columns.append(.init(target: target, sources: sources(member.value), line: member.line))
    }
    return columns
  }

  // MARK: Where a value comes from

  private func sources(_ json: JSONText) -> [ImportMapping.Source] {
    guard case .list(let elements) = json.value else { return source(json).map { [$0] } ?? [] }
    if elements.isEmpty { complain(json.line, "the list is empty; name a column in it") }
    return elements.compactMap(source)
  }

  private func source(_ json: JSONText) -> ImportMapping.Source? {
    if case .text(let title) = json.value { return .init(origin: .column(title)) }
    guard case .object(let members) = json.value else {
      complain(
        json.line, "a value comes from a column, written as \"Deal Name\", or as {\"column\": \"Deal Name\"}")
      return nil
    }
    var origins: [ImportMapping.Source.Origin] = []
    var source = ImportMapping.Source(origin: .constant(""))
    var between = " "
    for member in unique(members) {
      switch member.name {
      case "column": if let title = text(member) { origins.append(.column(title)) }
      case "value": if let value = text(member) { origins.append(.constant(value)) }
      case "join": origins.append(.join(list(member).compactMap(self.source), with: between))
      case "with": between = text(member) ?? between
      case "values": source.values = values(member)
      case "dates": source.dates = dates(member)
      case "prefix": source.prefix = text(member) ?? ""
      case "starts": source.start = text(member) ?? ""
      case "split": source.split = text(member) ?? ""
      case "part": source.part = word(member, of: ImportMapping.Part.allCases)
      case "where": source.conditions = conditions(member)
      default: unknown(member, "column, join, with, value, values, dates, prefix, starts, split, part, where")
      }
    }
    guard origins.count == 1, let origin = origins.first else {
      complain(json.line, "a value comes from one of \"column\", \"join\" and \"value\"")
      return nil
    }
    if case .join(let parts, _) = origin {
      source.origin = .join(parts, with: between)
    } else {
      source.origin = origin
    }
    return source
  }

  private func values(_ member: JSONText.Member) -> [ImportMapping.Replacement] {
    guard case .object(let members) = member.value.value else {
      complain(member.line, "\"values\" is an object: {\"Closed Won\": \"won\", \"*\": \"open\"}")
      return []
    }
    return unique(members).compactMap { member in text(member).map { .init(value: member.name, by: $0) } }
  }

  private func conditions(_ member: JSONText.Member) -> [ImportMapping.Condition] {
    guard case .object(let members) = member.value.value else {
      complain(member.line, "\"where\" is an object: {\"Deleted\": [\"0\", \"false\"]}")
      return []
    }
    return unique(members).map { .init(column: $0.name, values: texts($0)) }
  }

  private func dates(_ member: JSONText.Member) -> [DateForm] {
    texts(member).compactMap { text in
      let form = DateForm(text)
      if form == nil {
        complain(
          member.line,
          "\(quoted(text)) is not how dates are written; write it as \"dd/mm/yyyy\" or \"m/d/yy\"")
      }
      return form
    }
  }

  // MARK: Plain values

  private func text(_ member: JSONText.Member) -> String? {
    switch member.value.value {
    case .text(let text): return text
    case .number(let number): return number
    case .boolean(let boolean): return String(boolean)
    case .null, .list, .object:
      complain(member.line, "\"\(member.name)\" is a text in quotes")
      return nil
    }
  }

  private func texts(_ member: JSONText.Member) -> [String] {
    guard case .list(let elements) = member.value.value else { return text(member).map { [$0] } ?? [] }
    return elements.compactMap { text(.init(name: member.name, line: $0.line, value: $0)) }
  }

  private func list(_ member: JSONText.Member) -> [JSONText] {
    if case .list(let elements) = member.value.value { return elements }
    complain(member.line, "\"\(member.name)\" is a list, in square brackets")
    return []
  }

  private func boolean(_ member: JSONText.Member) -> Bool {
    if case .boolean(let boolean) = member.value.value { return boolean }
    complain(member.line, "\"\(member.name)\" is true or false, without quotes")
    return false
  }

  private func word<Word: RawRepresentable<String>>(_ member: JSONText.Member, of words: [Word]) -> Word? {
    guard let text = text(member) else { return nil }
    if let word = words.first(where: { $0.rawValue.isSame(as: text.lowercased()) }) { return word }
    let known = words.map { jsonString($0.rawValue) }.joined(separator: ", ")
    complain(member.line, "\"\(member.name)\" is one of \(known)")
    return nil
  }

  private func unique(_ members: [JSONText.Member]) -> [JSONText.Member] {
    var seen: [[UInt8]: Int] = [:]
    return members.filter { member in
      guard let line = seen.updateValue(member.line, forKey: Array(member.name.utf8)) else { return true }
      complain(member.line, "\(quoted(member.name)) stands in line \(line) already; leave one of them")
      return false
    }
  }

  private func unknown(_ member: JSONText.Member, _ known: String) {
    complain(member.line, "\(quoted(member.name)) means nothing here; what may stand here: \(known)")
  }

  private func quoted(_ text: String) -> String { quotation(of: text.utf8.span) }

  private func complain(_ line: Int, _ message: String) {
    guard problems.count < ImportRefusal.mostProblems else { return }
    problems.append(FileProblem(file: file, line: line, message))
  }
}
