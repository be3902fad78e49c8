import Glibc
import System

// How mail goes through a spool
//
// The server's sandbox can hold no `sendmail`: those of the usual mail servers are set-group-ID, and a
// process that filters its own system calls takes no new rights. So the server writes into a Maildir, and
// another process, of another user, hands each mail on. What that one knows of a mail stands in the file's
// name, so that nothing is lost with it:
//
//     new/NAME        not tried yet
//     cur/NAME:1,3    failed three times (the specification leaves what follows `1,` to experiments)
//     failed/NAME     given up: the reason, and the head of the mail; the body is gone, as it may hold a link
//
// A file is removed once the program has taken the mail. Only a kill between the two sends one twice.

/// A Maildir whose mails are handed on.
package final class Spool: Sendable {
  private let path: String
  private let folder: FileDescriptor

  /// A mail that waits.
  package struct Mail: Sendable, Hashable {
    /// Of the file, without what stands behind a colon.
    package let name: String
    /// How often it was tried in vain.
    package let failures: Int
    /// Its path in the spool.
    fileprivate let file: String

    fileprivate init(new name: String) {
      (self.name, failures, file) = (name, 0, "new/\(name)")
    }

    fileprivate init(_ name: String, failures: Int) {
      (self.name, self.failures, file) = (name, failures, "cur/\(name):1,\(failures)")
    }

    /// - Parameter fileName: in `cur`; one that somebody else has given says nothing of failures.
    fileprivate init(current fileName: String) {
      let parts = fileName.split(separator: ":", maxSplits: 1)
      let count = parts.count == 2 && parts[1].hasPrefix("1,") ? Int(parts[1].dropFirst(2)) : nil
      name = count == nil ? fileName : String(parts[0])
      failures = max(0, count ?? 0)
      file = "cur/\(fileName)"
    }
  }

  /// Opens the folder, for this process alone.
  /// - Throws: where it can't be opened; EBUSY while another process sends from it.
  package init(path: String) throws(SystemError) {
    self.path = path
    folder = FileDescriptor(rawValue: unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC))
    guard folder.rawValue >= 0 else { throw SystemError("open", path) }
    guard folder.tryLock() else { throw SystemError("send from", path, code: EBUSY) }
  }

  deinit { close(folder.rawValue) }

  /// What waits, those first that never failed, by their time.
  /// - Throws: where the folders can't be read.
  package func waiting() throws(SystemError) -> [Mail] {
    let new = try fileNames(in: path + "/new").map(Mail.init(new:))
    let tried = try fileNames(in: path + "/cur").map(Mail.init(current:))
    return (new + tried).sorted { ($0.failures, $0.name) < ($1.failures, $1.name) }
  }

  /// Hands the mail to the program, to the address and from the address that its head names.
  /// - Throws: where it was not taken.
  package func send(_ mail: Mail, by program: Sendmail, isStopping: () -> Bool) throws(MailError) {
    let bytes: [UInt8]
    do { bytes = try contents(of: mail) } catch {
      throw .temporary("\(path)/\(mail.file) can't be read: \(error.reason).")
    }
    guard let from = address(in: "from", of: bytes), let to = address(in: "to", of: bytes) else {
      throw .permanent("\(path)/\(mail.file) names no sender and recipient.")
    }
    try program.hand(over: bytes, from: from, to: to, isStopping: isStopping)
  }

  /// Removes one that the program has taken.
  /// - Throws: where it can't be removed, and would be sent once more.
  package func remove(_ mail: Mail) throws(SystemError) {
    guard unsafe unlink("\(path)/\(mail.file)") == 0 || errno == ENOENT else {
      throw SystemError("remove", "\(path)/\(mail.file)")
    }
    try syncFolder(DurableFile.folder(of: "\(path)/\(mail.file)"))
  }

  /// Counts a failure.
  /// - Throws: where its name can't be changed.
  package func postpone(_ mail: Mail) throws(SystemError) {
    let next = Mail(mail.name, failures: mail.failures + 1)
    guard unsafe rename("\(path)/\(mail.file)", "\(path)/\(next.file)") == 0 else {
      throw SystemError("rename", "\(path)/\(mail.file)")
    }
  }

  /// Gives the mail up. What is left says why; whoever may enter the folder may read it.
  /// - Throws: where that can't be written; then the mail still waits.
  package func abandon(_ mail: Mail, because reason: String) throws(SystemError) {
    let head = (try? contents(of: mail)).map(headerLines) ?? []
    let lines = [Self.givenUpField + reason] + head
    var file = try DurableFile(at: "\(path)/tmp/\(mail.name).failed", permissions: 0o644)
    try file.write(Array((lines.joined(separator: "\n") + "\n").utf8))
    try file.publish(as: "\(path)/failed/\(mail.name)")
    try remove(mail)
  }

  private static let givenUpField = "Given up: "

  /// What `abandon` has left there; nil where it is something else.
  /// - Throws: where it can't be read.
  static func givenUp(in folder: String, _ name: String) throws(SystemError) -> ReturnedMessage? {
    let bytes = try contents(of: "\(folder)/\(name)")
    guard let first = headerLines(bytes).first, first.hasPrefix(givenUpField),
      let id = header("message-id", of: bytes).flatMap({ MessageID(String($0.dropFirst().dropLast())) })
    else { return nil }
    return ReturnedMessage(name: name, id: id, reason: String(first.dropFirst(givenUpField.count)))
  }

  /// Removes what was given up so long ago.
  package func forget(after age: Duration) {
    for name in (try? fileNames(in: path + "/failed")) ?? [] {
      var status = stat()
      let file = "\(path)/failed/\(name)"
      guard unsafe lstat(file, &status) == 0,
        Int64(time(nil) - status.st_mtim.tv_sec) > age.components.seconds
      else { continue }
      _ = unsafe unlink(file)
    }
  }

  private func contents(of mail: Mail) throws(SystemError) -> [UInt8] {
    try Self.contents(of: "\(path)/\(mail.file)")
  }

  private static func contents(of name: String) throws(SystemError) -> [UInt8] {
    let file = FileDescriptor(rawValue: unsafe open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK))
    guard file.rawValue >= 0 else { throw SystemError("read", name) }
    defer { close(file.rawValue) }
    let size = try file.size()
    guard size <= largest else { throw SystemError("read", name, code: EFBIG) }
    return try file.bytes(size, at: 0)
  }

  /// Far more than a mail of the product has.
  private static let largest = 16 << 20
}

/// The lines above the first empty one.
private func headerLines(_ mail: [UInt8]) -> [String] {
  var lines: [String] = []
  for line in mail.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
    let text = String(decoding: line.last == UInt8(ascii: "\r") ? line.dropLast() : line, as: UTF8.self)
    if text.isEmpty { break }
    lines.append(text)
  }
  return lines
}

/// The value of a header, unfolded; nil where there is none of that name, which is in small letters.
private func header(_ name: String, of mail: [UInt8]) -> String? {
  var value: String?
  for line in headerLines(mail) {
    if line.hasPrefix(" ") || line.hasPrefix("\t") {
      value?.append(line)
    } else if value != nil {
      break
    } else if line.lowercased().hasPrefix(name + ":") {
      value = String(line.dropFirst(name.count + 1))
    }
  }
  return value?.trimmed
}

/// The one address of a header; nil where there is none.
private func address(in name: String, of mail: [UInt8]) -> String? {
  guard let text = header(name, of: mail) else { return nil }
  guard text.last == ">", let open = text.lastIndex(of: "<") else { return Address(email: text)?.email }
  return Address(email: String(text[text.index(after: open)...].dropLast()))?.email
}
