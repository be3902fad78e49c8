/// Texts that have broken other programs, of every category in the Big List of Naughty Strings. They are
/// written for this test; a person, an import or an attacker may put any of them into any field.
enum NaughtyStrings {
  static let all: [String] =
    words + numbers + punctuation + unicode + directions + controls + markup + handlers + urls + databases
    + shells
    + files + formats + headers + templates + [long]

  /// Whether a name's field accepts it: it shows something, on one line, has no control characters, and turns no text.
  static func isName(_ text: String) -> Bool {
    let breaks: Set<Unicode.GeneralCategory> = [.control, .lineSeparator, .paragraphSeparator]
    let unseen: Set<Unicode.GeneralCategory> = [
      .format, .spaceSeparator, .nonspacingMark, .unassigned, .privateUse,
    ]
    return text.unicodeScalars.allSatisfy { !breaks.contains($0.properties.generalCategory) }
      && text.unicodeScalars.contains { !unseen.contains($0.properties.generalCategory) }
      && text.unicodeScalars.allSatisfy { !(0x202A...0x202E ~= $0.value || 0x2066...0x2069 ~= $0.value) }
      && text.count <= 200
  }

  private static let words = [
    "undefined", "undef", "null", "NULL", "nil", "None", "true", "FALSE", "hasOwnProperty", "__proto__",
    "constructor",
    "toString", "then", "NaN", "Infinity", "-Infinity", "CON", "PRN", "AUX", "LPT1", "admin", "root", "owner",
    "\\", "\\\\",
  ]
  private static let numbers = [
    "0", "1", "1.00", "$1.00", "1/2", "1E2", "1E+02", "-1", "-1.00", "-$1.00", "0/0", "-9223372036854775808",
    "0.0.0",
    "0,00", "0,,0", "--1", "0x0", "0xffffffffffffffff", "1#QNAN", "123456789012345678901234567890", "01000",
    "٠١٢٣", "１２３", "1;2",
  ]
  private static let punctuation = [
    ",./;'[]\\-=", "<>?:\"{}|_+", "!@#$%^&*()`~", "'", "\"", "''", "\"\"", "'\"'", "\"''''\"'\"", "`", "&",
    "&&", ";", "<", ">",
    "«»‹›“”‘’", "Ω≈ç√∫˜µ≤≥÷", "åß∂ƒ©˙∆˚¬…æ", "¡™£¢∞§¶•ªº–≠", "⁰⁴⁵₀₁₂", "O'Brien & Söhne \"GmbH\"",
  ]
  private static let unicode = [
    "田中さんにあげて下さい", "パーティーへ行かないか", "和製漢語", "𠜎𠜱𠝹𠱓", "사회과학원", "찦차를", "Ѐ Ё Ђ", "ЁЂЃЄЅ", "😍", "👩🏽", "👨‍👩‍👧‍👦",
    "🏳️‍🌈", "🇺🇸🇷", "1️⃣2️⃣", "✋🏿💪🏿", "Ⱥ Ⱦ", "ﬁ ﬀ", "İiIı", "ẞß", "e\u{301}\u{327}", "Z̮̞̠͙͔ͅḀ̗̞͈̻̗Ḷ͙͎̯̹̞͓G̻O̭̗̮", "𝐓𝐡𝐞 𝓺𝓾𝓲𝓬𝓴",
    "⒯⒣⒠ ⒬⒰⒤⒞⒦", "˙ɐnbᴉlɐ ɐuƃɐɯ", "ﷺ", "\u{FFFD}", "\u{FFFE}", "\u{10FFFF}", "ǅ", "(╯°□°）╯︵ ┻━┻",
  ]
  private static let directions = [
    "ثم نفس سقطت", "בְּרֵאשִׁית", "test\u{2060}test", "\u{202A}\u{202A}test\u{202A}", "\u{202B}test\u{202B}",
    "\u{2066}test\u{2067}",
    "abc\u{202E}gpj.exe", "\u{200F}\u{200E}", "מִקְרָא abc",
  ]
  private static let controls = [
    "\u{1}\u{2}\u{3}", "\t", "\u{B}", "\u{C}", "\u{1B}[31mred\u{1B}[0m", "\u{7F}", "\u{80}\u{85}\u{9F}",
    "\u{AD}", "\u{200B}", "\u{200D}",
    "\u{2028}", "\u{2029}", "\u{3000}", "\u{FEFF}", "\u{180E}", "a\nb", "a\r\nb", "a\rb", "\r\n\r\n",
    " leading and trailing ",
    "Roses are \u{1B}[0;31mred\u{1B}[0m", "But now...\u{1B}[20Cfor my greatest trick", "\u{E0041}",
    "\u{FFF9}a\u{FFFA}b\u{FFFB}",
  ]
  private static let markup = [
    "<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;", "<svg><script>1<3</script>",
    "\"><script>alert(1)</script>",
    "'><script>alert(1)</script>", "</script><script>alert(1)</script>",
    "< / script >< script >alert(1)< / script >",
    "<img src=x onerror=alert(1)>", "<IMG SRC=\"jav&#x09;ascript:alert(1)\">",
    "<<script>alert(1);//<</script>", "</textarea><b>",
    "</title><b>", "</blockquote></main>", "<!--", "-->", "<![CDATA[x]]>", "<plaintext>", "<b>bold</b>",
    "<style>*{display:none}</style>",
    "<base href=//evil.example>", "<meta http-equiv=refresh content=0>",
    "<form action=//evil.example><button>", "&amp;", "&#60;b&#62;",
    "&nbsp", "&", "<a href=\"javascript\\x3Ajavascript:alert(1)\">x</a>",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "\u{FF1C}script\u{FF1E}", "+ADw-script+AD4-", "<iframe src=//evil.example>",
  ]
  private static let handlers = [
    "\" onfocus=alert(1) autofocus x=\"", "' onmouseover='alert(1)", "x\" onclick=\"alert(1)",
    "` onload=alert(1)", "\" style=\"x:expression(1)",
    "autofocus onfocus=alert(1)", "\" hidden \"", "\"/><input name=\"csrf_token\" value=\"x",
  ]
  private static let urls = [
    "javascript:alert(1)", "data:text/html,<script>alert(1)</script>", "http://a/%%30%30",
    "https://evil.example/\"onclick=", "//evil.example",
    "?a=1&b=2#c", "%3Cscript%3E", "%00", "%0d%0aSet-Cookie:a=b", "%s%n%x", "../../../etc/passwd",
  ]
  private static let databases = [
    "1;DROP TABLE user", "1'; DROP TABLE user-- 1", "' OR 1=1 -- 1", "' OR '1'='1", "%", "_", "\\%",
    "'||(SELECT 1)||'", "\" OR \"\"=\"", "*",
  ]
  private static let shells = [
    "$HOME", "$(touch /tmp/blns.fail)", "`touch /tmp/blns.fail`", "| cat /etc/passwd", "; id", "--help", "-v",
    "--version=\"$USER\"",
    "/dev/null; touch /tmp/blns.fail ; echo", "@{[system \"touch /tmp/blns.fail\"]}", "%*.*s",
    "eval(\"puts 'hello'\")", "System(\"ls\")",
  ]
  private static let files = [
    "../a", "..\\a", "/etc/passwd", "C:\\con", "a:b", "a|b", "a*?b", ".htaccess", "a.zip.exe", "nul.txt",
    "name.", "~", ". .", "...",
  ]
  private static let formats = [
    "=1+1", "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "\"a\",\"b\"", "a;b", "{\"a\":1}",
    "<?xml version=\"1.0\"?>",
    "<!DOCTYPE foo [<!ENTITY xxe SYSTEM \"file:///etc/passwd\">]><foo>&xxe;</foo>", "()", "[]", "{}",
    "<%= 1 %>", "${7*7}", "#{7*7}",
  ]
  private static let headers = [
    "a\r\nBcc: victim@x.example", "a\nBcc: victim@x.example", "a\r\n\r\nbody", "=?UTF-8?B?QmNj?=",
    "=?utf-8?q?=0D=0ABcc:x?=",
    "<evil@x.example>", "\"a\" <evil@x.example>", "a, b@x.example", "a; b", ".", "From me", "--=_0", "=_",
    "=3D=0A",
    "Re: [x]: (comment)", "\u{85}Bcc: x", "\u{2028}Bcc: x",
  ]
  private static let templates = [
    "{{name}}", "{{{name}}}", "{{#users}}x{{/users}}", "{{> partials/head}}", "{{=<% %>=}}", "{{! x }}", "}}",
    "{{", "{{csrf_token}}",
  ]
  private static let long = String(repeating: "<a&\"' ", count: 33)
}
