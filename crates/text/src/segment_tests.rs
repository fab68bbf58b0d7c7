use super::*;
use proptest::prelude::*;

/// Tokens with `|` between them, white space kept.
#[track_caller]
fn check(text: &str, want: &str) {
    let tokens = Segmenter::embedded().segment(text);
    let got: Vec<&str> = tokens.iter().map(|token| token.text).collect();
    assert_eq!(got.join("|"), want);
    check_promises(Segmenter::embedded(), text);
}

/// What holds on any text: tokens join to it, none is empty, all lie on character boundaries where they say they do, and white
/// space runs are tokens of their own.
#[track_caller]
fn check_promises(segmenter: &Segmenter, text: &str) {
    let mut at = 0;
    let mut was_space = false;
    for token in segmenter.segment(text) {
        assert_eq!(token.start, at);
        assert!(!token.text.is_empty());
        assert_eq!(text.get(at..token.end()), Some(token.text));
        let is_space = token.text.chars().all(char::is_whitespace);
        assert!(is_space || !token.text.contains(char::is_whitespace), "{text:?}: {token:?}");
        assert!(!(is_space && was_space), "{text:?}: two white space tokens meet at {at}");
        assert_eq!(is_space, token.kind == TokenKind::Space, "{text:?}: {token:?}");
        was_space = is_space;
        at = token.end();
    }
    assert_eq!(at, text.len());
}

#[test]
fn thai_words_are_found() {
    check("", "");
    check("นายกรัฐมนตรีเดินทางไปเชียงใหม่", "นายก|รัฐมนตรี|เดินทาง|ไป|เชียงใหม่");
    check("น้ำท่วมถนน", "น้ำ|ท่วม|ถนน");
}

#[test]
fn yamok_and_paiyannoi_stand_alone() {
    check("ต่างๆ", "ต่าง|ๆ");
    check("กรุงเทพฯ", "กรุงเทพ|ฯ");
    check("หมู ไก่ ฯลฯ", "หมู| |ไก่| |ฯลฯ");
    check("มากๆๆ", "มาก|ๆๆ");
    check("ฯพณฯ", "ฯพณฯ");
}

#[test]
fn abbreviations_keep_their_dots() {
    check("ก.พ.ร.", "ก.พ.ร.");
    check("พล.อ.ประยุทธ์", "พล.อ.|ประยุทธ์");
    check("เมื่อพ.ศ.2560", "เมื่อ|พ.ศ.|2560");
    check("14.30 น.", "14.30| |น.");
    check("25 เม.ย. 60", "25| |เม.ย.| |60");
    check("กทม.", "กทม.");
    check("ดร.สมชาย", "ดร.|สมชาย");
    check("โทร.1111", "โทร.|1111");
    check("ชอบคน.", "ชอบ|คน|.");
}

#[test]
fn numbers_and_foreign_words_stay_whole() {
    check("1,234.50 บาท", "1,234.50| |บาท");
    check("๒๕,๐๐๐", "๒๕,๐๐๐");
    check("เวลา 14:30", "เวลา| |14:30");
    check("COVID-19 ระบบ 5G", "COVID-19| |ระบบ| |5G");
    check("don't U.S.A. end.", "don't| |U.S.A.| |end|.");
    check("cafe\u{301}s", "cafe\u{301}s");
}

#[test]
fn addresses_tags_and_emoji_stay_whole() {
    check(
        "ดู https://www.thaigov.go.th/news?a=1&b=2, แล้ว",
        "ดู| |https://www.thaigov.go.th/news?a=1&b=2|,| |แล้ว",
    );
    check("www.moph.go.th", "www.moph.go.th");
    check("a.b@example.co.th", "a.b@example.co.th");
    check("#น้ำท่วม_2567 @user.name", "#น้ำท่วม_2567| |@user.name");
    check("👍🏽👨‍👩‍👧🇹🇭", "👍🏽|👨‍👩‍👧|🇹🇭");
    check("จริง...!!", "จริง|...|!!");
    check("# 1", "#| |1");
}

#[test]
fn kinds_are_told_by_the_characters() {
    for (token, want) in [
        ("น้ำ", TokenKind::Thai),
        ("ฯลฯ", TokenKind::Thai),
        ("ก.พ.", TokenKind::Abbreviation),
        ("5G", TokenKind::Latin),
        ("2560", TokenKind::Number),
        ("๑๒", TokenKind::Number),
        ("a@b.th", TokenKind::Url),
        ("https://example.com/", TokenKind::Url),
        ("#ข่าว", TokenKind::Hashtag),
        ("@user", TokenKind::Mention),
        ("#", TokenKind::Punctuation),
        ("...", TokenKind::Punctuation),
        ("“", TokenKind::Punctuation),
        ("👍🏽", TokenKind::Emoji),
        (" \n", TokenKind::Space),
        ("\u{301}", TokenKind::Other),
        ("", TokenKind::Other),
    ] {
        assert_eq!(token_kind(token), want, "{token:?}");
    }
}

#[test]
fn user_words_become_one_token() {
    let plain = Segmenter::embedded();
    let own = plain.with_words(["กรมป้องกันและบรรเทาสาธารณภัย", "บรรเทา", "", " x"]).with_words(["แบบใหม่จริง"]);
    let words =
        |text| own.segment(text).iter().map(|token| token.text.to_owned()).collect::<Vec<_>>().join("|");
    assert_eq!(words("อธิบดีกรมป้องกันและบรรเทาสาธารณภัยกล่าว"), "อธิบดี|กรมป้องกันและบรรเทาสาธารณภัย|กล่าว");
    assert_eq!(words("แบบใหม่จริง"), "แบบใหม่จริง");
    // Never torn out of a letter or a foreign word.
    let torn = plain.with_words(["ก", "GO"]);
    let tokens: Vec<_> = torn.segment("ก่อน GOOD").iter().map(|token| token.text.to_owned()).collect();
    assert_eq!(tokens, ["ก่อน", " ", "GOOD"]);
    check_promises(&own, "กรมป้องกันและบรรเทาสาธารณภัย บรรเทา GOOD");
}

#[test]
fn long_paragraphs_are_read_in_pieces_that_tear_no_word() {
    let sentence = "กรมชลประทานเตือนน้ำท่วม 12 จังหวัด ";
    let whole = Segmenter::embedded().segment(&sentence.repeat(2)).len() / 2;
    let long = sentence.repeat(4_000);
    assert_eq!(Segmenter::embedded().segment(&long).len(), whole * 4_000);
    // Without white space a piece ends between letters, and nothing is lost.
    for piece in ["น้ำ", "ก", "\u{E49}", "👍🏽", "a"] {
        let text = piece.repeat(200_000 / piece.len());
        let mut ends = Vec::new();
        Segmenter::embedded().segment_into(&text, &mut ends);
        assert_eq!(ends.last().map(|&end| end as usize), Some(text.len()));
        assert!(ends.iter().all(|&end| text.is_char_boundary(end as usize)));
    }
}

#[test]
fn ten_megabytes_are_one_walk() {
    for piece in ["a,", "ก.", "a.b.", "น้ำท่วม", "#", "http://a ", "👍", "\n ", "ab.c.", "1,", "ฯ", "a@", "-"]
    {
        let text = piece.repeat(1_000_000 / piece.len());
        let mut ends = Vec::new();
        Segmenter::embedded().segment_into(&text, &mut ends);
        assert_eq!(ends.last().map(|&end| end as usize), Some(text.len()));
    }
}

proptest! {
    #[test]
    fn promises_hold_for_any_text(text in any::<String>()) {
        check_promises(Segmenter::embedded(), &text);
    }

    #[test]
    fn promises_hold_for_texts_like_ours(
        pieces in prop::collection::vec(
            prop_oneof![
                "[ก-๛]{1,8}",
                "[a-zA-Z0-9.,:/@#_-]{1,8}",
                prop::sample::select(vec![" ", "\n\n", "\u{A0}", "ก.พ.", "ฯลฯ", "ๆ", "http://", "www.a.th/", "👍🏽", "\u{200D}", "\u{301}", "กรม"])
                    .prop_map(str::to_owned),
            ],
            0..10,
        )
    ) {
        let text = pieces.concat();
        check_promises(Segmenter::embedded(), &text);
        check_promises(&Segmenter::embedded().with_words(["กรม", "ก.พ.", "a"]), &text);
    }
}
