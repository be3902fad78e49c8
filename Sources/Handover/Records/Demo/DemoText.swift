/// Free text of a wanted length, built in a buffer that is used again.
struct DemoText {
  /// UTF-8.
  private(set) var bytes: [UInt8] = []
  private var characters = 0

  /// Writes whole sentences: at least `wanted` characters, and at most 200 more.
  mutating func write(atLeast wanted: Int, _ generator: inout Generator) {
    bytes.removeAll(keepingCapacity: true)
    characters = 0
    if generator.chance(6) { append(generator.pick(DemoSentences.openings)) }
    let lineEnd = generator.chance(30) ? "\r\n" : "\n"
    while characters < wanted {
      if characters > 0 { append(generator.chance(18) ? lineEnd : " ") }
      sentence(&generator)
    }
  }

  private mutating func sentence(_ generator: inout Generator) {
    switch generator.below(100) {
    case 0..<2: append(generator.pick(DemoSentences.whole))
    case 2..<8:
      append("Call \(generator.within(1...12)):\(Wording.padded(generator.below(60), 2)) pm, ")
      append(
        "\(generator.within(2...45)) minutes; next on \(generator.within(1...28))/\(generator.within(1...12))."
      )
    case 8..<16:
      append(
        "Borrowing capacity $\(generator.within(180...1_900)),\(Wording.padded(generator.below(1000), 3)), ")
      append("rate \(generator.within(4...8)).\(Wording.padded(generator.below(100), 2))%.")
    default:
      subject(&generator)
      if generator.chance(30) { word(DemoWords.adverbs, &generator) }
      word(DemoWords.verbs, &generator)
      noun(&generator)
      for _ in 0..<generator.below(3) {
        word(DemoWords.prepositions, &generator)
        noun(&generator)
      }
      detail(&generator)
      append(generator.chance(20) ? generator.pick(DemoSentences.endings) : ".")
    }
  }

  private mutating func subject(_ generator: inout Generator) {
    let start = bytes.count
    switch generator.below(100) {
    case 0..<20: append(DemoPerson(&generator).fullName(middle: nil))
    case 20..<40: append(generator.pick(DemoWords.subjects))
    default:
      append(generator.pick(DemoWords.determiners))
      if generator.chance(40) { word(DemoWords.adjectives, &generator) }
      word(DemoWords.people, &generator)
    }
    if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(bytes[start]) { bytes[start] -= 0x20 }
  }

  private mutating func noun(_ generator: inout Generator) {
    word(DemoWords.determiners, &generator)
    if generator.chance(45) { word(DemoWords.adjectives, &generator) }
    word(DemoWords.nouns, &generator)
  }

  private mutating func word(_ words: [String], _ generator: inout Generator) {
    append(" ")
    append(generator.pick(words))
  }

  /// A detail that most other notes don't have.
  private mutating func detail(_ generator: inout Generator) {
    let number = generator.below(1_000_000)
    switch generator.below(20) {
    case 0...1: append(" (ref. \(String(number * 977 + 46_656, radix: 36).uppercased()))")
    case 2...3: append(" over $\(number / 7).\(Wording.padded(number % 100, 2))")
    case 4: append(" of \(number % 28 + 1)/\(number % 12 + 1)/\(2020 + number % 7)")
    case 5...6: append(" for \(number % 399 + 1) \(generator.pick(DemoPlaces.streets))")
    case 7: append(" with \(generator.pick(DemoPlaces.lenders)), file \(number)")
    case 8:
      append(
        ", 04\(Wording.padded(number % 100, 2)) \(Wording.padded(number / 1_000, 3)) \(Wording.padded(number % 1_000, 3))"
      )
    case 9:
      append(
        ", to \(generator.pick(DemoWords.people))\(number)@\(generator.pick(DemoWords.nouns)).example.net")
    case 10: append(" at \(number % 12 + 1):\(Wording.padded(number % 60, 2))")
    case 11: append(" (\(number / 10_000).\(Wording.padded(number % 100, 2))%)")
    case 12: append(", invoice \(2019 + number % 8)-\(Wording.padded(number % 100_000, 5))")
    default: break
    }
  }

  private mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    characters += text.unicodeScalars.count
  }
}

/// The words of which most sentences of notes and tasks are made, one by one: whole phrases, repeated, would
/// be compressed twice as well as what people write.
enum DemoWords {
  static let determiners = words("the the the their her his our my your a this that another each one")
  static let subjects = words("we they she he I somebody everyone nobody")
  static let people = words(
    """
    client clients solicitor valuer accountant assessor employer agent guarantor conveyancer builder vendor friend \
    processor ex-husband ex-wife manager planner inspector developer underwriter bookkeeper borrower mother father \
    sister brother daughter son partner landlord tenant buyer seller neighbour architect surveyor engineer broker \
    assistant receptionist team branch bank lender insurer trustee director auditor banker executor landlady colleague \
    supervisor payroll council translator mentor student nurse teacher pilot electrician plumber chef baker dentist
    """)
  static let verbs = words(
    """
    sent signed checked confirmed lost found scanned emailed uploaded rejected approved changed corrected printed \
    postponed cancelled requested received verified explained discussed mentioned questioned compared prepared \
    forgot promised negotiated translated renewed returned queried expected updated copied counted estimated repaid \
    extended shortened refused accepted reviewed withdrew reopened closed drafted forwarded collected ordered paid \
    waived raised lowered doubled halved split merged fixed released dated witnessed certified lodged registered \
    photographed delivered misread noticed ignored remembered archived insured valued sold bought inspected measured
    """)
  static let adverbs = words(
    """
    quickly finally already never almost certainly twice quietly happily just later kindly formally again recently \
    carefully apparently still gladly reluctantly immediately verbally probably often soon yesterday accidentally
    """)
  static let adjectives = words(
    """
    new old first second third final signed unsigned missing late early current former joint single fixed variable \
    annual monthly weekly quarterly original certified digital handwritten incomplete complete wrong correct larger \
    smaller separate additional temporary permanent casual part-time full-time overseas local regional urgent minor \
    major standard special private commercial residential rural coastal furnished vacant expired valid provisional \
    unusual small big long short blue green yellow empty verified disputed cheap expensive quiet noisy southern \
    northern eastern western shared spare updated attached partial detailed rough generous strict friendly patient
    """)
  static let nouns = words(
    """
    payslip contract valuation return deposit approval inspection letter form notice limit expenses account appraisal \
    rate gift deed check certificate consent serviceability settlement duty grant facility lease debt visa mortgage \
    cost leave statement payment income super attorney loan period redraw title house unit apartment townhouse garage \
    garden kitchen roof fence pool driveway boundary suburb street school station office shop warehouse farm block \
    land portfolio trust company partnership business salary bonus commission overtime pension allowance dividend \
    interest fee charge penalty discount cashback premium policy claim excess invoice receipt quote tender estimate \
    budget plan schedule calendar appointment meeting call message voicemail email attachment folder portal password \
    passport licence card photo signature witness copy page clause condition appendix amendment addendum reference \
    number amount balance surplus shortfall margin buffer ratio score report history default enquiry application \
    submission assessment decision offer exchange auction campaign listing open-house bond rent tenancy vacancy repair \
    renovation extension permit survey drawing warranty handover keys removal storage furniture insurance car boat \
    caravan motorbike fund share bond term review reminder question answer idea problem reason delay weekend holiday \
    anniversary arrangement assistance bathroom bedroom birthday boarder breach bridge bushland business-plan cafe chain \
    childcare city clinic coast comparison complaint concession confirmation contact corner council-rates course court \
    customer daycare decline denial department dependant description difference direction discharge dispute district \
    divorce document drainage easement economy education election emergency employment engagement entity error event \
    evidence example exception experience explanation export exposure factory failure family figure finance firm flood \
    floor forecast founder franchise freehold frontage funding goal goodwill guarantee guide heritage highway hospital \
    household income-split increase inflation inheritance instalment intention introduction inventory island journey \
    judgement junction kiosk language laundry lawyer level library line liquidity lodgement machine mailbox maintenance
    """)
  static let prepositions = words(
    "about after before with without for against despite during under over near from behind beside until"
  )

  private static func words(_ text: String) -> [String] {
    text.split(separator: " ").map(String.init)
  }
}

/// What notes and tasks hold beside sentences made of words.
enum DemoSentences {
  static let endings = [
    " and will get back to us on Monday.", "; we need it before finance is due.", " (see the e-mail).",
    ", \"as soon as possible\".", " – nothing to do for now.", ", which changes the LVR to 82.5%.",
    " and asked for a call after 5 pm.", "; the rate lock ends this week!", ". Left a message.", ", twice.",
    " with a new address in the contract.", ", so we ordered another one.", " but not the last page.",
    "; the fee is waived.", " and thanked the whole team 🎉", ". He prefers text messages.",
    ": cash-out above the limit, reason needed.", "; LMI applies, client knows.", " before the auction.",
    " over lunch.", ", but only verbally.", "; third reminder.", " – please diarise for next quarter.",
    " and wants a second opinion.", ", in writing this time.", "; interpreter booked for the next call.",
    " because the rate moved again.", " after the school holidays.", ", conditions apply (list attached).",
    "; waiting for head office.", " in the portal, version 2 supersedes it.",
    ", and is travelling until the 20th.",
    " at the branch, original sighted.", ". Follow up in two weeks.", " – see \"Conditions\", item 3.",
  ]
  static let whole = [
    "Client's words: \"We can't go above 5.49%, or we walk\".",
    "Kunde bevorzugt Anrufe am Vormittag; Größe der Wohnung: 84 m², Kaufnebenkosten prüfen.",
    "客户希望在月底之前完成贷款审批，并要求把利率锁定两年。已解释提前还款的费用。",
    "Khách hàng muốn vay thêm để sửa nhà, đã gửi đầy đủ giấy tờ và chờ ngân hàng thẩm định.",
    "العميل يفضل التواصل باللغة العربية، وقد أرسل كشف الحساب لآخر ثلاثة أشهر.",
    "ग्राहक ने वेतन पर्ची भेज दी है, अब बैंक से अंतिम मंज़ूरी की प्रतीक्षा है।",
    "Ο πελάτης ζήτησε νέα εκτίμηση του ακινήτου πριν από την υπογραφή του συμβολαίου.",
    "ลูกค้าขอเลื่อนวันโอนเป็นสัปดาห์หน้า และจะส่งเอกสารเพิ่มเติมทางอีเมล",
    "הלקוח ביקש להאריך את תקופת ההלוואה לשלושים שנה ולבדוק ריבית קבועה.",
    "Le client attend la réponse de l'assurance ; l'échéancier sera revu après.",
    "Family moves with 2 kids 👨‍👩‍👧‍👦 and a dog 🐕; needs the keys before school starts. 👍🏽",
  ]
  /// Each tests something different in CSV or in a spreadsheet.
  static let openings = [
    "=SUM(income) - expenses was left in the template by mistake; ignore.",
    "+61 491 570 006 is the new mobile number.",
    "-250.00 adjustment of the fee, agreed by phone.", "@everyone please read before you call the client.",
    "'Final' contract is not final, wait for the next one.", "\tIndented from an old system, kept as it was.",
    "\"Quoted from the first word on\", as in the e-mail.",
    "Call summary, imported, with commas, lots, of, them.",
  ]
  static let taskNames = [
    "Order valuation", "Call client", "Chase payslips", "Send fact find", "Submit application",
    "Book settlement",
    "Check \"Conditions\", items 1, 2", "Lock rate", "Upload ID", "Review in 12 months", "-- merged task --",
    "Verify deposit, savings and gifts", "Ring solicitor", "Update living expenses", "Prepare comparison",
  ]
  static let priorities = ["low", "normal", "normal", "normal", "high"]
}
