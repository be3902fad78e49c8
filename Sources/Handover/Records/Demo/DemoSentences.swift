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
