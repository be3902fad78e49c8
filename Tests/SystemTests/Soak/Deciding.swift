import System
import TestSupport

// What an owner does with exports, and what the others ask for.

extension Visitor {
  func decide() throws {
    guard has(.forms) else { return try read() }
    let stories = office.stories
    let completed = stories.filter { $0.state() == .completed }
    // As many files as the small disk has room for.
    if completed.count > 12, let story = any(of: completed) { return try revoke(story) }
    switch Int.random(in: 0..<44, using: &random) {
    case 0..<14: try askForExport()
    case 14..<17: try pressTwice()
    case 17..<22:
      if let story = any(of: stories.filter { $0.state().isOpen }) {
        try cancel(story)
      } else {
        try askForExport()
      }
    case 22..<25: if let story = any(of: completed) { try revoke(story) }
    case 25..<28: if let story = any(of: stories) { try retry(story) }
    case 28: if let story = any(of: stories) { try chance(0.5) ? cancel(story) : revoke(story) }
    case 29: try touchAnothers()
    case 30: try decline()
    case 31: if chance(0.2) { try transferOwnership() }
    case 32: try renameOffice()
    case 33..<36: try manage()
    case 36..<39: handOn()
    case 39: takeBack()
    default: readExports()
    }
  }

  private static let list = "/settings/export"

  private func scope() -> (name: String, fields: [(String, String)]) {
    if chance(0.4) { return ("organisation", [("scope", "organisation")]) }
    let id = any(of: office.people)?.id ?? "U-1"
    return (id, [("scope", "user"), ("user_id", id)])
  }

  /// Whether one of this scope may have waited or run while this was asked for.
  private func mayBeOpen(_ scope: String, in window: Window) -> Bool {
    office.stories.contains { $0.scope == scope && $0.mayBeOpen(at: window.from) }
  }

  private func askForExport() throws {
    let (scope, fields) = scope()
    try changing {
      let reply = post(Self.list, fields, .owner) { _, window in
        mayBeOpen(scope, in: window) ? [.status(303), .status(409)] : [.status(303)]
      }
      try settle([reply], of: scope)
    }
  }

  /// A double click: one of both gets through, or the first was done before the second came.
  private func pressTwice() throws {
    let (scope, fields) = scope()
    try changing {
      let replies = twice(Self.list, fields, .owner, 303, 409)
      try settle(replies, of: scope)
    }
  }

  /// Finds what was asked for: each accepted one is a row, and nothing else is.
  private func settle(_ replies: [Reply], of scope: String) throws {
    let accepted = replies.count { $0.came(303) }
    let undecided = replies.count { !$0.isDecided }
    if accepted == 0, undecided == 0 { return }
    // What waited or ran before of this scope has ended, or this would have been refused.
    if accepted > 0 {
      for story in office.stories where story.scope == scope { office.change(story.id) { $0.becomes(.over) } }
    }
    let ids = try soak.look(
      "SELECT id FROM export WHERE organisation_id = \(office.number) AND coalesce('U-' || subject_id, scope) = '\(scope)'"
    )
    let new = ids.filter { office.story($0)?.scope == nil }
    if new.count < accepted || new.count > accepted + undecided {
      soak.judge.complain(
        "\(accepted) exports of \(scope) were accepted, \(undecided) undecided, and \(new.count) are there")
    }
    office.with { state in
      for id in new {
        state.stories[id, default: Story(id)].scope = scope
      }
    }
    for _ in new { soak.judge.count("asked for") }
  }

  private func cancel(_ story: Story) throws {
    try act("cancel", on: story, leadingTo: .cancelled) { now, moment in
      now.mayBeOpen(at: moment) ? [303, 409] : [409]
    }
  }

  private func revoke(_ story: Story) throws {
    try act("revoke", on: story, leadingTo: .revoked) { now, moment in
      let state = now.state(at: moment)
      return state == .completed ? [303] : state == .over || now.mayBeOpen(at: moment) ? [303, 409] : [409]
    }
  }

  private func retry(_ story: Story) throws {
    try act("retry", on: story, leadingTo: .queued) { now, moment in
      // Where it failed, another one of its scope may wait or run.
      let state = now.state(at: moment)
      return state == .failed || state == .over || state.isOpen ? [303, 409] : [409]
    }
  }

  private func act(
    _ verb: String, on story: Story, leadingTo state: Story.State,
    allowed: (Story, ContinuousClock.Instant) -> Set<Int>
  ) throws {
    try changing {
      let before = office.story(story.id) ?? story
      office.change(story.id) { $0.mayBecome([state]) }
      let reply = post("\(Self.list)/\(story.id)/\(verb)", as: "\(Self.list)/…/\(verb)", .owner) {
        _, window in
        Set(allowed(office.story(story.id) ?? before, window.from).map(Come.status))
      }
      if reply.came(409) { judge(reply) }
      let status =
        reply.isDecided
        ? reply.came(303) ? state : nil
        : try soak.look("SELECT status FROM export WHERE id = '\(story.id)'").first.flatMap(Story.State.init)
      office.change(story.id) {
        switch (state, status) {
        case (.queued, .queued?) where reply.came(303): $0.isRetried()
        // Whether it was retried does not show any more.
        case (.queued, _?): if before.state() == .failed { $0.isRetried() }
        case (_, state?): $0.becomes(state)
        default:
          if !before.mayHaveBecome(state) { $0.didNotBecome([state]) }
          if let status { $0.becomes(status) }
        }
      }
      if reply.came(303) { soak.judge.count(verb) }
    }
  }

  /// Another organisation's export, which is not found whatever its state.
  private func touchAnothers() throws {
    guard let other = any(of: soak.offices.filter { $0 !== office }), let story = any(of: other.stories)
    else { return }
    let verb = any(of: ["cancel", "retry", "revoke"]) ?? "cancel"
    _ = post("\(Self.list)/\(story.id)/\(verb)", as: "\(Self.list)/…/\(verb), of another", .owner, 404)
  }

  // MARK: - Handing over

  /// Hands a completed export to one of the office, who may be disabled, or the owner, by then; twice at times.
  private func handOn() {
    for _ in 0...(chance(0.3) ? 1 : 0) {
      hand("hand", count: "handed over", or: [.status(409), .status(422)])
    }
  }

  private func takeBack() { hand("take-back", count: "taken back", or: []) }

  private func hand(_ verb: String, count: String, or others: Set<Come>) {
    guard let story = any(of: office.stories.filter { $0.state() == .completed }),
      let recipient = any(of: office.people)
    else { return }
    let path = "\(Self.list)/\(story.id)/\(verb)"
    let reply = post(path, [("user_id", recipient.id)], as: "\(Self.list)/…/\(verb)", .owner) { _, _ in
      others.union([.status(303)])
    }
    if reply.came(303) { soak.judge.count(count) }
  }

  // MARK: - Asking the owner

  func askOwner() throws {
    guard has(.forms) else { return }
    try changing {
      let hasAsked = me.with { $0.hasAsked.value }
      let fields = [("message", "\(office.marker), please")]
      let reply = post("\(Self.list)/ask", fields, .notOwner, hasAsked ? 429 : 303)
      if reply.came(303) { soak.judge.count("asked the owner") }
      if reply.isDecided ? reply.came(303) : try isRequestThere() { me.with { $0.hasAsked.becomes(true) } }
    }
  }

  private func isRequestThere() throws -> Bool {
    try soak.lookForNumber(
      "SELECT count(*) FROM owner_request WHERE organisation_id = \(office.number) AND user_id = \(me.id.dropFirst(2))"
    ) > 0
  }

  private func decline() throws {
    let page = get(Self.list, .signedIn, 200)
    guard let action = any(of: page.body.texts(between: "href=\"/settings/export/ask/", and: "/decline\""))
    else { return }
    _ = post("\(Self.list)/ask/\(action)/decline", as: "\(Self.list)/ask/…/decline", .owner, 303)
    soak.judge.count("declined")
  }
}
