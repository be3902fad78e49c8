import System

/// The store that all hosts reach can't be reached, or refuses: what has to be there before it is done has to wait.
struct StoreAway: Error, CustomStringConvertible {
  let reason: String

  var description: String {
    "the store that all hosts reach can't be reached (\(reason)): nothing was changed; try again when it is back"
  }
}

/// A cell's part of the store that all hosts reach, by rclone: `cells/NAME`. Each call is a process, killed after its time.
///
/// A file there is made once, and has one content for ever: so it makes no difference who writes it, nor how often.
struct CellStore: Sendable {
  let place: Place
  let cell: String
  /// What the other hosts know this one by.
  let host: String
  private let rclone: Rclone

  /// Where the store is.
  struct Place: Sendable {
    /// As rclone has it: `store:handover`, or a folder.
    let root: String
    /// Of rclone's: the path of the file that has the name before the colon.
    let configuration: String

    /// Whether it names a storage of the configuration and a path there, or an absolute folder.
    static func isRoot(_ text: String) -> Bool {
      text.wholeMatch(of: /(\/|[A-Za-z0-9_][A-Za-z0-9_.-]*:)[^\x00-\x1F\x7F]*/) != nil
    }
  }

  /// - Parameter environment: the server's.
  init(_ place: Place, of cell: String, from host: String, _ environment: [String: String]) {
    (self.place, self.cell, self.host) = (place, cell, host)
    rclone = Rclone(environment)
  }

  /// Says in the store that an epoch of the cell has begun, on this host.
  func claim(_ epoch: Int) throws(StoreAway) {
    let digits = String(epoch)
    let name = String(repeating: "0", count: max(0, 6 - digits.count)) + digits
    _ = try run(["rcat", path("epoch/\(name)")], input: Array(host.utf8), within: .seconds(10))
  }

  /// The last epoch that has begun; nil where none has.
  func latestEpoch() throws(StoreAway) -> Int? {
    let listed = try run(["lsf", path("epoch")], within: .seconds(3))
    return String(decoding: listed ?? [], as: UTF8.self).split(separator: "\n").compactMap { Int($0) }.max()
  }

  /// Where something of the cell lies, as rclone has it.
  private func path(_ name: String) -> String {
    let separator = place.root.hasSuffix(":") || place.root.hasSuffix("/") ? "" : "/"
    return "\(place.root)\(separator)cells/\(cell)/\(name)"
  }

  /// - Returns: what it printed; nil where what was asked for isn't there.
  private func run(
    _ arguments: [String], input: [UInt8] = [], within deadline: Duration
  ) throws(StoreAway) -> [UInt8]? {
    do throws(RcloneFailure) {
      return try rclone.run(
        arguments + Self.flags, by: .file(place.configuration), input: input, deadline: deadline)
    } catch {
      if error.isNotFound { return nil }
      throw StoreAway(reason: "\(error)")
    }
  }

  /// Who waits is told soon. What is lost on the way is sent again once.
  private static let flags = ["--low-level-retries", "2", "--contimeout", "5s", "--timeout", "30s"]
}
