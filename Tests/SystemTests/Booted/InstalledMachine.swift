import Foundation
import TestSupport

/// The program in a booted machine, with its units, users and folders where the package puts them, and nginx before it.
final class InstalledMachine {
  let machine: BootedMachine

  /// In lines of `NAME=VALUE`.
  static let settings = """
    HANDOVER_DATA=/var/lib/handover
    HANDOVER_URL=http://localhost:8080
    HANDOVER_MAIL=maildir:/var/lib/handover/mail
    """

  static let file = "/etc/handover/handover.conf"
  static let address = "http://localhost:8080"

  init() throws {
    let library = "/usr/lib/handover"
    machine = try BootedMachine(showing: [
      "\(Checkout.handover):\(library)/handover", "\(Repository.path)/Templates:\(library)/Templates",
      "\(Repository.path)/Public:\(library)/Public", "\(Repository.path)/Scripts:\(library)/Scripts",
      "\(Repository.path)/nginx.conf:\(library)/nginx.conf",
      "\(Repository.path)/debian:/usr/share/handover-debian",
      "\(Litestream.program):/usr/lib/litestream",
    ])
    try machine.must(
      """
      cd /usr/share/handover-debian
      cp *.socket *.service *.timer /usr/lib/systemd/system/
      cp -r *@.*.d /usr/lib/systemd/system/
      cp handover.sysusers /usr/lib/sysusers.d/handover.conf
      cp handover.tmpfiles /usr/lib/tmpfiles.d/handover.conf
      ln -s \(library)/handover /usr/bin/handover
      systemd-sysusers && systemd-tmpfiles --create handover.conf
      """)
    try machine.write(Self.settings, to: Self.file)
    try machine.must("systemctl daemon-reload && systemctl enable --now handover.socket")
  }

  /// nginx as it is for everybody, but for the socket, which is systemd's.
  func startNginx() throws {
    let filled = try Tool.run(
      Checkout.site, environment: ["PORT": "8080", "HANDOVER_DATA": "/var/lib/handover"])
    guard filled.succeeded else { throw HarnessError("Scripts/site: \(filled.error)") }
    let text = filled.output.replacing("/var/lib/handover/handover.sock", with: "/run/handover/handover.sock")
      .replacing("\(Repository.path)/Public", with: "/usr/lib/handover/Public")
    try machine.write(text, to: "/srv/nginx/nginx.conf")
    try machine.must(
      """
      mkdir -p /srv/nginx/temporary
      systemd-run --quiet --unit=site nginx -e stderr -p /srv/nginx/ -c nginx.conf -g 'daemon off; user www-data;'
      """)
    try eventually("nginx listens") {
      try machine.run("curl -s -o /dev/null \(Self.address)/css/none.css").succeeded
    }
  }

  /// The number of the process that serves.
  func serving() throws -> String { try machine.property("MainPID", of: "handover.service") }

  /// What the service has said.
  var log: String { (try? machine.journal(of: "handover.service")) ?? "" }

  /// Puts lines into a drop-in of the service.
  func adapt(_ lines: String) throws {
    try machine.write(lines, to: "/etc/systemd/system/handover.service.d/test.conf")
    try machine.must("systemctl daemon-reload")
  }

  /// Asks for a page that looks into the database, as many times as it can meanwhile, on 16 connections.
  /// - Returns: how many were answered, and wrk's words where one wasn't, or was with another status than 200.
  func load(for seconds: Int, _ meanwhile: () throws -> Void) throws -> (answered: Int, failed: String?) {
    try machine.must(
      """
      systemd-run --quiet --unit=load --property=RemainAfterExit=yes \
        wrk -t 2 -c 16 -d \(seconds)s --timeout 60s \(Self.address)/login
      """)
    try meanwhile()
    try eventually("the load ends", within: .seconds(seconds + 60)) {
      try machine.property("SubState", of: "load.service") != "running"
    }
    let words = try machine.journal(of: "load.service")
    try machine.must(
      "systemctl stop load.service; journalctl --rotate; journalctl --vacuum-time=1s -u load || true")
    guard let answered = words.firstMatch(of: /(\d+) requests in/).flatMap({ Int($0.output.1) }) else {
      throw HarnessError("no figures of wrk: \(words)")
    }
    return (answered, words.contains("Socket errors") || words.contains("Non-2xx") ? words : nil)
  }
}
