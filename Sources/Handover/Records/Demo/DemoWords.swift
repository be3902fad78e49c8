/// The words of which most sentences of notes and tasks are made, one by one: whole phrases, repeated, would be
/// compressed twice as well as what people write.
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
