import System

/// Hands mails to a program that is called and behaves like `sendmail`: those of Postfix, OpenSMTPD, Exim,
/// msmtp.
///
/// It is run as `sendmail -i -f FROM -- TO` with the mail on its standard input. `-i`: a line with a single
/// dot does not end the mail. `--`: TO is never taken for an option. The exit status alone says whether the
/// program took the mail, even where it read only a part of it.
package struct Sendmail: Transport {
  package let path: String
  private let timeout: Duration
  private let environment: [String: String]

  /// - Parameters:
  ///   - timeout: the program is killed after it, with all that it started.
  ///   - environment: the whole environment of the program.
  package init(
    path: String, timeout: Duration = .seconds(60),
    environment: [String: String] = ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"]
  ) {
    self.path = path
    self.timeout = timeout
    self.environment = environment
  }

  /// A program that still runs when it is to stop has `Program.grace`, and is killed with all that it started.
  /// - Throws: where it did not take the message.
  package func send(_ message: Message, isStopping: () -> Bool) throws(MailError) {
    try hand(over: message.rendered(), from: message.from.email, to: message.to.email, isStopping: isStopping)
  }

  /// The same for a mail as it was rendered.
  func hand(
    over mail: [UInt8], from: String, to: String, isStopping: () -> Bool
  ) throws(MailError) {
    let program = Program(path: path, arguments: ["-i", "-f", from, "--", to], environment: environment)
    // A program on a Unix machine expects LF. In a rendered message each CR belongs to a line end.
    let mail = mail.filter { $0 != UInt8(ascii: "\r") }
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

/// The statuses of sysexits.h whose cause is the mail itself: usage, data, input, user, host, protocol,
/// permission. With all others the next try may succeed: 69 (unavailable) to 75 and 78 (configuration) come
/// from a broken or busy server that an operator can mend, and what is not in sysexits.h, as a shell's 127,
/// says nothing about the mail.
private func isPermanent(_ status: Int32) -> Bool {
  [64, 65, 66, 67, 68, 76, 77].contains(status)
}
