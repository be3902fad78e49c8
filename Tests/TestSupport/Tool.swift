import Foundation

/// Programs that end by themselves: the product's commands, and external readers (unzip, 7z, python3, …).
public enum Tool {
  public struct Result {
    /// The exit code; 128 + n where signal n ended it.
    public let status: Int32
    public let output: String
    public let error: String
    public var succeeded: Bool { status == 0 }
  }

  /// Runs a program found in PATH (or at a path) to its end.
  ///
  /// Its streams are files, so that no full pipe can block either side.
  public static func run(
    _ program: String, _ arguments: [String] = [], input: String = "", environment: [String: String] = [:],
    folder: URL? = nil, timeout: Duration = .seconds(120)
  ) throws -> Result {
    let files = try TemporaryFolder()
    try Data(input.utf8).write(to: files.appending("input"))
    let process = try ChildProcess(
      program, arguments, environment: environment, folder: folder, input: files.appending("input"),
      output: files.appending("output"), error: files.appending("error"))
    guard let status = process.waitForEnd(timeout) else {
      process.kill()
      throw HarnessError("\(program) \(arguments.joined(separator: " ")) still ran after \(timeout)")
    }
    return Result(
      status: status, output: try text(of: files.appending("output")),
      error: try text(of: files.appending("error")))
  }

  private static func text(of file: URL) throws -> String {
    String(decoding: try Data(contentsOf: file), as: UTF8.self)
  }
}
