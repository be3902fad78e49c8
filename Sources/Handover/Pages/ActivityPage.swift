import CSV
import HTTP
import Mustache

/// Settings > Activity: the audit trail, for the owner.
enum ActivityPage {
  static let pageSize = 50

  static func show(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation
    let filter = filter(visit.query)
    let (paging, events) = try visit.database.read { connection in
      var paging = Paging(page: visit.pageNumber, size: pageSize)
      let page = try connection.activity.page(
        of: organisation.id, filter, offset: paging.offset, limit: pageSize)
      paging.count = page.count
      return (paging, page.events)
    }
    return try visit.settingsPage(
      "pages/activity", at: .activity,
      [
        "kinds": .list(
          [["value": "", "name": "Everything", "chosen": .bool(filter.topic == nil)]]
            + Event.Topic.allCases.map {
              [
                "value": .text($0.rawValue), "name": .text($0.word),
                "chosen": .bool($0 == filter.topic),
              ]
            }),
        "q": .text(filter.text),
        "filtered": .bool(filter != .everything),
        "entries": .list(
          events.map {
            [
              "when": visit.moment($0.at), "who": .text($0.actor.description),
              "account": Value($0.actor.account),
              "what": .text(TextLimit.detail.cut($0.what)),
              "times": $0.times > 1 ? .text(Wording.plural($0.times, "time")) : .null,
              "from": .text($0.actor.address), "refused": .bool($0.isRefusal),
              "failed": .bool($0.isFailure),
            ]
          }),
        "range": .text(paging.range("entry", "entries")),
        "pages": paging.view(.activity, form(filter)),
        "csv": .text(Route.activityCSV.path() + "?" + form(filter).encoded),
        "zone_name": .text(organisation.timeZone),
      ])
  }

  /// All events of the filter, newest first, as a CSV file for spreadsheets. It is written while it is sent, so
  /// many rows at a time, and no transaction is open while a slow client takes them.
  static func csv(_ visit: SignedIn) throws -> Response {
    let (organisation, database, filter) = (visit.organisation, visit.database, filter(visit.query))
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

  private static func form(_ filter: ActivityFilter) -> Form {
    Form(["kind": filter.topic?.rawValue ?? "", "q": filter.text])
  }

  private static func filter(_ query: Form) -> ActivityFilter {
    ActivityFilter(
      topic: query["kind"].flatMap(Event.Topic.init), text: TextLimit.search.cut(query["q"] ?? ""))
  }
}

extension Event {
  /// The kind's sentence, with the detail if there is one.
  fileprivate var what: String { detail.isEmpty ? sentence : "\(sentence): \(detail)" }
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
    case .signIns: "Sign-ins"
    case .passwords: "Passwords"
    case .people: "People"
    case .organisation: "Organisation"
    case .mail: "Mail"
    }
  }
}
