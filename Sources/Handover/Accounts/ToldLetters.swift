import Mustache

/// To the address that an owner wants to be told of exports.
struct ToldConfirmation: Letter {
  static let name = "told_confirmation"
  static let lane = MailLane.link
  let to: Recipient
  let owner: User
  let token: String
  let expires: UnixTime
  /// The network address that asked for it.
  let from: String
  var replyTo: Recipient? { owner.answersTo }

  func values(_ context: LetterContext) -> Object {
    [
      "owner": owner.letterValue,
      "link": .text(context.addresses.told(token: token)), "until": context.moment(expires),
      "from": .text(from),
    ]
  }
}

/// To whoever was told of exports, or is from now on.
struct ToldChanged: Letter {
  static let name = "told_changed"
  static let lane = MailLane.account
  let to: Recipient
  let news: News
  let standing: Standing

  enum News: Sendable {
    case setting(by: String, from: Told, to: Told)
    /// An admin, of those who are told, has become a user.
    case noAdmin(by: String)
    case disabled(by: String)

    /// In a sentence or two.
    var sentence: String {
      switch self {
      case .setting(let name, let former, let told):
        "\(Wording.isolated(name)) changed who is told of exports, beside the owner. Until now: \(former.words). "
          + "From now on: \(told.words)."
      case .noAdmin(let name):
        "All admins are told of exports. \(Wording.isolated(name)) made you a user, so you no longer are."
      case .disabled(let name):
        "All admins are told of exports. \(Wording.isolated(name)) disabled your account, so you no longer are."
      }
    }
  }

  /// What the recipient is from now on.
  enum Standing: Sendable {
    case told
    case untold
    /// The owner, who is always told.
    case owner
  }

  func values(_ context: LetterContext) -> Object {
    [
      "sentence": .text(news.sentence), "changed": context.moment(context.now),
      "told": .bool(standing == .told), "untold": .bool(standing == .untold),
    ]
  }
}
