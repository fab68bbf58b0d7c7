use std::borrow::Cow;

use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(raw: &str, want: &str) {
    let got = normalize(raw);
    assert_eq!(got.as_str(), want, "normalising {raw:?}");
    assert_eq!(got.is_unchanged(), raw == want, "{raw:?} to {want:?}");
    check_promises(raw);
}

/// What holds for every text: idempotence, offsets on boundaries, unedited stretches equal byte for byte.
#[track_caller]
fn check_promises(raw: &str) {
    let once = normalize(raw);
    let twice = normalize(once.as_str());
    assert_eq!(twice.as_str(), once.as_str(), "normalising {raw:?} twice");
    let text = once.as_str();
    let points: Vec<_> = once.map().points().collect();
    assert_eq!(points.first(), Some(&(0, 0)));
    assert_eq!(points.last(), Some(&(text.len(), raw.len())));
    for &(norm, raw_at) in &points {
        assert!(text.is_char_boundary(norm) && raw.is_char_boundary(raw_at), "{raw:?}: {points:?}");
    }
    assert!(points.is_sorted(), "{raw:?}: {points:?}");
    let mut end = (0, 0);
    for edit in &once.map().edits {
        let between = (text.get(end.0..edit.norm_start), raw.get(end.1..edit.raw_start));
        assert!(between.0.is_some() && between.0 == between.1, "{raw:?}: {:?}", once.map());
        end = (edit.norm_end, edit.raw_end);
    }
    assert_eq!(text.get(end.0..), raw.get(end.1..));
    for (start, c) in text.char_indices() {
        let range = once.map().to_raw(start..start + c.len_utf8());
        assert!(raw.get(range.clone()).is_some(), "{raw:?}: {range:?}");
        let back = once.map().to_normalized(range);
        assert!(
            back.start <= start && start + c.len_utf8() <= back.end,
            "{raw:?}: {c} at {start} came back as {back:?}"
        );
    }
    for (start, c) in raw.char_indices() {
        assert!(text.get(once.map().to_normalized(start..start + c.len_utf8())).is_some());
    }
}

#[test]
fn clean_text_is_borrowed() {
    for text in ["", "กรมการแพทย์", "ที่ น้ำ สิทธิ์ ก๊าซ", "a; b & c", "กรุงเทพฯ และ ฯลฯ", "café", "“อ้าง” – ขีด • 🙏🏽👨‍👩‍👧"]
    {
        assert!(matches!(normalize(text).text, Cow::Borrowed(_)), "{text:?}");
        check(text, text);
    }
}

#[test]
fn sara_am_is_joined_in_every_order() {
    for raw in [
        "น\u{E4D}\u{E49}\u{E32}",
        "น\u{E49}\u{E4D}\u{E32}",
        "น\u{E4D}\u{E32}\u{E49}",
        "น\u{E33}\u{E49}",
        "น\u{E49}\u{E33}",
    ] {
        check(raw, "น้ำ");
    }
    check("ท\u{E4D}\u{E32}งาน", "ทำงาน");
    check("อํ", "อํ"); // Nikhahit of Pali stands alone.
}

#[test]
fn marks_take_their_order_and_stand_once() {
    check("ท่ี", "ที่");
    check("ผู้้", "ผู้");
    check("ก่่่อน", "ก่อน");
    check("ก่ิ่น", "กิ่น");
    check("สิทธ์ิ", "สิทธิ์");
    check("ก\u{E48}\u{E38}", "กุ่");
    check("มา้", "ม้า");
    check("คะ่", "ค่ะ");
    check("ค่ะ่", "ค่ะ");
    check("ขาว ข้าว ข่าว", "ขาว ข้าว ข่าว"); // Tones are letters.
    check("ก่้", "ก่้"); // Which of two tones was meant is not ours to say.
}

#[test]
fn vowels_are_repaired() {
    check("เเปลก", "แปลก");
    check("เเเเปลก", "แปลก");
    check("จ้าาาา", "จ้า");
    check("โโรง", "โรง");
    check("นะะะ", "นะ");
    check("มากกกก", "มากกกก"); // Stretched consonants are a matter of matching.
}

#[test]
fn the_invisible_goes_and_spaces_are_spaces() {
    check("กรม\u{200B}การ\u{FEFF}แพทย์\u{AD}", "กรมการแพทย์");
    check("\u{202A}ก\u{202C}\u{200E}", "ก");
    check("ก\u{A0}ข\u{3000}ค\u{2009}ง", "ก ข ค ง");
    check("ก\u{2028}ข\u{85}ค", "ก\nข\nค");
    check("ก\u{0}\u{1F}ข\r\n\tค", "กข\r\n\tค");
    check("ท\u{200B}\u{E48}\u{E35}", "ที่");
    check("ก\u{200D}ข", "กข");
    check("\u{FFFD}", "\u{FFFD}"); // Damage is information.
}

#[test]
fn digits_are_unified() {
    check("๑๒๓,๔๕๖.๗๘", "123,456.78");
    check("พ.ศ. ๒๕๖๐", "พ.ศ. 2560");
}

#[test]
fn yamok_and_paiyannoi_follow_their_word() {
    check("ต่าง ๆ นานา", "ต่างๆ นานา");
    check("เร็ว  ๆ นี้", "เร็วๆ นี้");
    check("กรุงเทพ ฯ เมือง", "กรุงเทพฯ เมือง");
    check("พณ ฯ", "พณฯ");
    check("หมู ไก่ ฯลฯ", "หมู ไก่ ฯลฯ");
    check("ข้อ 2 ๆ", "ข้อ 2 ๆ");
    check("ก\n ๆ", "ก\n ๆ");
}

#[test]
fn entities_are_decoded_until_none_is_left() {
    check("a&nbsp;b&amp;c", "a b&c");
    check("&amp;amp;amp;lt;", "<");
    check("&#3585;&#xE02;&#3665;", "กข1");
    check("&am\u{200B}p;", "&");
    check("&unknown; &; &#0; &#xD800;", "&unknown; &; &#0; &#xD800;");
    check("ท&#3656;&#3637;", "ที่");
    check("ส.ส.&ldquo;ก&rdquo;", "ส.ส.“ก”");
}

#[test]
fn urls_are_never_altered() {
    for url in
        ["https://example.com/?a=1&copy=2&amp;b;", "http://ก.example/ข่าว๑/เเ", "www.example.com/a?q=๑๒;&lt;"]
    {
        check(url, url);
    }
    check("https://example.com๑๑", "https://example.com๑1");
    check("ดู www.ก.th/เเ และ http://a.b/\u{200B}๑ เเล้ว ๑", "ดู www.ก.th/แ และ http://a.b/๑ แล้ว 1");
    check("http://a/\u{212A}๑๑", "http://a/K๑1");
    let long = format!("http://a/{}", "เ๑่่".repeat(2000)); // However long.
    check(&long, &long);
    check("https://example.com/a ๑", "https://example.com/a 1");
    check("https://example.comเเปลก", "https://example.comแปลก");
}

#[test]
fn latin_is_composed_and_nothing_is_folded() {
    check("cafe\u{301}", "café");
    check("q\u{307}\u{323}", "q\u{323}\u{307}");
    check("½ ² ① ＡＢＣ ﬁ ™", "½ ² ① ＡＢＣ ﬁ ™");
    check("\u{212A}", "K");
}

#[test]
fn private_thai_glyphs_become_letters() {
    check("น\u{F70B}ำ", "น้ำ");
    check("ป\u{F710}ญหา ท\u{F702}\u{F70A}", "ปัญหา ที่");
    check("\u{F0B7}", "\u{F0B7}"); // A bullet of a symbol font is not a Thai letter.
}

#[test]
fn offsets_lead_back_to_the_raw_text() {
    #[track_caller]
    fn check(raw: &str, needle: &str, want: &str) {
        let clean = normalize(raw);
        let start = clean.as_str().find(needle).expect("the needle is there");
        assert_eq!(
            raw.get(clean.map().to_raw(start..start + needle.len())),
            Some(want),
            "{needle:?} in {raw:?}"
        );
    }
    check("ก\u{200B}ข\u{200B}ค", "ข", "ข");
    check("ก\u{200B}ข\u{200B}ค", "กข", "ก\u{200B}ข");
    check("\u{FEFF}กรม", "กรม", "กรม");
    check("ดื่มนํ้าเปล่า", "น้ำ", "นํ้า");
    check("ปี ๒๕๖๐ นี้", "2560", "๒๕๖๐");
    check("ก&nbsp;ข", " ", "&nbsp;");
    check("ต่าง ๆ กัน", "ๆ", " ๆ");
    check("ต่าง ๆ กัน", "กัน", "กัน");
}

#[test]
fn hostile_text_stays_linear() {
    for piece in ["่ิ", "\u{301}\u{323}", "&amp;", "&#59", "เ", " ฯ", "http://a&lt;", "\u{E4D}\u{E32}", " ๆ"]
    {
        let raw = piece.repeat(20_000);
        check_size(&raw);
    }
    fn check_size(raw: &str) {
        let once = normalize(raw);
        assert_eq!(normalize(once.as_str()).as_str(), once.as_str());
    }
}

#[track_caller]
fn check_blocks(raw: &str) {
    assert_eq!(normalize(raw), normalize_with(raw, usize::MAX), "{raw:?} in blocks");
}

/// Passing over clean text in blocks must see whatever the tables see: every pair of characters, somewhere in a block.
#[test]
fn blocks_see_every_pair_that_may_change() {
    let pad = "การ".repeat(12);
    let ascii = (0..0x80u32).step_by(3).chain([0x0, 0x9, 0xA, 0xD, 0x20, 0x3B, 0x7F]);
    let foreign = [
        0xA0, 0xAD, 0xE9, 0x301, 0x900, 0xEC0, 0x200B, 0x200F, 0x2010, 0x201C, 0x2027, 0x2028, 0x20AC,
        0xF70A, 0xFEFF, 0x1F64F,
    ];
    let characters: Vec<char> = ascii.chain(0xE00..0xE80).chain(foreign).filter_map(char::from_u32).collect();
    for (number, &first) in characters.iter().enumerate() {
        let mut raw = pad.clone();
        raw.push_str(pad.get(..number % 22 * 3).unwrap_or_default());
        for &second in &characters {
            raw.extend([first, second, 'ก', 'า', 'ร']);
        }
        raw.push_str(&pad);
        check_blocks(&raw);
    }
    // Vowels, marks and signs at every place of a block: 15 bytes and the block's have no common divisor.
    let signs = || (0xE2F..0xE4F).filter_map(char::from_u32);
    for first in signs() {
        for second in signs() {
            check_blocks(&format!("{pad}{}{pad}", format!("{first}{second}การ").repeat(64)));
        }
    }
}

fn dirty() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ก-๛]{1,4}",
        "[\u{E31}-\u{E3A}\u{E47}-\u{E4E}าะเแ]{1,6}",
        "[ ;&#a-z0-9]{1,4}",
        prop::sample::select(vec![
            "&amp;",
            "&#3656;",
            "&nbsp;",
            "amp;",
            "http://",
            "www.",
            "/",
            "\u{200B}",
            "\u{A0}",
            " ๆ",
            " ฯ",
            "ฯลฯ",
            "ล",
            "\u{301}",
            "\u{323}",
            "e",
            "\u{200D}",
            "👩",
            "๑",
            "\u{F70A}",
            "\u{1100}",
            "\u{1161}",
            "\u{3A}",
            "lt;",
            "#59",
            "\n",
            "\u{0F71}",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn promises_hold_for_any_text(raw in dirty()) {
        check_promises(&raw);
    }

    #[test]
    fn blocks_make_no_difference(before in "[ก-ฮ]{0,30}", raw in dirty(), between in "([ก-ฮ][ะ-ู]?[่-้]? ?){20,40}", again in dirty()) {
        let long = "กรมการแพทย์".repeat(6);
        let raw = [before.as_str(), raw.as_str(), long.as_str(), between.as_str(), again.as_str(), long.as_str(), raw.as_str(), long.as_str()].concat();
        check_blocks(&raw);
        check_promises(&raw);
    }

    #[test]
    fn clean_thai_is_nfc_and_keeps_its_letters(raw in "[ก-ฮะ-ูเ-์a-z ]{0,30}") {
        let clean = normalize(&raw);
        prop_assert!(unicode_normalization::is_nfc(clean.as_str()));
    }
}
