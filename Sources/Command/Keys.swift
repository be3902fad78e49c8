import Handover
import Secrets

let rotateKeys = Subcommand(
  words: ["keys", "rotate"],
  summary: "Makes a new signing key; a running server takes it at the next request.",
  details: "Links signed earlier stay valid until they expire.",
  run: { _ in print("New signing key: \(try Application().rotateKeys().id)") })
