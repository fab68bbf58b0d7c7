//! Which provinces and districts a text names, and which words are none.

#![expect(clippy::unwrap_used, reason = "a test stops at a table that is not sound")]

use praden_match::{Matcher, Places, parse_csv, seat};
use praden_model::AnalyzedText;
use praden_text::Segmenter;

/// `want` as `place surface`.
#[track_caller]
fn check(text: &str, want: &[&str]) {
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    let analyzed = analyze(text);
    let found = Places::embedded().find(&analyze(""), &analyzed);
    for place in &found {
        assert_eq!(place.raw.of(analyzed.raw()), Some(place.surface.as_str()));
    }
    let got: Vec<String> = found.iter().map(|place| format!("{} {}", place.place, place.surface)).collect();
    assert_eq!(got, want, "{text}");
}

#[test]
fn provinces_are_named_with_or_without_their_kind() {
    check("น้ำท่วมจังหวัดเชียงใหม่", &["chiang-mai จังหวัดเชียงใหม่"]);
    check("ไฟป่า จ.แม่ฮ่องสอน", &["mae-hong-son จ.แม่ฮ่องสอน"]);
    check("ฝนถล่ม นครราชสีมา", &["nakhon-ratchasima นครราชสีมา"]);
    check("พื้นที่กรุงเทพฯ และปริมณฑล", &["bangkok กรุงเทพฯ"]);
}

#[test]
fn words_are_no_provinces() {
    check("ตากผ้าไม่ได้เลย", &[]);
    check("เชื้อแพร่กระจาย", &[]);
    check("เด็ก ๆ เดินน่านน้ำ", &[]);
    check("จังหวัดเลย", &["loei จังหวัดเลย"]);
    check("เชียงราย แพร่ น่าน", &["chiang-rai เชียงราย", "phrae แพร่", "nan น่าน"]); // In a list they are provinces.
}

#[test]
fn districts_need_their_kind_and_one_province() {
    check("อ.ปาย ท่องเที่ยวคึกคัก", &["mae-hong-son-3 อ.ปาย"]);
    check("แม่น้ำปาย", &[]);
    check("อำเภอเมือง จังหวัดเลย", &["loei-1 อำเภอเมือง", "loei จังหวัดเลย"]);
    check("อำเภอเฉลิมพระเกียรติ", &[]); // Five provinces have one.
    check("อำเภอเฉลิมพระเกียรติ จังหวัดน่าน", &["nan-15 อำเภอเฉลิมพระเกียรติ", "nan จังหวัดน่าน"]);
    check("เขตจตุจักร", &["bangkok-30 เขตจตุจักร"]);
    check("ตลาดจตุจักร", &[]);
}

#[test]
fn the_table_is_whole() {
    let places = Places::embedded().all();
    assert_eq!(places.iter().filter(|place| place.is_province()).count(), 77);
    assert_eq!(places.len(), 77 + 878 + 50);
}

/// `want` as `agency place`.
#[track_caller]
fn check_seat(text: &str, want: &[&str]) {
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    let lexicon = parse_csv(include_str!("../../../pipelines/agencies.csv")).unwrap();
    let (title, text) = (analyze(text), analyze(""));
    let places = Places::embedded().find(&title, &text);
    let mentions = Matcher::new(&lexicon).find(&title, &text);
    let got: Vec<String> = mentions
        .iter()
        .map(|mention| {
            format!("{} {}", mention.agency, seat(mention, &places).map_or("", |place| place.as_str()))
        })
        .collect();
    assert_eq!(got, want, "{}", title.raw());
}

#[test]
fn provincial_offices_are_told_by_their_province() {
    check_seat("สำนักงานสาธารณสุขจังหวัดนครราชสีมาเผย", &["moph_ops nakhon-ratchasima"]);
    check_seat("สสจ.ขอนแก่นสอบ และ สสจ.น่าน ยืนยัน", &["moph_ops khon-kaen", "moph_ops nan"]);
    check_seat("สสจ. อุบลราชธานี สอบแล้ว", &["moph_ops ubon-ratchathani"]);
    check_seat("ผู้ว่าราชการจังหวัดน่านสั่งการ", &["prov_nan nan"]);
    check_seat("สำนักงานที่ดินจังหวัดภูเก็ต สาขาถลาง", &["dol phuket"]);
    check_seat("กรมชลประทาน จังหวัดน่าน", &["rid "]); // A space: the province is a place of its own.
    check_seat("กรมชลประทานชี้แจง น้ำท่วมเชียงใหม่", &["rid "]);
}
