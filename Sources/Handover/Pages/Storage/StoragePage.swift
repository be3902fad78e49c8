import HTTP
import Mustache

/// Settings > Storage: the account that the organisation's documents are copied to, and how far they are.
enum StoragePage {
  static func show(_ visit: SignedIn) throws -> Response { try page(visit) }

  /// The fragment with which the page refreshes itself.
  static func status(_ visit: SignedIn) throws -> Response {
    try visit.page("pages/storage_status", ["link": view(visit).link])
  }

  static func linkDropbox(_ visit: SignedIn) throws -> Response { try link(.dropbox, visit) }

  static func linkGoogle(_ visit: SignedIn) throws -> Response { try link(.google, visit) }

  /// The provider's page is opened by a link on one of ours: what a form leads to must be on this site, also by a
  /// redirect (`form-action`).
  private static func link(_ provider: StorageProvider, _ visit: SignedIn) throws -> Response {
    switch try visit.storage.beginLink(provider, by: visit.session) {
    case .done(let address):
      return try visit.settingsPage(
        "pages/storage_leave", at: .storage,
        [
          "provider": .text(provider.name), "address": .text(address),
          "is_google": .bool(provider == .google),
        ])
    case .notOwner: throw Refusal.forbidden
    case .noApp:
      return try page(
        visit, status: .conflict,
        flash:
          "\(provider.name) can’t be linked yet: whoever runs this server has to register an app there first."
      )
    case .taken(let link):
      return try page(
        visit, status: .conflict, flash: "\(name: link.name) is linked already. Unlink it first.")
    }
  }

  static func dropboxCallback(_ visit: Visit) throws -> Response { try finish(.dropbox, visit) }

  static func googleCallback(_ visit: Visit) throws -> Response { try finish(.google, visit) }

  /// Where the provider sends the browser back to. Whoever isn't the one who went gets nothing, and reads so.
  private static func finish(_ provider: StorageProvider, _ visit: Visit) throws -> Response {
    guard visit.request.method == .get else { throw Refusal.methodNotAllowed([.get]) }
    let session = visit.session.flatMap { $0.mustSetUpTwoStep ? nil : $0 }
    let outcome = try visit.site.storage.finishLink(
      provider, state: visit.query["state"] ?? "",
      code: visit.query["error"] == nil ? visit.query["code"] : nil,
      in: session, from: visit.address)
    if case .wrong(let wrong) = outcome {
      throw Refusal(status: .forbidden, detail: wrong.sentence(provider, isSignedIn: session != nil))
    }
    guard let session else { throw Refusal.forbidden }
    let visit = SignedIn(visit: visit, session: session)
    switch outcome {
    case .wrong: throw Refusal.forbidden
    case .done(_, let isBack):
      return try back(visit, saying: isBack ? .storageLinkedAgain : .storageLinked)
    case .denied: return try back(visit, saying: .storageDenied)
    case .another(let link, let account):
      return try page(
        visit, status: .conflict,
        flash: """
          Nothing was linked: \(name: account) is another account than \(name: link.account), which is linked here, \
          and the two are never mixed. Choose \(name: link.account) there, or unlink it first.
          """)
    case .failed(let problem):
      return try page(
        visit, status: .serviceUnavailable, flash: "Nothing was linked. \(problem.reason)")
    }
  }

  /// To the page, and with nothing of the query: it has the state.
  private static func back(_ visit: SignedIn, saying notice: Notice) throws -> Response {
    try visit.visit.seeOther(Route.storage.path(), saying: notice)
  }

  static func askUnlink(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation.id
    guard let link = try visit.database.read({ try $0.storageLinks.current(of: organisation) }) else {
      return try answer(visit, .notLinked)
    }
    if !link.provider.isAccount { return try answer(visit, .operators(link)) }
    return try visit.ask(
      Question(
        title: "Unlink \(name: link.name)?",
        facts: [
          "What was copied stays there. Handover changes and deletes nothing in it.",
          "Documents that are not there yet aren’t copied any more, and the next export says so.",
          "Handover’s permission is taken back at \(link.provider.name).",
          "Link the same account again, and it goes on where it stopped.",
        ], action: Route.unlinkStorage.path(), button: "Unlink", back: Route.storage.path()), at: .storage)
  }

  static func unlink(_ visit: SignedIn) throws -> Response {
    try answer(visit, visit.storage.unlink(by: visit.user, from: visit.address), saying: .storageUnlinked)
  }

  /// All deals, or those alone that are switched on by themselves.
  static func setDeals(_ visit: SignedIn) throws -> Response {
    guard let isOn = isOn(visit.form["all"]) else {
      return try page(
        visit, status: .unprocessableContent, flash: "Choose whose documents are copied. Nothing was saved.")
    }
    return try answer(
      visit, visit.storage.setAllDeals(isOn, by: visit.user, from: visit.address), saying: .storageSaved)
  }

  static func retry(_ visit: SignedIn) throws -> Response {
    try answer(visit, visit.storage.retryAll(by: visit.user, from: visit.address))
  }

  /// A deal's own switch, from its page.
  static func setDeal(_ visit: SignedIn) throws -> Response {
    let deal: DealID = try visit.id()
    guard let isOn = isOn(visit.form["on"]) else {
      throw Refusal(status: .unprocessableContent, detail: "Choose whether its documents are copied.")
    }
    let outcome = try visit.storage.setDeal(deal, on: isOn, by: visit.user, from: visit.address)
    switch outcome {
    case .done, .asBefore:
      return try visit.visit.seeOther(
        Route.deal.path(deal.description), saying: isOn ? .dealOn : .dealOff, about: deal.description)
    default: return try answer(visit, outcome)
    }
  }

  /// Nil for neither.
  private static func isOn(_ text: String?) -> Bool? { ["yes": true, "no": false][text ?? ""] }

  private static func answer(
    _ visit: SignedIn, _ outcome: LinkedStorage.ChangeOutcome, saying notice: Notice? = nil
  ) throws -> Response {
    switch outcome {
    case .done, .asBefore:
      guard let notice else { return .seeOther(Route.storage.path()) }
      return try back(visit, saying: notice)
    case .notFound: throw Refusal.notFound
    case .notOwner: throw Refusal.forbidden
    case .notLinked: return try page(visit, status: .conflict, flash: "No storage is linked.")
    case .operators(let link):
      return try page(
        visit, status: .conflict,
        flash: "\(name: link.name) was linked by whoever runs this server, who can unlink it.")
    }
  }

  private static func page(_ visit: SignedIn, status: Status = .ok, flash: Sentence? = nil) throws -> Response
  {
    let view = try view(visit)
    return try visit.settingsPage(
      "pages/storage", at: .storage,
      [
        "link": view.link,
        "choices": .list(
          StorageProvider.ofOwners.filter { visit.storage.apps[$0] != nil }.map {
            ["provider_name": .text($0.name), "address": .text($0.linkRoute.path())]
          }),
        "has_app": .bool(!visit.storage.apps.isEmpty),
        "callbacks": .list(
          StorageProvider.ofOwners.map {
            ["provider_name": .text($0.name), "address": .text(visit.storage.callback($0))]
          }),
        "refresh": .bool(view.isRunning),
        "status_address": .text(Route.storageStatus.path()),
        "refresh_address": .text(Route.storage.path(asking: Form(["refresh": "1"]))),
      ], status: status, flash: flash.map { Flash(sentence: $0, isWrong: true) })
  }

  /// What the page shows of the link; nothing where there is none.
  private static func view(_ visit: SignedIn) throws -> (link: Value, isRunning: Bool) {
    let organisation = visit.organisation.id
    let (link, states, reasons, deals) = try visit.database.read { connection in
      let link = try connection.storageLinks.current(of: organisation)
      return (
        link, try connection.documents.states(of: organisation),
        try link.map { try connection.storageLinks.reasons($0.id) } ?? [],
        try link.map { try connection.storageFolders.count(in: $0.id) } ?? 0
      )
    }
    guard let link else { return (.null, false) }
    func count(_ states: DocumentState..., in all: [DocumentState: Int]) -> Int {
      states.reduce(0) { $0 + (all[$1] ?? 0) }
    }
    let there = count(.synced, .nameChanged, in: states)
    let waiting = count(.waiting, .syncing, in: states)
    let failed = count(.failed, in: states)
    let total = there + waiting + failed
    let isRunning = link.status == .linked && waiting > 0
    let value: Value = [
      "id": .text(link.id.rawValue),
      "status": .text(link.status.rawValue),
      "provider": .text(link.provider.name),
      "account": .text(link.account),
      "linked": visit.moment(link.linkedAt),
      "linked_by": Value(link.linkedBy?.name),
      "is_operators": .bool(!link.provider.isAccount),
      "signed_out": link.status == .signedOut
        ? [
          "reason": Value(link.reason),
          "again": !link.provider.isAccount || visit.storage.apps[link.provider] == nil
            ? .null : .text(link.provider.linkRoute.path()),
        ] : .null,
      "pause": link.status == .linked && link.notBefore > visit.now ? visit.moment(link.notBefore) : .null,
      "running": isRunning
        ? [
          "percent": .integer(total == 0 ? 0 : there * 100 / total),
          "waiting": .text(Wording.grouped(waiting)),
        ]
        : .null,
      "in_it": .text("\(Wording.grouped(there)) of \(Wording.plural(total, "document"))"),
      "none": .bool(total == 0),
      "counts": .list(
        [
          ("waiting", waiting), ("failed", failed), ("under another name", count(.nameChanged, in: states)),
          ("of deals that are switched off", count(.switchedOff, in: states)),
        ].filter { $0.1 > 0 }.map { ["word": .text($0.0), "count": .text(Wording.grouped($0.1))] }),
      "reasons": .list(
        reasons.map { ["reason": .text($0.reason), "count": .text(Wording.plural($0.count, "document"))] }),
      "retry": failed > 0 ? .text(Route.retryStorage.path()) : .null,
      "all_deals": .bool(link.copiesAllDeals),
      "deals_on": .text(Wording.plural(deals, "deal")),
    ]
    return (value, isRunning)
  }
}

extension StorageProvider {
  /// Of one at which owners link accounts of their own.
  fileprivate var linkRoute: Route { self == .google ? .linkGoogle : .linkDropbox }
}

extension LinkedStorage.WrongState {
  /// - Parameter isSignedIn: whether the browser is.
  fileprivate func sentence(_ provider: StorageProvider, isSignedIn: Bool) -> String {
    let nothing = "Nothing was linked."
    let again = "Open Settings > Storage, and link \(provider.name) again."
    return switch self {
    case _ where !isSignedIn:
      "\(nothing) You are signed out here, or came back with another browser than you went with. Sign in, then link again."
    case .unknown:
      "\(nothing) This way back from \(provider.name) is not one that Handover has given out. \(again)"
    case .used:
      "\(nothing) This way back from \(provider.name) was used already, or another one has taken its place. \(again)"
    case .late:
      "\(nothing) It took longer than \(Wording.duration(StorageState.lifetime)). \(again)"
    case .foreign:
      "\(nothing) Somebody else went to \(provider.name), or you in another session. \(again)"
    case .notOwner: "\(nothing) You no longer own the organisation, and only its owner links a storage."
    }
  }
}

extension SignedIn {
  /// What `partials/deal_storage` takes: a deal's own switch, for the owner where a storage is linked; else nothing.
  func dealStorage(of deal: DealID) throws -> Value {
    guard user.role == .owner else { return .null }
    let organisation = organisation.id
    let (link, isOn) = try database.read { connection in
      let link = try connection.storageLinks.current(of: organisation)
      return (link, try link.flatMap { try connection.storageFolders.find(deal, in: $0.id)?.isOn } ?? false)
    }
    guard let link else { return .null }
    return [
      "provider": .text(link.provider.name), "account": .text(link.account),
      "all_deals": .bool(link.copiesAllDeals), "on": .bool(isOn),
      "address": .text(Route.switchDeal.path(deal.description)),
    ]
  }

  /// What `layouts/settings` says above pages about documents: that they wait. Nothing where they don't.
  var storageBanner: Value {
    get throws {
      let organisation = organisation.id
      guard let link = try database.read({ try $0.storageLinks.current(of: organisation) }),
        link.status == .signedOut
      else { return .null }
      return [
        "provider": .text(link.provider.name), "account": .text(link.account),
        "address": user.role == .owner ? .text(Route.storage.path()) : .null,
      ]
    }
  }
}
