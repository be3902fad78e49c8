/// What systemd's units of an installation are called; those of a cell are instances: `handover@a.service`.
struct UnitNames: Sendable {
  private let instance: String

  init(of cell: CellID?) { instance = cell.map { "@\($0.name)" } ?? "" }

  var service: String { "handover\(instance).service" }
  var litestream: String { "handover-litestream\(instance).service" }
  var socket: String { "handover\(instance).socket" }
  func service(_ kind: OperationState.Kind) -> String { "handover-\(kind)\(instance).service" }
  func timer(_ kind: OperationState.Kind) -> String { "handover-\(kind)\(instance).timer" }
  var timers: [String] { [timer(.backup), timer(.drill)] }

  /// All that are looked at.
  var all: [String] {
    [service, socket, "handover-mail.path", "handover-mail.service"]
      + [timer(.backup), service(.backup), timer(.drill), service(.drill)] + ["nginx.service"]
      + Doctor.mailServers
  }
}
