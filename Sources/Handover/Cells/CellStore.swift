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
  private(set) var cell: String
  /// What the other hosts know this one by.
  let host: String
  private let rclone: Rclone

  /// Where the store is.
  struct Place: Sendable {
    /// As rclone has it: `store:handover`, or a folder.
    let root: String
    /// Of rclone's: the path of the file that has the name before the colon.
    let configuration: String

    var isFolder: Bool { root.hasPrefix("/") }

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

  /// Another cell's part of the same store.
  func part(of cell: String) -> CellStore {
    var part = self
    part.cell = cell
    return part
  }

  /// Says in the store that an epoch of the cell has begun, on this host.
  func claim(_ epoch: Int) throws(StoreAway) {
    _ = try run(
      ["rcat", path("epoch/\(Self.name(ofEpoch: epoch))")], input: Array(host.utf8), within: .seconds(10))
  }

  /// What an epoch is called in the store: `000002`.
  static func name(ofEpoch epoch: Int) -> String {
    let digits = String(epoch)
    return String(repeating: "0", count: max(0, 6 - digits.count)) + digits
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
        arguments + Self.flags, by: place.isFolder ? .variables([:]) : .file(place.configuration),
        input: input,
        deadline: deadline)
    } catch {
      if error.isNotFound { return nil }
      throw StoreAway(reason: "\(error)")
    }
  }

  /// Who waits is told soon. What is lost on the way is sent again once. Many streams into one file would give it its size
  /// before its content.
  private static let flags = [
    "--low-level-retries", "2", "--contimeout", "5s", "--timeout", "30s", "--multi-thread-streams", "0",
    "--log-level",
    "ERROR", "--log-format", "",
  ]
}

/// Documents, by their names in the folder of documents.
extension CellStore {
  /// What lies there.
  struct File: Equatable {
    let bytes: Int
    let changedAt: UnixTime
  }

  /// Puts one there, where it isn't with that size: what was broken off is made whole.
  ///
  /// - Parameter file: its path.
  func put(_ file: String, bytes: Int, as name: String) throws(StoreAway) {
    _ = try run(
      ["copyto", file, path("documents/\(name)"), "--size-only"], within: Self.time(for: bytes))
  }

  /// The same for many of a folder. Those that are not in it are left out.
  ///
  /// - Parameter bytes: of all of them.
  func put(_ names: [String], of folder: String, bytes: Int) throws(StoreAway) {
    try copy(names, from: folder, to: path("documents"), bytes)
  }

  /// Brings many into a folder. Those that are not there are left out.
  ///
  /// - Parameter bytes: of all of them.
  func fetch(_ names: [String], into folder: String, bytes: Int) throws(StoreAway) {
    try copy(names, from: path("documents"), to: folder, bytes)
  }

  private func copy(_ names: [String], from source: String, to target: String, _ bytes: Int) throws(StoreAway)
  {
    if names.isEmpty { return }
    _ = try run(
      ["copy", source, target, "--size-only", "--no-traverse"] + Self.these, input: Self.lines(names),
      within: Self.time(for: bytes))
  }

  /// Removes those that are there.
  func remove(_ names: [String]) throws(StoreAway) {
    if names.isEmpty { return }
    _ = try run(
      ["delete", path("documents")] + Self.these, input: Self.lines(names), within: .minutes(10))
  }

  /// All that are there. Of an S3 bucket a thousand are listed at once.
  func documents() throws(StoreAway) -> [String: File] {
    let listed = try run(
      [
        "lsf", path("documents"), "--recursive", "--files-only", "--fast-list", "--use-server-modtime",
        "--format",
        "stp", "--separator", " ",
      ], within: .minutes(10))
    let lines = String(decoding: listed ?? [], as: UTF8.self).split(separator: "\n")
    return Dictionary(
      lines.compactMap { line in
        // 12 2026-11-28 18:24:45 7/ab/abcd…, in UTC.
        let words = line.split(separator: " ", maxSplits: 3).map(String.init)
        guard words.count == 4, let bytes = Int(words[0]),
          let time = try? UnixTime(iso8601: "\(words[1])T\(words[2])Z")
        else { return nil }
        return (words[3], File(bytes: bytes, changedAt: time))
      }, uniquingKeysWith: { $1 })
  }

  /// Writes a file there and removes it.
  func check() throws(StoreAway) {
    let file = path("check")
    _ = try run(["rcat", file], input: Array(host.utf8), within: .seconds(20))
    _ = try run(["deletefile", file], within: .seconds(20))
  }

  /// What one call takes in at once.
  static let atOnce = 100

  private static let these = ["--files-from-raw", "-"]

  private static func lines(_ names: [String]) -> [UInt8] { Array(names.map { "\($0)\n" }.joined().utf8) }

  /// How long content may take: a line that brings a megabyte in a second is fast enough.
  private static func time(for bytes: Int) -> Duration { .seconds(60 + bytes / 1_000_000) }
}
