import HTTP
import Mustache

/// Settings > Organisation: name, owner and time zone.
enum OrganisationPage {
  static func show(_ visit: Visit) throws -> Response {
    let organisation = try visit.organisation
    let (owner, counts) = try visit.site.database.read {
      (try $0.owner(of: organisation.id), try $0.recordCounts(of: organisation.id))
    }
    let clock = visit.site.zones.local(visit.now, in: organisation.timeZone)
    return try visit.settingsPage(
      "pages/organisation", at: .organisation,
      [
        "name": field(organisation.name),
        "zone": [
          "value": .text(organisation.timeZone), "problem": .null,
          "names": .list(
            visit.site.zoneNames.map {
              ["name": .text($0), "chosen": .bool($0 == organisation.timeZone)]
            }),
        ],
        "zone_now": .text("\(padded(clock.hour, 2)):\(padded(clock.minute, 2)) \(clock.abbreviation)"),
        "owner": owner.map(\.view) ?? .null,
        "counts": [
          "deals": .text(grouped(counts.deals)), "contacts": .text(grouped(counts.contacts)),
          "notes": .text(grouped(counts.notes)), "tasks": .text(grouped(counts.tasks)),
          "users": .text(grouped(counts.users)),
        ],
      ])
  }
}
