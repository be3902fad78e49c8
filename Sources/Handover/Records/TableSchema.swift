/// The Table Schema of a file (https://datapackage.org/standard/table-schema/), made from its declaration.
struct TableSchema: Codable, Equatable {
  let fields: [Field]
  var missingValues = [""]
  let primaryKey: [String]
  let foreignKeys: [ForeignKey]

  struct Field: Codable, Equatable {
    let name: String
    let type: String
    let format: String?
    let trueValues: [String]?
    let falseValues: [String]?
    var description: String
    let constraints: Constraints?
  }

  struct Constraints: Codable, Equatable {
    var required: Bool?
    var unique: Bool?
    var `enum`: [String]?
    /// Matches a whole cell.
    var pattern: String?
  }

  /// From a column with an id to the file whose id it is.
  struct ForeignKey: Codable, Equatable {
    let fields: [String]
    let reference: Reference

    struct Reference: Codable, Equatable {
      let resource: String
      let fields: [String]
    }
  }
}

extension TableSchema {
  init(of table: Table) {
    self.init(
      fields: table.columns.map { Field($0, of: table) }, primaryKey: table.primaryKey,
      foreignKeys: table.columns.compactMap { ForeignKey($0, of: table) })
  }

  /// What differs from another schema, in words; nil where nothing does. Descriptions may differ: they are for
  /// people, and another release may word them better.
  func difference(from other: Self) -> String? {
    if fields.map(\.name) != other.fields.map(\.name) { return "the fields are not the columns of an export" }
    if let field = zip(fields, other.fields).first(where: { !$0.saysTheSame(as: $1) })?.0 {
      return "the field \(field.name) is not described as in an export"
    }
    if primaryKey != other.primaryKey { return "the primary key is not that of an export" }
    if foreignKeys != other.foreignKeys { return "the foreign keys are not those of an export" }
    return missingValues == other.missingValues ? nil : "the missing values are not those of an export"
  }
}

extension TableSchema.Field {
  fileprivate init(_ column: Column, of table: Table) {
    let constraints = TableSchema.Constraints(on: column, of: table)
    self.init(
      name: column.name, type: column.format.schemaType, format: column.format.schemaFormat,
      trueValues: column.format == .boolean ? ["true"] : nil,
      falseValues: column.format == .boolean ? ["false"] : nil, description: column.meaning,
      constraints: constraints == .init() ? nil : constraints)
  }

  fileprivate func saysTheSame(as other: Self) -> Bool {
    var other = other
    other.description = description
    return self == other
  }
}

extension TableSchema.Constraints {
  fileprivate init(on column: Column, of table: Table) {
    if table.requires(column) { required = true }
    if table.primaryKey == [column.name] { unique = true }
    if case .oneOf(let words) = column.format { self.enum = words }
    pattern = column.format.pattern
  }
}

extension TableSchema.ForeignKey {
  /// - Returns: nil for a column that leads to no other file.
  fileprivate init?(_ column: Column, of table: Table) {
    guard case .id(let other) = column.format, other != table.name else { return nil }
    self.init(
      fields: [column.name],
      reference: Reference(resource: other.resource, fields: Table.named(other).primaryKey))
  }
}
