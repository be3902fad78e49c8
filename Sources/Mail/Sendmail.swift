import System

/// Hands mails to a program that is called and behaves like `sendmail`: those of Postfix, OpenSMTPD, Exim, msmtp.
///
/// It is run as `sendmail -i -f FROM -- TO` with the mail on its standard input. `-i`: a line of one dot does not end the
/// mail. `--`: whatever TO begins with, it is no option. Its exit status alone says whether it took the mail, also
/// where it read only a part of it.
package struct Sendmail: Transport {
  package let path: String
  private let timeout: Duration
  private let environment: [String: String]
  private let isStopping: @Sendable () -> Bool

  /// - Parameters:
  ///   - timeout: after which the program, with all that it started, is killed.
  ///   - environment: all that the program sees of the environment.
  ///   - isStopping: whether this process is about to end; a program that still runs then has `Program.grace`, and is
  ///     killed with all that it started.
  package init(
    path: String, timeout: Duration = .seconds(60),
    environment: [String: String] = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
    isStopping: @escaping @Sendable () -> Bool = { false }
  ) {
    self.path = path
    self.timeout = timeout
    self.environment = environment
    self.isStopping = isStopping
  }

  package func send(_ message: Message) throws(MailError) {
    let arguments = ["-i", "-f", message.from.email, "--", message.to.email]
    let program = Program(path: path, arguments: arguments, environment: environment)
    // A program on a Unix machine expects its lines, all CRs in a rendered message belong to line ends.
    let mail = message.rendered().filter { $0 != UInt8(ascii: "\r") }
    let ending: Program.Ending
    do {
      ending = try program.run(input: mail, timeout: timeout, isStopping: isStopping)
    } catch {
      throw .temporary("\(path) could not be run: \(error.reason).")
    }
    switch ending {
    case .exited(status: 0, _): return
    case .exited(let status, let errors):
      let reason = "\(path) ended with status \(status)" + (errors.isEmpty ? "." : ": \(errors)")
      throw isPermanent(status) ? .permanent(reason) : .temporary(reason)
    case .killed(let signal): throw .temporary("\(path) was ended by signal \(signal).")
    case .timedOut: throw .temporary("\(path) did not end within \(timeout) and was killed.")
    }
  }
}

/// The statuses of sysexits.h that lie in the mail itself: usage, data, input, user, host, protocol, permission.
/// All others may be gone next time. 69 (unavailable) to 75 and 78 (configuration) are what a broken or busy
/// server says and an operator can mend, and what isn't in sysexits.h, as a shell's 127, says nothing of the mail.
private func isPermanent(_ status: Int32) -> Bool {
  [64, 65, 66, 67, 68, 76, 77].contains(status)
}
