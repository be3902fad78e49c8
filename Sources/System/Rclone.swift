/// Why rclone did not do what it was told to.
package enum RcloneFailure: Error, Sendable {
  /// rclone is not installed.
  case missing
  /// rclone could not be run.
  case unstartable(SystemError)
  /// - saying: what it said of it.
  case ended(Program.Ending, saying: String)

  /// What was asked for isn't there.
  package var isNotFound: Bool {
    switch self {
    case .ended(.exited(status: 3, _), _), .ended(.exited(status: 4, _), _): true
    default: false
    }
  }

  /// What it said, a line each.
  package var text: String {
    if case .ended(_, let text) = self { text } else { "" }
  }
}

extension RcloneFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .missing: "rclone is not installed"
    case .unstartable(let error): "\(error)"
    case .ended(.timedOut, _): "rclone got no answer in time"
    case .ended(let ending, let text):
      // What follows says the same again.
      "rclone: \(text.split(separator: " ERROR : Attempt").first.map(String.init) ?? "\(ending)")"
    }
  }
}

/// rclone, the program: what carries files to other storages, a process for each call. Of the server's environment it gets
/// what leads out of the operator's network, and its home.
package struct Rclone: Sendable {
  /// Nil where it is not installed.
  private let program: String?
  private let environment: [String: String]

  /// - Parameter environment: the server's.
  package init(_ environment: [String: String]) {
    program = Program.path(of: "rclone", in: environment["PATH"])
    var own = environment.filter { Curl.passedOn.contains($0.key) }
    own["PATH"] = "/usr/sbin:/usr/bin:/sbin:/bin"
    own["TZ"] = "UTC"
    // Without it rclone asks `getent`, which would get the storage's secrets with its environment.
    own["HOME"] = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? "/"
    self.environment = own
  }

  /// Where rclone finds the storages that a command names.
  package enum Configuration {
    /// Variables, by their names.
    case variables([String: String])
    /// The path of a file.
    case file(String)

    /// Without a name rclone would write a token that it fetches into the user's own file.
    fileprivate var variables: [String: String] {
      switch self {
      case .variables(let variables): variables.merging(["RCLONE_CONFIG": ""]) { $1 }
      case .file(let path): ["RCLONE_CONFIG": path]
      }
    }
  }

  /// Runs one command, which tries once, and returns when it has ended.
  ///
  /// - Parameters:
  ///   - input: what it reads from its standard input.
  ///   - log: a descriptor that gets what it says, which the failure does not have then.
  ///   - deadline: it is killed after it, with all that it started.
  ///   - isStopping: asked every few milliseconds; from the first yes on it has two seconds.
  /// - Returns: what it printed, of which there are 64 MiB at most.
  /// - Throws: also where it ended with another status than 0.
  package func run(
    _ arguments: [String], by configuration: Configuration, input: [UInt8] = [], log: Int32? = nil,
    deadline: Duration, isStopping: () -> Bool = { false }
  ) throws(RcloneFailure) -> [UInt8] {
    guard let program else { throw .missing }
    let rclone = Program(
      path: program, arguments: arguments + ["--retries", "1"],
      environment: environment.merging(configuration.variables) { $1 })
    let (ending, output): (Program.Ending, [UInt8])
    do {
      (ending, output) = try rclone.output(
        of: input, atMost: Self.largest, log: log, timeout: deadline, isStopping: isStopping)
    } catch { throw .unstartable(error) }
    switch ending {
    case .exited(status: 0, _): return output
    case .exited(_, let errors): throw .ended(ending, saying: errors)
    case .killed, .timedOut: throw .ended(ending, saying: "")
    }
  }

  /// A folder of 100,000 folders is listed in some 20 MB.
  private static let largest = 64 << 20
}
