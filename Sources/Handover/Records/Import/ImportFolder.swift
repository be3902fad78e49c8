import Foundation

/// The files of an import in a folder.
struct ImportFolder: ImportSource {
  let sizes: [Table.Name: Int]
  private let path: String

  private static let blockSize = 65_536

  init(path: String) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: path)
    } catch {
      throw HandoverError("can't read the folder \(path): \(error.localizedDescription)")
    }
    var sizes: [Table.Name: Int] = [:]
    for table in try ImportNames.tables(in: names, of: path) {
      var status = stat()
      guard unsafe stat(path + "/" + table.file, &status) == 0 else {
        throw HandoverError("can't read \(path)/\(table.file): \(String(errno: errno))")
      }
      sizes[table] = Int(status.st_size)
    }
    self.sizes = sizes
    self.path = path
  }

  func read(_ file: Table.Name, _ body: (Span<UInt8>) throws -> Void) throws {
    let descriptor = unsafe open(path + "/" + file.file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw failure(file) }
    defer { close(descriptor) }
    var block = [UInt8](repeating: 0, count: Self.blockSize)
    while true {
      let count = unsafe block.withUnsafeMutableBytes { block in
        unsafe Glibc.read(descriptor, block.baseAddress, block.count)
      }
      if count == 0 { return }
      if count > 0 {
        try body(block.span.extracting(first: count))
      } else if errno != EINTR {
        throw failure(file)
      }
    }
  }

  private func failure(_ file: Table.Name) -> HandoverError {
    HandoverError("can't read \(path)/\(file.file): \(String(errno: errno))")
  }
}
