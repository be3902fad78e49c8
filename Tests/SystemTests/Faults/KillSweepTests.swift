import Foundation
import Testing

extension SystemTests {
  /// SIGKILL before each durable step in turn, of each thread that takes part in an export. Scripts/test does some of
  /// them, `--long` all.
  @Suite struct KillSweepTests {
    @Test(
      "Killed before any durable step, an export is completed once after the restart, with all its mails",
      arguments: ["export-worker", "mailer", "request 1", "compress 0"])
    func export(thread: String) throws {
      let patient = try Patient()
      var (exports, steps, kills) = (1, 0, 0)
      let counts = try durableSteps(of: patient)[thread] ?? [:]
      #expect(!counts.isEmpty, "\(thread) makes no durable step")
      for (call, count) in counts.sorted(by: { $0.key < $1.key }) {
        for number in sample(count, of: call) {
          let step = "\(thread), \(call) \(number) of \(count)"
          steps += 1
          // Runs differ in their calls: where one does not come as far as that call, another may.
          let wasKilled = try (1...3).contains { _ in
            let wasAsked = try kill(patient, thread, call, number)
            let wasKilled = patient.site.server?.isRunning == false
            try recover(patient, exports: &exports, wasAsked: wasAsked, step)
            return wasKilled
          }
          if wasKilled { kills += 1 }
        }
      }
      // Runs differ in their calls, on a busy machine more so, and one without so many calls gets by.
      #expect(kills * 2 >= steps, "\(kills) kills in \(steps) steps")
    }

    /// Starts the server again, and checks that everything that was asked for is done.
    ///
    /// - Parameter exports: how many there were before.
    private func recover(
      _ patient: Patient, exports: inout Int, wasAsked: Bool, _ step: String
    ) throws {
      try patient.restart()
      try patient.settle()
      let now = try patient.site.count("SELECT count(*) FROM export")
      #expect(now == exports + 1 || (!wasAsked && now == exports), "\(step)")
      exports = now
      #expect(
        try patient.site.count("SELECT count(*) FROM export WHERE status <> 'completed'") == 0, "\(step)")
      #expect(try patient.site.count("SELECT count(*) FROM export WHERE failures > 1") == 0, "\(step)")
      try patient.check(step)
    }

    /// What one undisturbed export takes, by thread and call.
    private func durableSteps(of patient: Patient) throws -> [String: [String: Int]] {
      let trace = try Strace(patient.site.server, Patient.durable.joined(separator: ","))
      #expect(patient.ask() == 303)
      try patient.settle()
      let counts = try trace.counts(of: patient.site.server)
      try trace.detach()
      return counts
    }

    /// - Returns: whether the owner was told that the export is queued.
    private func kill(_ patient: Patient, _ thread: String, _ call: String, _ number: Int) throws -> Bool {
      let trace = try Strace(patient.site.server, thread: thread, call, "signal=KILL:when=\(number)")
      let status = patient.ask()
      try eventually("\(thread) is killed at \(call) \(number)") {
        try patient.site.server?.isRunning == false || patient.isSettled
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
