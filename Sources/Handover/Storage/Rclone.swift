import Foundation
import System

// rclone, as what carries documents to a linked storage
//
// It gets the storage by its environment alone, as a remote of the name `place`: so neither a list of processes nor a
// file shows a secret. Never `-vv`, which prints every token.
//
// One call does one thing to one file. It tries once (the queue of syncs tries again), ends within its time, and is
// killed with all that it started when the server stops or dies. Its exit status says little (1 is anything from a typing
// error to a full account), so what went wrong is read from what it says (`RcloneReasons.swift`).

extension Rclone {
  /// The storage's name on the command line: `place:Folder/File.pdf`.
  static let remote = "place"

  /// Every command has these. A storage that doesn't answer is given up after two minutes.
  private static let flags = [
    "--use-json-log", "--stats", "1s", "--stats-log-level", "NOTICE", "--contimeout", "20s", "--timeout",
    "120s",
    "--dropbox-batch-mode", "off",
  ]

  /// Runs one command, and returns when it has ended.
  ///
  /// - Parameters:
  ///   - settings: of the storage, by rclone's names: `type`, `token`.
  ///   - input: what it reads from its standard input.
  ///   - deadline: it is killed after it.
  ///   - sent: told how many bytes have gone, every second.
  /// - Returns: what it printed.
  /// - Throws: `RcloneFailure` where it ended with another status than 0; `Cancelled` where it was to stop;
  ///   `StorageProblem` where it couldn't be run.
  func run(
    _ arguments: [String], on settings: [String: String], input: [UInt8] = [], deadline: Duration,
    isStopping: () -> Bool, sent: (Int) -> Void = { _ in }
  ) throws -> [UInt8] {
    let log = try memoryFile(holding: [])
    defer { close(log) }
    var reader = RcloneLog()
    do throws(RcloneFailure) {
      return try run(
        arguments + Self.flags,
        by: .variables(Dictionary(uniqueKeysWithValues: settings.map { (Self.variable($0.key), $0.value) })),
        input: input, log: log, deadline: deadline
      ) {
        let before = reader.bytes
        reader.read(log)
        if reader.bytes != before { sent(reader.bytes) }
        return isStopping()
      }
    } catch {
      switch error {
      case .missing:
        throw StorageProblem(
          .server, "The server lacks a program: whoever runs it has to install rclone.",
          detail: "no rclone in PATH")
      case .unstartable(let error):
        throw StorageProblem(.server, "The server couldn’t run rclone.", detail: "\(error)")
      case .ended(let ending, _):
        if isStopping() { throw Cancelled() }
        reader.read(log)
        throw RcloneFailure.ended(ending, saying: reader.errors)
      }
    }
  }

  /// A password as rclone's settings have it, which hides it from a look over somebody's shoulder and from nothing else.
  ///
  /// - Throws: as `run`.
  func obscured(_ password: String) throws -> String {
    let printed = try run(
      ["obscure", "-"], on: [:], input: Array("\(password)\n".utf8), deadline: .seconds(20),
      isStopping: { false })
    return String(decoding: printed.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
  }

  /// The variable of a setting: `RCLONE_CONFIG_PLACE_CLIENT_ID` of `client_id`.
  private static func variable(_ setting: String) -> String {
    "RCLONE_CONFIG_\(remote)_\(setting)".uppercased().replacing("-", with: "_")
  }
}

/// rclone's log: a JSON object a line, and a last line in plain text where it gives up.
struct RcloneLog {
  /// How many bytes it has sent, or read, in all.
  private(set) var bytes = 0
  /// What went wrong, a line each, once.
  var errors: String { messages.joined(separator: "\n") }

  private var messages: [String] = []
  private var offset = 0
  /// The start of a line whose end has not come yet.
  private var rest: [UInt8] = []

  /// Reads what was written since the last call.
  mutating func read(_ descriptor: Int32) {
    while let part = try? FileDescriptor(rawValue: descriptor).bytes(1 << 16, at: offset), !part.isEmpty {
      offset += part.count
      take(part)
    }
  }

  mutating func take(_ part: [UInt8]) {
    rest += part
    let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines.dropLast() { take(line: line) }
    rest = lines.last.map(Array.init) ?? []
  }

  private mutating func take(line: ArraySlice<UInt8>) {
    guard let entry = try? JSONDecoder().decode(Entry.self, from: Data(line)) else {
      return note(String(decoding: line, as: UTF8.self))
    }
    if let stats = entry.stats {
      bytes = max(bytes, stats.bytes)
      return
    }
    if ["error", "critical", "fatal"].contains(entry.level) { note(entry.msg) }
  }

  private mutating func note(_ message: String) {
    let text = message.trimmingCharacters(in: .whitespacesAndNewlines)
    // Each is said two or three times, with another beginning.
    if text.isEmpty || messages.contains(where: { $0.contains(text) }) || messages.count >= Self.most {
      return
    }
    messages.append(String(text.prefix(Self.longest)))
  }

  private static let most = 20
  private static let longest = 1_000

  private struct Entry: Decodable {
    let level: String
    let msg: String
    let stats: Stats?
  }

  private struct Stats: Decodable {
    let bytes: Int
  }
}
