import Handover

let addOrganisation = Subcommand(
  words: ["organisation", "add"], operands: ["NAME"], options: ["[--time-zone ZONE]"],
  summary: "Adds an organisation and prints its id, a tab and its name.",
  details: "ZONE is an IANA name such as Australia/Sydney; UTC by default.",
  run: { arguments in
    let zone = try arguments.timeZone() ?? "UTC"
    let name = try arguments.operand(0)
    guard let name = Name.valid(name) else {
      throw HandoverError("an organisation's name has \(Name.rule)")
    }
    let organisation = try Application().administration().addOrganisation(named: name, timeZone: zone)
    print("\(organisation.id.rawValue)\t\(organisation.name)")
  })

let changeOrganisation = Subcommand(
  words: ["organisation", "change"], options: ["--organisation ID", "--time-zone ZONE"],
  summary: "Gives an organisation another time zone, and prints its id, a tab and its name.",
  details: "ZONE is an IANA name such as Australia/Sydney.",
  run: { arguments in
    let id = try arguments.organisation()
    guard let zone = try arguments.timeZone() else { throw arguments.usage("--time-zone is missing") }
    let organisation = try Application().administration().changeOrganisation(id, timeZone: zone)
    print("\(organisation.id.rawValue)\t\(organisation.name)")
  })

let listOrganisations = Subcommand(
  words: ["organisation", "list"], summary: "Prints every organisation: its id, a tab and its name.",
  run: { _ in
    for organisation in try Application(for: .reading).organisations() {
      print("\(organisation.id.rawValue)\t\(organisation.name)")
    }
  })

extension Arguments {
  /// The zone under its current name; nil where none is given.
  fileprivate func timeZone() throws -> String? {
    guard let zone = self["--time-zone"] else { return nil }
    guard Zones.has(zone) else {
      throw usage("--time-zone is '\(zone)', but must be an IANA name such as Australia/Sydney")
    }
    return Zones.current(zone)
  }
}
