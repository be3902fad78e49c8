import HTTP
import Mustache
import System

/// Settings > Organisation: name, owner and time zone. The owner may edit them, an admin may read them.
enum OrganisationPage {
  private static let zoneNames = Zones.names

  static func show(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation
    return try render(
      visit, name: field(organisation.name), zone: organisation.timeZone, flash: Notice.flash(visit.query))
  }

  static func change(_ visit: SignedIn) throws -> Response {
    let typed = visit.form["name"] ?? ""
    let zone = visit.form["zone"] ?? ""
    let organisation = visit.organisation
    let isZone = zone.isSame(as: organisation.timeZone) || zoneNames.contains { $0.isSame(as: zone) }
    // A form of before this field leaves it as it is.
    let twoStep = TwoStepPolicy(rawValue: visit.form["two_step"] ?? organisation.twoStep.rawValue)
    guard let name = Name.valid(typed), isZone, let twoStep else {
      return try render(
        visit, name: field(typed, problem: Name.problem(with: typed)), zone: zone,
        zoneProblem: isZone ? nil : "Choose a time zone from the list.", twoStep: twoStep,
        twoStepProblem: twoStep == nil ? "Choose one from the list." : nil, status: .unprocessableContent)
    }
    let outcome = try visit.accounts.changeOrganisation(
      name: name, timeZone: zone, twoStep: twoStep, by: visit.user, from: visit.address)
    switch outcome {
    case .done: return .seeOther(Notice.saved.after(.organisation))
    case .notOwner: throw Refusal.forbidden
    }
  }

  private static func render(
    _ visit: SignedIn, name: Value, zone: String, zoneProblem: String? = nil,
    twoStep: TwoStepPolicy? = nil, twoStepProblem: String? = nil, status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    let organisation = visit.organisation
    let (owner, counts) = try visit.database.read {
      (try $0.users.owner(of: organisation.id), try $0.counts.cached(of: organisation.id).organisation)
    }
    let chosen = zoneProblem == nil ? zone : organisation.timeZone
    // A zone set by an operator may have a name that is not in the list.
    let names = zoneNames.contains { $0.isSame(as: chosen) } ? zoneNames : [chosen] + zoneNames
    let clock = visit.site.zones.local(visit.now, in: chosen)
    return try visit.settingsPage(
      "pages/organisation", at: .organisation,
      [
        "name": name,
        "zone": [
          "value": .text(chosen), "problem": Value(zoneProblem),
          "names": .list(names.map { ["name": .text($0), "chosen": .bool($0.isSame(as: chosen))] }),
        ],
        "zone_now": .text(
          "\(Wording.padded(clock.civil.hour, 2)):\(Wording.padded(clock.civil.minute, 2)) \(clock.abbreviation)"
        ),
        "two_step": [
          "problem": Value(twoStepProblem),
          "choices": .list(
            TwoStepPolicy.allCases.map { policy in
              [
                "value": .text(policy.rawValue), "words": .text(policy.words),
                "chosen": .bool(policy == twoStep ?? organisation.twoStep),
              ]
            }),
        ],
        "two_step_now": .text(organisation.twoStep.words),
        "owner": owner.map(\.view) ?? .null,
        "counts": [
          "deals": .text(Wording.grouped(counts.deals)), "contacts": .text(Wording.grouped(counts.contacts)),
          "notes": .text(Wording.grouped(counts.notes)), "tasks": .text(Wording.grouped(counts.tasks)),
          "users": .text(Wording.grouped(counts.users)),
        ],
      ], status: status, flash: flash)
  }
}
