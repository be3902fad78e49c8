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

let moveOrganisation = Subcommand(
  words: ["organisation", "move"], operands: ["ID"], options: ["--to CELL"],
  summary: "Moves an organisation into another cell of the machine, while people work in it.",
  details: """
    HANDOVER_CELL names any cell of the machine. What is being worked on of the organisation, an export or an import, is
    waited for. Its records are copied while people work; for the rest nobody can write in its former cell for a moment.
    Sessions, links, exports and the ledger go on. Where the command is killed the servers of both cells bring it to an end,
    one way or the other. Records stay in the former cell's database for a day.
    """,
  run: { arguments in
    guard let id = Int64(try arguments.operand(0)), id > 0 else {
      throw arguments.usage("'\(try arguments.operand(0))' is no id of an organisation")
    }
    guard let cell = arguments["--to"] else { throw arguments.usage("--to is missing") }
    let bar = ProgressBar(label: "Copying")
    let report = try Application().move(OrganisationID(rawValue: id), to: cell) { progress in
      switch progress {
      case .waiting(let jobs):
        print("waiting for what is being worked on: \(jobs)")
      case .copied(let rows, let all): bar.show(rows, of: all)
      }
    }
    bar.finish()
    print(
      "organisation \(id) has moved from the cell \(report.from) to the cell \(report.to): \(report.rows) rows, "
        + "\(report.files) files; nobody could write for \((report.held.seconds * 100).rounded() / 100) s")
    if !report.isServed { print("the cell \(report.to) is stopped: start its server") }
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
