import Foundation
import TestSupport
import Testing

@testable import Handover

/// The alert rules and the dashboard that the package brings along.
@Suite("What watches the server") struct AlertTests {
  private static let rules = Repository.path + "/debian/examples/prometheus-rules.yml"
  private static let dashboard = Repository.path + "/debian/examples/grafana-dashboard.json"

  /// The families that /metrics has, as their samples are called.
  private func names() throws -> Set<String> {
    let site = try TestSite()
    let folder = site.configuration.data.path + "/operation"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    for name in ["backup", "drill"] {
      try
        "{\"ended\":\"2026-05-02T01:00:00Z\",\"seconds\":12.3,\"ok\":false,\"reason\":\"no room\",\"file\":\"a\"}"
        .write(toFile: "\(folder)/\(name).json", atomically: true, encoding: .utf8)
    }
    site.browser().get("/login")
    let text = site.browser(at: "127.0.0.1").get("/metrics").text
    #expect(
      text.contains("\nhandover_backup_age_seconds 30600\n") && text.contains("\nhandover_drill_ok 0\n"))
    #expect(text.contains("\nhandover_backup_duration_seconds 12.3\n"))
    // Only where there is a copy elsewhere, and where there are several hosts.
    return Set(text.matches(of: /(?m)^[a-z_]+/).map { String($0.output) }).union([
      "handover_replica_ok", "handover_replica_lag_seconds", "handover_directory_lag_seconds",
      "handover_store_ok", "handover_documents_unstored",
    ])
  }

  /// The metrics that an expression names.
  private func metrics(in text: String) -> [String] {
    text.matches(of: /\b(?:handover|process)_[a-z_]+/).map { String($0.output) }
  }

  private func expressions() throws -> [String] {
    let json = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: Self.dashboard)))
    let panels = try #require((json as? [String: Any])?["panels"] as? [[String: Any]])
    return panels.flatMap { ($0["targets"] as? [[String: Any]] ?? []).compactMap { $0["expr"] as? String } }
  }

  @Test("Every metric that a rule or a panel names is in /metrics")
  func known() throws {
    let names = try names()
    let lines = try String(contentsOfFile: Self.rules, encoding: .utf8).split(separator: "\n")
      .filter { !$0.contains("summary:") && !$0.contains("#") }
    let used = metrics(in: lines.joined(separator: "\n")) + (try expressions()).flatMap(metrics)
    #expect(used.count > 50)
    for name in Set(used) { #expect(names.contains(name), "\(name)") }
  }

  @Test("Prometheus loads the rules, the panels' expressions and the settings")
  func loaded() throws {
    let folder = try TemporaryFolder()
    let panels = try expressions().map {
      $0.replacing("$__rate_interval", with: "5m").replacing("$instance", with: ".*")
    }
    let records = panels.enumerated().map {
      "      - record: panel_\($0)\n        expr: >-\n          \($1)\n"
    }
    try ("groups:\n  - name: panels\n    rules:\n" + records.joined()).write(
      to: folder.appending("panels.yml"), atomically: true, encoding: .utf8)
    for arguments in [
      ["check", "rules", Self.rules], ["check", "rules", folder.appending("panels.yml").path],
      ["check", "config", Repository.path + "/debian/examples/prometheus.yml"],
    ] {
      let check = try Tool.run("promtool", arguments)
      #expect(check.succeeded, "\(check.output)\(check.error)")
    }
  }

  @Test("Each alert fires for its cause, and none on a good day")
  func fires() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.copyItem(atPath: Self.rules, toPath: folder.appending("rules.yml").path)
    let all = try String(contentsOfFile: Self.rules, encoding: .utf8).matches(of: /- alert: (\w+)/)
      .map { String($0.1) }
    #expect(Set(all) == Set(Self.causes.keys))
    var tests = "rule_files: [rules.yml]\nevaluation_interval: 10m\ntests:\n"
    // A day and an hour after each: what must be true for long is.
    for (alert, cause) in Self.causes.sorted(by: { $0.key < $1.key }) {
      let labels = cause.labels.isEmpty ? "" : ", \(cause.labels)"
      tests += """
          - interval: 1m
            input_series:
        \(series(cause.series))
            alert_rule_test:
              - alertname: \(alert)
                eval_time: 25h
                exp_alerts: [{exp_labels: {severity: \(cause.severity), instance: a\(labels)}}]

        """
    }
    tests += "  - interval: 1m\n    input_series:\n\(series(Self.goodDay))\n    alert_rule_test:\n"
    for alert in all { tests += "      - {alertname: \(alert), eval_time: 25h, exp_alerts: []}\n" }
    // Only labels are compared.
    let rules = try String(contentsOf: folder.appending("rules.yml"), encoding: .utf8)
      .replacing(/\ *annotations:\n *summary: .*\n/, with: "")
    try rules.write(to: folder.appending("rules.yml"), atomically: true, encoding: .utf8)
    try tests.write(to: folder.appending("tests.yml"), atomically: true, encoding: .utf8)
    let check = try Tool.run("promtool", ["test", "rules", folder.appending("tests.yml").path])
    #expect(check.succeeded, "\(check.output)\(check.error)")
  }

  private func series(_ series: [(String, String)]) -> String {
    series.map { "      - {series: '\($0)', values: '\($1)'}" }.joined(separator: "\n")
  }

  private struct Cause {
    var severity = "warning"
    let series: [(String, String)]
    var labels = ""
  }

  private static let goodDay = [
    ("up{job=\"handover\", instance=\"a\"}", "1x1600"), ("handover_ready{instance=\"a\"}", "1x1600"),
    ("handover_problem{instance=\"a\", problem=\"disk\"}", "0x1600"),
    ("handover_backup_ok{instance=\"a\"}", "1x1600"),
    ("handover_backup_age_seconds{instance=\"a\"}", "90000x1600"),
    ("handover_drill_ok{instance=\"a\"}", "1x1600"),
    ("handover_drill_age_seconds{instance=\"a\"}", "90000x1600"),
    ("handover_mail_age_seconds{instance=\"a\"}", "0x1600"),
    ("handover_wal_bytes{instance=\"a\"}", "4e6x1600"),
    ("handover_disk_free_bytes{instance=\"a\", folder=\"data\"}", "5e10x1600"),
    ("handover_queue_age_seconds{instance=\"a\", kind=\"export\"}", "3x1600"),
    ("handover_http_request_duration_seconds_count{instance=\"a\", status=\"5xx\"}", "1x1600"),
  ]

  private static let causes: [String: Cause] = [
    "HandoverDown": Cause(
      severity: "critical", series: [("up{job=\"handover\", instance=\"a\"}", "0x1600")],
      labels: "job: handover"),
    "HandoverNotReady": Cause(
      severity: "critical",
      series: [
        ("handover_ready{instance=\"a\"}", "0x1600"),
        ("handover_backup_age_seconds{instance=\"a\"}", "1x1600"),
      ]),
    "HandoverProblem": Cause(
      series: [("handover_problem{instance=\"a\", problem=\"disk\"}", "1x1600")], labels: "problem: disk"),
    "HandoverErrors": Cause(
      series: [("handover_http_request_duration_seconds_count{instance=\"a\", status=\"5xx\"}", "0+60x1600")]
    ),
    "HandoverSlow": Cause(
      series: [
        (
          "handover_http_request_duration_seconds_bucket{instance=\"a\", method=\"GET\", status=\"2xx\", le=\"1.0\"}",
          "0+1x1600"
        ),
        (
          "handover_http_request_duration_seconds_bucket{instance=\"a\", method=\"GET\", status=\"2xx\", le=\"5.0\"}",
          "0+9x1600"
        ),
        (
          "handover_http_request_duration_seconds_bucket{instance=\"a\", method=\"GET\", status=\"2xx\", le=\"+Inf\"}",
          "0+9x1600"
        ),
      ]),
    "HandoverExportsFail": Cause(
      series: [
        (
          "handover_job_duration_seconds_count{instance=\"a\", kind=\"export\", outcome=\"failed\"}",
          "0+1x1600"
        )
      ],
      labels: "kind: export, outcome: failed"),
    "HandoverQueueWaits": Cause(
      series: [("handover_queue_age_seconds{instance=\"a\", kind=\"import\"}", "1900x1600")],
      labels: "kind: import"),
    "HandoverDocumentsFail": Cause(
      series: [("handover_documents{instance=\"a\", state=\"failed\"}", "2x1600")], labels: "state: failed"),
    "HandoverMailWaits": Cause(series: [("handover_mail_age_seconds{instance=\"a\"}", "4000x1600")]),
    "HandoverMailGivenUp": Cause(
      series: [("handover_mail_attempts_total{instance=\"a\", outcome=\"given-up\"}", "0+1x1600")],
      labels: "outcome: given-up"),
    "HandoverDiskFills": Cause(
      severity: "critical",
      series: [("handover_disk_free_bytes{instance=\"a\", folder=\"data\"}", "5e8x1600")],
      labels: "folder: data"),
    "HandoverLogGrows": Cause(series: [("handover_wal_bytes{instance=\"a\"}", "3e8x1600")]),
    "HandoverBackupFailed": Cause(
      severity: "critical", series: [("handover_backup_ok{instance=\"a\"}", "0x1600")]),
    "HandoverBackupOld": Cause(
      severity: "critical", series: [("handover_backup_age_seconds{instance=\"a\"}", "130000x1600")]),
    "HandoverBackupMissing": Cause(
      severity: "critical", series: [("handover_ready{instance=\"a\"}", "1x1600")]),
    "HandoverDrillFailed": Cause(
      severity: "critical", series: [("handover_drill_ok{instance=\"a\"}", "0x1600")]),
    "HandoverDrillOld": Cause(series: [("handover_drill_age_seconds{instance=\"a\"}", "130000x1600")]),
    "HandoverReplicaBehind": Cause(
      severity: "critical", series: [("handover_replica_ok{instance=\"a\"}", "0x1600")]),
    "HandoverStoreAway": Cause(
      severity: "critical", series: [("handover_store_ok{instance=\"a\"}", "0x1600")]),
    "HandoverFilesRunOut": Cause(
      series: [
        ("process_open_fds{job=\"handover\", instance=\"a\"}", "900x1600"),
        ("process_max_fds{job=\"handover\", instance=\"a\"}", "1024x1600"),
      ], labels: "job: handover"),
  ]
}
