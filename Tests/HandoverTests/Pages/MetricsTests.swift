import Foundation
import HTTP
import TestSupport
import Testing

@testable import Handover

@Suite("The server in figures") struct MetricsTests {
  let site: TestSite

  init() throws {
    site = try TestSite()
  }

  private func metrics(
    _ headers: KeyValuePairs<Headers.Name, String> = [:], from address: String = "127.0.0.1"
  )
    -> Page
  {
    let browser = site.browser(at: address)
    browser.headers = headers
    return browser.get("/metrics")
  }

  private func value(_ sample: String, in text: String) -> Double? {
    text.split(separator: "\n").first { $0.hasPrefix(sample + " ") }
      .flatMap { Double($0.dropFirst(sample.count + 1)) }
  }

  @Test("promtool has nothing to say of them")
  func promtool() throws {
    for target in ["/", "/login", "/nowhere", "/exports/1/download"] { site.browser().get(target) }
    let page = metrics()
    #expect(page.status == 200 && page["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
    let check = try Tool.run("promtool", ["check", "metrics"], input: page.text)
    #expect(check.succeeded && check.output == "" && check.error == "", "\(check.error)\(check.output)")
    let broken = try Tool.run("promtool", ["check", "metrics"], input: page.text + "broken{\n")
    #expect(!broken.succeeded)
  }

  @Test(
    "Whoever prefers OpenMetrics gets it",
    arguments: [
      ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,*/*;q=0.1", true),
      ("application/openmetrics-text", true), ("text/plain, application/openmetrics-text; q=0.9", false),
      ("application/openmetrics-text;q=0", false), ("*/*", false), ("text/html;;,", false),
    ])
  func accept(field: String, isOpen: Bool) {
    let page = metrics(["Accept": field])
    #expect(page["Content-Type"]?.hasPrefix("application/openmetrics-text; version=1.0.0") == isOpen)
    #expect(page.text.hasSuffix("\n# EOF\n") == isOpen)
    #expect(page.contains("# TYPE handover_mail_attempts\(isOpen ? "" : "_total") counter\n"))
    #expect(page.contains("\nhandover_mail_attempts_total{outcome=\"sent\"} 0\n"))
    #expect(page.contains("\nhandover_build_info{version=\"\(Application.version)\",sqlite=\"3."))
  }

  @Test(
    "They are for this machine alone, and not for what came through a proxy",
    arguments: [
      ("127.0.0.1", "", 200), ("::1", "", 200), ("192.0.2.1", "", 404), ("127.0.0.2", "", 404), ("", "", 404),
      ("127.0.0.1", "X-Forwarded-For", 404), ("127.0.0.1", "Forwarded", 404), ("::1", "Via", 404),
    ])
  func local(address: String, header: String, status: Int) {
    #expect(
      metrics(header.isEmpty ? [:] : [Headers.Name(header) ?? "X": "127.0.0.1"], from: address).status
        == status)
  }

  @Test("An answer is counted once, by the pattern of its address, its class and its time")
  func requests() {
    let browser = site.browser()
    for id in 0..<3 { browser.get("/exports/\(id)/download?signature=secret") }
    browser.get("/login")
    browser.get("/no/such/address")
    browser.send(Method("DELETE"), "/login")
    let text = metrics().text
    let prefix = "handover_http_request_duration_seconds"
    let download = "method=\"GET\",route=\"/exports/{id}/download\",status=\"3xx\""
    #expect(value("\(prefix)_count{\(download)}", in: text) == 3)
    #expect(value("\(prefix)_bucket{\(download),le=\"+Inf\"}", in: text) == 3)
    #expect((value("\(prefix)_sum{\(download)}", in: text) ?? 0) > 0)
    #expect(value("\(prefix)_count{method=\"GET\",route=\"/login\",status=\"2xx\"}", in: text) == 1)
    #expect(value("\(prefix)_count{method=\"any\",route=\"none\",status=\"3xx\"}", in: text) == 1)
    #expect(value("\(prefix)_count{method=\"any\",route=\"none\",status=\"4xx\"}", in: text) == 1)
  }

  @Test("Whatever people ask for, there are no more rows than the router has patterns")
  func cardinality() {
    let browser = site.browser()
    for number in 0..<300 {
      browser.get("/\(number)")
      browser.get("/exports/\(number)/download")
      browser.send(Method("M\(number)"), "/login")
    }
    let rows = metrics().text.matches(of: /(?m)^handover_http_request_duration_seconds_count/).count
    #expect(rows == 3)
  }

  @Test("No name, address or id of anybody is in them")
  func secrets() throws {
    let organisation = try site.addOrganisation("Marked Office")
    let owner = try site.addUser("Marked Owner", .owner, to: organisation)
    let browser = try site.open(owner)
    browser.get("/settings/export")
    #expect(browser.post("/settings/export", ["scope": "organisation", "format": "csv"]).status == 303)
    let id = try #require(
      try site.database.read { try $0.exports.open(of: organisation.id) }.first?.id.rawValue)
    let text = metrics().text
    #expect(value("handover_exports{state=\"queued\"}", in: text) == 1)
    #expect(value("handover_queue_jobs{kind=\"export\"}", in: text) == 1)
    #expect((value("handover_mails_waiting", in: text) ?? 0) >= 0)
    for secret in ["Marked", "@", id, "192.0.2", site.folder.path] { #expect(!text.contains(secret)) }
  }

  @Test("The queue's age is that of the job that has waited longest")
  func age() throws {
    let organisation = try site.addOrganisation()
    let owner = try site.addUser("Maria", .owner, to: organisation)
    let browser = try site.open(owner)
    browser.get("/settings/export")
    browser.post("/settings/export", ["scope": "organisation", "format": "csv"])
    #expect(value("handover_queue_age_seconds{kind=\"export\"}", in: metrics().text) == 0)
    site.clock.move(by: .minutes(7))
    #expect(value("handover_queue_age_seconds{kind=\"export\"}", in: metrics().text) == 420)
    #expect((value("handover_mail_age_seconds", in: metrics().text) ?? 0) >= 0)
  }

  @Test("What is wrong is 1 under its word")
  func problems() {
    #expect(value("handover_ready", in: metrics().text) == 1)
    site.workers.withLock { $0 = false }
    let text = metrics().text
    #expect(value("handover_problem{problem=\"workers\"}", in: text) == 1)
    #expect(value("handover_problem{problem=\"disk\"}", in: text) == 0)
    #expect(value("handover_ready", in: text) == 0)
  }

  @Test("Files and process have figures that can be")
  func figures() throws {
    let text = metrics().text
    for (name, range) in [
      ("handover_database_bytes", 100_000.0...1e9), ("process_open_fds", 3...100_000),
      ("process_threads", 1...10_000),
      ("process_resident_memory_bytes", 1e6...1e11), ("process_max_fds", 64...1e18),
      ("handover_disk_free_bytes{folder=\"data\"}", 1...1e18),
    ] {
      #expect(range.contains(try #require(value(name, in: text), "\(name)")), "\(name)")
    }
  }

  @Test("A histogram counts each time in the first bucket that holds it")
  func histogram() {
    let histogram = Histogram(.jobs)
    for seconds in [0.05, 0.1, 0.11, 7200, 7201, -3] { histogram.count(.seconds(seconds)) }
    #expect(histogram.cumulative == [3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 5, 6])
    #expect(abs(histogram.sum - 14401.26) < 0.001)
  }

  @Test("A label's value is escaped")
  func escaping() {
    var text = MetricsText(.openMetrics)
    text.begin("x", .gauge, "Help.")
    text.add(1, ["a": "\\ \"\n"])
    #expect(
      String(decoding: text.bytes, as: UTF8.self)
        == "# HELP x Help.\n# TYPE x gauge\nx{a=\"\\\\ \\\"\\n\"} 1\n# EOF\n")
  }
}
