import TestSupport

/// Somebody who can sign in.
struct Person {
  let email: String
  let password: String
}

/// The demo's people, as `handover demo` prints them: those of the main organisation first.
struct Demo {
  let people: [Person]

  /// - Parameter lines: an address, a blank and a password each.
  init(_ lines: String) throws {
    people = try lines.split(separator: "\n").map { line in
      let parts = line.split(separator: " ", maxSplits: 1)
      guard parts.count == 2 else { throw HarnessError("no sign-in: \(line)") }
      return Person(email: String(parts[0]), password: String(parts[1]))
    }
    guard people.count >= 6 else { throw HarnessError("too few sign-ins: \(lines)") }
  }

  /// Those whose address contains this word, in their order.
  func all(_ word: String) -> [Person] { people.filter { $0.email.contains(word) } }

  var owner: Person { all("owner")[0] }
  var admin: Person { all("admin")[0] }
  var user: Person { all("user")[0] }
  var otherOwner: Person { all("owner")[1] }
  /// The admin of the organisation without an owner.
  var ownerlessAdmin: Person { all("admin")[1] }
}

extension Site {
  /// The main organisation of the demo, and the others.
  static let organisations = [1, 2, 3]

  /// Makes the demo, starts, and returns when the site answers.
  /// - Parameter rows: about how many the main organisation gets.
  func startWithDemo(rows: Int = 600) throws -> Demo {
    let demo = try makeDemo(rows: rows)
    try start()
    return demo
  }

  func makeDemo(rows: Int = 600) throws -> Demo {
    let made = try handover("demo", "--rows", String(rows))
    guard made.succeeded else { throw HarnessError("handover demo: \(made.error)") }
    return try Demo(made.output)
  }

  /// A client that is signed in.
  func client(of person: Person) throws -> Client {
    let client = client()
    try client.signIn(person.email, person.password)
    return client
  }
}
