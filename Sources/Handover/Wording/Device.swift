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
  case (nil, nil): "Unknown browser"
  }
}
