import Mustache

/// To the owner: the documents go to that account from now on. Who sees it and knows nothing of it acts at once.
struct StorageLinked: Letter {
  static let name = "storage_linked"
  static let lane = MailLane.account
  let to: Recipient
  let link: StorageLink
  /// Whether it goes on where it stopped.
  let isBack: Bool
  let by: String
  /// The network address; empty for the operator.
  let from: String

  func values(_ context: LetterContext) -> Object {
    [
      "link": link.value(context), "is_back": .bool(isBack), "by": .text(by),
      "from": from.isEmpty ? .null : .text(from),
    ]
  }
}

struct StorageUnlinked: Letter {
  static let name = "storage_unlinked"
  static let lane = MailLane.account
  let to: Recipient
  let link: StorageLink
  let by: String
  /// The network address; empty for the operator.
  let from: String

  func values(_ context: LetterContext) -> Object {
    ["link": link.value(context), "by": .text(by), "from": from.isEmpty ? .null : .text(from)]
  }
}

struct StorageSignedOut: Letter {
  static let name = "storage_signed_out"
  let to: Recipient
  let link: StorageLink
  /// A sentence that an owner understands.
  let reason: String

  func values(_ context: LetterContext) -> Object {
    ["link": link.value(context), "reason": .text(reason)]
  }
}

extension StorageLink {
  /// The values that every e-mail shows.
  func value(_ context: LetterContext) -> Value {
    [
      "provider": .text(provider.name), "account": .text(account), "now": context.moment(context.now),
      "is_operators": .bool(!provider.isAccount), "address": .text(context.addresses.storage),
    ]
  }
}
