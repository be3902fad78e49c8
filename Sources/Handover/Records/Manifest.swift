import Secrets

/// `manifest-sha256.txt`: the SHA-256 of each file of an archive but its own, in the order of the archive, as `sha256sum
/// --check` of GNU coreutils reads it (64 hexadecimal digits, two blanks, the name, a line feed). `sha256sum` would write a
/// name with a backslash or a line feed in another way; no file of an archive has one.
struct Manifest {
  struct Line: Equatable {
    let name: String
    /// 32 bytes.
    let sha256: [UInt8]

    var bytes: [UInt8] { Array("\(hex(sha256))  \(name)\n".utf8) }
  }

  /// The name of the file in the ZIP.
  static let file = "manifest-sha256.txt"

  var lines: [Line] = []

  var bytes: [UInt8] { lines.flatMap(\.bytes) }

  /// The SHA-256 of a file; nil where it isn't listed.
  subscript(name: String) -> [UInt8]? {
    lines.first { $0.name == name }?.sha256
  }
}
