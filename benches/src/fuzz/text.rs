//! What `praden-text` promises for any text: exact offsets, tokens that add up, a second run that changes nothing.

use praden_text::{Segmenter, Token, find_dates, normalize, parse_date, variants};

use super::Target;

const WORDS: &[&str] = &[
    "\u{E4D}\u{E32}",
    "\u{E33}",
    "\u{E48}",
    "\u{E49}",
    "เเ",
    "าา",
    "ๆ",
    " ๆ",
    "ฯ",
    " ฯ",
    "ฯลฯ",
    "ฯพณฯ",
    "๒๕๖๐",
    "๑",
    "\u{200B}",
    "\u{200D}",
    "\u{FEFF}",
    "\u{A0}",
    "&nbsp;",
    "&amp;",
    "&#3656;",
    "&#xE02;",
    "&lt;",
    ";",
    "http://",
    "https://ก.th/",
    "www.",
    "a@b.co",
    "\u{301}",
    "\u{323}",
    "e\u{301}",
    "\u{F70A}",
    "\u{F710}",
    "ก.พ.ร.",
    "พล.อ.",
    "ก.พ.",
    "พ.ศ. ",
    "ค.ศ.",
    "ม.ค.",
    "มกราคม",
    "กุมภาพันธ์",
    "Jan ",
    "September",
    "วันที่ ",
    "เมื่อวันที่ ",
    "วันจันทร์",
    "ระหว่าง",
    " - ",
    "–",
    "ถึง",
    "เวลา ",
    "น.",
    " น.",
    "โมง",
    "ทุ่ม",
    "ตี ",
    "บ่าย",
    "เที่ยงคืน",
    "ที่แล้ว",
    "ที่ผ่านมา",
    "นี้",
    "หน้า",
    "สัปดาห์",
    "เดือน",
    "ปี ",
    "วานนี้",
    "GMT",
    "+07:00",
    "UTC",
    "T",
    "Z",
    "/",
    "-",
    ".",
    ":",
    "25",
    "2567",
    "14.30",
    "14:30:00",
    "31/12/2567",
    "2567-01-15",
    "a.m.",
    "1705303800000",
    "#",
    "@",
    "👨‍👩‍👧",
    "🇹🇭",
    "\n",
    "|",
    ",",
    "(",
    ")",
];

const SEEDS: &[&str] = &[
    "",
    "นํ้าท่วม เเจ้ง ๑๑๑ ต่าง ๆ กรุงเทพ ฯ",
    "เมื่อวันที่ ๒๕ ก.พ. ๖๐ เวลา 14.30 น. ที่ประชุม ก.พ. มีมติ",
    "วันจันทร์ที่ 24 สิงหาคม พ.ศ. 2563 - 2 ก.ย. 63 วานนี้ 2 ชั่วโมงที่แล้ว สัปดาห์หน้า",
    "Mon, 15 Jan 2024 14:30:00 GMT+0700 (Indochina Time) 2567-01-15T14:30:00.123+07:00",
    "กรม|ชลประทาน|น้ำท่วม\nกรมชลประทานชี้แจงน้ำท่วม 5G https://example.com/ก?a=1 #ข่าว @name 👍🏽",
];

/// The targets of this crate.
#[must_use]
pub fn targets() -> Vec<Target> {
    let target = |name, run| Target {
        name,
        run,
        fixtures: &["segmentation/thaigov-news.txt", "demo/articles"],
        seeds: SEEDS,
        words: WORDS,
        bytes_max: 4096,
    };
    vec![
        target("text-normalize", normalizing),
        target("text-map", mapping),
        target("text-segment", segmenting),
        target("text-user-words", user_words),
        target("text-dates", dates),
        target("text-variants", spelling),
    ]
}

/// A second run changes nothing, and nothing invisible or doubled is left.
pub fn normalizing(input: &[u8]) {
    let raw = String::from_utf8_lossy(input);
    let once = normalize(&raw);
    let text = once.as_str();
    assert_eq!(normalize(text).as_str(), text, "a second run changed {raw:?}");
    assert_eq!(once.is_unchanged(), text == raw, "{raw:?}");
    // Clean text before it moves it to another place of the blocks in which clean text is passed over.
    let pad = "การ".repeat(8 + input.len() % 22) + "\n";
    let line = normalize(&format!("\n{raw}")).as_str().get(1..).map(str::to_owned);
    let padded = normalize(&format!("{pad}{raw}")).as_str().get(pad.len()..).map(str::to_owned);
    assert_eq!(padded, line, "{raw:?} behind {} bytes", pad.len());
    assert!(text.len() <= raw.len().saturating_mul(3), "{raw:?} grew to {} bytes", text.len());
}

/// The map is monotone, on character boundaries, ends where the texts end, and leads there and back.
pub fn mapping(input: &[u8]) {
    let raw = String::from_utf8_lossy(input);
    let clean = normalize(&raw);
    let (text, map) = (clean.as_str(), clean.map());
    let points: Vec<(usize, usize)> = map.points().collect();
    assert_eq!(points.first(), Some(&(0, 0)), "{raw:?}");
    assert_eq!(points.last(), Some(&(text.len(), raw.len())), "{raw:?}");
    assert!(points.is_sorted_by(|a, b| a.0 <= b.0 && a.1 <= b.1 && a != b) || points.len() == 1, "{raw:?}");
    assert!(
        points.iter().all(|&(norm, at)| text.is_char_boundary(norm) && raw.is_char_boundary(at)),
        "{raw:?}"
    );
    let mut last = 0;
    for (start, c) in text.char_indices() {
        let range = map.to_raw(start..start + c.len_utf8());
        assert!(
            raw.get(range.clone()).is_some() && range.start >= last,
            "{raw:?}: {c:?} at {start} is {range:?}"
        );
        last = range.start;
        let back = map.to_normalized(range);
        assert!(
            back.start <= start && start + c.len_utf8() <= back.end,
            "{raw:?}: {c:?} at {start} came back as {back:?}"
        );
    }
    for (start, c) in raw.char_indices() {
        assert!(
            text.get(map.to_normalized(start..start + c.len_utf8())).is_some(),
            "{raw:?}: {c:?} at {start}"
        );
    }
    // Any offsets at all are answered.
    let wild = |at: usize| input.get(at).map_or(0, |&byte| usize::from(byte) * 7);
    let (norm, back) = (map.to_raw(wild(0)..wild(1)), map.to_normalized(wild(2)..wild(3)));
    assert!(
        norm.start <= norm.end && norm.end <= raw.len() && back.start <= back.end && back.end <= text.len()
    );
}

/// Tokens join to the text, are not empty, and end where letters end.
pub fn segmenting(input: &[u8]) {
    let raw = String::from_utf8_lossy(input);
    let segmenter = Segmenter::embedded();
    check_tokens(&raw, &segmenter.segment(&raw));
    let clean = normalize(&raw);
    check_tokens(clean.as_str(), &segmenter.segment(clean.as_str()));
}

/// The same with a user dictionary: the first line of the input, split at bars.
pub fn user_words(input: &[u8]) {
    let raw = String::from_utf8_lossy(input);
    let (words, text) = raw.split_once('\n').unwrap_or((&raw, &raw));
    let segmenter = Segmenter::embedded().with_words(words.split('|').take(64));
    check_tokens(text, &segmenter.segment(text));
}

fn check_tokens(text: &str, tokens: &[Token<'_>]) {
    let mut end = 0;
    for token in tokens {
        assert!(
            token.start == end && !token.text.is_empty(),
            "{text:?}: {token:?} does not follow byte {end}"
        );
        assert_eq!(text.get(token.start..token.end()), Some(token.text), "{text:?}");
        end = token.end();
    }
    assert_eq!(end, text.len(), "{text:?}: the tokens end early");
}

/// Spans are in order, do not overlap and slice; values print; a line is read without harm at any base.
pub fn dates(input: &[u8]) {
    const BASES: [i64; 6] =
        [0, 1_705_716_000, -62_135_596_800, 253_370_764_799, 1_709_164_800, 1_735_660_799];
    let text = String::from_utf8_lossy(input);
    let seconds = BASES.get(input.len() % BASES.len()).copied().unwrap_or_default();
    let Ok(base) = jiff::Timestamp::from_second(seconds) else { return };
    let mut last = 0;
    for found in find_dates(&text, base) {
        let is_span = found.start >= last && found.start < found.end;
        assert!(is_span && text.get(found.start..found.end).is_some(), "{text:?}: {found:?}");
        last = found.end;
        assert!(
            !found.value.to_string().is_empty() && found.value.to_instant().is_some(),
            "{text:?}: {found:?}"
        );
    }
    if let Some(found) = parse_date(&text, base) {
        let is_span = text.get(found.start..found.end).is_some_and(|span| !span.is_empty());
        assert!(is_span && !found.value.to_string().is_empty(), "{text:?}: {found:?}");
    }
}

/// Spelling variants are never longer, and the same when made twice.
pub fn spelling(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for variant in [variants::shorten_stretched, variants::undot] {
        let once = variant(&text).into_owned();
        assert!(once.len() <= text.len(), "{text:?}");
        assert_eq!(variant(&once), once.as_str(), "{text:?}");
    }
}
