import SQLite

/// How urgent a mail is. The mails of a lane keep those of the others waiting in no way.
///
/// Databases hold the raw values.
enum MailLane: Int, CaseIterable, Sendable, Bindable, ColumnValue {
  /// Somebody sits in front of the screen and waits for its link.
  case link = 0
  /// Invitations, and what a user's account tells its user.
  case account = 1
  /// What exports report.
  case report = 2

  /// How long a mail may be in work while another one of its lane finds no place.
  var patience: Duration {
    switch self {
    case .link: .seconds(2)
    case .account: .seconds(10)
    case .report: .seconds(20)
    }
  }
}
