//! Who should answer, row by row: by the role in which it is named, by what stands above or below it, by place, by what
//! the text is about; and nobody, where nothing says so.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has found the fault")]

use std::sync::LazyLock;

use praden_issues::topic::TopicModel;
use praden_issues::{AgencyReading, Reader};
use praden_match::{Lexicon, Matcher, parse_csv};
use praden_model::{AnalyzedText, Seq};
use praden_text::Segmenter;

static LEXICON: LazyLock<Lexicon> =
    LazyLock::new(|| parse_csv(include_str!("../../../pipelines/agencies.csv")).unwrap());
static MATCHER: LazyLock<Matcher> = LazyLock::new(|| Matcher::new(&LEXICON));
/// Reads names and remits only.
static NAMES: LazyLock<Reader> =
    LazyLock::new(|| Reader::with_topics(LEXICON.agencies(), TopicModel::empty()));
static ALL: LazyLock<Reader> = LazyLock::new(|| Reader::new(LEXICON.agencies()));

fn route(reader: &Reader, title: &str, text: &str) -> Vec<AgencyReading> {
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    let (title, text) = (analyze(title), analyze(text));
    reader.read(Seq::new(1), &title, &text, &MATCHER.find(&title, &text)).agencies
}

/// Those of `want` come in this order before all others, each for a reason that begins as told.
#[track_caller]
fn check(reader: &Reader, title: &str, text: &str, want: &[(&str, &str)]) {
    let got = route(reader, title, text);
    for (at, (agency, reason)) in want.iter().enumerate() {
        let told = got.get(at).filter(|reading| {
            reading.agency.as_str() == *agency && reading.reasons.iter().any(|told| told.starts_with(reason))
        });
        assert!(told.is_some(), "{agency} for {reason:?} at {at} of {title:?}: {got:#?}");
    }
}

#[test]
fn the_role_in_which_one_is_named_counts() {
    for (title, want) in [
        ("ชาวบ้านเรียกร้องให้กรมชลประทานเร่งระบายน้ำ กรมอุตุนิยมวิทยาเตือน", "asked to act in title: กรมชลประทาน"),
        ("ชาวบ้านจี้กรมชลประทานเร่งระบายน้ำ", "asked to act in title: กรมชลประทาน"),
        ("นักวิชาการจวกกรมชลประทาน", "asked to act in title: กรมชลประทาน"),
        ("ผู้เสียหายร้องเรียนกรมชลประทาน", "asked to act in title: กรมชลประทาน"),
        ("กรมชลประทานชี้แจงข้อวิจารณ์", "clarifies in title: กรมชลประทาน"),
        ("กรมชลประทานเผยปริมาณน้ำ", "answers in title: กรมชลประทาน"),
        ("ตรวจสอบข้อเท็จจริงกับกรมชลประทานแล้ว ไม่เป็นความจริง", "asked to act in title: กรมชลประทาน"),
        ("กรมชลประทานจัดประชุมร่วมกับกรมอุตุนิยมวิทยา", "named in title: กรมชลประทาน"),
        ("โฆษกรัฐบาลเผย กรมชลประทานพร่องน้ำแล้ว", "named in title: กรมชลประทาน"),
    ] {
        check(&NAMES, title, "", &[("rid", want)]);
    }
    let present = route(&NAMES, "กรมชลประทานจัดประชุมร่วมกับกรมอุตุนิยมวิทยา", "");
    let other = present.iter().find(|reading| reading.agency.as_str() == "tmd").unwrap();
    assert!(other.reasons.iter().any(|reason| reason.starts_with("present in title")), "{other:?}");
}

#[test]
fn who_clarifies_comes_before_who_is_merely_in_the_headline() {
    check(
        &NAMES,
        "ติดต่อรับเงินคืน ผ่านเพจกรมการปกครอง",
        "สำนักงานป้องกันและปราบปรามการฟอกเงิน (ปปง.) ขอชี้แจงว่าไม่เป็นความจริง",
        &[("amlo", "clarifies in lead: ปปง.")],
    );
}

#[test]
fn the_headline_says_more_than_the_text() {
    let text = "เจ้าหน้าที่กรมการปกครองลงพื้นที่";
    check(&NAMES, "กรมควบคุมโรคเฝ้าระวัง", text, &[("ddc", "named in title")]);
    check(&NAMES, "เฝ้าระวัง", text, &[("dopa", "named in lead")]);
}

#[test]
fn a_body_comes_before_who_stands_above_it_unless_it_speaks_for_it() {
    check(&NAMES, "กรมควบคุมโรคเฝ้าระวัง", "", &[("ddc", "named in title"), ("moph", "stands above ddc")]);
    check(&NAMES, "สำนักงานปลัดกระทรวงสาธารณสุขเฝ้าระวัง", "", &[("moph", "stands above moph_ops")]);
}

#[test]
fn a_province_is_asked_through_its_governor_or_hall() {
    check(&NAMES, "ผู้ว่าราชการจังหวัดเลยสั่งปิดโรงงาน", "", &[("prov_loei", "named in title")]);
    for title in ["เที่ยวจังหวัดเลยหน้าหนาว", "เลยเวลาแล้ว"]
    {
        let got = route(&NAMES, title, "");
        assert!(got.iter().all(|reading| reading.agency.as_str() != "prov_loei"), "{title}: {got:?}");
    }
}

#[test]
fn the_hall_of_a_province_comes_after_the_office_that_is_named_there() {
    for (title, want, hall) in [
        ("สำนักงานปศุสัตว์จังหวัดเลยเร่งฉีดวัคซีน", "dld", "prov_loei"),
        ("สำนักงานสาธารณสุขจังหวัดนครราชสีมาเผยผู้ป่วยพุ่ง", "moph_ops", "prov_nakhon_ratchasima"),
        ("สสจ.ขอนแก่นสอบคลินิกเถื่อน", "moph_ops", "prov_khon_kaen"),
        ("สำนักงานที่ดินจังหวัดภูเก็ตออกโฉนดทับป่า", "dol", "prov_phuket"),
    ] {
        let got = route(&NAMES, title, "");
        let at = |id: &str| got.iter().position(|reading| reading.agency.as_str() == id);
        assert!(at(want) < at(hall) && at(want).is_some(), "{title}: {got:#?}");
        let reading = &got[at(hall).unwrap()];
        let place = reading.reasons.iter().find_map(|reason| reason.strip_prefix("place: ")).unwrap();
        assert!(reading.spans.iter().any(|span| span.surface == place), "{reading:?}");
    }
    // A province beside a department is a place of its own.
    let got = route(&NAMES, "กรมชลประทานเตือน จังหวัดน่านน้ำล้น", "");
    assert!(got.iter().all(|reading| reading.agency.as_str() != "prov_nan"), "{got:?}");
}

#[test]
fn what_a_text_is_about_counts_where_nobody_is_named() {
    for (text, want) in [
        ("รับทำใบขับขี่ออนไลน์ ไม่ต้องสอบ ได้ใบจริงถูกกฎหมาย", "dlt"),
        ("ลงทะเบียนขอรับเงินคืนจากแก๊งคอลเซ็นเตอร์ ผ่านเพจช่วยเหลือผู้เสียหาย", "amlo"),
        ("พายุลูกใหม่เข้าไทย ฝนตกหนักทั่วประเทศ เตือนแผ่นดินไหว", "tmd"),
    ] {
        let got = route(&ALL, "", text);
        let first = got.first().unwrap();
        assert_eq!(first.agency.as_str(), want, "{text}: {got:#?}");
        assert!(!first.spans.is_empty() && !first.reasons.is_empty(), "{first:?}");
    }
}

#[test]
fn a_text_of_a_series_is_its_owners_whoever_is_named() {
    let text = "เพจปลอมต้องระวัง เพจปลอมหลอกลวงสินเชื่อออนไลน์ ปลอมแน่ กระทรวงดิจิทัลเพื่อเศรษฐกิจและสังคม ยืนยัน";
    check(&NAMES, "ตัดวงจรอาชญากรรมออนไลน์ 9 มกราคม 2570", text, &[("mdes", "clarifies in lead")]);
    check(
        &ALL,
        "ตัดวงจรอาชญากรรมออนไลน์ 9 มกราคม 2570",
        text,
        &[("afnc", "topic: "), ("mdes", "clarifies in lead")],
    );
}

#[test]
fn a_remit_word_inside_a_longer_one_says_less() {
    check(
        &NAMES,
        "",
        "ลูกหลานติดอินเทอร์เน็ตทำอย่างไร",
        &[("dmh", "remit: ติดอินเทอร์เน็ต"), ("nt", "remit: อินเทอร์เน็ต")],
    );
}

#[test]
fn nobody_is_proposed_where_nothing_speaks_for_anybody() {
    for text in ["", "อิอิ", "12345 67890", "ฮ่า ๆ ๆ"] {
        assert_eq!(route(&ALL, "", text), [], "{text:?}");
    }
}
