import Testing

@testable import Handover

@Suite("What people and organisations can be called")
struct NameTests {
  private static let unseenNames = [
    "\u{3164}", "\u{115F}\u{1160}", "\u{FFA0}", "\u{2800}", "\u{2800} \u{2800}", "\u{200B}",
    "\u{200D}\u{200C}",
    "\u{AD}", "\u{FEFF}", "\u{2060}", "\u{180E}", "\u{34F}", "\u{301}\u{302}", "\u{20DD}", "\u{903}",
    "\u{FE0F}",
    "\u{E0041}\u{E0042}\u{E007F}", "\u{200E}\u{200F}\u{61C}", "\u{2061}", "\u{1D159}", "\u{FFFC}",
    "\u{13441}",
    "\u{E000}", "\u{10FFFD}", "\u{17B4}", "\u{FFF9}\u{FFFB}", "\u{1D173}", "\u{2063}\u{3000}\u{2063}",
  ]
  private static let turningNames = [
    "Mia \u{202E}gniK", "\u{202A}Mia", "Mia\u{202C}", "\u{2066}Mia", "Mia\u{2069}",
    "\u{2068}\u{202D}Mia\u{2069}",
  ]
  private static let goodNames = [
    "Mia King", "Zoë", "محمد علي", "שרה כהן", "שרה \u{200F}(כהן)", "नी", "李", "안", "👩‍👩‍👧",
    "🏴\u{E0067}\u{E0062}\u{E007F}",
    "می\u{200C}خواهم", "e\u{301}", "7", "!", "\u{200B}Mia", "ߒ",
  ]

  @Test("A name in which nothing is visible is none", arguments: unseenNames)
  func unseen(name: String) {
    #expect(Name.valid(name) == nil && !Name.isSeen(name))
  }

  @Test(
    "A name that turns the text around it is none, and one that came otherwise is shown without",
    arguments: turningNames)
  func turning(name: String) {
    #expect(Name.problem(with: name)?.contains("turns the text") == true)
    #expect(Name.stored(name).contains("Mia") && !Wording.turnsText(Name.stored(name)))
  }

  @Test("Every other name stays as it was typed", arguments: goodNames)
  func good(name: String) {
    #expect(Name.valid(name) == name && Name.stored(name) == name)
  }

  @Test(
    "A person without a visible name is called by the address, or by the id",
    arguments: [nil, "\u{3164}", ""])
  func displayed(name: String?) {
    var user = User(
      organisation: OrganisationID(rawValue: 1), id: UserID(rawValue: 3), name: name,
      email: "mia@example.com",
      role: .user, isActive: true, hasPassword: true)
    #expect(user.displayName == "mia@example.com")
    user.email = nil
    #expect(user.displayName == "U-3")
    user.name = "Mia"
    #expect(user.displayName == "Mia")
  }

  @Test(
    "Refused wherever a name comes in: profile, organisation, a new user, both commands",
    arguments: unseenNames.prefix(5) + turningNames.prefix(2))
  func refused(name: String) throws {
    let site = try TestSite()
    let organisation = try site.addOrganisation()
    let owner = try site.open(site.addUser("Maria Rossi", .owner, to: organisation))
    let new: KeyValuePairs = ["name": name, "email": "new@example.com", "role": "user"]
    for (path, form) in [
      ("/settings", ["name": name]),
      ("/settings/organisation", ["name": name, "zone": "UTC", "two_step": "optional"]),
      ("/settings/organisation/users", new),
    ] as [(String, KeyValuePairs<String, String>)] {
      let page = owner.post(path, form)
      #expect(
        page.status == 422 && (page.contains("shows nothing") || page.contains("turns the text")), "\(path)")
    }
    #expect(throws: HandoverError.self) {
      try Administration(accounts: site.accounts).addUser(
        to: organisation.id, name: name, email: "new@example.com", role: .user, password: nil)
    }
  }
}
