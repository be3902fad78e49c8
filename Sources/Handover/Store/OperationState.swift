import System

/// How the last backup or the last drill has ended, in a file of the data folder that says nothing else: `operation/backup.json`.
/// Commands write it; the server and its watchers read it.
package struct OperationState: Sendable, Equatable, Codable {
  /// What the operator's timers start.
  package enum Kind: String, Sendable, CaseIterable {
    case backup, drill
  }

  let ended: UnixTime
  /// How long it took.
  let seconds: Double
  let isOK: Bool
  /// One line for the operator; empty where there is nothing to say. There may be something to say where it went well, too.
  let reason: String
  /// The last backup that is whole; of a drill, the last one that was restored. Nil where there is none.
  let file: String?
  /// When it last went well; nil where it never has.
  let succeeded: UnixTime?

  private enum CodingKeys: String, CodingKey {
    case ended, seconds
    case isOK = "ok"
    case reason, file, succeeded
  }
}

extension OperationState {
  /// - Returns: nil where it never ended.
  /// - Throws: `HandoverError` where the file can't be read, or holds something else.
  static func read(_ kind: Kind, in folder: DataFolder) throws(HandoverError) -> OperationState? {
    try JSONFile.read(OperationState.self, at: folder.operationState(kind))
  }

  /// Puts it on the disk, in the place of the one before.
  ///
  /// - Throws: `HandoverError` or `SystemError`; the one before stays then.
  func write(_ kind: Kind, in folder: DataFolder) throws {
    try makeFolder(folder.operation, mode: 0o700, group: nil)
    try JSONFile.write(self, to: folder.operationState(kind))
  }
}

extension DataFolder {
  /// What the commands of the operator's timers leave, and the copies of before upgrades; made with the first of them.
  var operation: String { path + "/operation" }

  func operationState(_ kind: OperationState.Kind) -> String { "\(operation)/\(kind).json" }
}
