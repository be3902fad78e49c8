import Handover

let addUser = Subcommand(
  words: ["user", "add"],
  options: ["--organisation ID", "--name NAME", "--email EMAIL", "--role owner|admin|user", "[--invite]"],
  summary: "Adds a user; the password is read from standard input, one line.",
  details: """
    With --invite nothing is read: the user gets an e-mail with a link to set a password, good for \
    \(Wording.duration(PasswordLink.Purpose.invitation.lifetime)).
    """,
  run: { arguments in
    let organisation = try arguments.organisation()
    let name = try arguments.required("--name")
    let email = try arguments.required("--email")
    guard let role = try arguments.role() else { throw arguments.usage("--role is missing") }
    let password = arguments.has("--invite") ? nil : readLine(strippingNewline: true) ?? ""
    let user = try Application().administration().addUser(
      to: organisation, name: name, email: email, role: role, password: password)
    print("\(user.id)\t\(user.displayName)")
  })

let changeUser = Subcommand(
  words: ["user", "change"], operands: ["EMAIL"],
  options: ["--organisation ID", "[--role owner|admin|user]", "[--enable | --disable]", "[--no-two-step]"],
  summary: "Changes the role of a user, enables or disables the user, removes two-step sign-in.",
  details: """
    A new owner takes the place of the former one, who becomes an admin. --no-two-step is for a lost phone: the \
    user is signed out everywhere, and signs in with the password alone. Make sure that it is the user who asks.
    """,
  run: { arguments in
    let organisation = try arguments.organisation()
    let role = try arguments.role()
    let isActive: Bool? = arguments.has("--enable") ? true : arguments.has("--disable") ? false : nil
    let endsTwoStep = arguments.has("--no-two-step")
    if role == nil, isActive == nil, !endsTwoStep { throw arguments.usage("say what to change") }
    let user = try Application().administration().changeUser(
      arguments.operand(0), of: organisation, role: role, isActive: isActive,
      endsTwoStep: endsTwoStep)
    print("\(user.id)\t\(user.displayName)\t\(user.role.rawValue)\t\(user.isActive ? "active" : "disabled")")
  })
