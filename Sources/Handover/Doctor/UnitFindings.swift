import Foundation

/// The units of systemd, where it runs and there are some.
extension Doctor {
  private static let timers = ["handover-backup.timer", "handover-drill.timer"]
  static let units =
    ["handover.service", "handover.socket", "handover-mail.path", "handover-mail.service"]
    + timers.flatMap { [$0, $0.replacing(".timer", with: ".service")] }

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
  func unitFindings(isBackupKnown: Bool) -> [Finding] {
    guard machine.isBooted, let output = machine.units() else { return [] }
    var units: [String: [String: String]] = [:]
    for block in output.components(separatedBy: "\n\n") {
      let values = block.split(separator: "\n").compactMap { line -> (String, String)? in
        guard let equals = line.firstIndex(of: "=") else { return nil }
        return (String(line[..<equals]), String(line[equals...].dropFirst()))
      }
      let unit = Dictionary(values) { first, _ in first }
      if let id = unit["Id"], unit["LoadState"] != "not-found" { units[id] = unit }
    }
    guard let service = units["handover.service"] else { return [] }
    return enabledFindings(units) + stateFindings(units, isBackupKnown) + sandboxFindings(service)
  }

  private func enabledFindings(_ units: [String: [String: String]]) -> [Finding] {
    func isEnabled(_ name: String) -> Bool { units[name]?["UnitFileState"]?.hasPrefix("enabled") == true }
    var lacking = Self.timers.filter { units[$0] != nil && !isEnabled($0) }
    if !isEnabled("handover.socket"), !isEnabled("handover.service") {
      lacking.insert(units["handover.socket"] == nil ? "handover.service" : "handover.socket", at: 0)
    }
    return lacking.map {
      Finding(.units, "\($0) doesn't start with the machine", "run systemctl enable --now \($0)")
    }
  }

  private func stateFindings(_ units: [String: [String: String]], _ isBackupKnown: Bool) -> [Finding] {
    Self.units.compactMap { name in
      let unit = units[name]
      if unit?["ActiveState"] == "failed" {
        // Its own note says why.
        if isBackupKnown, name == "handover-backup.service" { return nil }
        if (try? OperationState.read(.drill, in: data))?.isOK == false, name == "handover-drill.service" {
          return nil
        }
        return Finding(.units, "\(name) has failed", "run systemctl status \(name)")
      }
      let mustBeActive =
        Self.timers.contains(name) || name == "handover.socket" || name == "handover-mail.path"
      guard mustBeActive, let state = unit?["ActiveState"], state == "inactive",
        unit?["UnitFileState"]?.hasPrefix("enabled") == true
      else { return nil }
      return Finding(.units, "\(name) is enabled and not active", "run systemctl start \(name)")
    }
  }

  /// What the package's unit says, and a drop-in takes back.
  private func sandboxFindings(_ service: [String: String]) -> [Finding] {
    guard let path = service["FragmentPath"], let drops = service["DropInPaths"], !drops.isEmpty,
      let text = try? String(contentsOfFile: path, encoding: .utf8)
    else { return [] }
    let loosened = Self.sandbox.filter { name in
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
