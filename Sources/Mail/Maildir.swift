import Glibc
import System

/// A folder of mails, one file each (cr.yp.to/proto/maildir.html): for servers that send no mail.
///
/// A mail is written in `tmp` and, once it is on the disk, moved into `new`, so that a reader never sees half
/// of one. Its file is named after its Message-ID. So a mail that is sent again, because a crash came before
/// it was marked as sent, replaces the first one, or what was begun in `tmp`.
///
/// Missing folders are made, with mode 0700. A folder that gives its group to what is made in it (its set-group-ID bit)
/// is somebody's who hands the mails on: its group may read them. All that can go wrong is temporary: a person can put a disk or a
/// folder right.
package struct Maildir: Transport {
  package let path: String

  package init(path: String) {
    self.path = path
  }

  package func send(_ message: Message, isStopping: () -> Bool) throws(MailError) {
    let name = fileName(of: message)
    do throws(SystemError) {
      for folder in [path, path + "/tmp", path + "/new", path + "/cur"] { try makeFolder(folder) }
      var file = try DurableFile(at: "\(path)/tmp/\(name)", permissions: isShared ? 0o640 : 0o600)
      try file.write(message.rendered())
      try file.publish(as: "\(path)/new/\(name)")
    } catch {
      throw .temporary("The Maildir \(path) did not take the e-mail: \(error).")
    }
  }

  /// Those that lie in `failed`, where a `Spool` hands the mails on.
  package func returned(except known: Set<String>) -> [ReturnedMessage] {
    let names = (try? fileNames(in: path + "/failed")) ?? []
    return names.filter { !known.contains($0) }.compactMap { try? Spool.givenUp(in: path + "/failed", $0) }
  }

  private var isShared: Bool {
    var status = stat()
    return unsafe stat(path + "/tmp", &status) == 0 && status.st_mode & S_ISGID != 0
  }

  private func makeFolder(_ folder: String) throws(SystemError) {
    guard unsafe mkdir(folder, 0o700) == 0 else {
      if errno == EEXIST { return }
      throw SystemError("make the folder", folder)
    }
    try syncFolder(folder + "/..")
  }
}

/// The time of the message, so that mails sort, and its Message-ID, which is unique in the world. As the
/// specification wants it, without a slash, which would be a folder, and a colon, which begins the flags; at
/// most 255 bytes.
private func fileName(of message: Message) -> String {
  let id = message.messageID.description.replacing("/", with: "=").replacing(":", with: "=")
  return "\(message.date).\(id.prefix(230))"
}
