import Glibc

@testable import SQLite

/// A database file in a folder of its own, which goes with this value.
final class Scratch: Sendable {
  let folder: String
  var path: String { folder + "/test.db" }

  init() throws {
    let random = UInt64.random(in: .min ... .max)
    folder = "/tmp/sqlite-tests-" + String(random, radix: 36)
    guard unsafe mkdir(folder, 0o700) == 0 else { throw SQLiteError(code: -1, message: "mkdir: \(errno)") }
  }

  deinit {
    for name in ["test.db", "copy.db"] {
      for suffix in ["", "-wal", "-shm"] { unsafe unlink(folder + "/" + name + suffix) }
    }
    unsafe rmdir(folder)
  }

  func writer(autocheckpoint: Int = 1_000, busyTimeout: Duration = .seconds(5)) throws -> Connection {
    try Connection(path: path, mode: .writer, busyTimeout: busyTimeout, autocheckpoint: autocheckpoint)
  }

  func reader() throws -> Connection { try Connection(path: path, mode: .reader) }

  /// In bytes; nil where there is no file.
  func size(of name: String) -> Int? {
    var status = stat()
    return unsafe stat(folder + "/" + name, &status) == 0 ? Int(status.st_size) : nil
  }
}

/// Runs `body` in so many threads, and returns the errors that they ended with.
func inThreads(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) -> [any Error] {
  let threads = (0..<count).map { index in Thread { try body(index) } }
  return threads.compactMap { $0.join() }
}

/// A plain thread that can be waited for.
@safe final class Thread: @unchecked Sendable {
  private let body: @Sendable () throws -> Void
  private var error: (any Error)?
  private var id = pthread_t()

  init(_ body: @escaping @Sendable () throws -> Void) {
    self.body = body
    let context = unsafe Unmanaged.passRetained(self)
    let code = unsafe pthread_create(
      &id, nil,
      { context in
        guard let context = unsafe context else { return nil }
        unsafe Unmanaged<Thread>.fromOpaque(context).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    precondition(code == 0)
  }

  /// - Returns: what `body` threw. Written before the thread ends, read after it has.
  func join() -> (any Error)? {
    pthread_join(id, nil)
    return error
  }

  private func run() {
    do { try body() } catch { self.error = error }
  }
}
