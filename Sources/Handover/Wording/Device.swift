/// A short name for a User-Agent: `Firefox on Windows`. Only a hint, for the list of sessions and
/// for mails.
func device(_ agent: String) -> String {
  let browsers = [
    ("Edg/", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"),
  ]
  let systems = [
    ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
  ]
  let browser = browsers.first { agent.contains($0.0) }?.1
  let system = systems.first { agent.contains($0.0) }?.1
  return switch (browser, system) {
  case (let browser?, let system?): "\(browser) on \(system)"
  case (let browser?, nil): browser
  case (nil, let system?): "A browser on \(system)"
  case (nil, nil): program(agent) ?? "Unknown device"
  }
}

/// Where a request came from, as mails say it: `Firefox on Windows, 203.0.113.7`.
///
/// - Parameter agent: empty where nobody knows it.
func place(_ address: String, _ agent: String) -> String {
  agent.isEmpty ? address : "\(device(agent)), \(address)"
}

/// What a program that is no browser calls itself: `python-requests` of `python-requests/2.31`; nil where that is no
/// name.
private func program(_ agent: String) -> String? {
  let name = agent.utf8.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: " ") }
  let isName = name.allSatisfy { byte in
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
      true
    default: false
    }
  }
  return isName && 2...40 ~= name.count && !agent.hasPrefix("Mozilla")
    ? String(decoding: name, as: UTF8.self) : nil
}
