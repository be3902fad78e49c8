import Foundation

/// Whether somebody can be asked.
var isTerminal: Bool { isatty(STDIN_FILENO) == 1 }

/// The words typed after the program's name.
///
/// Swift's own list is empty where a library that was loaded first has changed the environment, as
/// libfaketime does; the kernel's is not.
func commandLineWords() throws -> [String] {
  if !CommandLine.arguments.isEmpty { return Array(CommandLine.arguments.dropFirst()) }
  let file = try FileHandle(forReadingFrom: URL(filePath: "/proc/self/cmdline"))
  let bytes = try file.readToEnd() ?? Data()
  // Each ends with a NUL.
  let arguments = bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
  return arguments.dropFirst().map { String(decoding: $0, as: UTF8.self) }
}
