import Glibc
import System

/// Hands over a file's bytes, at most 64 KiB at a time.
/// - Throws: what `body` throws; `HandoverError` where the file can't be read.
func readBlocks(of path: String, _ body: (Span<UInt8>) throws -> Void) throws {
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw unreadable(path) }
  defer { close(descriptor) }
  var block = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = unsafe block.withUnsafeMutableBytes { block in
      unsafe read(descriptor, block.baseAddress, block.count)
    }
    if count == 0 { return }
    if count > 0 {
      try body(block.span.extracting(first: count))
    } else if errno != EINTR {
      throw unreadable(path)
    }
  }
}

/// - Throws: `HandoverError` for what is no file: it may have no end, or wait for somebody to write it.
func requireFile(_ path: String) throws(HandoverError) {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { throw unreadable(path) }
  let type = status.st_mode & S_IFMT
  guard type == S_IFREG else {
    throw HandoverError("can't read \(path): it is \(type == S_IFDIR ? "a folder" : "no regular file")")
  }
}

private func unreadable(_ path: String) -> HandoverError {
  HandoverError("can't read \(path): \(SystemError.reason(errno))")
}
