import Glibc
import Handover

let setup = Subcommand(
  words: ["setup"],
  options: [
    "[--host NAME]", "[--certificate FILE | --self-signed]", "[--key FILE]", "[--organisation NAME]",
    "[--owner NAME]", "[--email EMAIL]", "[--print]",
  ],
  summary: "Sets the installed package up: nginx's site, the first organisation, its owner's invitation.",
  details: """
    As root. What no option says is asked for on the terminal. Links the site into nginx (TLS 1.2 and 1.3; other names
    are refused, and port 80 sends people on) once nginx agrees, writes HANDOVER_URL into /etc/handover/handover.conf,
    starts the server, and invites the owner by e-mail. It can be run again: for another name or certificate, or after
    a change of HANDOVER_PROXIES. Other sites and settings stay as they are. With HANDOVER_CELL=NAME the site is that of
    all cells of the machine, and the server and the organisation are that cell's.

      --host NAME          the public name, such as export.example.com
      --certificate FILE   its certificate, with those between, and --key FILE its key, in PEM form
      --self-signed        makes a certificate, which browsers warn of
      --organisation NAME  the first organisation
      --owner NAME         its owner, whom --email EMAIL reaches
      --print              only prints the site
    """,
  run: { arguments in
    var setup = try Setup()
    let host = try arguments.answer("--host", "Public name of the host", setup.host, setup.problem(withHost:))
    let certificate = try arguments.certificate(for: host, setup)
    let site = try setup.site(of: host, with: certificate)
    if arguments.has("--print") { return print(site, terminator: "") }
    try setup.install(site)
    try setup.setAddress(host)
    try setup.start()
    print("The site is at https://\(host)")
    if setup.standsBy {
      return print("It stands by for its cell, whose organisations are where that is served")
    }
    try arguments.invite(setup.hasMailServer, setup.administration())
  })

extension Arguments {
  fileprivate func certificate(for host: String, _ setup: Setup) throws -> Setup.Certificate {
    if has("--self-signed") { return try setup.signOurselves(for: host) }
    // What the site has already is kept, unless it is for another host.
    let known = setup.certificate
    let refused = known.flatMap { setup.problem(with: $0, for: host) }
    let current = refused == nil ? known : nil
    if let refused, self["--certificate"] == nil {
      guard isTerminal else { throw HandoverError("\(refused); renew it, or name another by --certificate") }
      print(refused)
    }
    while true {
      let file = try answer(
        "--certificate", "File of the certificate (or 'self-signed')", current?.file, { _ in nil })
      if file == "self-signed" { return try setup.signOurselves(for: host) }
      let key = try answer("--key", "File of its key", current?.key, { _ in nil })
      let certificate = Setup.Certificate(file: file, key: key)
      guard let problem = setup.problem(with: certificate, for: host) else { return certificate }
      if self["--certificate"] != nil || self["--key"] != nil || !isTerminal { throw HandoverError(problem) }
      print(problem)
    }
  }

  fileprivate func invite(_ hasMailServer: Bool?, _ administration: Administration) throws {
    let there = try administration.organisations()
    let wanted = self["--organisation"]
    let known = wanted == nil ? there.first : there.first { $0.name == wanted }
    if let known, let owner = try administration.owner(of: known.id) {
      return print(
        "Organisation \(known.id.rawValue) is there, \(known.name), and its owner: \(owner.displayName)")
    }
    let name =
      try known?.name
      ?? answer("--organisation", "Name of the organisation", nil) {
        Name.valid($0) == nil ? "an organisation's name has \(Name.rule)" : nil
      }
    let owner = try answer("--owner", "Name of its owner", nil) {
      Name.valid($0) == nil ? "a user's name has \(Name.rule)" : nil
    }
    let email = try answer("--email", "E-mail address of the owner", nil) {
      EmailAddress.valid($0) == nil ? "'\($0)' is not an e-mail address; write it as maria@example.com" : nil
    }
    let organisation = try known ?? administration.addOrganisation(named: name, timeZone: Zones.ofThisMachine)
    _ = try administration.addUser(
      to: organisation.id, name: owner, email: email, role: .owner, password: nil)
    print(
      "Organisation \(organisation.id.rawValue) is there, \(organisation.name); \(email) gets an invitation by e-mail"
    )
    if hasMailServer == false {
      print("There is no mail server here: the e-mail waits in /var/spool/handover until one is installed")
    }
  }

  /// What the option says, or whoever sits at the terminal.
  ///
  /// - Parameters:
  ///   - standard: the answer where nothing is typed, or nobody is asked.
  ///   - problem: what is wrong with an answer.
  fileprivate func answer(
    _ option: String, _ question: String, _ standard: String?, _ problem: (String) -> String?
  ) throws -> String {
    if let given = self[option] ?? (isTerminal ? nil : standard) {
      if let wrong = problem(given) { throw HandoverError(wrong) }
      return given
    }
    guard isTerminal else { throw usage("\(option) is missing") }
    while true {
      print("\(question)\(standard.map { " [\($0)]" } ?? ""): ", terminator: "")
      fflush(nil)
      guard let typed = readLine() else { throw HandoverError("\(option) is missing") }
      let answer = typed.isEmpty ? standard ?? "" : typed
      guard let wrong = answer.isEmpty ? "an answer is needed here" : problem(answer) else { return answer }
      print(wrong)
    }
  }
}
