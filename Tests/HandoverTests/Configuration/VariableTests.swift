import Foundation
import Mail
import TestSupport
import Testing

@testable import Handover

@Suite("The environment variables")
struct VariableTests {
  /// With UPDATE_DOCUMENTATION=1 the test writes the table instead of comparing it.
  @Test("Documentation/Operations.md has them as they are declared")
  func documented() throws {
    let path = URL(filePath: Repository.path + "/Documentation/Operations.md")
    let text = try String(contentsOf: path, encoding: .utf8)
    let start = try #require(text.range(of: "<!-- variables -->\n"))
    let end = try #require(text.range(of: "<!-- /variables -->"))
    let declared =
      "\n| Variable | Default | Meaning |\n|---|---|---|\n"
      + Variable.all.map { "| `\($0.name)` | \(standard(of: $0)) | \($0.meaning) |\n" }.joined() + "\n"
    if ProcessInfo.processInfo.environment["UPDATE_DOCUMENTATION"] == "1" {
      try (text[..<start.upperBound] + declared + text[end.lowerBound...])
        .write(to: path, atomically: true, encoding: .utf8)
    } else {
      #expect(text[start.upperBound..<end.lowerBound] == declared)
    }
  }

  @Test("Those that the program names anywhere are declared, and those of its scripts")
  func complete() throws {
    let declared = Set(Variable.all.map(\.name))
    #expect(declared.count == Variable.all.count)
    for folder in ["Sources", "Templates", "nginx.conf", "Scripts/site", "Scripts/run"] {
      for file in try files(of: Repository.path + "/" + folder) {
        let text = try String(contentsOfFile: file, encoding: .utf8)
        for match in text.matches(of: /HANDOVER_[A-Z_]+/) {
          #expect(declared.contains(String(match.output)), "\(file)")
        }
      }
    }
  }

  @Test("Without any, each has the default that the lists show")
  func defaults() throws {
    let configuration = try Configuration(environment: [:], workingDirectory: "/srv", cores: 3)
    #expect(configuration.data.path == "/srv/var")
    #expect(configuration.group == nil)
    #expect(configuration.url.origin == "http://localhost:8080")
    #expect(configuration.mail == .maildir("/srv/var/mail"))
    #expect(configuration.mailFrom == Address("Handover <handover@localhost>"))
    #expect(configuration.operatorAddress == nil)
    #expect(configuration.exportsAtOnce == 4 && configuration.exportsPerDay == 100)
    #expect(configuration.threads == 3 && configuration.requestThreads == 16)
    #expect(configuration.compression == 4 && configuration.logLevel == .info)
    #expect(configuration.aggregator == nil && configuration.supportURL == nil)
    #expect(configuration.breached == nil && configuration.documentsGiB == 0)
    #expect(configuration.dropboxApp == nil && configuration.googleApp == nil)
  }

  @Test(
    "The networks of proxies are addresses and prefixes without further bits",
    arguments: [
      ("10.0.0.0/8", true), ("192.0.2.1", true), ("10.0.0.0/8, 192.0.2.1\t::1", true), (" , ", true),
      ("2001:db8::/32", true), ("fe80::/10", true), ("::1", true), ("1:2:3:4:5:6:7:8/128", true),
      ("10.0.0.1/8", false), ("0.0.0.0/0", false), ("::/0", false), ("1.2.3.4/33", false),
      ("1.2.3.4/", false),
      ("1.2.3.4/08", false), ("1.2.3.4/+8", false), ("256.1.1.1", false), ("1.2.3", false),
      ("01.2.3.4", false),
      ("1::2::3", false), ("2001:db8::1/64", false), ("fe80::1%eth0", false), ("::ffff:1.2.3.4", false),
      ("*", false), ("unix:", false), ("10.0.0.0/8;", false), ("proxy.example.com", false),
      ("10.0.0.0/8/8", false),
    ])
  func proxies(text: String, isRight: Bool) throws {
    let environment = ["HANDOVER_PROXIES": text]
    if isRight {
      _ = try Configuration(environment: environment, workingDirectory: "/", cores: 1)
    } else {
      #expect(throws: HandoverError.self) {
        try Configuration(environment: environment, workingDirectory: "/", cores: 1)
      }
    }
    // nginx gets them by a script, which has to agree.
    let site = try Tool.run(Repository.appending("Scripts/site").path, environment: environment)
    #expect(site.succeeded == isRight, "\(site.error)")
  }

  @Test(
    "Several hosts need a directory, an address and certificates, and cells",
    arguments: [
      (["HANDOVER_HOST": ""], "HANDOVER_DIRECTORY is set, and HANDOVER_HOST is not"),
      (["HANDOVER_DIRECTORY": ""], "HANDOVER_HOST is set, and HANDOVER_DIRECTORY is not"),
      (["HANDOVER_CELL": ""], "it is cells that are on several hosts"),
      (["HANDOVER_HOST": "host1:8443"], "must be an address, not a name"),
      (["HANDOVER_DIRECTORY": "10.0.0.1:2379"], "must be addresses such as https://10.0.0.1:2379"),
      (["HANDOVER_HOST_CERTIFICATES": "/nowhere"], "/nowhere/ca.crt can't be read"),
      (["HANDOVER_STORE": "handover"], "must be rclone's name of a storage and a path there"),
      (
        ["HANDOVER_STORE_CONFIG": "/nowhere"],
        "/nowhere can't be read, in which rclone finds 'store:handover'"
      ),
      (
        ["HANDOVER_DIRECTORY": "", "HANDOVER_HOST": ""],
        "HANDOVER_STORE is set, and HANDOVER_DIRECTORY is not"
      ),
    ])
  func hosts(change: [String: String], says: String) throws {
    let folder = try TemporaryFolder()
    for name in ["ca.crt", "host.crt", "host.key"] { try Data().write(to: folder.appending(name)) }
    let right = [
      "HANDOVER_CELL": "a:1", "HANDOVER_DATA": "/srv/a", "HANDOVER_HOST": "[fd00::1]:8443",
      "HANDOVER_DIRECTORY": "https://10.0.0.1:2379,https://[fd00::2]:2379",
      "HANDOVER_HOST_CERTIFICATES": folder.path, "HANDOVER_STORE": "store:handover",
      "HANDOVER_STORE_CONFIG": folder.file("ca.crt"),
    ]
    let place = try Configuration(environment: right, workingDirectory: "/", cores: 1).directory
    #expect(place?.addresses.count == 2 && place?.identity.key == folder.path + "/host.key")
    #expect(place?.store?.root == "store:handover")
    let error = #expect(throws: HandoverError.self) {
      try Configuration(environment: right.merging(change) { $1 }, workingDirectory: "/", cores: 1)
    }
    #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
  }

  @Test("A default follows the variable that it names")
  func following() throws {
    let configuration = try Configuration(
      environment: ["PORT": "8081", "HANDOVER_DATA": "here"], workingDirectory: "/srv", cores: 1000)
    #expect(configuration.url.origin == "http://localhost:8081")
    #expect(configuration.mail == .maildir("/srv/here/mail"))
    #expect(configuration.threads == 256)
  }

  /// As it is typed, but for the words that stand for no text.
  private func standard(of variable: Variable) -> String {
    ["none", "empty", "cores"].contains(variable.standard) ? variable.standard : "`\(variable.standard)`"
  }

  /// The file, or all files below the folder.
  private func files(of path: String) throws -> [String] {
    let below = FileManager.default.enumerator(atPath: path)?.compactMap { $0 as? String } ?? []
    if below.isEmpty { return [path] }
    return below.map { path + "/" + $0 }.filter { $0.hasSuffix(".swift") || $0.hasSuffix(".mustache") }
  }
}
