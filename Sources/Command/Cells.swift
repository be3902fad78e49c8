import Handover

let listCells = Subcommand(
  words: ["cell", "list"],
  summary:
    "Prints all cells: name, number, organisations, people who sign in, served, stopped or elsewhere, folder or host.",
  details: """
    A line each, with tabs between. A cell is a data folder of several that make one site; HANDOVER_CELL names the one
    that a command is about, and any will do here.
    """,
  run: { _ in
    for cell in try Application().cells() {
      let (state, place) =
        switch cell.place {
        case .here(let folder, let isServed): (isServed ? "served" : "stopped", folder)
        case .host(let host): ("elsewhere", host)
        }
      print("\(cell.name)\t\(cell.number)\t\(cell.organisations)\t\(cell.addresses)\t\(state)\t\(place)")
    }
  })

let takeOverCell = Subcommand(
  words: ["cell", "take-over"], operands: ["NAME"],
  summary: "Says that a cell of another host is this one's, in whose folder its database is now.",
  details: """
    For a cell whose host is gone for ever, or has given it away, and whose folder was brought here: by a restore, say.
    HANDOVER_CELL names it, as for its server, which must not run yet. The former host's server ends within seconds,
    where it still runs and etcd reaches it: stop it first.
    """,
  run: { arguments in
    let name = try arguments.operand(0)
    let former = try Application.takeOver(name)
    print("the cell \(name) is this host's now, and was that of \(former): start its server")
  })
