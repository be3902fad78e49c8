import Foundation
import TestSupport

/// The clock of a server's process, moved while it runs by libfaketime. As on a real machine, only the clock on the wall
/// jumps; the one that counts the seconds since the start goes on.
struct ClockOnTheWall {
  private let file: URL

  init(in folder: TemporaryFolder) throws {
    file = folder.appending("clock")
    try move(by: 0)
  }

  /// So many seconds away from the true time, from now on.
  func move(by seconds: Int) throws { try set("\(seconds < 0 ? "" : "+")\(seconds)") }

  /// Stopped at a moment, in seconds since 1970.
  func stop(at time: Int) throws {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "UTC")
    format.dateFormat = "yyyy-MM-dd HH:mm:ss"
    try set(format.string(from: Date(timeIntervalSince1970: TimeInterval(time))))
  }

  /// What the server is started under.
  var wrapper: [String] {
    get throws {
      let folders = try FileManager.default.contentsOfDirectory(atPath: "/usr/lib")
      let library = folders.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
        .first(where: FileManager.default.fileExists)
      guard let library else { throw HarnessError("libfaketime is not installed") }
      return [
        "env", "TZ=UTC", "LD_PRELOAD=\(library)", "FAKETIME_TIMESTAMP_FILE=\(file.path)",
        "FAKETIME_NO_CACHE=1",
        "FAKETIME_DONT_FAKE_MONOTONIC=1",
      ]
    }
  }

  /// In one step: the server reads it all the time.
  private func set(_ text: String) throws { try Data(text.utf8).write(to: file, options: .atomic) }
}
