import Foundation
import Secrets
import System
import TestSupport

/// Somebody at a browser, on a thread of their own: does one thing after the other, chosen by the seed, and holds each
/// answer against the model.
final class Visitor {
  let soak: Soak
  let office: Office
  let me: Member
  let client: Client
  var random: SeededGenerator
  /// Of the last page with a form.
  var token: String?
  /// The last download, and its bytes.
  var whole: (id: String, body: [UInt8])?
  /// Exports that this session has begun to download.
  var begun: Set<String> = []
  private var signedInAt = ContinuousClock.now
  private var paces: [Pace: [ContinuousClock.Instant]] = [:]

  /// What the server limits within a quarter of an hour. Visitors stay below: LimitsTests go beyond.
  enum Pace: Int {
    case forms = 270
    case downloads = 271
    case signIns = 14
    case failures = 4
  }

  init(_ me: Member, of office: Office, in soak: Soak, seed: UInt64) {
    self.soak = soak
    self.office = office
    self.me = me
    random = SeededGenerator(seed: seed)
    client = Client(port: soak.port)
    client.source = me.source
  }

  /// Until the soak is over.
  func live() {
    while !soak.isOver {
      do { try act() } catch { soak.judge.complain("\(me.email): \(error)") }
      usleep(UInt32.random(in: 20_000...400_000, using: &random))
    }
  }

  /// After half an hour the password would be asked for again.
  private var isOld: Bool { ContinuousClock.now - signedInAt > .seconds(1_200) }

  private func act() throws {
    guard me.isSignedIn else { return try signIn() }
    if chance(0.004) || isOld { return try signOut() }
    switch me.role {
    case .owner: try chance(0.4) ? decide() : chance(0.3) ? read() : fetch()
    case .admin: try chance(0.12) ? manage() : chance(0.7) ? read() : chance(0.5) ? fetch() : trespass()
    case .user:
      try chance(0.05)
        ? chance(0.5) ? askOwner() : rename() : chance(0.6) ? read() : chance(0.6) ? fetch() : trespass()
    }
  }

  // MARK: - One request

  struct Reply {
    let come: Come
    let answer: Answer?
    let window: Window
    /// Whether the model allows it: what came of the request is known.
    let isDecided: Bool

    var body: [UInt8] { answer?.body ?? [] }
    func came(_ status: Int) -> Bool { isDecided && come == .status(status) }
  }

  /// Who a route is for.
  enum Who { case anyone, signedIn, notOwner, manager, owner }

  func get(_ path: String, _ who: Who, _ allowed: Int...) -> Reply {
    request("GET", path, who, .reading) { _, _ in Set(allowed.map(Come.status)) }
  }

  /// Posts a form with the last page's token.
  func post(
    _ path: String, _ fields: [(String, String)] = [], as label: String? = nil, _ who: Who, _ allowed: Int...
  ) -> Reply {
    post(path, fields, as: label, who) { _, _ in Set(allowed.map(Come.status)) }
  }

  func post(
    _ path: String, _ fields: [(String, String)] = [], as label: String? = nil, _ who: Who,
    allowed: (Office.Role, Window) -> Set<Come>
  ) -> Reply {
    if token == nil { _ = get("/settings", .signedIn, 200) }
    keepPace(.forms)
    return request(
      "POST", path, fields: fields + [("csrf_token", token ?? "none")], as: label, who, .changing, allowed)
  }

  /// Sends it, and has the judge look at the answer.
  ///
  /// - Parameters:
  ///   - label: the path without its ids.
  ///   - allowed: what the model allows to one of this role, for the window of the request.
  func request(
    _ method: String, _ path: String, headers: [String: String] = [:], fields: [(String, String)] = [],
    as label: String? = nil, _ who: Who, _ sort: Sort, _ allowed: (Office.Role, Window) -> Set<Come>
  ) -> Reply {
    let from = ContinuousClock.now
    let answer =
      method == "POST" ? try? client.post(path, fields, headers) : try? client.send(method, path, headers)
    return weigh(answer, "\(method) \(label ?? path)", who, sort, in: Window(from: from, to: .now), allowed)
  }

  /// The same form, sent twice at once.
  func twice(_ path: String, _ fields: [(String, String)], _ who: Who, _ allowed: Int...) -> [Reply] {
    if token == nil { _ = get("/settings", .signedIn, 200) }
    let cookies = client.cookies.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: "; ")
    let (port, source, form) = (soak.port, me.source, fields + [("csrf_token", token ?? "none")])
    let answers = Locked<[Answer?]>([])
    let from = ContinuousClock.now
    let hands = (0..<2).map { _ in
      let hand = DispatchGroup()
      hand.enter()
      Foundation.Thread.detachNewThread {
        let client = Client(port: port)
        client.source = source
        let answer = try? client.post(path, form, ["Cookie": cookies])
        answers.withLock { $0.append(answer) }
        hand.leave()
      }
      keepPace(.forms)
      return hand
    }
    for hand in hands { hand.wait() }
    let window = Window(from: from, to: .now)
    return answers.withLock { $0 }.map {
      weigh($0, "POST \(path), twice", who, .changing, in: window) { _, _ in Set(allowed.map(Come.status)) }
    }
  }

  private func weigh(
    _ answer: Answer?, _ what: String, _ who: Who, _ sort: Sort, in window: Window,
    _ allowed: (Office.Role, Window) -> Set<Come>
  ) -> Reply {
    let come = Self.come(of: answer)
    let isDecided = soak.judge.allows(
      come, verdicts(who, in: window, allowed), sort, "\(what), \(me.email)", in: window)
    if let answer { look(at: answer, what) }
    if isDecided, come == .signIn { hasNoSession() }
    return Reply(come: come, answer: answer, window: window, isDecided: isDecided)
  }

  private static func come(of answer: Answer?) -> Come {
    guard let answer else { return .broken }
    let leadsToSignIn = answer.status == 303 && answer.location?.hasPrefix("/login") == true
    return answer.status == 401 || leadsToSignIn ? .signIn : .status(answer.status)
  }

  private func verdicts(_ who: Who, in window: Window, _ allowed: (Office.Role, Window) -> Set<Come>) -> Set<
    Come
  > {
    let (roles, isSignedIn, isActive) = me.with {
      ($0.role.values(in: window), $0.isSignedIn.values(in: window), $0.isActive.values(in: window))
    }
    if who == .anyone { return roles.reduce(into: []) { $0.formUnion(allowed($1, window)) } }
    var all: Set<Come> = []
    if isSignedIn.contains(false) || isActive.contains(false) { all.insert(.signIn) }
    guard isSignedIn.contains(true), isActive.contains(true) else { return all }
    for role in roles {
      let mayEnter =
        switch who {
        case .anyone, .signedIn: true
        case .notOwner: role != .owner
        case .manager: role != .user
        case .owner: role == .owner
        }
      all.formUnion(mayEnter ? allowed(role, window) : [.status(403)])
    }
    return all
  }

  /// Nothing of another organisation, wherever it stands; and the next form's token.
  private func look(at answer: Answer, _ what: String) {
    if answer.status == 503, answer["Retry-After"] == nil, !what.hasPrefix("GET /health") {
      soak.judge.complain("\(what): a 503 that says not when")
    }
    if answer["Content-Type"]?.hasPrefix("text/") == true {
      for other in soak.offices where other !== office && answer.body.holds(other.marker) {
        soak.judge.complain("\(what) shows \(me.email) something of \(other.marker)")
      }
      if let form = answer.body.texts(between: "name=\"csrf_token\" value=\"", and: "\"").first {
        token = form
      }
    }
  }

  // MARK: - Small things

  func chance(_ part: Double) -> Bool { Double.random(in: 0..<1, using: &random) < part }

  func any<Element>(of all: [Element]) -> Element? { all.randomElement(using: &random) }

  /// Whether one more is far enough from the server's limit.
  func has(_ pace: Pace) -> Bool {
    let before = ContinuousClock.now - .seconds(900)
    paces[pace, default: []].removeAll { $0 < before }
    return paces[pace, default: []].count < pace.rawValue
  }

  func keepPace(_ pace: Pace) { paces[pace, default: []].append(.now) }

  /// One change of the organisation is decided before the next begins.
  func changing(_ body: () throws -> Void) rethrows {
    try office.changing.withLock { if !soak.isOver { try body() } }
  }

  func hasNoSession() {
    me.with { $0.isSignedIn.becomes(false) }
    token = nil
    begun = []
  }
}

extension Visitor {
  // MARK: - In and out

  func signIn() throws {
    guard has(.signIns), has(.failures) else { return sleepABit() }
    // Whoever is disabled tries now and then.
    if !me.isActive, !chance(0.05) { return sleepABit() }
    changing {
      token = nil
      guard get("/login", .anyone, 200).isDecided, let token else { return }
      me.with { $0.isSignedIn.mayBecome(true) }
      let fields = [("email", me.email), ("password", me.password), ("csrf_token", token)]
      let reply = request("POST", "/login", fields: fields, .anyone, .changing) { _, window in
        Set(self.me.with { $0.isActive.values(in: window) }.map { .status($0 ? 303 : 422) })
      }
      keepPace(reply.came(422) ? .failures : .signIns)
      // Where no answer came there is no cookie either.
      me.with { $0.isSignedIn.becomes(reply.came(303)) }
      if reply.came(303) { soak.judge.count("signed in") }
      signedInAt = .now
      // The form was the visit's; those of the session have another token.
      self.token = nil
      begun = []
    }
  }

  private func sleepABit() { usleep(UInt32.random(in: 200_000...800_000, using: &random)) }

  private func signOut() throws {
    guard has(.signIns) else { return }
    try changing {
      me.with { $0.isSignedIn.mayBecome(false) }
      let reply = post("/logout", [], .signedIn) { _, _ in [.signIn] }
      // Without an answer the cookie may still be good.
      while !reply.isDecided, me.with({ $0.isSignedIn.isOpen }), !soak.isOver {
        _ = try soak.look("SELECT 1")
        if get("/settings", .signedIn, 200).came(200) { me.with { $0.isSignedIn.becomes(true) } }
      }
      soak.judge.count("signed out")
    }
  }
}
