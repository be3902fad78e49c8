import Handover

let serve = Subcommand(
  words: ["serve"], summary: "Serves the site behind nginx and runs the exports, until SIGTERM or SIGINT.",
  details: """
    Environment variables, read once at the start. Where one is wrong, nothing starts:

    \(Variable.all.map { "  \($0.name) (\($0.standard))\n      \($0.meaning)" }.joined(separator: "\n"))
    """,
  run: { _ in if try Application.standBy() { try Application().serve() } })
