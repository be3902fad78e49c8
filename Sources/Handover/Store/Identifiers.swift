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
package struct UserID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

extension UserID: LosslessStringConvertible {
  /// Reads `U-3`; no other spelling is an id.
  package init?(_ text: String) {
    guard text.hasPrefix("U-"), let number = Int64(text.dropFirst(2)), number > 0,
      text == "U-\(number)"
    else { return nil }
    self.init(rawValue: number)
  }

  package var description: String { "U-\(rawValue)" }
}

/// A contact within an organisation, written `C-7`.
package struct ContactID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

extension ContactID: LosslessStringConvertible {
  /// Reads `C-7`; no other spelling is an id.
  package init?(_ text: String) {
    guard text.hasPrefix("C-"), let number = Int64(text.dropFirst(2)), number > 0,
      text == "C-\(number)"
    else { return nil }
    self.init(rawValue: number)
  }

  package var description: String { "C-\(rawValue)" }
}

/// A deal within an organisation, written `D-12`.
package struct DealID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

extension DealID: LosslessStringConvertible {
  /// Reads `D-7`; no other spelling is an id.
  package init?(_ text: String) {
    guard text.hasPrefix("D-"), let number = Int64(text.dropFirst(2)), number > 0,
      text == "D-\(number)"
    else { return nil }
    self.init(rawValue: number)
  }

  package var description: String { "D-\(rawValue)" }
}

/// A document within an organisation, written `F-13`.
package struct DocumentID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  package let rawValue: Int64

  package init(rawValue: Int64) {
    self.rawValue = rawValue
  }
}

extension DocumentID: LosslessStringConvertible {
  /// Reads `F-7`; no other spelling is an id.
  package init?(_ text: String) {
    guard text.hasPrefix("F-"), let number = Int64(text.dropFirst(2)), number > 0,
      text == "F-\(number)"
    else { return nil }
    self.init(rawValue: number)
  }

  package var description: String { "F-\(rawValue)" }
}

/// An export: 128 random bits as 32 hexadecimal digits, unique on the server.
struct ExportID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  let rawValue: String
}

extension ExportID: LosslessStringConvertible {
  init?(_ text: String) {
    guard isRandomID(text) else { return nil }
    self.init(rawValue: text)
  }

  var description: String { rawValue }
}

/// A request to the owner: 128 random bits as 32 hexadecimal digits.
struct OwnerRequestID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  let rawValue: String
}

extension OwnerRequestID: LosslessStringConvertible {
  init?(_ text: String) {
    guard isRandomID(text) else { return nil }
    self.init(rawValue: text)
  }

  var description: String { rawValue }
}

/// An export in the hands of a user: 128 random bits as 32 hexadecimal digits.
struct HandID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  let rawValue: String
}

/// A session, for its user: 128 random bits as 32 hexadecimal digits. Not the token, which is secret.
struct SessionID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  let rawValue: String
}

extension SessionID: LosslessStringConvertible {
  init?(_ text: String) {
    guard isRandomID(text) else { return nil }
    self.init(rawValue: text)
  }

  var description: String { rawValue }
}

/// An import: 128 random bits as 32 hexadecimal digits, unique on the server.
struct ImportID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  let rawValue: String
}

extension ImportID: LosslessStringConvertible {
  init?(_ text: String) {
    guard isRandomID(text) else { return nil }
    self.init(rawValue: text)
  }

  var description: String { rawValue }
}

/// A link to a storage: 128 random bits as 32 hexadecimal digits.
struct StorageLinkID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  let rawValue: String
}

extension StorageLinkID: LosslessStringConvertible {
  init?(_ text: String) {
    guard isRandomID(text) else { return nil }
    self.init(rawValue: text)
  }

  var description: String { rawValue }
}

/// A document on its way to a storage: 128 random bits as 32 hexadecimal digits.
struct SyncID: RawRepresentable, Hashable, Sendable, Bindable, ColumnValue {
  let rawValue: String
}

extension SyncID: LosslessStringConvertible {
  init?(_ text: String) {
    guard isRandomID(text) else { return nil }
    self.init(rawValue: text)
  }

  var description: String { rawValue }
}

private func isRandomID(_ text: String) -> Bool {
  let digits = text.utf8
  return digits.count == 32 && digits.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
}
