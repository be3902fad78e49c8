import Foundation
import Secrets
import System

/// `datapackage.json`: the archive for machines, as a Data Package (https://datapackage.org, version 2). Any
/// tool of the Frictionless family can check the files against it.
///
/// Beyond the standard: `snapshot` and `snapshot_local`, `organisation`, `scope`, `purpose`, `left_out`, `documents`,
/// `workbook`, `ledger` and `rows` of the whole, `rows`, `crc32` and `sha256` of each file.
struct DataPackage: Codable {
  var profile = Self.fixed.profile
  var name = Self.fixed.name
  let title: String
  let description: String
  let created: String
  let snapshot: String
  /// The same on the clocks of the office: `2 May 2026, 19:30:00 AEST`.
  var snapshotLocal: String? = nil
  let organisation: String
  let scope: Subject
  /// What it is for; absent where nobody has said.
  let purpose: String?
  /// Of a single user's: what stays behind.
  let leftOut: LeftOut?
  /// Of all files.
  let rows: Int
  /// Where the documents themselves are in it.
  var documents: Documents? = nil
  /// Absent in a ZIP of before there was a ledger.
  let ledger: Ledger?
  /// The same records as a workbook.
  var workbook: Workbook? = nil
  /// Empty where there are no CSV files, but the workbook alone.
  let resources: [Resource]

  private enum CodingKeys: String, CodingKey {
    case profile = "$schema"
    case name, title, description, created, snapshot, organisation, scope, purpose, rows, documents, ledger
    case resources, workbook
    case leftOut = "left_out"
    case snapshotLocal = "snapshot_local"
  }

  struct Subject: Codable, Equatable {
    /// `organisation`, `user` or `contact`.
    let type: String
    var userID: String?
    var contactID: String?

    private enum CodingKeys: String, CodingKey {
      case type
      case userID = "user_id"
      case contactID = "contact_id"
    }
  }

  /// What lies in `Documents/`.
  struct Documents: Codable, Equatable {
    /// The name of the folder in the ZIP.
    static let folder = "Documents"

    let files: Int
    let bytes: Int
    /// Those of Documents.csv that are not in it, since what they held was missing or damaged: F-3 and so on.
    let missing: [String]
  }

  /// `Handover.xlsx`.
  struct Workbook: Codable, Equatable {
    /// The name of the file in the ZIP.
    static let file = "Handover.xlsx"
    /// The name of the first sheet, which says what the workbook is, and of the last one, where cells were cut.
    static let about = "About"
    static let cutCells = "Cut cells"
    /// What the first sheet begins with.
    static func title(of organisation: String) -> String { "Export of \(organisation)" }
    /// Stands behind the name of a column of times: cells of a spreadsheet have no zone.
    static let zoneMark = " (UTC)"

    var path = Self.file
    let bytes: Int
    /// IEEE 802.3, as eight hexadecimal digits.
    let crc32: String
    /// As 64 hexadecimal digits.
    let sha256: String
    /// Those with records: more than one of a large table.
    let sheets: [Sheet]

    struct Sheet: Codable, Equatable {
      let name: String
      /// As in `Deals.csv`, whether that is in the archive or not.
      let table: String
      /// Without the header.
      let rows: Int
    }
  }

  /// A file of the archive.
  struct Resource: Codable {
    let name: String
    var type = "table"
    let path: String
    let title: String
    let description: String
    var format = "csv"
    var mediatype = "text/csv"
    var encoding = "utf-8"
    let bytes: Int
    /// Without the header.
    let rows: Int
    /// IEEE 802.3, as eight hexadecimal digits.
    let crc32: String
    /// As 64 hexadecimal digits; archives of before lack it.
    var sha256: String? = nil
    var dialect = Dialect()
    let schema: TableSchema
  }

  /// RFC 4180.
  struct Dialect: Codable, Equatable {
    var header = true
    var delimiter = ","
    var lineTerminator = "\r\n"
    var quoteChar = "\""
    var doubleQuote = true
    var skipInitialSpace = false
  }

  /// The name of the file in the ZIP.
  static let file = "datapackage.json"
  /// The same for people.
  static let readMe = "README.txt"
}

extension DataPackage {
  /// - Parameter scopeInWords: such as "the entire organisation".
  init(
    of organisation: Organisation, in scope: Scope, _ scopeInWords: String, for purpose: String = "",
    leftOut: LeftOut? = nil, documents: Documents? = nil, workbook: Workbook? = nil,
    ledger: Ledger? = nil, at time: UnixTime,
    _ resources: [Resource]
  ) {
    title = "Export of \(organisation.name)"
    description = "Deals, contacts, notes and tasks: \(scopeInWords). README.txt tells more."
    created = time.iso8601
    snapshot = time.iso8601
    self.organisation = organisation.name
    self.scope = Subject(scope)
    self.purpose = purpose.isEmpty ? nil : purpose
    self.leftOut = leftOut
    self.documents = documents
    self.ledger = ledger
    self.workbook = workbook
    rows = resources.isEmpty ? workbook?.rows ?? 0 : resources.reduce(0) { $0 + $1.rows }
    self.resources = resources
  }

  /// UTF-8, indented for people, the members of each object by name, a line feed at the end.
  func encoded() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
  }

  /// - Throws: `FileProblem` for bytes that are not JSON, or that programs could read in two ways, and where a member is
  ///   missing or has the wrong type.
  init(decoding bytes: [UInt8]) throws(FileProblem) {
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
      throw FileProblem(file: Self.file, "it begins with a byte order mark, which JSON doesn't have")
    }
    try JSONText(bytes, file: Self.file).requireOneReading(in: Self.file)
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch DecodingError.keyNotFound(let key, let context) {
      throw Self.problem("\(key.stringValue) is missing", context)
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      throw Self.problem("there is a value of a wrong type", context)
    } catch {
      throw FileProblem(file: Self.file, "it is not JSON")
    }
  }

  /// What is the same in each one.
  static let fixed = (
    profile: "https://datapackage.org/profiles/2.0/datapackage.json", name: "handover-export"
  )

  private static func problem(_ message: String, _ context: DecodingError.Context) -> FileProblem {
    let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
    return FileProblem(file: file, path.isEmpty ? message : "\(message), at \(path.joined(separator: "/"))")
  }
}

extension Table.Name {
  /// The name of the table's sheet in a workbook: `Deals`, and `Deals (2)` for the next one.
  func sheet(_ place: Int) -> String { rawValue + (place == 0 ? "" : " (\(place + 1))") }
}

extension DataPackage.Workbook {
  /// Of all sheets; a sum from outside may be more than a number holds.
  var rows: Int { sheets.map(\.rows).saturatingSum }
}

extension DataPackage.Subject {
  init(_ scope: Scope) {
    switch scope {
    case .organisation: self.init(type: scope.word)
    case .user(let id): self.init(type: scope.word, userID: id.description)
    case .contact(let id): self.init(type: scope.word, contactID: id.description)
    }
  }

  /// Nil where it is none, or names whom it isn't of.
  var scope: Scope? {
    let candidates: [Scope?] = [
      .organisation, userID.flatMap { UserID($0) }.map(Scope.user),
      contactID.flatMap { ContactID($0) }.map(Scope.contact),
    ]
    return candidates.compactMap(\.self).first { Self($0) == self }
  }

  /// Whether the archive is of one contact; others have little more than a name then.
  var isOneContact: Bool { type == Scope.contact(ContactID(rawValue: 0)).word }
}

extension DataPackage.Resource {
  /// The first member, but for descriptions and what the file measures, that is not as an export has it of this table.
  func difference(from table: Table) -> String? {
    let expected = Self(
      name: table.name.resource, path: path, title: table.name.rawValue, description: "", bytes: 0, rows: 0,
      crc32: "", schema: schema)
    let members = [
      ("name", name == expected.name), ("type", type == expected.type), ("title", title == expected.title),
      ("format", format == expected.format), ("mediatype", mediatype == expected.mediatype),
      ("encoding", encoding == expected.encoding), ("dialect", dialect == expected.dialect),
    ]
    return members.first { !$0.1 }?.0
  }

  init(_ table: Table, _ file: ArchivedFile, in scope: Scope) {
    self.init(
      name: table.name.resource, path: file.name, title: table.name.rawValue, description: table.meaning,
      bytes: file.bytes, rows: file.rows, crc32: file.checksum,
      sha256: file.sha256.map(hex),
      schema: TableSchema(of: table, ofOneContact: scope.contact != nil))
  }
}

/// What one CSV of an archive measures, or one sheet of an archive that is a workbook alone: its part, as the workbook has it.
package struct ArchivedFile: Sendable, Equatable {
  /// As in `Deals.csv`; of a sheet, `Deals`.
  package let name: String
  /// Without the header.
  package let rows: Int
  /// Of the file as it is unpacked.
  package let bytes: Int
  /// Of the file as it is unpacked (IEEE 802.3).
  let crc32: UInt32
  /// Of the same, 32 bytes; nil where only the rest was kept.
  var sha256: [UInt8]? = nil

  /// The CRC-32 as eight hexadecimal digits.
  package var checksum: String { Handover.checksum(crc32) }
}

/// A CRC-32 as eight hexadecimal digits.
func checksum(_ crc32: UInt32) -> String {
  hex([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: crc32 >> $0) })
}

extension [ArchivedFile] {
  /// Of all together.
  var rows: Int { reduce(0) { $0 + $1.rows } }

  /// Whether there is a deal, contact, note or task in them, and not only the users.
  var holdRecords: Bool {
    contains { file in
      file.rows > 0
        && [Table.Name.deals, .contacts, .notes, .tasks].contains {
          [$0.file, $0.rawValue].contains(file.name)
        }
    }
  }
}

extension JSONText {
  /// Refuses what decoders read in different ways: a member twice, and a number that is no count of an export.
  fileprivate func requireOneReading(in file: String) throws(FileProblem) {
    switch value {
    case .null, .boolean, .text: break
    case .number(let digits):
      guard let number = Int64(digits), 0...Identifier.largest ~= number, digits == "\(number)" else {
        throw FileProblem(
          file: file, line: line, "\(digits) is not a whole number from 0 to \(Identifier.largest)")
      }
    case .list(let elements):
      for element in elements { try element.requireOneReading(in: file) }
    case .object(let members):
      var names: Set<String> = []
      for member in members {
        guard names.insert(member.name).inserted else {
          throw FileProblem(
            file: file, line: member.line,
            "\(quotation(of: member.name.utf8.span)) stands twice in one object")
        }
        try member.value.requireOneReading(in: file)
      }
    }
  }
}

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
  /// - Parameter isOneContact: whether the archive is of one contact.
  init(of table: Table, ofOneContact isOneContact: Bool = false) {
    self.init(
      fields: table.columns.map { Field($0, of: table, isOneContact) }, primaryKey: table.primaryKey,
      foreignKeys: table.columns.compactMap { ForeignKey($0, of: table) })
  }

  /// The difference from another schema, in words; nil where there is none. Descriptions may differ: they are
  /// for people, and another release may word them better.
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
  fileprivate init(_ column: Column, of table: Table, _ isOneContact: Bool) {
    let constraints = TableSchema.Constraints(on: column, of: table, isOneContact)
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
  fileprivate init(on column: Column, of table: Table, _ isOneContact: Bool) {
    if table.requires(column, ofOneContact: isOneContact) { required = true }
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
