import Foundation
import TestSupport
import Testing

@testable import Handover

@Suite("The settings of an installed machine") struct SettingsTests {
  private func file(_ text: String) -> SettingsFile { SettingsFile(path: "/conf", bytes: Array(text.utf8)) }

  @Test("Values are read as systemd reads them")
  func values() {
    let file = file(
      """
      # A comment
      ; another one
        HANDOVER_DATA = /srv/data
      HANDOVER_AGGREGATOR="Group \\"A\\", 1 \\$ \\n" \t
      HANDOVER_MAIL_FROM='Handover <a@b.example> # "x"'
      HANDOVER_URL=https://one.example  # no comment
      HANDOVER_SUPPORT_URL=
      HANDOVER_LOG=a\\ b
      HTTPS_PROXY=http://proxy.example
      HANDOVER_THREADS=1
      HANDOVER_THREADS=2
      """)
    #expect(file.problems == [])
    #expect(
      file.values == [
        "HANDOVER_DATA": "/srv/data",
        "HANDOVER_AGGREGATOR": "Group \"A\", 1 $ \\n", "HANDOVER_MAIL_FROM": "Handover <a@b.example> # \"x\"",
        "HANDOVER_URL": "https://one.example  # no comment", "HANDOVER_SUPPORT_URL": "",
        "HANDOVER_LOG": "a b",
        "HTTPS_PROXY": "http://proxy.example", "HANDOVER_THREADS": "2",
      ])
    #expect(file.lines["HANDOVER_THREADS"] == 11)
  }

  @Test(
    "A line that is wrong is named",
    arguments: [
      ("HANDOVER_URL", "is not NAME=VALUE"), ("export HANDOVER_URL=x", "'export HANDOVER_URL'"), ("=x", "''"),
      ("HANDOVER_TREADS=1", "no variable HANDOVER_TREADS"), ("HANDOVER_URL=\"x", "not closed"),
      ("HANDOVER_URL='x' y", "stands behind it"), ("HANDOVER_URL=x\\", "not closed"), ("1A=x", "'1A'"),
      ("HANDOVER_LOG=\u{0}", "no text"),
    ])
  func wrong(line: String, problem: String) {
    let file = file("\n\(line)\n")
    #expect(file.problems.count == 1 && file.problems[0].hasPrefix("/conf, line 2: "), "\(file.problems)")
    #expect(file.problems.first?.contains(problem) == true, "\(file.problems)")
  }

  @Test("A cell's file says what differs from the other cells; its name chooses it")
  func cells() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(at: folder.appending("cells"), withIntermediateDirectories: false)
    try Data("HANDOVER_DATA=/srv\nHANDOVER_URL=https://x.example\nHANDOVER_LOG=debug\n".utf8)
      .write(to: folder.appending("handover.conf"))
    try Data("HANDOVER_CELL=b:2\nHANDOVER_DATA=/srv/cells/b\nHANDOVER_LOG=loud\n".utf8)
      .write(to: folder.appending("cells/b.conf"))
    func settings(_ environment: [String: String]) -> Settings {
      Settings(environment: environment, installed: folder.file("handover.conf"))
    }
    for name in ["b", "b:2"] {
      let values = settings(["HANDOVER_CELL": name]).values
      #expect(values["HANDOVER_CELL"] == "b:2" && values["HANDOVER_DATA"] == "/srv/cells/b")
      #expect(values["HANDOVER_URL"] == "https://x.example")
    }
    #expect(settings([:]).values["HANDOVER_DATA"] == "/srv")
    #expect(settings(["HANDOVER_CELL": "b"]).place(of: .log) == " (\(folder.file("cells/b.conf")), line 3)")
    #expect(
      settings(["HANDOVER_CELL": "c"]).problems
        == ["there is no \(folder.file("cells/c.conf")), which has to say what that cell is"])
    // The environment that names a data folder is complete.
    #expect(settings(["HANDOVER_CELL": "b:3", "HANDOVER_DATA": "/x/b"]).values["HANDOVER_CELL"] == "b:3")
  }

  @Test("All that is wrong is said at once, with the line of each, and it is the settings that are wrong")
  func all() throws {
    let folder = try TemporaryFolder()
    try Data("HANDOVER_DATA=/srv\nHANDOVER_THREADS=many\nnonsense\nHANDOVER_LOG=loud\n".utf8)
      .write(to: folder.appending("conf"))
    let settings = Settings(environment: ["HANDOVER_LOG": "x"], installed: folder.file("conf"))
    let error = #expect(throws: HandoverError.self) {
      try Configuration(settings, workingDirectory: "/", cores: 1)
    }
    #expect(error?.needsOperator == true)
    let path = folder.file("conf")
    for part in [
      "\(path), line 3: is not NAME=VALUE", "HANDOVER_THREADS is 'many', but must be", "(\(path), line 2)",
      "HANDOVER_LOG is 'x', but must be debug, info, warning or error",
    ] {
      #expect(error?.message.contains(part) == true, "\(error?.message ?? "")")
    }
    #expect(error?.message.contains("line 4") == false)
  }

  @Test("They count where the environment does not name the data folder, and the environment wins")
  func order() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("conf")
    #expect(Settings(environment: [:], installed: path).values == [:])
    try Data("HANDOVER_DATA=/srv\nHANDOVER_LOG=debug\n".utf8).write(to: folder.appending("conf"))
    let settings = Settings(environment: ["HANDOVER_LOG": "error", "HANDOVER_DATA": ""], installed: path)
    #expect(settings.values == ["HANDOVER_DATA": "/srv", "HANDOVER_LOG": "error"])
    let own = ["HANDOVER_DATA": "/own"]
    #expect(Settings(environment: own, installed: path).values == own)
    try Data("HANDOVER_LOG=debug\n".utf8).write(to: folder.appending("conf"))
    #expect(
      Settings(environment: [:], installed: path).problems.first?.contains("HANDOVER_DATA=FOLDER") == true)
  }

  @Test("What systemd says to the server is not passed on")
  func passedOn() {
    let own = ["HANDOVER_DATA": "/srv", "PATH": "/bin", "WATCHDOG": "a dog"]
    let systemd = [
      "LISTEN_PID": "1", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "a", "NOTIFY_SOCKET": "@a", "WATCHDOG_PID": "1",
      "WATCHDOG_USEC": "1",
    ]
    #expect(Settings(environment: own.merging(systemd) { $1 }).passedOn == own)
  }

  @Test("A folder that hands nginx's group on says that group, and what is right in it is left as it is")
  func readers() throws {
    let folder = try TemporaryFolder()
    let data = folder.file("data")
    let configuration = try Configuration(
      environment: ["HANDOVER_DATA": data], workingDirectory: "/", cores: 1)
    try configuration.data.prepare(group: configuration.readers)
    #expect(configuration.readers == nil)
    #expect(try mode(data) == 0o700 && mode(data + "/exports") == 0o700)
    #expect(unsafe chmod(data, 0o710) == 0 && chmod(data + "/exports", 0o2750) == 0)
    #expect(configuration.readers == getgid())
    try configuration.data.prepare(group: configuration.readers)
    #expect(try mode(data) == 0o710 && mode(data + "/exports") == 0o2750)
    let inner = data + "/exports/1"
    try makeFolder(inner, mode: 0o750, group: configuration.readers)
    #expect(try mode(inner) == 0o2750)
  }

  private func mode(_ path: String) throws -> mode_t {
    var status = stat()
    try #require(unsafe stat(path, &status) == 0)
    return status.st_mode & 0o7777
  }
}
