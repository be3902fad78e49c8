import Glibc

/// Makes the file of a first ring, unless another process has made one meanwhile: then that one stands.
func createKeyFile(_ ring: KeyRing, at path: String) throws(SecretsError) {
  let temporary = try writeBeside(path, ring)
  defer { unsafe unlink(temporary) }
  // Unlike rename(2), link(2) never takes the name from a file that is there.
  guard unsafe link(temporary, path) == 0 || errno == EEXIST else {
    throw .keyFile(path, "can't be made: \(reason(errno))")
  }
  try syncFolder(of: path)
}

/// Puts a ring in the place of the one that the file holds.
func replaceKeyFile(_ path: String, by ring: KeyRing) throws(SecretsError) {
  let temporary = try writeBeside(path, ring)
  guard unsafe rename(temporary, path) == 0 else {
    let code = errno
    unsafe unlink(temporary)
    throw .keyFile(path, "can't be replaced: \(reason(code))")
  }
  try syncFolder(of: path)
}

/// Writes a temporary file of mode 0600 next to the path, on the disk when this returns, and says its name.
private func writeBeside(_ path: String, _ ring: KeyRing) throws(SecretsError) -> String {
  var name = Array((path + ".XXXXXX").utf8CString)
  let file = unsafe mkstemp(&name)
  guard file >= 0 else { throw .keyFile(path, "can't be written: \(reason(errno))") }
  defer { close(file) }
  let temporary = String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  var bytes = Array(ring.text.utf8)
  // So short a text is written as a whole or, on a full disk, not.
  let count = unsafe bytes.withUnsafeMutableBytes { unsafe write(file, $0.baseAddress, $0.count) }
  guard count == bytes.count, fsync(file) == 0 else {
    let problem = count >= 0 && count < bytes.count ? "the disk is full" : reason(errno)
    unsafe unlink(temporary)
    throw .keyFile(path, "can't be written: \(problem)")
  }
  return temporary
}

private func syncFolder(of path: String) throws(SecretsError) {
  let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "."
  let file = unsafe open(String(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
  guard file >= 0 else { throw .keyFile(path, "can't be made lasting: \(reason(errno))") }
  defer { close(file) }
  guard fsync(file) == 0 else { throw .keyFile(path, "can't be made lasting: \(reason(errno))") }
}
