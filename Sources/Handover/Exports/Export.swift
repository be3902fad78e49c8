/// An export that somebody asked for, as its row says it stands.
package struct Export: Sendable, Equatable {
  package let id: ExportID
  package let organisation: OrganisationID
  package let scope: Scope
  /// The user whose data it holds, where it is of one.
  package let subject: Person?
  package let requestedBy: Person
  package let requestedAt: UnixTime
  package let status: Status
  /// Counts the runs so far.
  package let attempt: Int
  /// Counts the runs that failed since it was asked for, or retried.
  package let failures: Int
  /// It is not run before.
  package let notBefore: UnixTime
  package let startedAt: UnixTime?
  /// When it came into the state in which it is; nil while it waits or runs.
  package let endedAt: UnixTime?
  /// Why the last run failed, or why it expired before its time: a sentence for the owner.
  package let reason: String?
  /// Nil until it is completed.
  package let archive: Archive?

  package enum Status: String, Sendable, CaseIterable {
    case queued
    case processing
    case completed
    case failed
    case cancelled
    case revoked
    case expired
  }

  package struct Person: Sendable, Equatable {
    package let id: UserID
    package let name: String
    package let isActive: Bool
  }

  /// What was made; the file itself is there while the export is completed.
  package struct Archive: Sendable, Equatable {
    package let snapshotAt: UnixTime
    package let rows: Int
    /// Of the ZIP, in bytes.
    package let size: Int
    /// 32 bytes.
    package let sha256: [UInt8]
    package let keyID: String
    package let completedAt: UnixTime
    package let expiresAt: UnixTime
  }

  /// The link and the file live for so many seconds.
  package static let lifetime = Int64.day
}

extension Export {
  /// `Entire organisation`, `Single user: Mei-Lin Chua`.
  package var scopeText: String { subject.map { "Single user: \($0.name)" } ?? "Entire organisation" }

  /// Whether the file may be downloaded at that time.
  package func isAvailable(at now: UnixTime) -> Bool {
    guard status == .completed, let archive else { return false }
    return now < archive.expiresAt
  }
}

extension Export.Status {
  /// As people see it.
  package var word: String { rawValue.prefix(1).uppercased() + rawValue.dropFirst() }

  /// Whether it waits or runs.
  package var isOpen: Bool { self == .queued || self == .processing }
}
