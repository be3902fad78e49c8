/// The Table Schema of a file (https://datapackage.org/standard/table-schema/), made from its declaration.
struct TableSchema {
  private let table: Table

  init(_ table: Table) {
    self.table = table
  }

  var json: JSON {
    .object([
      ("fields", .array(table.columns.map(field))),
      ("missingValues", .strings([""])),
      ("primaryKey", .strings(table.primaryKey)),
      ("foreignKeys", .array(table.columns.compactMap(foreignKey))),
    ])
  }

  private func field(_ column: Column) -> JSON {
    var members: [(String, JSON)] = [
      ("name", .string(column.name)),
      ("type", .string(type(of: column.format))),
    ]
    // RFC 3339 in both cases, which is what "default" says.
    if column.format == .date || column.format == .time { members.append(("format", .string("default"))) }
    if column.format == .boolean {
      members += [("trueValues", .strings(["true"])), ("falseValues", .strings(["false"]))]
    }
    members.append(("description", .string(column.meaning)))
    let constraints = constraints(on: column)
    if !constraints.isEmpty { members.append(("constraints", .object(constraints))) }
    return .object(members)
  }

  private func type(of format: Column.Format) -> String {
    switch format {
    case .id, .ids, .text, .texts, .oneOf: "string"
    case .date: "date"
    case .time: "datetime"
    case .money, .rate: "number"
    case .integer: "integer"
    case .boolean: "boolean"
    }
  }

  private func constraints(on column: Column) -> [(String, JSON)] {
    var constraints: [(String, JSON)] = []
    if table.requires(column) { constraints.append(("required", .boolean(true))) }
    if table.primaryKey == [column.name] { constraints.append(("unique", .boolean(true))) }
    switch column.format {
    case .oneOf(let words): constraints.append(("enum", .strings(words)))
    case .id(let other): constraints.append(("pattern", .string(pattern(of: other))))
    case .ids(let other):
      constraints.append(("pattern", .string("\(pattern(of: other))(; \(pattern(of: other)))*")))
    case .text, .texts, .date, .time, .money, .rate, .integer, .boolean: break
    }
    return constraints
  }

  /// Matches a whole cell: the standard's patterns do.
  private func pattern(of table: Table.Name) -> String {
    "\(table.letter.map(String.init) ?? "")-[1-9][0-9]*"
  }

  /// From each column with an id to the file whose ids they are.
  private func foreignKey(_ column: Column) -> JSON? {
    guard case .id(let other) = column.format, other != table.name else { return nil }
    let reference = JSON.object([
      ("resource", .string(other.rawValue.lowercased())),
      ("fields", .strings(Table.named(other).primaryKey)),
    ])
    return .object([("fields", .strings([column.name])), ("reference", reference)])
  }
}
