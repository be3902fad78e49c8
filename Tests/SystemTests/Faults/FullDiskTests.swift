import Foundation
import Testing

extension SystemTests {
  /// The data folder lies on a small disk, which others fill.
  @Suite(.enabled(if: SmallDisk.isPossible, "only root may mount a small disk"))
  struct FullDiskTests {
    @Test(
      "Full before, an export fails or waits, pages go on, and with room again the next is completed",
      arguments: [0, 4_096, 100_000, 1_000_000, 3_000_000])
    func before(free: Int) throws {
      let (patient, disk) = try patient()
      try disk.fill(leaving: free)
      let status = try #require(patient.ask())
      #expect(status == 303 || status >= 500, "\(status)")
      try checkPages(patient)
      if status == 303 {
        try eventually("it was tried; \(patient.site.logs.suffix(2_000))") {
          let log = patient.site.logs
          return log.contains("not enough space") || log.contains("event=export.queue")
            || log.contains("event=export.end")
        }
      }
      try checkPages(patient)
      try disk.empty()
      try patient.settle()
      for row in try patient.site.rows("SELECT status, reason FROM export") {
        #expect(
          row.hasPrefix("completed|") || row == "failed|There is not enough space on the server.", "\(row)")
      }
      try patient.check("\(free) bytes were free")
      #expect(patient.ask() == 303)
      try patient.settle()
      #expect(
        try patient.site.rows("SELECT status FROM export ORDER BY number DESC LIMIT 1") == ["completed"])
      try patient.check("there is room again")
      #expect(try patient.site.server?.stop(within: 10) == 0)
    }

    @Test(
      "Full in the middle, nothing half-written is left, and it heals without a restart",
      arguments: [0, 2_000_000])
    func during(free: Int) throws {
      let (patient, disk) = try patient(rows: 60_000, ["HANDOVER_COMPRESSION": "9"])
      #expect(patient.ask() == 303)
      try eventually("it is being written") {
        try patient.site.exportFiles().contains { $0.hasSuffix(".part") }
      }
      try disk.fill(leaving: free)
      try checkPages(patient)
      try eventually("the run has failed; \(patient.site.logs.suffix(2_000))") {
        let log = patient.site.logs
        // Without a byte in its file to give back, that it failed can't be written down either until there is room.
        return log.contains("not enough space") || log.contains("event=export.no-space")
          || log.contains("event=export.end")
      }
      try eventually("its file is gone") { try patient.site.exportFiles() == [] }
      try disk.empty()
      try patient.settle()
      let rows = try patient.site.rows("SELECT status, reason FROM export")
      #expect(
        rows == ["completed|"] || rows == ["failed|There is not enough space on the server."], "\(rows)")
      try patient.check("the disk was full")
      #expect(!patient.site.logs.contains("request.failed"))
    }

    @Test("A stop on a full disk is a clean one")
    func stop() throws {
      let (patient, disk) = try patient()
      #expect(patient.ask() == 303)
      try patient.settle()
      try disk.fill()
      #expect(try patient.site.server?.stop(within: 10) == 0)
      try disk.empty()
      try patient.restart()
      try patient.check("the start")
    }

    private func patient(rows: Int = 600, _ settings: [String: String] = [:]) throws -> (Patient, SmallDisk) {
      var disk: SmallDisk?
      let patient = try Patient(rows: rows, settings) {
        disk = try SmallDisk(at: $0.data, megabytes: 24 + rows / 500)
      }
      return (patient, try #require(disk))
    }

    private func checkPages(_ patient: Patient) throws {
      for path in [Site.exportPage, "/settings", "/settings/activity", "/help", "/health"] {
        #expect(try patient.owner.get(path).status == 200, "\(path)")
      }
    }
  }
}
