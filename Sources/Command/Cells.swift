import Handover

let listCells = Subcommand(
  words: ["cell", "list"],
  summary:
    "Prints the cells of the machine: name, number, organisations, people who sign in, served or stopped, folder.",
  details: """
    A line each, with tabs between. A cell is a data folder of several that make one site; HANDOVER_CELL names the one
    that a command is about, and any will do here.
    """,
  run: { _ in
    for cell in try Application().cells() {
      let state = cell.isServed ? "served" : "stopped"
      print(
        "\(cell.name)\t\(cell.number)\t\(cell.organisations)\t\(cell.addresses)\t\(state)\t\(cell.folder)")
    }
  })
