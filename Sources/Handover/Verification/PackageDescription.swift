import Foundation

/// What `datapackage.json` says of the files beside it, as far as it can be wrong.
struct PackageDescription: Decodable {
  struct Resource: Decodable {
    let path: String
    let bytes: Int
    let rows: Int
    let crc32: String
    let schema: Schema
  }

  struct Schema: Decodable, Equatable {
    let fields: [Field]
    let missingValues: [String]
    let primaryKey: [String]
    let foreignKeys: [ForeignKey]
  }

  struct Field: Decodable, Equatable {
    let name: String
    let type: String
    let format: String?
    let constraints: Constraints?
  }

  struct Constraints: Decodable, Equatable {
    let required: Bool?
    let unique: Bool?
    let `enum`: [String]?
    let pattern: String?
  }

  struct ForeignKey: Decodable, Equatable {
    struct Reference: Decodable, Equatable {
      let resource: String
      let fields: [String]
    }

    let fields: [String]
    let reference: Reference
  }

  static let file = "datapackage.json"

  /// Of all files.
  let rows: Int
  let resources: [Resource]
}

extension PackageDescription {
  /// - Throws: `FileProblem` for what is no JSON, or lacks something.
  init(_ bytes: [UInt8]) throws(FileProblem) {
    do {
      self = try JSONDecoder().decode(Self.self, from: Data(bytes))
    } catch DecodingError.keyNotFound(let key, let context) {
      throw Self.problem("\(key.stringValue) is missing", context)
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context) {
      throw Self.problem("there is a value of a wrong type", context)
    } catch {
      throw FileProblem(file: Self.file, "it is no JSON")
    }
  }

  private static func problem(_ message: String, _ context: DecodingError.Context) -> FileProblem {
    let path = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
    return FileProblem(file: file, path.isEmpty ? message : "\(message), at \(path.joined(separator: "/"))")
  }
}

extension PackageDescription.Schema {
  /// The one that this program writes for a table.
  init(of table: Table) throws {
    self = try JSONDecoder().decode(Self.self, from: Data(TableSchema(table).json.bytes))
  }

  /// What differs from another schema, to be told; nil where nothing does.
  func difference(from other: Self) -> String? {
    if fields.map(\.name) != other.fields.map(\.name) { return "the fields are not the columns of an export" }
    if let field = zip(fields, other.fields).first(where: { $0 != $1 })?.0 {
      return "the field \(field.name) is not described as in an export"
    }
    if primaryKey != other.primaryKey { return "the primary key is not that of an export" }
    if foreignKeys != other.foreignKeys { return "the foreign keys are not those of an export" }
    return self == other ? nil : "the missing values are not those of an export"
  }
}
