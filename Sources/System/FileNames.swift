import Glibc

/// The names of the files in a folder, none that is hidden, in no order.
/// - Throws: where it can't be opened.
package func fileNames(in path: String) throws(SystemError) -> [String] {
  guard let folder = unsafe opendir(path) else { throw SystemError("read", path) }
  defer { unsafe closedir(folder) }
  var names: [String] = []
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    if !name.hasPrefix(".") { names.append(name) }
  }
  return names
}
