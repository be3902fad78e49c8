import Glibc

/// A folder of mails, one file each (cr.yp.to/proto/maildir.html): where mail goes when nothing sends it.
///
/// A mail is written in `tmp`, and once it is on the disk it is moved into `new`, so that a reader never sees half
/// of one. Its file is named after its Message-ID, so that a mail that is sent again, because a crash came before
/// anybody could write down that it was sent, takes the place of the first one, or of what was begun in `tmp`. Folders that are missing are made, with mode 0700. All that can go wrong is temporary: a person can put
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
    let name = fileName(of: message)
    let temporary = "\(path)/tmp/\(name)"
    // What a crash left of it.
    unsafe unlink(temporary)
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

/// The time of the message, so that mails sort, and its Message-ID, which is unique in the world. As the specification
/// wants it, without a slash, which would be a folder, and a colon, which begins the flags; at most 255 bytes.
private func fileName(of message: Message) -> String {
  let id = message.messageID.description.replacing("/", with: "=").replacing(":", with: "=")
  return "\(message.date).\(id.prefix(230))"
}
