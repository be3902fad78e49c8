import Handover

let demo = Subcommand(
  words: ["demo"], options: ["[--rows N]"],
  summary: "Makes the demo organisations once, and prints their sign-ins.",
  details: "N is the number of rows in the main organisation; \(DemoData.defaultRows) by default.",
  run: { arguments in
    let rows = try arguments.number("--rows", 0...100_000_000) ?? DemoData.defaultRows
    try Application().makeDemo(rows: rows)
    for signIn in DemoData.signIns { print("\(signIn.email) \(signIn.password)") }
  })
