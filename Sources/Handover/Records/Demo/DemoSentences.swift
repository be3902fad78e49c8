/// The pieces from which notes and tasks are made. Most sentences are put together from four parts, so that
/// they compress about as well as what people write.
enum DemoSentences {
  static let subjects = [
    "The client", "Her solicitor", "The valuer", "Their accountant", "The lender's assessor", "His employer",
    "The selling agent", "The guarantor", "Our credit team", "The conveyancer", "The builder", "The vendor",
    "A friend of the family", "The new processor", "Her ex-husband", "The strata manager",
    "The bank's fraud team",
    "Their financial planner", "The pest inspector", "The developer", "An underwriter", "His bookkeeper",
    "The branch manager", "The co-borrower", "Mum, who goes guarantor,", "The settlement team", "The BDM",
    "The body corporate", "The buyer's agent", "My assistant",
  ]
  static let verbs = [
    "called about", "sent us", "is still waiting for", "signed", "asked to change", "confirmed",
    "has not yet sent",
    "wants to discuss", "has queries on", "rejected", "will upload", "apologised for", "explained",
    "emailed back",
    "needs a copy of", "was happy with", "disputes", "has verified", "postponed", "found a mistake in",
    "translated", "scanned and sent", "lost", "argues over", "has doubts about", "agreed to",
    "refuses to sign",
    "prepared", "promised", "compared", "cancelled", "paid for", "asked twice for", "forgot", "negotiated",
  ]
  static let objects = [
    "the payslips", "the contract of sale", "the valuation", "two years of tax returns", "the deposit",
    "the pre-approval", "the building inspection", "a letter of employment", "the discharge form",
    "the rates notice", "the credit card limits", "the living expenses", "the offset account",
    "the rental appraisal",
    "the construction contract", "the fixed rate", "the gift letter", "the trust deed", "the identity check",
    "the insurance certificate", "the council's approval", "the privacy consent", "the serviceability",
    "the settlement date", "the stamp duty", "the first home owner grant", "a bridging facility",
    "the car lease",
    "the HECS debt", "the visa conditions", "the second mortgage", "the break costs",
    "the maternity leave letter",
    "the BAS statements", "the progress payments", "the boarder's income", "the early release of super",
    "the power of attorney", "the split of the loan", "the interest-only period", "the comparison rate",
    "the redraw", "the title search",
  ]
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
  /// Each asks something else of CSV, or of a spreadsheet.
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
