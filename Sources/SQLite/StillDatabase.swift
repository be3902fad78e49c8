import Glibc

/// A database in a folder that can't be written: on a disk that is mounted to be read, or somebody else's.
///
/// SQLite reads a database in WAL mode with an index beside it, `-shm`, which it can't make there. Where nobody has the
/// database open there is none; and if its log is empty too, the file alone is the whole, and can be read as one that
/// nobody changes (https://sqlite.org/wal.html#readonly).
struct StillDatabase {
  /// For SQLITE_OPEN_URI.
  let address: String

  /// Nil for any other database.
  init?(path: String) {
    var log = stat()
    let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "."
    guard unsafe access(path + "-shm", F_OK) != 0, unsafe access(folder, W_OK) != 0,
      unsafe stat(path + "-wal", &log) != 0 || log.st_size == 0
    else { return nil }
    let isPlain: (UInt8) -> Bool = { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    let digits = Array("0123456789ABCDEF".utf8)
    let escaped = path.utf8.flatMap { byte in
      isPlain(byte) ? [byte] : [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
    }
    address = "file:\(String(decoding: escaped, as: UTF8.self))?immutable=1"
  }
}
