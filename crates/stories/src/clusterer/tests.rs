//! What is a story and what is not, a row each.

use super::*;
use praden_model::{
    AnalyzedText, CanonicalUrl, DateOrigin, DateTrust, OutletId, Published, SourceId, StoryChange,
};
use praden_text::{Precision, Segmenter};
use proptest::prelude::*;

fn revision(seq: u64, article: u64, day: Option<i64>, title: &str, text: &str) -> Revision {
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    Revision {
        seq: Seq::new(seq),
        article: ArticleId::new(article),
        revision: if seq == article { 1 } else { 2 },
        url: CanonicalUrl::parse(&format!("https://example.org/{article}")).unwrap(),
        source: SourceId::new("s").unwrap(),
        outlet: OutletId::new("o").unwrap(),
        title: analyze(title),
        text: analyze(text),
        published: day.map(|day| Published {
            at: Timestamp::from_second(1_750_000_000 + day * 86_400).unwrap(),
            precision: Precision::Day,
            origin: DateOrigin::Archive,
            trust: DateTrust::Trusted,
            written: String::new(),
        }),
        fetched_at: Timestamp::UNIX_EPOCH,
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
    }
}

const FLOOD: &str = "ระดับน้ำในอำเภอหาดใหญ่ จังหวัดสงขลา สูงขึ้นอย่างรวดเร็ว ประชาชนในชุมชนจันทร์วิโรจน์อพยพไปยังศูนย์พักพิงแล้ว 1,250 คน เทศบาลนครหาดใหญ่ประกาศธงแดง";
const CASSAVA: &str =
    "เกษตรกรผู้ปลูกมันสำปะหลังในจังหวัดนครราชสีมาร้องเรียนว่าราคาหัวมันสดตกต่ำเหลือกิโลกรัมละ 1.70 บาท ลานมันรับซื้อไม่ทัน";

#[track_caller]
fn stories(revisions: &[Revision], want: &[u64]) {
    let mut clusterer = Clusterer::new(Window::default());
    let got: Vec<u64> = revisions.iter().map(|revision| clusterer.place(revision).story.get()).collect();
    assert_eq!(got, want);
}

#[test]
fn copies_and_revisions_join_and_strangers_do_not() {
    stories(
        &[
            revision(1, 1, Some(0), "น้ำท่วมหาดใหญ่ อพยพกว่าพันคน", FLOOD),
            revision(2, 2, Some(0), "ราคามันสำปะหลังตกต่ำ", CASSAVA),
            revision(3, 3, Some(0), "น้ำท่วมหาดใหญ่ อพยพแล้วกว่าพันคน", FLOOD),
            revision(4, 2, Some(0), "แก้ข่าว ราคาน้ำตาล", "ข้อความใหม่ทั้งหมด"),
        ],
        &[1, 2, 1, 2],
    );
}

#[test]
fn the_same_words_on_a_far_day_are_another_story() {
    stories(
        &[
            revision(1, 1, Some(0), "น้ำท่วมหาดใหญ่", FLOOD),
            revision(2, 2, Some(30), "น้ำท่วมหาดใหญ่", FLOOD),
            revision(3, 3, None, "น้ำท่วมหาดใหญ่", FLOOD),
        ],
        &[1, 2, 1],
    );
}

#[test]
fn a_series_is_not_a_story() {
    let report = |count: u32| {
        format!(
            "กรมควบคุมโรครายงานผู้ป่วยรายใหม่ {count} ราย รักษาหายแล้วทั่วประเทศ ขอให้ประชาชนสวมหน้ากากและล้างมือให้สะอาดอยู่เสมอ"
        )
    };
    stories(
        &[
            revision(1, 1, Some(0), "สถานการณ์โรค วันที่ 1 มิ.ย. 2568 พบ 120 ราย", &report(120)),
            revision(2, 2, Some(1), "สถานการณ์โรค วันที่ 2 มิ.ย. 2568 พบ 340 ราย", &report(340)),
        ],
        &[1, 2],
    );
    let roads = |count: u32| {
        format!("กรมทางหลวงชนบทรายงานสายทางที่ได้รับผลกระทบจากอุทกภัย {count} สายทาง สัญจรผ่านไม่ได้ โปรดหลีกเลี่ยงเส้นทาง")
    };
    stories(
        &[
            revision(
                1,
                1,
                Some(0),
                "กรมทางหลวงชนบท รายงานสถานการณ์สายทางที่ได้รับผลกระทบจากอุทกภัย ใน 14 จังหวัด",
                &roads(74),
            ),
            revision(
                2,
                2,
                Some(1),
                "กรมทางหลวงชนบท รายงานสถานการณ์สายทางที่ได้รับผลกระทบจากอุทกภัยประจำวันที่ 21 ใน 13 จังหวัด",
                &roads(70),
            ),
        ],
        &[1, 2],
    );
}

#[test]
fn the_same_in_another_province_is_another_story() {
    let visit = |province: &str| {
        format!(
            "ผู้ตรวจราชการกระทรวงอุตสาหกรรม ตรวจราชการกรณีปกติ รอบที่ 1 จังหวัด{province} เน้นย้ำการกำกับดูแลสถานประกอบการโรงงานให้ปฏิบัติตามกฎหมาย"
        )
    };
    let title = |province: &str| {
        format!("ผู้ตรวจราชการฯ ตรวจราชการกรณีปกติ รอบที่ 1 จ.{province} เน้นย้ำการกำกับดูแลสถานประกอบการโรงงาน")
    };
    let article = |seq, province: &str| revision(seq, seq, Some(0), &title(province), &visit(province));
    stories(&[article(1, "ตราด"), article(2, "จันทบุรี"), article(3, "ตราด")], &[1, 2, 1]);
}

#[test]
fn stories_that_an_article_shows_to_be_one_are_merged() {
    let told = |seq, title: &str, text: &str| revision(seq, seq, Some(0), title, text);
    let (north, south) = ("น้ำท่วมหาดใหญ่ ชุมชนจันทร์วิโรจน์อพยพ", "ระดับน้ำหาดใหญ่สูง เทศบาลประกาศธงแดง");
    let mut clusterer = Clusterer::new(Window { similarity: 0.5, ..Window::default() });
    let half = |part: &str| format!("{part} น้ำท่วม หาดใหญ่ สงขลา");
    let a = told(1, north, &half("ชุมชนจันทร์วิโรจน์ อพยพ ศูนย์พักพิง 1,250 คน"));
    let b = told(2, south, &half("เทศบาลนครหาดใหญ่ ประกาศธงแดง ระดับน้ำ คลองอู่ตะเภา"));
    let both = told(3, "น้ำท่วมหาดใหญ่ จันทร์วิโรจน์อพยพ เทศบาลประกาศธงแดง", FLOOD);
    let founded: Vec<u64> = [&a, &b].map(|article| clusterer.place(article).story.get()).into();
    assert_eq!(founded, [1, 2]);
    let parted = StoryChange {
        kind: praden_model::StoryChangeKind::Split,
        seq: Seq::new(2),
        at: Timestamp::UNIX_EPOCH,
        story: StoryId::new(1),
        other: StoryId::new(2),
        articles: Vec::new(),
        by: Some("ning".to_owned()),
        why: "คนละเรื่อง".to_owned(),
    };
    let mut by_hand = clusterer.clone();
    by_hand.apply(&parted);
    clusterer.place(&both);
    let merges: Vec<_> =
        clusterer.take_merges().iter().map(|merge| (merge.story.get(), merge.other.get())).collect();
    assert_eq!(merges, [(1, 2)]);
    let later = told(4, south, &half("เทศบาลนครหาดใหญ่ ประกาศธงแดง ระดับน้ำ คลองอู่ตะเภา"));
    assert_eq!(clusterer.place(&later).story, StoryId::new(1), "what joined goes by the older name");
    by_hand.place(&both);
    assert_eq!(by_hand.take_merges(), [], "a person's word holds");
}

#[test]
fn a_copy_names_its_original() {
    let mut clusterer = Clusterer::new(Window::default());
    clusterer.place(&revision(1, 1, Some(0), "น้ำท่วมหาดใหญ่", FLOOD));
    let membership = clusterer.place(&revision(2, 2, Some(0), "หัวใหม่ น้ำท่วมหาดใหญ่", FLOOD));
    assert_eq!((membership.copy_of, membership.because[0].kind), (Some(Seq::new(1)), ReasonKind::Copy));
}

#[test]
fn a_story_that_drifted_is_parted_and_hands_are_not_undone() {
    // Articles about water, then about prices; those between speak of both, so that each is like those before.
    let water = "น้ำท่วม หาดใหญ่ คลองอู่ตะเภา จันทร์วิโรจน์ อพยพ ศูนย์พักพิง ธงแดง ชลประทาน เรือท้องแบน สงขลา";
    let price = "ราคา มันสำปะหลัง นครราชสีมา ลานมัน แป้งมัน เกษตรกร ต้นทุน ชดเชย ประกันรายได้ ส่งออก";
    let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let (water, price) = (words(water), words(price));
    let at = |seq: u64| {
        let shift = ((seq as usize).saturating_sub(8) / 4).min(10);
        let text = [water.get(shift..).unwrap_or_default(), price.get(..shift).unwrap_or_default()]
            .concat()
            .join(" ");
        revision(seq, seq, Some(seq as i64 / 16), "", &text)
    };
    let loose = Window { copy: 1.1, ..Window::default() };
    let run = |by_hand: bool| {
        let mut clusterer = Clusterer::new(loose.clone());
        let mut splits = Vec::new();
        for seq in 1..=64 {
            clusterer.place(&at(seq));
            if seq == 6 && by_hand {
                let joined = StoryChange {
                    by: Some("ning".to_owned()),
                    ..change(Merge {
                        seq: Seq::new(6),
                        story: StoryId::new(1),
                        other: StoryId::new(999),
                        articles: Vec::new(),
                        likeness: 1.0,
                    })
                };
                clusterer.apply(&joined);
            }
            splits.extend(clusterer.take_splits());
        }
        (splits, clusterer)
    };
    let (splits, clusterer) = run(false);
    let stories: Vec<_> = clusterer.entries.iter().map(|entry| entry.story.get()).collect();
    assert_eq!(splits.len(), 1, "{splits:?} {stories:?}");
    let split = &splits[0];
    assert_eq!(split.story, StoryId::new(1));
    assert!(split.articles.contains(&ArticleId::new(split.other.get())), "{split:?}");
    assert_eq!(
        clusterer.entry_of(ArticleId::new(64)).map(|entry| entry.story),
        Some(split.other),
        "the later core goes on"
    );
    assert_eq!(clusterer.entry_of(ArticleId::new(1)).map(|entry| entry.story), Some(split.story));
    assert_eq!(run(true).0, [], "what a person joined stays");
}

/// A merge as the store keeps it.
fn change(merge: Merge) -> StoryChange {
    StoryChange {
        kind: praden_model::StoryChangeKind::Merged,
        seq: merge.seq,
        at: Timestamp::UNIX_EPOCH,
        story: merge.story,
        other: merge.other,
        articles: merge.articles,
        by: None,
        why: String::new(),
    }
}

/// A split as the store keeps it.
fn parted(split: Split) -> StoryChange {
    StoryChange {
        kind: praden_model::StoryChangeKind::Split,
        articles: split.articles,
        ..change(Merge {
            seq: split.seq,
            story: split.story,
            other: split.other,
            articles: Vec::new(),
            likeness: 0.0,
        })
    }
}

/// A log in which stories drift, so that restarts meet splits.
#[test]
fn a_restart_amid_a_drifting_story_changes_nothing() {
    let words: Vec<String> = "น้ำท่วม หาดใหญ่ คลองอู่ตะเภา จันทร์วิโรจน์ อพยพ ศูนย์พักพิง ธงแดง ชลประทาน ราคา มันสำปะหลัง ลานมัน แป้งมัน เกษตรกร ต้นทุน ชดเชย ส่งออก"
        .split(' ')
        .map(str::to_owned)
        .collect();
    let at = |seq: u64| {
        let from = (seq as usize / 5).min(8);
        revision(
            seq,
            seq,
            Some(seq as i64 / 16),
            "",
            &words.get(from..from + 8).unwrap_or_default().join(" "),
        )
    };
    let window = Window { copy: 1.1, ..Window::default() };
    let mut undisturbed = Clusterer::new(window.clone());
    let mut changes: Vec<StoryChange> = Vec::new();
    let memberships: Vec<Membership> = (1..=60)
        .map(|seq| {
            let membership = undisturbed.place(&at(seq));
            changes.extend(undisturbed.take_splits().into_iter().map(parted));
            membership
        })
        .collect();
    assert!(!changes.is_empty(), "nothing drifted");
    for stop in [20, 40, 50, 59] {
        let mut restarted = Clusterer::new(window.clone());
        let mut known = changes.iter().filter(|change| change.seq.get() <= stop).peekable();
        for seq in 1..=stop {
            while let Some(change) = known.next_if(|change| change.seq.get() < seq) {
                restarted.apply(change);
            }
            restarted.remember(&at(seq), &memberships[seq as usize - 1]);
        }
        known.for_each(|change| restarted.apply(change));
        for seq in stop + 1..=60 {
            assert_eq!(restarted.place(&at(seq)), memberships[seq as usize - 1], "after a stop at {stop}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn a_restart_changes_nothing(
        log in prop::collection::vec((0usize..6, 0i64..5, any::<bool>(), any::<bool>()), 1..40),
        stop in 0usize..40,
        articles_max in 1usize..20,
    ) {
        let texts = [FLOOD, CASSAVA, "กรมชลประทานแจ้งเตือน", "ราคาทองคำ 41,250 บาท", "", "แก้ข่าว"];
        let revisions: Vec<Revision> = log.iter().enumerate().map(|(at, &(text, day, dated, again))| {
            let seq = at as u64 + 1;
            let article = if again { (seq / 2).max(1) } else { seq };
            let outlet = OutletId::new(["o", "p"][text % 2]).unwrap();
            Revision { outlet, ..revision(seq, article, dated.then_some(day), texts[(text + 1) % 6], texts[text]) }
        }).collect();
        let window = Window { articles_max, ..Window::default() };
        let mut undisturbed = Clusterer::new(window.clone());
        let mut changes: Vec<StoryChange> = Vec::new();
        let memberships: Vec<Membership> = revisions.iter().map(|revision| {
            let membership = undisturbed.place(revision);
            changes.extend(undisturbed.take_merges().into_iter().map(change));
                changes.extend(undisturbed.take_splits().into_iter().map(parted));
            membership
        }).collect();
        let stop = stop.min(revisions.len());
        let mut restarted = Clusterer::new(window);
        let from = stop.saturating_sub(restarted.revisions_to_remember());
        let mut changes = changes.iter().filter(|change| change.seq.get() <= stop as u64).peekable();
        for at in from..stop {
            // As they happened: after the revision that showed them.
            while let Some(change) = changes.next_if(|change| change.seq < revisions[at].seq) {
                restarted.apply(change);
            }
            restarted.remember(&revisions[at], &memberships[at]);
        }
        changes.for_each(|change| restarted.apply(change));
        for at in stop..revisions.len() {
            prop_assert_eq!(&restarted.place(&revisions[at]), &memberships[at]);
        }
    }
}
