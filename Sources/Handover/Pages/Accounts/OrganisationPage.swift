import HTTP
import Mustache
import System

/// Settings > Organisation: name, owner and time zone. The owner may edit them, an admin may read them.
enum OrganisationPage {
  static func show(_ visit: SignedIn) throws -> Response {
    let organisation = visit.organisation
    return try render(
      visit, name: field(organisation.name), zone: organisation.timeZone)
  }

  /// The page with the form of Who is told as it was sent.
  static func show(
    _ visit: SignedIn, _ told: ToldForm, status: Status, flash: Flash? = nil
  ) throws -> Response {
    let organisation = visit.organisation
    return try render(
      visit, name: field(organisation.name), zone: organisation.timeZone, told: told, status: status,
      flash: flash)
  }

  static func change(_ visit: SignedIn) throws -> Response {
    let typed = visit.form["name"] ?? ""
    let zone = visit.form["zone"] ?? ""
    let organisation = visit.organisation
    // A page of before may still have a name of before.
    let named = Zones.current(zone)
    let isZone = zone.isSame(as: organisation.timeZone) || Zones.names.contains { $0.isSame(as: named) }
    // A form of before this field leaves it as it is.
    let twoStep = TwoStepPolicy(rawValue: visit.form["two_step"] ?? organisation.twoStep.rawValue)
    let was = visit.form["was"].flatMap { OrganisationVersion($0) }
    guard let name = Name.valid(typed), isZone, let twoStep else {
      return try render(
        visit, was: was, name: field(typed, problem: Name.problem(with: typed)), zone: zone,
        zoneProblem: isZone ? nil : "Choose a time zone from the list.", twoStep: twoStep,
        twoStepProblem: twoStep == nil ? "Choose one from the list." : nil, status: .unprocessableContent)
    }
    let outcome = try visit.accounts.changeOrganisation(
      name: name, timeZone: named, twoStep: twoStep, was: was, by: visit.user, from: visit.address)
    switch outcome {
    case .done: return try visit.redirect(to: .organisation, at: "name", saying: .organisationSaved)
    case .changed(let now): return try changed(visit, to: now, was, name: typed, zone: zone, twoStep: twoStep)
    case .notOwner: throw Refusal.forbidden
    }
  }

  /// Says what was changed while the form was open. A field that was left alone shows what holds now, so that the form
  /// can be sent again as it is.
  private static func changed(
    _ visit: SignedIn, to now: Organisation, _ was: OrganisationVersion?, name: String, zone: String,
    twoStep: TwoStepPolicy
  ) throws -> Response {
    let version = OrganisationVersion(now)
    var changes: [String] = []
    var (name, zone, twoStep) = (name, zone, twoStep)
    if let was {
      var typed = visit.organisation
      typed.name = name
      if was.name != version.name {
        changes.append("the name is “\(Wording.isolated(now.name))” now")
        if OrganisationVersion(typed).name == was.name { name = now.name }
      }
      if was.timeZone != version.timeZone {
        changes.append("the time zone is \(now.zoneName) now")
        if zone.isSame(as: was.timeZone) { zone = now.timeZone }
      }
      if was.twoStep != version.twoStep {
        changes.append("two-step sign-in is required of \(now.twoStep.words.lowercased()) now")
        if twoStep.rawValue == was.twoStep { twoStep = now.twoStep }
      }
    }
    let text =
      "This was changed while the page was open: \(changes.joined(separator: ", ")). Nothing was saved. "
      + "Check the form, then save again."
    return try render(
      visit, was: version, name: field(name), zone: zone, twoStep: twoStep, status: .conflict,
      flash: Flash(text: text, isWrong: true))
  }

  private static func render(
    _ visit: SignedIn, was: OrganisationVersion? = nil, name: Value, zone: String, zoneProblem: String? = nil,
    twoStep: TwoStepPolicy? = nil, twoStepProblem: String? = nil, told form: ToldForm = ToldForm(),
    status: Status = .ok, flash: Flash? = nil
  ) throws -> Response {
    let organisation = visit.organisation
    let (owner, counts) = try visit.database.read {
      (try $0.users.owner(of: organisation.id), try $0.counts.cached(of: organisation.id).organisation)
    }
    let chosen = Zones.current(zoneProblem == nil ? zone : organisation.timeZone)
    let groups = visit.site.zones.choices(at: visit.now)
    func isChosen(_ name: String) -> Bool { name.isSame(as: chosen) }
    let clock = visit.site.zones.local(visit.now, in: chosen)
    return try visit.settingsPage(
      "pages/organisation", at: .organisation,
      [
        "name": name,
        "was": .text((was ?? OrganisationVersion(organisation)).description),
        "zone": [
          "value": .text(chosen), "problem": Value(zoneProblem),
          "groups": .list(
            groups.map {
              ["offset": .text($0.offset), "names": .list($0.names.filter { !isChosen($0) }.map(Value.text))]
            }),
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
        "told": try told(visit, form),
        "counts": [
          "deals": .text(Wording.grouped(counts.deals)), "contacts": .text(Wording.grouped(counts.contacts)),
          "notes": .text(Wording.grouped(counts.notes)), "tasks": .text(Wording.grouped(counts.tasks)),
          "users": .text(Wording.grouped(counts.users)),
          "links": .text(Wording.plural(counts.links, "row")),
          "rows": .text(Wording.plural(counts.rows, "row")),
        ],
      ], status: status, flash: flash)
  }

  private static func told(_ visit: SignedIn, _ form: ToldForm) throws -> Value {
    let organisation = visit.organisation.id
    let (told, asked, admins) = try visit.database.read {
      (
        try $0.told.current(of: organisation), try $0.told.waiting(of: organisation, at: visit.now),
        try $0.told.admins(of: organisation).count
      )
    }
    let chosen = form.choice ?? told.choice
    return [
      "is_nobody": .bool(chosen == .nobody), "is_admins": .bool(chosen == .admins),
      "is_address": .bool(chosen == .address),
      "email": field(form.email ?? told.email ?? "", problem: form.problem),
      "was": .text(told.version), "now": .text(told.words),
      "admins": .text(
        admins == 0 ? "There is none at the moment" : "\(Wording.plural(admins, "admin")) at the moment"),
      "asked": asked.map { ["email": .text($0.email), "until": visit.moment($0.expiresAt)] } ?? .null,
    ]
  }
}
