import Foundation
import TestSupport

/// The wall clock of a server's process, which libfaketime moves while the server runs. The monotonic clock goes on, as
/// on a real machine.
struct WallClock {
  private let file: URL

  init(in folder: TemporaryFolder) throws {
    file = folder.appending("clock")
    try move(by: 0)
  }

  /// Sets the clock this many seconds ahead of the true time, or behind it where negative.
  func move(by seconds: Int) throws { try set("\(seconds < 0 ? "" : "+")\(seconds)") }

  /// Stops the clock at a moment, in seconds since 1970.
  func stop(at time: Int) throws {
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "UTC")
    format.dateFormat = "yyyy-MM-dd HH:mm:ss"
    try set(format.string(from: Date(timeIntervalSince1970: TimeInterval(time))))
  }

  /// The command that starts the server with this clock.
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

  /// Atomically, since the server reads the file all the time.
  private func set(_ text: String) throws { try Data(text.utf8).write(to: file, options: .atomic) }
}
