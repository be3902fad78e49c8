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
      let paging = Paging(
        page: visit.pageNumber, size: pageSize,
        count: try connection.activity.count(of: organisation.id, filter))
      return (
        paging,
        try connection.activity.events(of: organisation.id, filter, offset: paging.offset, limit: pageSize)
      )
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
              "when": visit.moment($0.at), "who": .text($0.actor.description), "what": .text($0.what),
              "from": .text($0.actor.address), "refused": .bool($0.kind.isRefusal),
              "failed": .bool($0.kind.isFailure),
            ]
          }),
        "range": .text(paging.range("entry", "entries")),
        "pages": paging.view(.activity, form(filter)),
        "csv": .text(Route.activityCSV.path() + "?" + form(filter).encoded),
        "zone_name": .text(organisation.timeZone),
      ])
  }

  /// All events of the filter, newest first, as a CSV file for spreadsheets.
  static func csv(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation
    let events = try visit.database.read {
      try $0.activity.events(of: organisation.id, filter(visit.query), limit: .max)
    }
    var encoder = CSV.Encoder()
    encoder.byteOrderMark()
    for name in ["time", "who", "event", "what", "detail", "subject", "address"] { encoder.verbatim(name) }
    encoder.endRecord()
    for event in events {
      encoder.verbatim(event.at.iso8601)
      encoder.text(event.actor.description)
      encoder.verbatim(event.kind.rawValue)
      encoder.text(event.kind.sentence)
      encoder.text(event.detail)
      encoder.text(event.subject)
      encoder.text(event.actor.address)
      encoder.endRecord()
    }
    return Response.content(encoder.array, type: "text/csv; charset=utf-8")
      .with("Content-Disposition", ContentDisposition.attachment("\(organisation.name), activity.csv"))
      .with("Cache-Control", "private, no-store")
  }

  private static func form(_ filter: ActivityFilter) -> Form {
    Form(["kind": filter.topic?.rawValue ?? "", "q": filter.text])
  }

  private static func filter(_ query: Form) -> ActivityFilter {
    ActivityFilter(topic: query["kind"].flatMap(Event.Topic.init), text: query["q"] ?? "")
  }
}

extension Event {
  /// The kind's sentence, with the detail if there is one.
  fileprivate var what: String { detail.isEmpty ? kind.sentence : "\(kind.sentence): \(detail)" }
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
