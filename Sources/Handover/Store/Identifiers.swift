import SQLite

/// What the ids of users and records have in common.
enum Identifier {
  /// 2^53 - 1: the largest whole number that spreadsheets and JavaScript hold exactly.
  static let largest: Int64 = (1 << 53) - 1
}

/// The id of an organisation. Every look-up of something that belongs to an organisation takes one.
package struct OrganisationID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

/// The records of an organisation, as a whole: one is seen, others are being made or removed.
struct EditionID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  let rawValue: Int64
}

/// A user within an organisation, written `U-3`.
package struct UserID: RecordIdentifier {
  package static let letter = "U"
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

/// A contact within an organisation, written `C-7`.
package struct ContactID: RecordIdentifier {
  package static let letter = "C"
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

/// A deal within an organisation, written `D-12`.
package struct DealID: RecordIdentifier {
  package static let letter = "D"
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

/// A document within an organisation, written `F-13`.
package struct DocumentID: RecordIdentifier {
  package static let letter = "F"
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

/// An export: 128 random bits as 32 hexadecimal digits, unique on the server.
struct ExportID: RandomIdentifier {
  let rawValue: String
}

/// A request to the owner: 128 random bits as 32 hexadecimal digits.
struct OwnerRequestID: RandomIdentifier {
  let rawValue: String
}

/// An export in the hands of a user: 128 random bits as 32 hexadecimal digits.
struct HandID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  let rawValue: String
}

/// A session, for its user: 128 random bits as 32 hexadecimal digits. Not the token, which is secret.
struct SessionID: RandomIdentifier {
  let rawValue: String
}

/// An import: 128 random bits as 32 hexadecimal digits, unique on the server.
struct ImportID: RandomIdentifier {
  let rawValue: String
}

/// A link to a storage: 128 random bits as 32 hexadecimal digits.
struct StorageLinkID: RandomIdentifier {
  let rawValue: String
}

/// A document on its way to a storage: 128 random bits as 32 hexadecimal digits.
struct SyncID: RandomIdentifier {
  let rawValue: String
}

/// The id of a user or a record: a letter and a number that counts within the organisation.
package protocol RecordIdentifier: RawRepresentable<Int64>, Hashable, Sendable, Bindable, ColumnValue,
  LosslessStringConvertible
{
  static var letter: String { get }

  init(rawValue: Int64)
}

extension RecordIdentifier {
  /// Reads `U-3`; no other spelling is an id.
  package init?(_ text: String) {
    guard text.hasPrefix("\(Self.letter)-"), let number = Int64(text.dropFirst(2)), number > 0,
      text == "\(Self.letter)-\(number)"
    else { return nil }
    self.init(rawValue: number)
  }

  package var description: String { "\(Self.letter)-\(rawValue)" }
}

/// 128 random bits as 32 small hexadecimal digits.
protocol RandomIdentifier: RawRepresentable<String>, Hashable, Sendable, Bindable, ColumnValue,
  LosslessStringConvertible
{
  init(rawValue: String)
}

extension RandomIdentifier {
  init?(_ text: String) {
    let digits = text.utf8
    guard digits.count == 32, digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { return nil }
    self.init(rawValue: text)
  }

  var description: String { rawValue }
}
