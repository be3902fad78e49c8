import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// SIGKILL before each durable step of each thread that takes part in an export, one after the other: after the
  /// restart the export is completed once, with all its mails. Scripts/test tries some of the steps, `--long` all.
  @Suite struct KillSweepTests {
    @Test(
      "Killed before a durable step (half of those tried, at least), an export is completed once after the restart",
      arguments: ["job-worker", "mailer", "request 1", "compress 0"])
    func export(thread: String) throws {
      let crashSite = try CrashSite()
      var (exports, steps, kills) = (1, 0, 0)
      let counts = try durableSteps(of: crashSite)[thread] ?? [:]
      #expect(!counts.isEmpty, "\(thread) makes no durable step")
      for (call, count) in counts.sorted(by: { $0.key < $1.key }) {
        for number in sample(count, of: call) {
          let step = "\(thread), \(call) \(number) of \(count)"
          steps += 1
          // Runs differ in their calls: where one run makes fewer of them, the next may make enough.
          let wasKilled = try (1...3).contains { _ in
            let wasAsked = try kill(crashSite, thread, call, number)
            let wasKilled = crashSite.site.server?.isRunning == false
            try recover(crashSite, exports: &exports, wasAsked: wasAsked, step)
            return wasKilled
          }
          if wasKilled { kills += 1 }
        }
      }
      // The number of calls differs from run to run, on a busy machine more so: the last ones may not be reached.
      #expect(kills * 2 >= steps, "\(kills) kills in \(steps) steps")
    }

    /// Starts the server again, and checks that everything that was asked for is done.
    ///
    /// - Parameter exports: how many there were before.
    private func recover(
      _ crashSite: CrashSite, exports: inout Int, wasAsked: Bool, _ step: String
    ) throws {
      try crashSite.restart()
      try crashSite.settle()
      let now = try crashSite.site.count("SELECT count(*) FROM export")
      #expect(now == exports + 1 || (!wasAsked && now == exports), "\(step)")
      exports = now
      #expect(
        try crashSite.site.count("SELECT count(*) FROM export WHERE status <> 'completed'") == 0, "\(step)")
      #expect(try crashSite.site.count("SELECT count(*) FROM export WHERE failures > 1") == 0, "\(step)")
      try crashSite.check(step)
    }

    /// What one undisturbed export takes, by thread and call.
    private func durableSteps(of crashSite: CrashSite) throws -> [String: [String: Int]] {
      let trace = try Strace(crashSite.site.server, CrashSite.durable.joined(separator: ","))
      #expect(crashSite.ask() == 303)
      try crashSite.settle()
      let counts = try trace.counts(of: crashSite.site.server)
      trace.detach()
      return counts
    }

    /// - Returns: whether the owner was told that the export is queued.
    private func kill(_ crashSite: CrashSite, _ thread: String, _ call: String, _ number: Int) throws -> Bool
    {
      let trace = try Strace(crashSite.site.server, thread: thread, call, "signal=KILL:when=\(number)")
      let status = crashSite.ask()
      try eventually("\(thread) is killed at \(call) \(number)") {
        try crashSite.site.server?.isRunning == false || crashSite.isSettled
      }
      withExtendedLifetime(trace) {}
      return status == 303
    }

    /// Writes are many and alike: without `--long` some of them stand for the others.
    private func sample(_ count: Int, of call: String) -> [Int] {
      if Checkout.isLong { return Array(1...count) }
      return ["write", "pwrite64"].contains(call)
        ? Set([1, (count + 1) / 2, count]).sorted() : Array(1...count)
    }
  }
}
