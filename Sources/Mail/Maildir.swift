import Glibc

/// A folder of mails, one file each (cr.yp.to/proto/maildir.html): where mail goes when nothing sends it.
///
/// A mail is written in `tmp`, and once it is on the disk it is moved into `new`, so that a reader never sees half
/// of one. Folders that are missing are made, with mode 0700. All that can go wrong is temporary: a person can put
/// a disk or a folder right.
package struct Maildir: Transport {
  package let path: String

  package init(path: String) {
    self.path = path
  }

  package func send(_ message: Message) throws(MailError) {
    for folder in [path, path + "/tmp", path + "/new", path + "/cur"] {
      try makeFolder(folder)
    }
    let name = uniqueName()
    let temporary = "\(path)/tmp/\(name)"
    try write(message.rendered(), to: temporary)
    guard unsafe rename(temporary, "\(path)/new/\(name)") == 0 else {
      throw failure("move a mail", removing: temporary)
    }
    try sync(path + "/new")
  }

  private func makeFolder(_ folder: String) throws(MailError) {
    guard unsafe mkdir(folder, 0o700) == 0 else {
      if errno == EEXIST { return }
      throw failure("make the folder \(folder)")
    }
    try sync(folder + "/..")
  }

  private func write(_ bytes: [UInt8], to file: String) throws(MailError) {
    let descriptor = unsafe open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure("write a mail") }
    defer { close(descriptor) }
    guard writeAll(bytes, to: descriptor), fsync(descriptor) == 0 else {
      throw failure("write a mail", removing: file)
    }
  }

  private func sync(_ folder: String) throws(MailError) {
    let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure("open the folder \(folder)") }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw failure("make the folder \(folder) lasting") }
  }

  private func failure(_ what: String, removing leftOver: String? = nil) -> MailError {
    let problem = reason(errno)
    if let leftOver { unsafe unlink(leftOver) }
    return .temporary("Could not \(what) in the Maildir \(path): \(problem).")
  }
}

/// The time, what makes it unique (microseconds, process, a random number) and the host. It is a name, not a date that
/// anybody reads, so the real clock will do.
private func uniqueName() -> String {
  var now = timespec()
  unsafe clock_gettime(CLOCK_REALTIME, &now)
  let random = String(UInt64.random(in: .min ... .max), radix: 16)
  return "\(now.tv_sec).M\(now.tv_nsec / 1000)P\(getpid())R\(random).\(hostName())"
}

private func hostName() -> String {
  var name = [CChar](repeating: 0, count: 256)
  guard unsafe gethostname(&name, name.count - 1) == 0 else { return "localhost" }
  let text = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  // As the specification wants it: a slash would be a folder, a colon begins the flags.
  return text.isEmpty
    ? "localhost" : text.map { $0 == "/" ? "\\057" : $0 == ":" ? "\\072" : String($0) }.joined()
}
