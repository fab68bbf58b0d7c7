//! What counts as naming an agency and what does not, with the lexicon that comes with the program.

#![expect(clippy::unwrap_used, reason = "a test stops at a table that is not sound")]

use std::collections::BTreeSet;
use std::sync::OnceLock;

use praden_match::{Matcher, RejectReason, parse_csv};
use praden_model::{AcceptRule, AnalyzedText, FieldName};
use praden_text::Segmenter;
use proptest::prelude::*;

fn matcher() -> &'static Matcher {
    static MATCHER: OnceLock<Matcher> = OnceLock::new();
    MATCHER.get_or_init(|| Matcher::new(&parse_csv(include_str!("../../../pipelines/agencies.csv")).unwrap()))
}

fn analyze(text: &str) -> AnalyzedText {
    AnalyzedText::analyze(text.to_owned(), Segmenter::embedded())
}

/// `want` as `agency surface rule`.
#[track_caller]
fn check(text: &str, want: &[&str]) {
    let mentions = matcher().find(&analyze(""), &analyze(text));
    let got: Vec<String> = mentions
        .iter()
        .map(|mention| format!("{} {} {}", mention.agency, mention.surface, mention.rule.name()))
        .collect();
    assert_eq!(got, want, "{text}");
}

#[track_caller]
fn rejects(text: &str, surface: &str, want: RejectReason) {
    let findings = matcher().explain(&analyze(""), &analyze(text));
    let got: Vec<RejectReason> =
        findings.rejected.iter().filter(|hit| hit.surface == surface).map(|hit| hit.reason).collect();
    assert_eq!(got, [want], "{surface} in {text}: {findings:?}");
}

#[test]
fn full_names_and_plain_abbreviations_count() {
    check("กระทรวงสาธารณสุขแถลง", &["moph กระทรวงสาธารณสุข full_name"]);
    check("สธ. แถลงร่วมกับ สปสช.", &["moph สธ. abbreviation", "nhso สปสช. abbreviation"]);
    check("รมว.แรงงาน", &["mol รมว.แรงงาน head"]);
    check("The Ministry of Public Health said", &["moph Ministry of Public Health full_name"]);
    check("", &[]);
}

#[test]
fn the_longest_name_wins() {
    check("สำนักงานปลัดกระทรวงยุติธรรม", &["moj_ops สำนักงานปลัดกระทรวงยุติธรรม full_name"]);
    check("รัฐมนตรีว่าการกระทรวงกลาโหม", &["mod รัฐมนตรีว่าการกระทรวงกลาโหม head"]);
    check("ปลัดกระทรวงมหาดไทย", &["moi ปลัดกระทรวงมหาดไทย head"]); // Both the ministry and its office are called so.
}

#[test]
fn misspelt_and_mistyped_names_count() {
    check("กระทรวงสาธาณสุขไม่สามารถ", &["moph กระทรวงสาธาณสุข misspelt"]);
    check("สภาองกรค์ของผู้บริโภค", &["tcc สภาองกรค์ของผู้บริโภค misspelt"]);
    check("กองบัญชาการตํารวจสอบสวนกลาง", &["cib กองบัญชาการตํารวจสอบสวนกลาง full_name"]);
    check("รมชคมนาคม", &["mot รมชคมนาคม head"]);
}

#[test]
fn months_units_and_words_do_not_count() {
    check("วันที่ 17 ก.พ. 64", &[]);
    check("พื้นที่ 5,000 ตร.กม.", &[]);
    check("ปรับ 1 ร้อย. บาท โทร.02", &[]);
    check("เลข อย. 14-1-16056-5-0031", &[]);
    rejects("วันที่ 17 ก.พ. 64", "ก.พ.", RejectReason::Month);
}

#[test]
fn bodies_of_others_do_not_count() {
    check("กระทรวงมหาดไทยกัมพูชาประณาม", &[]);
    rejects("กระทรวงมหาดไทยกัมพูชาประณาม", "กระทรวงมหาดไทย", RejectReason::Foreign);
    check("กระทรวงการต่างประเทศของญี่ปุ่น", &[]);
    check("นายจุฬา สุขมานพ", &[]);
    check("ประธานสภาสมาคมสตรีแห่งชาติ", &[]);
    check("บริษัทจัดหางาน Northeast", &[]);
}

#[test]
fn provinces_are_named_by_their_halls_and_governors() {
    check("ฝนตกในจังหวัดเลย", &[]);
    check("ผู้ว่าราชการจังหวัดเลยสั่งการ", &["prov_loei ผู้ว่าราชการจังหวัดเลย head"]);
    rejects("ฝนตกในจังหวัดเลย", "จังหวัดเลย", RejectReason::Place);
}

#[test]
fn things_named_after_bodies_do_not_count() {
    check("สายทาง ทล.3017 - บ้านดงมะเกลือ", &[]);
    check("ณ ห้องประชุม อก.1 ชั้น 2", &[]);
    check("ถนน อบจ.สงขลา", &[]);
    check("รถไฟฟ้าถึงสถานีกระทรวงสาธารณสุข", &[]);
    check("ถือเอกสาร ส.ป.ก.4-01", &[]);
    check("ไม่ต้องยื่น ตม.6 แล้ว", &[]);
    check("กรมทางหลวง (ทล.) ซ่อมถนน", &["doh กรมทางหลวง full_name", "doh ทล. abbreviation"]);
}

#[test]
fn words_that_begin_like_short_names_do_not_count() {
    check("วิตที่ดี มีสิ่งแวดล้อมที่ดีอีกด้วย", &[]);
    check("แพลตฟอร์ม DE-fence ของกระทรวงดีอี", &["mdes กระทรวงดีอี alias"]);
    check("ฟื้นฟูผู้ต้องราชทัณฑ์", &[]);
    check("ดีอี ยันไม่โทรกลับ", &["mdes ดีอี alias"]);
}

#[test]
fn fields_of_work_are_no_bodies() {
    check("กระทรวงคมนาคมพัฒนาด้านคมนาคมขนส่ง", &["mot กระทรวงคมนาคม full_name"]);
    check("กรมศุลกากรวางระบบควบคุมทางศุลกากร", &["customs กรมศุลกากร full_name"]);
    check("กรมป่าไม้ดูแลพื้นที่ป่าไม้", &["forest กรมป่าไม้ full_name"]);
    check("ธนาคารกรุงไทยและ กรุงไทย-แอกซ่า", &["ktb ธนาคารกรุงไทย alias"]);
}

#[test]
fn ministers_of_other_countries_are_told_by_the_country_after_a_space() {
    check("รัฐมนตรีว่าการกระทรวงเกษตร สหรัฐอเมริกา แถลง", &[]);
}

#[test]
fn what_fact_checks_say_is_read_as_meant() {
    check("ยื่นหลักฐานต่อศาลอาญาระหว่างประเทศ", &[]);
    check("ไม่รับอำนาจของศาลยุติธรรมระหว่างประเทศ", &[]);
    check("ยื่นฟ้องต่อศาลอาญาแล้ว", &["coj ศาลอาญา alias"]);
    check("กระทรวงเกษตร กสิกรรมและป่าไม้", &[]);
    check("ธนาคารพาณิชย์ (ธพ.) ยกระดับ", &[]);
    check("กองทัพขอความร่วมมือประชาชน", &["rtarf กองทัพ weak_in_context"]);
    check("เนื่องจาก OR ไม่ได้มีส่วนเกี่ยวข้องกับเพจ", &["ptt_or OR weak_in_context"]);
    check("สำนักงานประมงจังหวัดนครสวรรค์ออกประกาศ", &["fisheries ประมงจังหวัด alias"]);
    check("หรือโทรสายด่วน 1584 ตลอดวัน", &["dlt สายด่วน 1584 alias"]);
    check(
        "กรมการขนส่งทางบกแจ้งว่า มาที่กรมการขนส่งเท่านั้น",
        &["dlt กรมการขนส่งทางบก full_name", "dlt กรมการขนส่ง weak_in_context"],
    );
    check("กรมการขนส่งทหารบก", &[]);
}

#[test]
fn kinds_and_agents_before_a_short_form_are_context() {
    check("ฝากเงินกับ ธ.กรุงไทย ได้", &["ktb กรุงไทย weak_in_context"]);
    check("นักวิจัย ม.มหิดล พบ", &["mahidol มหิดล weak_in_context"]);
    check("ขึ้นทะเบียนกับ อย. แล้ว", &["fda อย. weak_in_context"]);
    check("ราคาของ ก.พ. ลดลง", &[]);
    check("รองปลัดกระทรวงมหาดไทย", &["moi ปลัดกระทรวงมหาดไทย head"]);
}

#[test]
fn weak_forms_need_context() {
    check("ทบ. 3 แห่ง", &[]);
    check("ทบ. ยืนยัน", &["rta ทบ. weak_in_context"]); // Two bodies are called so; the press means the army.
    check("กองทัพบก ยืนยัน ทบ. ไม่มีนโยบาย", &["rta กองทัพบก full_name", "rta ทบ. weak_in_context"]);
    rejects("ออมสิน เจ็ดหมื่นบาท", "ออมสิน", RejectReason::NoContext);
    check("รัฐสภาไทยลงมติ", &["parl_house รัฐสภา weak_in_context"]); // Only bodies vote.
}

#[test]
fn a_text_may_define_an_abbreviation() {
    check(
        "กรมการขนส่งทางบก (ขบ.) แจ้งว่า ขบ. พร้อม",
        &["dlt กรมการขนส่งทางบก full_name", "dlt ขบ. defined", "dlt ขบ. defined"],
    );
}

#[test]
fn a_text_that_defines_without_end_is_heard_for_a_while() {
    // Each abbreviation is looked for in the whole text: as many as the text likes would cost its square.
    let letters: Vec<char> = ('ก'..='ฮ').collect();
    let short = |n: usize| ['ฦ', letters[n / 40], letters[n % 40]].iter().collect::<String>();
    let text: String = (0..400).map(|n| format!("กระทรวงสาธารณสุข ({}) ", short(n))).collect();
    let mentions = matcher().find(&analyze(""), &analyze(&text));
    let defined = mentions.iter().filter(|mention| mention.rule == AcceptRule::Defined).count();
    assert_eq!((mentions.len() - defined, defined), (400, 32));
}

/// Sentences and the agencies that each names, in `press.tsv`.
#[test]
fn the_press_is_read_as_meant() {
    let wrong: Vec<String> = include_str!("press.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (text, agencies) = line.split_once('\t')?;
            let want: BTreeSet<&str> = agencies.split(',').filter(|id| !id.is_empty()).collect();
            let mentions = matcher().find(&analyze(text), &analyze(""));
            let got: BTreeSet<&str> = mentions.iter().map(|mention| mention.agency.as_str()).collect();
            (got != want).then(|| format!("{text}: {got:?}, not {want:?}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

proptest! {
    #[test]
    fn mentions_slice_and_do_not_overlap(
        parts in prop::collection::vec(
            prop::sample::select(vec![
                "กระทรวงสาธารณสุข", "สธ.", "ก.พ.", " ", "64", "กัมพูชา", "ร้อย.", "(", ")", "ทบ.", "กองทัพบก", "\u{200b}", "เเ", "ํา", "SET", "กระทรวงสาธาณสุข",
                "ผู้ว่าราชการจังหวัด", "เลย", "👍🏽", "รมว.", "แรงงาน", "\n",
            ]),
            0..12,
        ),
        noise in ".{0,12}",
    ) {
        let whole = parts.concat() + &noise;
        let (title, text) = (analyze(&whole), analyze(&format!("{noise}{whole}")));
        let findings = matcher().explain(&title, &text);
        let mut last: Option<(FieldName, u32)> = None;
        for mention in &findings.mentions {
            let field = if mention.field == FieldName::Title { &title } else { &text };
            prop_assert_eq!(mention.raw.of(field.raw()), Some(mention.surface.as_str()));
            prop_assert!(mention.normalized.of(field.normalized()).is_some());
            if let Some((field, end)) = last {
                prop_assert!(field != mention.field || end <= mention.normalized.start);
            }
            last = Some((mention.field, mention.normalized.end));
        }
    }
}
