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
  summary: "Takes a cell over from another host, which is gone or is to give it away.",
  details: """
    HANDOVER_CELL names it, as for its server, which must not run yet. Where HANDOVER_STORE and HANDOVER_REPLICATION are set,
    its database and its documents come from the store, once the former host has stopped or can have heard of it: that
    takes seven seconds. Else its folder must have been brought here, by a restore, say, and the former host be off.
    Where a server stands by for it (HANDOVER_STAND_BY), that one does the rest. Broken off, it can be given again.
    """,
  run: { arguments in
    let name = try arguments.operand(0)
    let (former, isLeft) = try Application.takeOver(name) { print($0) }
    print(
      "the cell \(name) is this host's now, and was that of \(former): "
        + (isLeft ? "the server that stands by serves it in some seconds" : "start its server"))
  })
