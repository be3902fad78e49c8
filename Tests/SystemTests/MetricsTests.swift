import Foundation
import TestSupport
import Testing

extension SystemTests {
  /// What a machine that watches the server sees of it, through nginx.
  @Suite struct MetricsTests {
    @Test("Prometheus reads the figures of this machine's server, and loads the alert rules")
    func prometheus() throws {
      let site = try Site()
      try site.start()
      let port = try Port.free()
      let folder = try TemporaryFolder()
      try FileManager.default.copyItem(
        at: Repository.appending("debian/examples/prometheus-rules.yml"),
        to: folder.appending("prometheus-rules.yml"))
      let settings = """
        global: {scrape_interval: 1s}
        rule_files: [prometheus-rules.yml]
        scrape_configs: [{job_name: handover, static_configs: [{targets: ["127.0.0.1:\(site.port)"]}]}]
        """
      try Data(settings.utf8).write(to: folder.appending("prometheus.yml"))
      let prometheus = try ChildProcess(
        "prometheus",
        [
          "--config.file=\(folder.appending("prometheus.yml").path)",
          "--storage.tsdb.path=\(folder.appending("data").path)", "--web.listen-address=127.0.0.1:\(port)",
        ], output: folder.appending("log"), error: folder.appending("log"))
      defer { prometheus.kill() }
      let client = Client(port: port)
      try eventually("Prometheus has read them") {
        let answer = try? client.get("/api/v1/query?query=handover_ready%7Bjob%3D%22handover%22%7D")
        return answer?.text.contains(",\"1\"]") == true
      }
      #expect(try client.get("/api/v1/query?query=up").text.contains(",\"1\"]"))
      let types = try client.get("/api/v1/metadata?metric=handover_http_request_duration_seconds").text
      #expect(types.contains("\"type\":\"histogram\""))
      #expect(try client.get("/api/v1/rules").text.contains("HandoverBackupMissing"))
      let open = try site.client().get("/metrics", ["Accept": "application/openmetrics-text; version=1.0.0"])
      #expect(open.status == 200 && open.text.hasSuffix("# EOF\n"))
      #expect(open["Content-Type"] == "application/openmetrics-text; version=1.0.0; charset=utf-8")
    }

    @Test("Somebody at another address finds nothing there, whatever they say of themselves")
    func others() throws {
      // nginx takes the client from whom it trusts.
      let site = try Site(["HANDOVER_PROXIES": "127.0.0.0/8"])
      try site.start()
      for (headers, status) in [
        ([:], 200), (["X-Forwarded-For": "192.0.2.7"], 404), (["X-Forwarded-For": "127.0.0.1"], 404),
        (["X-Forwarded-For": "127.0.0.1, 192.0.2.7"], 404), (["Forwarded": "for=127.0.0.1"], 404),
      ] {
        #expect(try site.client().get("/metrics", headers).status == status, "\(headers)")
      }
      for (path, body) in [("/health/live", "ok"), ("/health/ready", "ok")] {
        let answer = try site.client().get(path, ["X-Forwarded-For": "192.0.2.7"])
        #expect(answer.status == 200 && answer.text == body)
      }
    }

    @Test(
      "Both logs have nginx's id of a request, and none that somebody has sent; each line of JSON is an object"
    )
    func requestIDs() throws {
      let site = try Site(["HANDOVER_LOG_FORMAT": "json"])
      try site.start()
      let forged = String(repeating: "ab", count: 16)
      _ = try site.client().get(
        "/login", ["X-Request-Id": forged, "Request-Id": forged, "User-Agent": "\"}\u{1B}[31m"])
      try site.stop()
      let access = try String(contentsOf: site.data.appending(path: "nginx/access.log"), encoding: .utf8)
      let line = try #require(access.split(separator: "\n").last { $0.contains("\"GET /login\"") })
      let id = try #require(line.firstMatch(of: /\ ([0-9a-f]{32})$/)?.1)
      let lines = try String(contentsOf: site.folder.appending("server.log"), encoding: .utf8)
        .split(separator: "\n")
      var requests: [String] = []
      for line in lines {
        let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
        #expect(object?["event"] != nil && object?["time"] != nil, "\(line)")
        if object?["path"] == "/login" { requests.append(object?["request"] ?? "") }
      }
      #expect(requests == [String(id)] && !access.contains(forged) && !lines.contains { $0.contains(forged) })
    }
  }

  /// The commands that say what is wrong, as an operator runs them.
  @Suite struct DoctorTests {
    @Test("check names all that is wrong in one go, and makes no folder")
    func check() throws {
      let folder = try TemporaryFolder()
      let data = folder.appending("data").path
      let wrong = [
        "HANDOVER_DATA": data, "HANDOVER_THREADS": "many", "HANDOVER_URL": "https://a:geheim@b.example/",
        "HANDOVER_TREADS": "3",
      ]
      let text = try Tool.run(Checkout.handover, ["check"], environment: wrong)
      #expect(
        text.status == 1 && text.output.split(separator: "\n").count == 3, "\(text.output)\(text.error)")
      #expect(text.error.hasPrefix("handover: the environment is not right: 3 problems"))
      let json = try Tool.run(Checkout.handover, ["check", "--json"], environment: wrong)
      let object = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: [String]]
      #expect(json.status == 1 && object?["problems"]?.count == 3)
      #expect(!(text.output + text.error + json.output + json.error).contains("geheim"))
      let right = try Tool.run(Checkout.handover, ["check"], environment: ["HANDOVER_DATA": data])
      #expect(right.status == 0 && right.output == "The environment is right.\n")
      #expect(!FileManager.default.fileExists(atPath: data))
    }

    @Test("doctor finds the server, nginx and a certificate that ends, and says nothing else")
    func doctor() throws {
      let site = try Site()
      try site.start()
      func findings() throws -> [String] {
        let result = try site.handover("doctor", "--json")
        let object =
          try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: [[String: String]]]
        let findings = try #require(object?["findings"])
        #expect((result.status == 0) == findings.isEmpty, "\(result.output)\(result.error)")
        // What the machine of the tests lacks is not ours.
        return findings.filter {
          $0["check"] != "space" && $0["check"] != "units" && $0["check"] != "sandbox"
        }
        .map { "\($0["check"] ?? "") \($0["message"] ?? "")" }
      }
      #expect(try findings() == ["backup no backup has ever been made"])
      let backups = try TemporaryFolder()
      let backup = try site.handover("backup", backups.path + "/")
      #expect(backup.succeeded, "\(backup.error)")
      #expect(try findings() == [])
      let mailed = try site.handover("doctor", "--mail", "maria@harbour.example")
      #expect(
        try site.letter("the test") { $0.text.contains("can send e-mail") }.text.contains(site.url),
        "\(mailed)")
      _ = try site.nginx?.stop()
      #expect(try findings().map { $0.prefix(26) } == ["nginx nobody answers at po"])
      #expect(try site.server?.stop() == 0)
      #expect(try findings().map { $0.prefix(26) } == ["socket the server doesn't "])
    }
  }
}
