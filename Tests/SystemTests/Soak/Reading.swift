import Secrets
import System

// What changes nothing: pages, links, and what one must not see.

extension Visitor {
  func read() throws {
    switch Int.random(in: 0..<20, using: &random) {
    case 0: _ = get("/", .anyone, 303)
    case 1: _ = request("GET", "/health", .anyone, .health) { _, _ in [.status(200)] }
    case 2: _ = get("/settings", .signedIn, 200)
    case 3: _ = get("/settings/organisation", .manager, 200)
    case 4: readUsers("/settings/organisation/users")
    case 5:
      readUsers(
        "/settings/organisation/users?q=\(any(of: ["\(office.marker)", "owner", "U-3", "%25"]) ?? "")&page=1")
    case 6: _ = get("/settings/export/new", .owner, 200)
    case 7: _ = get("/settings/organisation/ownership", .owner, 200)
    case 8: _ = get("/help", .signedIn, 200)
    case 9: _ = get("/settings/email", .signedIn, 200)
    case 10: _ = get("/settings/nothing", .signedIn, 404)
    case 11, 12:
      let topic = any(of: ["", "export", "sign-in", "people", "organisation"]) ?? ""
      let words = any(of: ["", office.marker, "completed", "U-2", "%27%22%3C"]) ?? ""
      _ = get(
        "/settings/activity?kind=\(topic)&q=\(words)&page=\(Int.random(in: 1...3, using: &random))", .owner,
        200)
    case 13: if chance(0.2) { _ = get("/settings/activity.csv", .owner, 200) }
    case 14, 15: readExports("/settings/export/status", .manager)
    default: readExports(chance(0.8) ? "/settings/export" : "/settings/export?page=2", .signedIn)
    }
  }

  private func readUsers(_ path: String) {
    let reply = get(path, .manager, 200)
    guard reply.came(200) else { return }
    if reply.body.texts(between: "class=\"mark ", and: "\"").count(where: { $0 == "owner" }) > 1 {
      soak.judge.complain("\(path): two owners")
    }
  }

  /// Reads the list, and holds each export in it against what is known of it.
  @discardableResult
  func readExports(_ path: String = "/settings/export", _ who: Who = .signedIn) -> [ShownExport]? {
    let reply = get(path, who, 200)
    return reply.came(200) ? judge(reply) : nil
  }

  @discardableResult
  func judge(_ reply: Reply) -> [ShownExport] {
    let shown = ShownExport.all(in: reply.body)
    let roles = me.with { $0.role.values(in: reply.window) }
    if roles == [.user], !shown.isEmpty { soak.judge.complain("\(me.email), a user, sees exports") }
    for export in shown { judge(export, roles, in: reply.window) }
    return shown
  }

  private func judge(_ export: ShownExport, _ roles: Set<Office.Role>, in window: Window) {
    if let other = soak.office(of: export.id), other !== office {
      return soak.judge.complain("\(me.email) sees an export of \(other.marker)")
    }
    if export.link != nil, !roles.contains(.owner) {
      soak.judge.complain("\(me.email), no owner, sees a link")
    }
    if export.state == .completed, export.link == nil, roles == [.owner] {
      soak.judge.complain("the completed \(export.id) has no link")
    }
    let problem: String? = office.with { state in
      var story = state.stories[export.id] ?? Story(export.id)
      defer { state.stories[export.id] = story }
      let before = story.state(at: window.from)
      guard story.allows(export.state, in: window) else { return "is \(export.state) after it was \(before)" }
      story.becomes(export.state)
      if let link = export.link {
        if let known = story.link, known != link { return "has another link than before" }
        story.link = link
      }
      if let sum = export.sha256 {
        if let known = story.sha256, known != sum { return "has another SHA-256 than before" }
        story.sha256 = sum
      }
      return nil
    }
    if let problem { soak.judge.complain("\(export.id) of \(office.marker) \(problem)") }
  }

  // MARK: - Links

  /// Follows a link: of the own organisation, of another, or a forged one.
  func fetch() throws {
    guard has(.downloads) else { return }
    let owner = chance(0.15) ? any(of: soak.offices) ?? office : office
    guard let story = any(of: owner.stories.filter { $0.link != nil }), let link = story.link else { return }
    if chance(0.12) { return follow(forged(link)) }
    guard owner === office else {
      _ = request("GET", link, as: "/exports/…/download, of another", .signedIn, .downloading) { _, _ in
        [.status(404)]
      }
      return
    }
    switch Int.random(in: 0..<10, using: &random) {
    case 0: download(story, link, "HEAD", [:])
    case 1, 2: download(story, link, "GET", ["Range": "bytes=0-\(Int.random(in: 0...5_000, using: &random))"])
    case 3, 4: download(story, link, "GET", ["Range": "bytes=\(Int.random(in: 1...500, using: &random))-"])
    default: download(story, link, "GET", [:])
    }
  }

  private func follow(_ forged: String) {
    _ = request("GET", forged, as: "/exports/…/download, forged", .signedIn, .downloading) { _, _ in
      [.status(404)]
    }
  }

  private func forged(_ link: String) -> String {
    let last = link.last == "A" ? "B" : "A"
    return switch Int.random(in: 0..<5, using: &random) {
    case 0: String(link.dropLast()) + last
    case 1: link.replacing("expires=", with: "expires=1")
    case 2: link + "&x=1"
    case 3: "/exports/" + String(repeating: "0", count: 32) + link.dropFirst("/exports/".count + 32)
    default: String(link.prefix { $0 != "?" })
    }
  }

  private func download(_ story: Story, _ link: String, _ method: String, _ headers: [String: String]) {
    let range = headers["Range"]
    let isFirst = range == nil || range?.hasPrefix("bytes=0-") == true
    let goesOn = range != nil && !isFirst && begun.contains(story.id)
    keepPace(.downloads)
    // The receipt is written before the first byte: from now on it may be there.
    if method == "GET" { office.change(story.id) { $0.mostReceipts += 1 } }
    let good: Come = .status(range == nil ? 200 : 206)
    let reply = request(method, link, headers: headers, as: "/exports/…/download", .signedIn, .downloading) {
      role, window in
      guard role == .owner else { return [.status(403)] }
      guard let now = office.story(story.id) else { return [] }
      let before = now.state(at: window.from)
      if before != .completed { return [.status(410)] }
      // While it is revoked nginx may find the file gone that it was told to send.
      return now.mayHaveBecome(.revoked) ? [good, .status(410), .status(404)] : [good]
    }
    guard reply.isDecided else { return }
    let isGiven = reply.come == good
    if method == "GET" {
      let hasReceipt = isGiven && !goesOn
      let isUndecided = reply.come == .status(404)
      office.change(story.id) {
        if hasReceipt { $0.fewestReceipts += 1 } else if !isUndecided { $0.mostReceipts -= 1 }
      }
    }
    guard isGiven, let answer = reply.answer else { return }
    soak.judge.count(method == "HEAD" ? "looked at" : range == nil ? "downloaded" : "downloaded in part")
    if method == "GET" { begun.insert(story.id) }
    judge(answer, of: story, range: range, isHead: method == "HEAD")
  }

  private func judge(_ answer: Answer, of story: Story, range: String?, isHead: Bool) {
    let what = "the download of \(story.id)"
    guard answer["Content-Type"] == "application/zip" else { return soak.judge.complain("\(what) is no ZIP") }
    if isHead { return }
    guard Int(answer["Content-Length"] ?? "") == answer.body.count else {
      return soak.judge.complain("\(what) is cut short")
    }
    if let range {
      guard let whole, whole.id == story.id else { return }
      let bounds = range.dropFirst("bytes=".count).split(separator: "-").compactMap { Int($0) }
      let end = min(whole.body.count, (bounds.count > 1 ? bounds[1] : .max - 1) + 1)
      if !answer.body.elementsEqual(whole.body[bounds[0]..<end]) {
        soak.judge.complain("\(what), \(range), has other bytes")
      }
      return
    }
    whole = (story.id, answer.body)
    let sum = hex(SHA256.hash(answer.body))
    let known = office.with { state in
      let known = state.stories[story.id]?.sha256 ?? sum
      state.stories[story.id]?.sha256 = known
      return known
    }
    if known != sum { soak.judge.complain("\(what) has not the SHA-256 of the page") }
    soak.archives.offer(answer.body, of: story, in: office)
  }

  /// What this role must not see or do.
  func trespass() throws {
    let id = any(of: office.people)?.id ?? "U-1"
    switch Int.random(in: 0..<6, using: &random) {
    case 0: _ = get("/settings/activity", .owner, 200)
    case 1: _ = get("/settings/activity.csv", .owner, 200)
    case 2: if me.role == .user { readUsers("/settings/organisation/users") }
    case 3:
      // Another's export, which nobody of this organisation can touch, whatever the role.
      guard has(.forms), let other = any(of: soak.offices.filter { $0 !== office }),
        let story = any(of: other.stories)
      else { return }
      _ = post(
        "/settings/export/\(story.id)/revoke", as: "/settings/export/…/revoke, of another", .owner, 404)
    default:
      // As long as no change is on its way, nobody becomes what they must be for this.
      guard has(.forms) else { return }
      changing {
        if me.role == .user {
          _ = post(
            "/settings/organisation/users/\(id)/disable", as: "/settings/organisation/users/…/disable",
            .manager)
        }
        if me.role != .owner { _ = post("/settings/export", [("scope", "organisation")], .owner) }
      }
    }
  }
}
