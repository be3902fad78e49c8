import Glibc

/// What this process takes of the machine.
package struct ProcessUsage: Sendable {
  package let processorTime: Duration
  package let residentBytes: Int
  package let virtualBytes: Int
  package let threads: Int
  package let descriptors: Int
  /// As many may be open at once.
  package let mostDescriptors: Int

  /// Nil where the system doesn't say.
  package init?() {
    guard let text = contents(of: "/proc/self/stat"), let name = text.lastIndex(of: ")"),
      let descriptors = try? fileNames(in: "/proc/self/fd").count
    else { return nil }
    // From the state on (proc(5)), which is the third.
    let fields = text[name...].dropFirst().split(separator: " ").map { Int($0) ?? 0 }
    var limit = rlimit()
    guard fields.count > 21, unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else {
      return nil
    }
    let ticks = max(1, sysconf(Int32(_SC_CLK_TCK)))
    processorTime = .microseconds((fields[11] + fields[12]) * 1_000_000 / ticks)
    threads = fields[17]
    virtualBytes = fields[20]
    residentBytes = fields[21] * sysconf(Int32(_SC_PAGESIZE))
    // One is what reads them.
    self.descriptors = descriptors - 1
    mostDescriptors = Int(clamping: limit.rlim_cur)
  }
}

private func contents(of path: String) -> String? {
  let file = FileDescriptor(rawValue: unsafe open(path, O_RDONLY | O_CLOEXEC))
  guard file.rawValue >= 0 else { return nil }
  defer { close(file.rawValue) }
  return (try? file.bytes(4096, at: 0)).map { String(decoding: $0, as: UTF8.self) }
}
