import Secrets

/// Some small documents for the demo's deals, made up like the rest of it.
struct DemoDocuments {
  let documents: Documents

  /// Adds documents to some of the organisation's newest deals.
  ///
  /// - Parameter deals: how many deals it has; they have the numbers from 1 on.
  func make(for organisation: OrganisationID, deals: Int) throws {
    let kinds = [
      "Payslip", "Bank statement", "Contract of sale", "Driver licence", "Loan application – signed",
    ]
    for place in 0..<min(12, deals) {
      let deal = DealID(rawValue: Int64(deals - place * 3))
      guard deal.rawValue > 0, case .done(let upload) = try documents.receive(10_000, of: organisation) else {
        return
      }
      for kind in kinds.prefix(1 + place % kinds.count) {
        var pieces = [Self.page(saying: "\(kind) of \(deal)")][...]
        _ = try upload.take("\(kind).pdf") { pieces.popFirst() }
      }
      _ = try documents.add(upload, to: deal, of: organisation)
    }
  }

  /// A PDF of one page (ISO 32000-1, annex H), of text without brackets.
  private static func page(saying text: String) -> [UInt8] {
    let plain = String(decoding: text.utf8.map { $0 < 0x80 ? $0 : UInt8(ascii: "-") }, as: UTF8.self)
    let content = "BT /F1 24 Tf 72 720 Td (\(plain)) Tj ET"
    let objects = [
      "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
      "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
      "<< /Length \(content.utf8.count) >>\nstream\n\(content)\nendstream",
      "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    var file = "%PDF-1.4\n"
    var table = "xref\n0 \(objects.count + 1)\n0000000000 65535 f \n"
    for (place, object) in objects.enumerated() {
      table += Wording.padded(file.utf8.count, 10) + " 00000 n \n"
      file += "\(place + 1) 0 obj\n\(object)\nendobj\n"
    }
    let start = file.utf8.count
    file += table + "trailer\n<< /Size \(objects.count + 1) /Root 1 0 R >>\nstartxref\n\(start)\n%%EOF\n"
    return Array(file.utf8)
  }
}
