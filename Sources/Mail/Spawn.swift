import Glibc

/// Why a program could not be started.
package struct SpawnError: Error {
  /// As `errno` has it.
  let code: CInt
}

/// Starts a program (posix_spawn, POSIX.1-2017) with its three standard descriptors and nothing else of this process, no
/// signal blocked or ignored, in a process group of its own, and returns its process id. The caller has to wait for it.
///
/// - Parameters:
///   - input, output, errors: descriptors that are open here, and stay so; without an output, what it prints is dropped.
package func spawn(
  _ program: Program, input: CInt, output: CInt? = nil, errors: CInt
) -> Result<pid_t, SpawnError> {
  var actions = unsafe posix_spawn_file_actions_t()
  unsafe posix_spawn_file_actions_init(&actions)
  defer { unsafe posix_spawn_file_actions_destroy(&actions) }
  unsafe posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO)
  if let output {
    unsafe posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
  } else {
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
  }
  unsafe posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
  // Some more than are open now: another thread may open the next ones at this moment. Closing what isn't open is no
  // error here.
  for descriptor in 3...highestDescriptor() + 64 {
    unsafe posix_spawn_file_actions_addclose(&actions, descriptor)
  }

  var attributes = posix_spawnattr_t()
  unsafe posix_spawnattr_init(&attributes)
  defer { unsafe posix_spawnattr_destroy(&attributes) }
  var signals = sigset_t()
  unsafe sigemptyset(&signals)
  unsafe posix_spawnattr_setsigmask(&attributes, &signals)
  unsafe sigfillset(&signals)
  unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
  unsafe posix_spawnattr_setpgroup(&attributes, 0)
  unsafe posix_spawnattr_setflags(
    &attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

  var process: pid_t = 0
  let code = unsafe withCStrings([program.path] + program.arguments) { arguments in
    unsafe withCStrings(program.environment.map { "\($0.key)=\($0.value)" }) { environment in
      unsafe posix_spawn(&process, program.path, &actions, &attributes, arguments, environment)
    }
  }
  return code == 0 ? .success(process) : .failure(SpawnError(code: code))
}

/// The highest descriptor that is open in this process.
private func highestDescriptor() -> CInt {
  guard let folder = unsafe opendir("/proc/self/fd") else { return 1023 }
  defer { unsafe closedir(folder) }
  var highest: CInt = 2
  while let entry = unsafe readdir(folder) {
    let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
      unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
    highest = max(highest, CInt(name) ?? 2)
  }
  return highest
}

/// Lends texts as C's `argv` has them: pointers to each, then a null pointer.
private func withCStrings(
  _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> CInt
) -> CInt {
  let pointers: [UnsafeMutablePointer<CChar>?] = unsafe texts.map { unsafe strdup($0) } + [nil]
  defer {
    for index in unsafe pointers.indices {
      unsafe free(pointers[index])
    }
  }
  return unsafe pointers.withUnsafeBufferPointer { buffer in
    guard let start = buffer.baseAddress else { return ENOMEM }
    return unsafe body(start)
  }
}
