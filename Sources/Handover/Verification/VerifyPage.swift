import Foundation
import Secrets

/// `verify.html`: a page in every archive, which checks the archive and shows its tables in any browser, also where there is
/// no server any more. It is one file, the same in all archives of a release, and loads nothing: its policy names the hashes of
/// its own scripts and styles.
///
/// Made of `Templates/verify.html`, into which go the declarations of the tables.
struct VerifyPage: Sendable {
  /// The name of the file in the ZIP.
  static let file = "verify.html"

  /// At most 60,000, and to be read by people: no minifier has been at it.
  let bytes: [UInt8]
  /// 32 bytes.
  let sha256: [UInt8]

  /// - Throws: where the template can't be read.
  init(_ resources: Resources) throws {
    let path = resources.templates + "/" + Self.file
    // Without what lines are indented with: any editor puts it back.
    let page = try String(contentsOfFile: path, encoding: .utf8)
      .replacing("\"%TABLES%\"", with: Self.tables())
      .replacing(/\n +/, with: "\n")
    bytes = Array(
      page.replacing("%SCRIPTS%", with: Self.sources("script", of: page))
        .replacing("%STYLES%", with: Self.sources("style", of: page)).utf8)
    sha256 = SHA256.hash(bytes)
  }

  /// That of this program.
  static func ofProgram() throws -> VerifyPage { try made.get() }

  private static let made = Result { try VerifyPage(Resources()) }

  /// What a policy calls the elements of that name: the hash of each one's text.
  private static func sources(_ element: String, of page: String) -> String {
    page.components(separatedBy: "<\(element)").dropFirst().map { part in
      let text = part.components(separatedBy: "</\(element)>")[0].drop { $0 != ">" }.dropFirst()
      return "'sha256-\(Data(SHA256.hash(Array(text.utf8))).base64EncodedString())'"
    }.joined(separator: " ")
  }

  private static func tables() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    let tables = try Table.Name.allCases.map { name in
      String(decoding: try encoder.encode(Table.named(name).declaration), as: UTF8.self)
    }
    return "[\n" + tables.joined(separator: ",\n") + "\n]"
  }
}

extension Table {
  /// The table as the page reads it: `Deals.csv; D; deal_id! id D,deal_ref,owner_id id U,owner_name`. That is file, letter of
  /// ids and columns: name, `!` where no cell is empty, format (none for a text), and what the format asks for. That
  /// `owner_name` and `owner_email` are those of `owner_id`, their names say. The key is the first column, or the two ids.
  fileprivate var declaration: String {
    let columns = columns.map { column in
      [column.name + (requires(column) ? "!" : ""), column.declaredFormat]
        .compactMap(\.self).joined(separator: " ")
    }.joined(separator: ",")
    return [name.file, name.idPrefix, columns].joined(separator: "; ")
  }
}

extension Column {
  fileprivate var declaredFormat: String? {
    switch format {
    case .id(let other): "id \(other.idPrefix)"
    case .ids(let other): "ids \(other.idPrefix)"
    case .oneOf(let words): "word \(words.joined(separator: "|"))"
    case .digest: "digest"
    case .date: "date"
    case .time: "time"
    case .money: "money"
    case .rate: "rate"
    case .integer: "integer"
    case .boolean: "boolean"
    case .text, .texts: nil
    }
  }
}
