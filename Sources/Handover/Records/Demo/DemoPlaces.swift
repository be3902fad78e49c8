/// Places and other words of a loan application. Lenders and referrers are invented.
enum DemoPlaces {
  static let suburbs: [(suburb: String, state: String, postcode: String)] = [
    ("Darwin City", "NT", "0800"), ("Nightcliff", "NT", "0810"), ("Alice Springs", "NT", "0870"),
    ("Parramatta", "NSW", "2150"), ("Newtown", "NSW", "2042"), ("Wagga Wagga", "NSW", "2650"),
    ("Byron Bay", "NSW", "2481"), ("Wollongong", "NSW", "2500"), ("Fitzroy", "VIC", "3065"),
    ("Footscray", "VIC", "3011"), ("Ballarat Central", "VIC", "3350"), ("Geelong", "VIC", "3220"),
    ("Fortitude Valley", "QLD", "4006"), ("Toowoomba City", "QLD", "4350"), ("Cairns City", "QLD", "4870"),
    ("Mount Isa", "QLD", "4825"), ("Glenelg", "SA", "5045"), ("Coober Pedy", "SA", "5723"),
    ("Fremantle", "WA", "6160"), ("Kalgoorlie", "WA", "6430"), ("Broome", "WA", "6725"),
    ("Battery Point", "TAS", "7004"), ("Launceston", "TAS", "7250"), ("Braddon", "ACT", "2612"),
  ]
  static let streets = [
    "Banksia Street", "Wattle Grove", "Railway Parade", "High Street", "Kookaburra Court", "Station Road",
    "Esplanade", "O'Dea Avenue", "Mt. Pleasant Road", "Jacaranda Lane",
  ]
  static let lenders = [
    "Southern Mutual", "Banksia Bank", "First Harbour Bank", "Wattle Credit Union", "Ironbark Home Loans",
    "Outback & Coast Building Society", "Kestrel Finance", "Meridian Bank",
  ]
  static let products = [
    "Basic Variable", "Offset Plus", "Fixed 2 Years", "Fixed 5 Years", "Construction Saver",
    "Simple, No Fees",
    "\"First Step\" Home Loan", "Low Doc 80%",
  ]
  static let purposes = [
    "Purchase", "Refinance", "Construction", "Investment", "Debt consolidation", "Bridging",
  ]
  static let loanTypes = ["Home loan", "Investment loan", "Line of credit", "Commercial", "Asset finance"]
  static let rateTypes = ["Variable", "Fixed", "Split"]
  static let workflows = ["Residential", "Commercial", "Asset finance"]
  static let stages = [
    "Lead", "Fact find", "Application", "Submitted", "Conditional approval", "Formal approval", "Settlement",
  ]
  static let referrers = [
    "Wattle Legal, Solicitors", "Open home in Fitzroy", "Website", "Existing client", "Ray's Real Estate",
    "Facebook ad",
  ]
  static let labels = [
    "first home", "investor", "self-employed", "priority", "VIP ⭐", "SMSF", "guarantor", "expat",
    "review; yearly",
  ]
}
