//! What stories come to: which signals speak, and how loudly.

use super::*;
use crate::Reader;
use praden_model::AnalyzedText;
use praden_text::Segmenter;
use proptest::prelude::*;

const TEXTS: [(&str, &str); 6] = [
    ("ชาวบ้านร้องเรียนโรงงานปล่อยน้ำเสีย", "น้ำเน่าเสีย ส่งกลิ่นเหม็น ไม่ได้รับการแก้ไข"),
    ("กรมโรงงานชี้แจงข้อวิจารณ์", "ยืนยันว่าไม่มีการรั่วไหล ขอให้ประชาชนอย่าหลงเชื่อข่าวลือ"),
    ("พิธีเปิดงานนิทรรศการ", "รัฐมนตรีเป็นประธานในพิธี มอบรางวัล"),
    ("", "ตรวจสอบข้อเท็จจริงแล้วเป็นข่าวปลอม"),
    ("", ""),
    ("สอบทุจริตจัดซื้อ", "พบเรียกรับเงินและฮั้วประมูล มีผู้เสียชีวิต"),
];

fn readings() -> &'static [Reading] {
    static READINGS: std::sync::OnceLock<Vec<Reading>> = std::sync::OnceLock::new();
    READINGS.get_or_init(read_all)
}

fn read_all() -> Vec<Reading> {
    let reader = Reader::new(&[]);
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    TEXTS
        .iter()
        .zip(1..)
        .map(|((title, text), seq)| reader.read(Seq::new(seq), &analyze(title), &analyze(text), &[]))
        .collect()
}

#[test]
fn grave_words_raise_and_ceremonies_do_not() {
    let readings = readings();
    let outlet = OutletId::new("o").unwrap();
    let weights = Weights::default();
    for (at, want, kind) in [
        (0, true, IssueKind::Complaint),
        (1, true, IssueKind::RumourOrFake),
        (2, false, IssueKind::Criticism),
        (4, false, IssueKind::Criticism),
        (5, true, IssueKind::Corruption),
    ] {
        let member = Member::new(&readings[at], &outlet, OutletKind::Press);
        let assessment = assess(&[member], &weights);
        assert_eq!(
            (assessment.passes(&weights), assessment.kind),
            (want, kind),
            "{:?}: {:?}",
            TEXTS[at],
            assessment.signals
        );
    }
}

#[test]
fn more_outlets_say_more_and_copies_do_not() {
    let readings = readings();
    let (a, b) = (OutletId::new("a").unwrap(), OutletId::new("b").unwrap());
    let member = |at: usize, outlet, copy_of| Member {
        copy_of,
        ..Member::new(&readings[at], outlet, OutletKind::Press)
    };
    let weights = Weights::default();
    let one = assess(&[member(0, &a, None)], &weights);
    let two = assess(&[member(0, &a, None), member(1, &b, None)], &weights);
    let copied = assess(&[member(0, &a, None), member(1, &b, Some(Seq::new(1)))], &weights);
    assert_eq!((one.outlets, two.outlets, copied.outlets), (1, 2, 1));
    assert!(two.points(SignalName::Outlets) > one.points(SignalName::Outlets));
    assert_eq!(copied.points(SignalName::Outlets), one.points(SignalName::Outlets));
}

/// Points of a signal, in hundredths, of a story of these articles: which text, who published it, and after how many hours.
#[track_caller]
fn check(members: &[(usize, OutletKind, i64)], name: SignalName, want: i32) {
    let (readings, outlet) = (readings(), OutletId::new("o").unwrap());
    let member = |&(at, kind, hours): &(usize, OutletKind, i64)| Member {
        published: Some(Timestamp::from_second(1_750_000_000 + hours * 3_600).unwrap()),
        ..Member::new(&readings[at], &outlet, kind)
    };
    let assessment = assess(&members.iter().map(member).collect::<Vec<_>>(), &Weights::default());
    assert_eq!(assessment.points(name).hundredths(), want, "{members:?}: {:?}", assessment.signals);
}

#[test]
fn silence_lasts_until_an_official_outlet_speaks() {
    use OutletKind::{Official, Press};
    check(&[(0, Press, 0)], SignalName::Silence, 0);
    check(&[(0, Press, 0), (5, Press, 12)], SignalName::Silence, 25);
    check(&[(0, Press, 0), (5, Press, 48)], SignalName::Silence, 50);
    check(&[(0, Press, 0), (5, Press, 48), (1, Official, 6)], SignalName::Silence, 13);
    check(&[(2, Press, 0), (4, Press, 48)], SignalName::Silence, 0); // Nothing to answer.
}

#[test]
fn an_official_statement_contradicts_what_the_press_says_without_it() {
    use OutletKind::{Official, Press};
    let told = |members: &[(usize, OutletKind, i64)]| {
        let (readings, outlet) = (readings(), OutletId::new("o").unwrap());
        let member = |&(at, kind, _): &(usize, OutletKind, i64)| Member::new(&readings[at], &outlet, kind);
        let assessment = assess(&members.iter().map(member).collect::<Vec<_>>(), &Weights::default());
        let contradiction =
            assessment.signals.into_iter().find(|signal| signal.name == SignalName::Contradiction);
        contradiction
            .map_or(0, |signal| signal.spans.iter().map(|span| span.seq).collect::<BTreeSet<_>>().len())
    };
    assert_eq!(told(&[(0, Press, 0), (1, Official, 1)]), 2, "places of both");
    assert_eq!(told(&[(0, Press, 0), (1, Press, 1)]), 0, "the press tells the denial");
    assert_eq!(told(&[(1, Press, 0), (1, Official, 1)]), 0, "all tell the denial");
    assert_eq!(told(&[(2, Press, 0), (1, Official, 1)]), 0, "nothing is contradicted");
    assert_eq!(told(&[(0, Press, 0), (3, Press, 1)]), 2, "the press carries a verdict");
    assert_eq!(told(&[(3, Press, 0), (3, Official, 1)]), 0, "all carry it");
}

/// Points of contradiction, and of recirculation, of an article whose claim was told before.
#[track_caller]
fn check_again(at: usize, before: Option<VerdictKind>, campaign: bool, want: (i32, i32)) {
    let (reading, outlet) = (&readings()[at], OutletId::new("o").unwrap());
    let span = |seq| Evidence {
        seq: Seq::new(seq),
        field: praden_model::FieldName::Text,
        span: praden_model::Span::new(0..3),
        surface: "ข".to_owned(),
    };
    let telling = Telling {
        seq: reading.seq,
        article: praden_model::ArticleId::new(1),
        story: praden_model::StoryId::new(1),
        at: Timestamp::UNIX_EPOCH,
        text: String::new(),
        claim: span(9),
        is_source: true,
        verdict: reading.verdict.clone(),
        campaign: campaign.then_some(praden_model::CampaignId::new(1)),
        returns: Some(praden_model::Returns {
            earlier: Seq::new(8),
            claim: span(8),
            days: 30,
            likeness: 0.9,
            words: Vec::new(),
            verdict: before.map(|says| praden_model::Verdict { says, span: span(8) }),
        }),
    };
    let member = Member { telling: Some(&telling), ..Member::new(reading, &outlet, OutletKind::Press) };
    let assessment = assess(&[member], &Weights::default());
    let points = |name| assessment.points(name).hundredths();
    assert_eq!(
        (points(SignalName::Contradiction), points(SignalName::Recirculation)),
        want,
        "{:?}",
        TEXTS[at]
    );
    assert_eq!(assessment.score, assessment.signals.iter().map(|signal| signal.value).sum());
}

#[test]
fn what_was_judged_before_contradicts_what_is_told_again() {
    use VerdictKind::{False, Misleading, True};
    check_again(0, Some(False), true, (46, 75));
    check_again(0, Some(Misleading), false, (46, 0));
    check_again(0, None, true, (0, 75));
    check_again(0, Some(True), false, (0, 0));
    check_again(1, Some(False), false, (0, 0)); // It tells the denial.
    check_again(3, Some(False), false, (0, 0)); // It says so itself.
    check_again(3, Some(True), false, (46, 0)); // It says the opposite.
}

#[test]
fn what_everybody_reports_is_no_issue_unless_something_asks_for_an_answer() {
    let outlets: Vec<OutletId> = (0..8).map(|n| OutletId::new(format!("o{n}")).unwrap()).collect();
    let story = |signals: Vec<crate::SignalReading>| {
        let reading = Reading {
            seq: Seq::new(1),
            headline: "ทีมชาติชนะ".to_owned(),
            signals,
            agencies: Vec::new(),
            verdict: None,
            claim: None,
        };
        let member = |outlet| Member {
            published: Some(Timestamp::UNIX_EPOCH),
            ..Member::new(&reading, outlet, OutletKind::Press)
        };
        let weights = Weights::default();
        let assessment = assess(&outlets.iter().map(member).collect::<Vec<_>>(), &weights);
        (assessment.score >= Points::from_f64(weights.threshold), assessment.passes(&weights))
    };
    assert_eq!(story(Vec::new()), (true, false), "points enough, and nothing to answer");
    let complaint = crate::SignalReading { name: SignalName::Complaint, strength: 100, spans: Vec::new() };
    assert_eq!(story(vec![complaint]), (true, true));
}

#[test]
fn weights_are_read_strictly() {
    let read = |text: &str| toml::from_str::<Weights>(text);
    assert_eq!(read("threshold = 5.0").map(|weights| weights.threshold).ok(), Some(5.0));
    assert!(read("treshold = 5.0").is_err());
}

proptest! {
    #[test]
    fn the_order_of_members_changes_nothing_and_parts_add_up(
        members in prop::collection::vec((0usize..6, 0usize..3, any::<bool>(), prop::option::of(0i64..90_000)), 0..6),
        shift in 0usize..6,
    ) {
        let readings = readings();
        let outlets = [OutletId::new("a").unwrap(), OutletId::new("b").unwrap(), OutletId::new("c").unwrap()];
        // One reading per article: a story has each article once.
        let mut seen = BTreeSet::new();
        let mut members: Vec<Member<'_>> = members.into_iter().filter(|(at, ..)| seen.insert(*at)).map(|(at, outlet, official, time)| Member {
            published: time.map(|time| Timestamp::from_second(1_750_000_000 + time).unwrap()),
            ..Member::new(&readings[at], &outlets[outlet], if official { OutletKind::Official } else { OutletKind::Press })
        }).collect();
        let weights = Weights::default();
        let first = assess(&members, &weights);
        let by = shift % members.len().max(1);
        members.rotate_left(by);
        members.reverse();
        prop_assert_eq!(&assess(&members, &weights), &first);
        prop_assert_eq!(first.signals.iter().map(|signal| signal.value).sum::<Points>(), first.score);
        for evidence in first.signals.iter().flat_map(|signal| &signal.spans) {
            let (title, text) = TEXTS[evidence.seq.get() as usize - 1];
            let field = if evidence.field == praden_model::FieldName::Title { title } else { text };
            prop_assert_eq!(field.get(evidence.span.range()), Some(evidence.surface.as_str()));
        }
    }
}
