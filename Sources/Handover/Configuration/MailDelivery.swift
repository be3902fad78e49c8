import Glibc

extension Configuration.MailDelivery {
  /// Reads `maildir:FOLDER` or `sendmail:PROGRAM`; nil for anything else, or a program that can't be run.
  init?(_ text: String, in workingDirectory: String) {
    if text.hasPrefix("maildir:"), text.utf8.count > 8 {
      self = .maildir(absolute(String(text.dropFirst(8)), in: workingDirectory))
    } else if text.hasPrefix("sendmail:/"), unsafe access(String(text.dropFirst(9)), X_OK) == 0 {
      self = .sendmail(String(text.dropFirst(9)))
    } else {
      return nil
    }
  }
}

/// The path, from the working directory where it is relative.
func absolute(_ path: String, in workingDirectory: String) -> String {
  if path.hasPrefix("/") { return path }
  return workingDirectory + "/" + (path.hasPrefix("./") ? String(path.dropFirst(2)) : path)
}

/// The id of a group of this machine, by its name.
func groupID(named name: String) -> UInt32? {
  unsafe getgrnam(name).map { unsafe $0.pointee.gr_gid }
}

/// An http or https address with a host, as it was written.
func webAddress(_ text: String) -> String? {
  let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x22 && $0 != 0x3C && $0 != 0x3E }
  let rest = ["https://", "http://"].first(where: text.hasPrefix).map { text.dropFirst($0.count) }
  guard isPlain, let rest, let first = rest.first, first != "/" else { return nil }
  return text
}
