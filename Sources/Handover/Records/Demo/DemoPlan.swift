/// What a demo organisation is called and who is in it.
struct DemoPlan {
  let name: String
  let timeZone: String
  let domain: String
  let signIns: [(email: String, name: String, role: Role)]
  /// Users who can't sign in.
  let colleagues: Int
  /// At most so many; the main organisation has as many as are asked for.
  let rows: Int
}

extension DemoData {
  /// For all of them: nobody has to look anything up, and nobody takes it for a secret.
  static let password = "demo-password"

  static let plans = [
    DemoPlan(
      name: "Harbourside Home Loans", timeZone: "Australia/Sydney", domain: "harbourside.example.com",
      signIns: [
        ("owner@harbourside.example.com", "Olivia Nguyễn", .owner),
        ("admin@harbourside.example.com", "Pádraig O'Brien", .admin),
        ("user@harbourside.example.com", "陳美玲", .user),
      ],
      colleagues: 9, rows: .max),
    DemoPlan(
      name: "Quokka Finance, Perth", timeZone: "Australia/Perth", domain: "quokka.example.com",
      signIns: [
        ("owner@quokka.example.com", "Giorgos \"George\" Papadopoulos", .owner),
        ("user@quokka.example.com", "प्रिया शर्मा", .user),
      ],
      colleagues: 2, rows: 1_500),
    DemoPlan(
      name: "Wattle & Daughters", timeZone: "Australia/Darwin", domain: "wattle.example.com",
      signIns: [
        ("admin@wattle.example.com", "Aroha Te Whānau", .admin),
        ("user@wattle.example.com", "Lachlan King", .user),
      ],
      colleagues: 1, rows: 300),
  ]
}
