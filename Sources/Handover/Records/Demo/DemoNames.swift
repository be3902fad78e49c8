/// Names in the scripts that brokers' clients write in. They refer to no real person.
struct DemoCulture {
  let given: [String]
  let family: [String]
  /// Whether the family name comes first, without a blank, as in 王秀英.
  var isFamilyFirst = false

  func fullName(_ first: String, _ last: String) -> String {
    isFamilyFirst ? last + first : "\(first) \(last)"
  }
}

enum DemoNames {
  /// The first ones are the most frequent.
  static let cultures = [
    DemoCulture(
      given: [
        "Olivia", "Jack", "Charlotte", "Noah", "Amelia", "Oliver", "Isla", "William", "Mia", "Lachlan",
      ],
      family: ["Smith", "Jones", "Williams", "Brown", "Wilson", "Taylor", "Nguyen", "Kelly", "Ryan", "King"]),
    DemoCulture(
      given: ["Siobhán", "Pádraig", "Aoife", "Conor", "Niamh"],
      family: ["O'Brien", "O'Connor", "Ní Dhomhnaill", "Fitzgerald-Byrne", "D'Arcy"]),
    DemoCulture(
      given: ["Thị Hương", "Văn Minh", "Ngọc Ánh", "Quốc Bảo", "Thanh Hà"],
      family: ["Nguyễn", "Trần", "Phạm", "Đặng", "Huỳnh"]),
    DemoCulture(
      given: ["秀英", "伟", "芳", "志强", "美玲", "子轩"], family: ["王", "李", "張", "陳", "歐陽"],
      isFamilyFirst: true),
    DemoCulture(
      given: ["Γιώργος", "Ελένη", "Δημήτρης", "Κατερίνα"], family: ["Παπαδόπουλος", "Γεωργίου", "Νικολάου"]),
    DemoCulture(
      given: ["محمد", "فاطمة", "علي", "مريم", "يوسف"], family: ["الحسن", "خليل", "منصور", "العلي"]),
    DemoCulture(
      given: ["प्रिया", "अर्जुन", "अनिता", "राहुल", "दीपिका"], family: ["शर्मा", "पटेल", "सिंह", "गुप्ता"]),
    DemoCulture(
      given: ["Łukasz", "Małgorzata", "Grzegorz", "Zofia"], family: ["Wiśniewski", "Żółkowska", "Dąbrowski"]),
    DemoCulture(
      given: ["Çağla", "Oğuz", "Işıl", "Şükrü"], family: ["Yıldırım", "Öztürk", "Güneş"]),
    DemoCulture(
      given: ["さくら", "健太", "陽子", "大輔"], family: ["佐藤", "鈴木", "渡辺"], isFamilyFirst: true),
    DemoCulture(given: ["민준", "서연", "지훈"], family: ["김", "이", "박"], isFamilyFirst: true),
    DemoCulture(given: ["Анна", "Дмитрий", "Светлана"], family: ["Иванова", "Кузнецов", "Шевченко"]),
    DemoCulture(given: ["נועה", "דוד", "יעל"], family: ["כהן", "לוי", "מזרחי"]),
    DemoCulture(given: ["สมชาย", "มาลี", "อนงค์"], family: ["ศรีสุข", "แก้วใส", "ทองดี"]),
    DemoCulture(given: ["José", "María", "Íñigo", "Ángela"], family: ["García Núñez", "Muñoz", "Peña"]),
    DemoCulture(given: ["Aroha", "Tāne", "Hine"], family: ["Ngata", "Te Whānau", "Pōtiki"]),
  ]

  static let companies = [
    "Banksia Plumbing Pty Ltd", "Müller & Söhne Bau", "Blue Gum Café", "\"The Corner\" Store Pty Ltd",
    "Two Rivers, Three Hills Trust", "@Home Interiors", "=Equal Partners Pty Ltd", "-Minus Ten Refrigeration",
    "'Tis the Season Events", "+Plus Physio", "北京楼餐馆有限公司", "Wattle Legal, Solicitors",
  ]
  static let employers = [
    "Coastal Health Service", "Ironbark Mining", "Redgum Primary School", "Self-employed",
    "City of Wattlebank",
    "Southern Cross Freight", "Kookaburra Software Pty Ltd", "Saltbush Foods",
  ]
  static let occupations = [
    "Nurse", "Electrician", "Teacher", "Software engineer", "Chef", "Truck driver", "Accountant", "Farmer",
    "Sales assistant", "Physiotherapist", "Retired",
  ]
  static let titles = ["Mr", "Ms", "Mrs", "Dr", "Mx", "Prof."]
}

/// A person who doesn't exist.
struct DemoPerson {
  let first: String
  let last: String
  let middle: String
  private let culture: DemoCulture

  init(_ generator: inout Generator) {
    // Every second one from the first culture.
    culture = generator.chance(50) ? DemoNames.cultures[0] : generator.pick(DemoNames.cultures)
    first = generator.pick(culture.given)
    last = generator.pick(culture.family)
    middle = generator.pick(culture.given)
  }

  func fullName(middle: String?) -> String {
    guard let middle, !culture.isFamilyFirst else { return culture.fullName(first, last) }
    return culture.fullName("\(first) \(middle)", last)
  }

  /// An address that can't exist (RFC 2606), made from the name where it has only ASCII letters.
  func email(_ number: Int) -> String {
    let name = "\(first).\(last)".lowercased()
    let isPlain = name.utf8.allSatisfy { (0x61...0x7A).contains($0) || $0 == 0x2E }
    return isPlain ? "\(name)\(number)@example.com" : "client\(number)@example.org"
  }
}
