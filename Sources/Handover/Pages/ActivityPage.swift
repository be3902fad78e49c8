import CSV
import HTTP
import Mustache

/// Settings > Activity: the audit trail, for the owner.
enum ActivityPage {
  static let pageSize = 50

  static func show(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation
    let sought = Sought(visit)
    var paging = Paging(page: visit.pageNumber, size: pageSize)
    var events: [Event] = []
    if let filter = sought.filter {
      (events, paging.count) = try visit.database.read {
        try $0.activity.page(of: organisation.id, filter, offset: paging.offset, limit: pageSize)
      }
    }
    return try visit.settingsPage(
      "pages/activity", at: .activity,
      [
        "kinds": .list(
          [["value": "", "name": "Everything", "chosen": .bool(sought.topic == nil)]]
            + Event.Topic.allCases.map {
              [
                "value": .text($0.rawValue), "name": .text($0.word),
                "chosen": .bool($0 == sought.topic),
              ]
            }),
        "q": .text(sought.text),
        "first": sought.from.field, "last": sought.to.field,
        "filtered": .bool(sought.filter != .everything),
        "wrong": .bool(sought.filter == nil),
        "entries": .list(events.map { entry($0, visit) }),
        "range": .text(paging.range("entry", "entries")),
        "pages": paging.view(.activity, sought.form),
        "past": sought.filter == nil ? .null : paging.past(.activity, sought.form),
        "csv": sought.filter == nil ? .null : .text(Route.activityCSV.path(asking: sought.form)),
        "zone_name": .text(organisation.zoneName),
      ], status: sought.filter == nil ? .unprocessableContent : .ok)
  }

  private static func entry(_ event: Event, _ visit: SignedIn) -> Value {
    let export = event.kind?.isOfExport == true ? ExportID(event.subject) : nil
    return [
      "when": visit.moment(event.at), "who": .text(event.actor.description),
      "account": Value(event.actor.account),
      "what": .text(event.sentence),
      "detail": Value(
        event.detail.isEmpty ? nil : Wording.isolatingRuns(TextLimit.detail.cut(event.detail))),
      "row": Value(export.map(Route.row)),
      "times": event.times > 1 ? .text(Wording.plural(event.times, "time")) : .null,
      "from": .text(event.actor.address), "refused": .bool(event.isRefusal),
      "failed": .bool(event.isFailure),
    ]
  }

  /// All events of the filter, newest first, as a CSV file for spreadsheets. It is written while it is sent, so
  /// many rows at a time, and no transaction is open while a slow client takes them.
  static func csv(_ visit: SignedIn) throws -> Response {
    let (organisation, database) = (visit.organisation, visit.database)
    guard let filter = Sought(visit).filter else { return try show(visit) }
    guard let place = visit.site.trails.take(organisation.id) else { throw Refusal.manyTrails }
    return Response.streaming(type: "text/csv; charset=utf-8") { write in
      // The body keeps it.
      _ = place
      var encoder = CSV.Encoder()
      encoder.byteOrderMark()
      for name in columns { encoder.verbatim(name) }
      encoder.endRecord()
      var last: Int64?
      repeat {
        let rows = try database.read {
          try $0.activity.events(of: organisation.id, filter, before: last, limit: rowsAtOnce)
        }
        for row in rows { encode(row.event, to: &encoder) }
        try write(encoder.array)
        encoder.clear()
        last = rows.last?.id
      } while last != nil
    }
    .with("Content-Disposition", ContentDisposition.attachment("\(organisation.name), activity.csv"))
    .with("Cache-Control", "private, no-store")
  }

  private static let rowsAtOnce = 500

  private static let columns = [
    "time", "who", "event", "what", "detail", "subject", "address", "email", "user_id", "times",
  ]

  private static func encode(_ event: Event, to encoder: inout CSV.Encoder) {
    encoder.verbatim(event.at.iso8601)
    encoder.text(event.actor.description)
    encoder.verbatim(event.word)
    encoder.text(event.sentence)
    encoder.text(event.detail)
    encoder.text(event.subject)
    encoder.text(event.actor.address)
    encoder.text(event.actor.email)
    encoder.verbatim(event.actor.user?.description ?? "")
    encoder.integer(Int64(event.times))
    encoder.endRecord()
  }
}

/// What somebody looks for in the trail, as it was typed.
private struct Sought {
  let topic: Event.Topic?
  let text: String
  let from: Day
  let to: Day
  /// Nil where a day is wrong.
  let filter: ActivityFilter?

  /// A day of the range, in the organisation's zone. Nothing typed is no limit.
  struct Day {
    let text: String
    let day: CalendarDay?
    var problem: String?

    init(_ typed: String?) {
      text = TextLimit.search.cut(trimmed(typed ?? ""))
      day = CalendarDay(text)
      if day == nil, !text.isEmpty {
        problem = "“\(text)” isn’t a day of the calendar. Write it as 2026-05-02."
      }
    }

    /// A field of days takes no other text; the problem quotes it.
    var field: Value { Handover.field(day == nil ? "" : text, problem: problem) }
  }

  init(_ visit: SignedIn) {
    let (zone, zones) = (visit.organisation.timeZone, visit.site.zones)
    topic = visit.query["kind"].flatMap(Event.Topic.init)
    text = TextLimit.search.cut(visit.query["q"] ?? "")
    from = Day(visit.query["from"])
    var to = Day(visit.query["to"])
    let begin = from.day?.start(in: zone, zones) ?? UnixTime(rawValue: .min)
    let end = to.day?.next.start(in: zone, zones) ?? UnixTime(rawValue: .max)
    if begin >= end { to.problem = "The last day comes before the first." }
    self.to = to
    let isLimited = from.day != nil || to.day != nil
    filter =
      from.problem == nil && to.problem == nil
      ? ActivityFilter(topic: topic, text: text, times: isLimited ? begin..<end : nil) : nil
  }

  /// The query of its address.
  var form: Form {
    Form(["kind": topic?.rawValue ?? "", "from": from.text, "to": to.text, "q": text])
  }
}

extension Actor {
  /// Which account it was, whatever its user is called: `maria@example.com, U-1`; nil for others.
  fileprivate var account: String? {
    user.map { email.isEmpty ? $0.description : "\(email), \($0)" }
  }
}

extension Event.Topic {
  fileprivate var word: String {
    switch self {
    case .exports: "Exports"
    case .downloads: "Downloads"
    case .imports: "Imports"
    case .documents: "Documents"
    case .storage: "Linked storage"
    case .signIns: "Sign-ins"
    case .passwords: "Passwords"
    case .people: "People"
    case .organisation: "Organisation"
    case .mail: "E-mails"
    }
  }
}
