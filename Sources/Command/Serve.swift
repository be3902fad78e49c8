import Handover

let serve = Subcommand(
  words: ["serve"], summary: "Serves the site behind nginx and runs the exports, until SIGTERM or SIGINT.",
  run: { _ in try Application().serve() })
