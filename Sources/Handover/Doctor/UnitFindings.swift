import Foundation

/// The units of systemd, where it runs and there are some.
extension Doctor {
  var names: UnitNames { UnitNames(of: configuration.cell) }

  /// Settings of the sandbox with one word as value.
  private static let sandbox = [
    "NoNewPrivileges", "ProtectSystem", "ProtectHome", "PrivateTmp", "PrivateDevices", "PrivateUsers",
    "PrivateNetwork",
    "PrivateIPC", "ProtectHostname", "ProtectClock", "ProtectKernelTunables", "ProtectKernelModules",
    "ProtectKernelLogs", "ProtectControlGroups", "ProtectProc", "ProcSubset", "RestrictRealtime",
    "RestrictSUIDSGID",
    "LockPersonality", "MemoryDenyWriteExecute",
  ]

  /// - Parameter isBackupKnown: whether it was told that there is something with the backup.
  func unitFindings(_ units: [String: [String: String]], isBackupKnown: Bool) -> [Finding] {
    guard units[names.service] != nil else { return [] }
    let masked = units.filter { $0.key.hasPrefix("handover") && isMasked($0.value) }.keys.sorted().map {
      Finding(
        .units, "\($0) is masked, so it never starts", "run systemctl unmask \($0), then enable and start it")
    }
    let stale = units.contains { $0.value["NeedDaemonReload"] == "yes" }
    let known = units.filter { !isMasked($0.value) }
    return masked + enabledFindings(known) + stateFindings(known, isBackupKnown) + timerFindings(known)
      + (known[names.service].map(restartFindings) ?? [])
      + (known[names.service].map(sandboxFindings) ?? [])
      + (stale
        ? [Finding(.units, "a unit has changed, and systemd has not read it", "run systemctl daemon-reload")]
        : [])
  }

  private func isMasked(_ unit: [String: String]) -> Bool {
    unit["LoadState"] == "masked" || unit["UnitFileState"]?.hasPrefix("masked") == true
  }

  /// What systemd says of each unit that there is.
  func unitStates() -> [String: [String: String]] {
    guard machine.isBooted, let output = machine.units() else { return [:] }
    var units: [String: [String: String]] = [:]
    for block in output.components(separatedBy: "\n\n") {
      let values = block.split(separator: "\n").compactMap { line -> (String, String)? in
        guard let equals = line.firstIndex(of: "=") else { return nil }
        return (String(line[..<equals]), String(line[equals...].dropFirst()))
      }
      let unit = Dictionary(values) { first, _ in first }
      if let id = unit["Id"], unit["LoadState"] != "not-found" { units[id] = unit }
    }
    return units
  }

  /// - Parameter units: those that are not masked.
  private func enabledFindings(_ units: [String: [String: String]]) -> [Finding] {
    func isEnabled(_ name: String) -> Bool { units[name]?["UnitFileState"]?.hasPrefix("enabled") == true }
    let mail = configuration.mail == .maildir(machine.spool) ? ["handover-mail.path"] : []
    var lacking = (names.timers + mail).filter { units[$0] != nil && !isEnabled($0) }
    // Somebody may start another nginx.
    lacking += ["nginx.service"].filter { units[$0]?["ActiveState"] == "active" && !isEnabled($0) }
    if configuration.mail == .maildir(machine.spool) {
      lacking += Self.mailServers.filter { units[$0]?["UnitFileState"] == "disabled" }
    }
    // Either starts the other.
    let serving = [names.socket, names.service].filter { units[$0] != nil }
    if let first = serving.first, !serving.contains(where: isEnabled) { lacking.insert(first, at: 0) }
    return lacking.map {
      Finding(.units, "\($0) doesn't start with the machine", "run systemctl enable --now \($0)")
    }
  }

  private func stateFindings(_ units: [String: [String: String]], _ isBackupKnown: Bool) -> [Finding] {
    names.all.filter { $0.hasPrefix("handover") }.compactMap { name in
      let unit = units[name]
      if unit?["ActiveState"] == "failed" {
        // Its own note says why.
        if isBackupKnown, name == names.service(.backup) { return nil }
        if (try? OperationState.read(.drill, in: data))?.isOK == false, name == names.service(.drill) {
          return nil
        }
        return Finding(.units, "\(name) has failed", "run systemctl status \(name)")
      }
      let mustBeActive =
        names.timers.contains(name) || name == names.socket || name == "handover-mail.path"
      guard mustBeActive, let state = unit?["ActiveState"], state == "inactive",
        unit?["UnitFileState"]?.hasPrefix("enabled") == true
      else { return nil }
      return Finding(.units, "\(name) is enabled and not active", "run systemctl start \(name)")
    }
  }

  /// A timer that leaves a night out.
  private func timerFindings(_ units: [String: [String: String]]) -> [Finding] {
    names.timers.compactMap { name in
      let remedy = "mend its times, which systemctl cat \(name) shows, and run systemctl restart \(name)"
      switch units[name]?["SubState"] {
      case "elapsed": return Finding(.units, "\(name) never runs again", remedy)
      // While its service runs there is no next time.
      case "waiting":
        guard let next = Self.time(units[name]?["NextElapseUSecRealtime"]), next - now > Self.longestPause
        else { return nil }
        return Finding(.units, "\(name) does not run before \(next.iso8601)", remedy)
      default: return nil
      }
    }
  }

  /// A server that ends and is started again answers whenever somebody looks.
  private func restartFindings(_ service: [String: String]) -> [Finding] {
    guard service["ActiveState"] == "active", let count = Int(service["NRestarts"] ?? ""), count > 0,
      let started = Self.time(service["ExecMainStartTimestamp"]), now - started < .days(1)
    else { return [] }
    return [
      Finding(
        .units,
        "the server has ended by itself and was started again, \(Wording.plural(count, "time")), "
          + "the last at \(started.iso8601)",
        "look why: journalctl --unit=\(names.service)")
    ]
  }

  /// As systemctl writes it in UTC, `Sun 2026-11-29 01:41:13 UTC`; nil where there is none.
  static func time(_ text: String?) -> UnixTime? {
    let words = text?.split(separator: " ") ?? []
    guard words.count == 4, words[3] == "UTC" else { return nil }
    return try? UnixTime(iso8601: "\(words[1])T\(words[2])Z")
  }

  /// What the package's unit says, and a drop-in takes back.
  private func sandboxFindings(_ service: [String: String]) -> [Finding] {
    guard let path = service["FragmentPath"], let drops = service["DropInPaths"], !drops.isEmpty,
      let text = try? String(contentsOfFile: path, encoding: .utf8)
    else { return [] }
    // Those of the package's examples that open the network are the operator's choice.
    let opens = drops.split(separator: " ").contains { path in
      ["storage.conf", "hosts.conf"].contains((String(path) as NSString).lastPathComponent)
    }
    let loosened = Self.sandbox.filter { name in
      if opens, name == "PrivateNetwork" { return false }
      guard let line = text.split(separator: "\n").last(where: { $0.hasPrefix("\(name)=") }),
        let value = service[name]
      else { return false }
      return Self.word(String(line.dropFirst(name.count + 1))) != Self.word(value)
    }
    if loosened.isEmpty { return [] }
    return [
      Finding(
        .sandbox,
        "\(drops) takes back what protects this machine from the server: \(loosened.joined(separator: ", "))",
        "remove it, and run systemctl daemon-reload")
    ]
  }

  private static func word(_ value: String) -> String {
    ["true", "on", "1"].contains(value.lowercased()) ? "yes" : value.lowercased()
  }
}
