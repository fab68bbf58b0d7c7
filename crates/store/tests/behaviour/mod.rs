//! What every store must do, whatever is underneath. One function for each promise of the port.
//!
//! An implementation gives a [`Harness`] and calls [`suite!`]. Nothing here may lean on what one database happens to do:
//! dense numbers, one writer, an order that was not asked for.

use std::sync::Arc;

use jiff::Timestamp;
use praden_model::*;
use praden_text::Segmenter;

/// A new store, and what keeps its data alive.
pub struct Opened<K> {
    pub store: Arc<dyn Store>,
    pub keeper: K,
}

pub trait Harness {
    type Keeper;
    /// An empty store of its own.
    fn open_new(&self) -> Opened<Self::Keeper>;
    /// The same data in a new instance: a restart, or another process.
    fn open_again(&self, keeper: &Self::Keeper) -> Arc<dyn Store>;
}

macro_rules! suite {
    ($harness:expr) => {
        $crate::behaviour::suite!($harness;
            a_log_that_is_empty_says_so
            revisions_come_back_as_they_were_given
            positions_follow_the_order_of_commits
            the_same_content_is_appended_once
            an_edit_is_a_revision_and_its_undoing_too
            an_archive_read_twice_adds_nothing
            an_append_carries_its_checkpoint
            a_drop_is_counted_once_and_listed
            a_stage_commits_effects_and_cursor_together
            a_cursor_that_moved_is_a_conflict_and_nothing_happens
            mentions_are_replaced_when_a_stage_runs_again
            rule_hits_and_places_are_kept_and_replaced
            memberships_are_kept_for_each_revision
            stories_merge_and_split_and_the_past_stays_as_it_was
            bursts_and_notes_are_kept_with_the_cursor
            tellings_are_kept_and_found_by_campaign
            an_issue_changes_only_from_the_version_that_was_seen
            a_refused_issue_takes_the_whole_commit_with_it
            events_are_numbered_in_order_and_kept
            issues_are_listed_by_score_and_filter
            a_source_is_leased_to_one_at_a_time
            a_poll_ends_with_what_it_brought
            a_lost_lease_appends_nothing
            captures_are_kept_once_by_hash
            captures_are_listed_by_source_and_article
            the_history_of_an_article_is_its_revisions
            looks_are_kept_for_each_article_and_listed_when_due
            readers_see_whole_appends_only
            writers_in_several_instances_lose_nothing
            everything_is_there_after_a_restart
        );
    };
    ($harness:expr; $($name:ident)*) => {
        $(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                behaviour::$name(&$harness).await;
            }
        )*
    };
}
pub(crate) use suite;

pub fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub fn revision(url: &str, title: &str, text: &str) -> NewRevision {
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    NewRevision {
        url: CanonicalUrl::parse(url).expect("a URL"),
        link: url.to_owned(),
        source: SourceId::new("a-rss").expect("an id"),
        outlet: OutletId::new("a").expect("an id"),
        title: analyze(title),
        text: analyze(text),
        published: None,
        fetched_at: instant("2026-11-23T09:30:00+07:00"),
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
        observed: Observed::Live,
    }
}

fn batch(revisions: Vec<NewRevision>) -> Append {
    Append { revisions, ..Append::default() }
}

async fn append_one(store: &dyn Store, revision: NewRevision) -> Appended {
    store.append(batch(vec![revision])).await.expect("appended").remove(0)
}

async fn append_numbered(store: &dyn Store, count: u64) -> Vec<Seq> {
    let revisions = (0..count)
        .map(|n| revision(&format!("https://a.example/{n}"), &format!("ข่าว {n}"), "เนื้อข่าว"))
        .collect();
    let appended = store.append(batch(revisions)).await.expect("appended");
    appended.into_iter().map(seq_of).collect()
}

fn seq_of(appended: Appended) -> Seq {
    match appended {
        Appended::New { seq } | Appended::Revised { seq, .. } | Appended::Unchanged { seq } => seq,
    }
}

fn issue(seq: Seq, version: u64, score: i32) -> Issue {
    Issue {
        id: IssueId::new(seq.get()),
        story: StoryId::new(seq.get()),
        state: IssueState::Candidate,
        kind: IssueKind::Complaint,
        title: "ชาวบ้านร้องน้ำท่วม".to_owned(),
        score: Points::from_hundredths(score),
        signals: vec![Signal {
            name: SignalName::Complaint,
            value: Points::from_hundredths(score),
            spans: vec![Evidence {
                seq,
                field: FieldName::Title,
                span: Span { start: 0, end: 9 },
                surface: "ชาว".to_owned(),
            }],
        }],
        agencies: Vec::new(),
        articles: 1,
        outlets: 1,
        first_published_at: None,
        last_published_at: None,
        raised_at: instant("2026-11-23T09:30:00+07:00"),
        version,
        assignment: None,
        report: None,
        merged_into: None,
        heard_at: None,
        campaign: None,
    }
}

fn raise(seq: Seq, score: i32) -> IssueChange {
    let issue = issue(seq, 1, score);
    IssueChange { at: issue.raised_at, fact: Fact::raised(&issue, seq), issue }
}

fn accept(issue: &Issue) -> IssueChange {
    let issue = Issue { state: IssueState::Accepted, version: issue.version + 1, ..issue.clone() };
    IssueChange {
        at: instant("2026-11-23T10:00:00+07:00"),
        fact: Fact::Accepted { by: "desk".to_owned() },
        issue,
    }
}

fn commit(stage: StageName, from: Seq, to: Seq, effects: Effects) -> StageCommit {
    StageCommit { stage, from, to, effects }
}

fn mention(agency: &str, start: u32) -> Mention {
    Mention {
        field: FieldName::Text,
        raw: Span { start, end: start + 9 },
        normalized: Span { start, end: start + 9 },
        agency: AgencyId::new(agency).expect("an id"),
        surface: "ปภ.".to_owned(),
        rule: AcceptRule::Abbreviation,
    }
}

pub async fn a_log_that_is_empty_says_so(harness: &impl Harness) {
    let store = harness.open_new().store;
    assert_eq!(store.heads().await.expect("heads"), Heads::default());
    assert_eq!(store.read_after(Seq::ZERO, 10).await.expect("read"), []);
    assert_eq!(store.events_after(EventSeq::ZERO, 10).await.expect("read"), []);
    for stage in StageName::ALL {
        assert_eq!(store.cursor(stage).await.expect("a cursor"), Seq::ZERO);
    }
    assert_eq!(store.counts().await.expect("counts"), Counts::default());
    assert_eq!(store.append(Append::default()).await.expect("appended"), []);
}

pub async fn revisions_come_back_as_they_were_given(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let mut given =
        revision("https://a.example/1?utm_source=x", "น้ํา\u{200B}ท่วม\u{A0}2568", "เเม่น้ำ ก.พ.ร. ๒๕๖๘\n🙂");
    given.published = Some(Published {
        at: instant("2026-11-22T00:00:00+07:00"),
        precision: praden_text::Precision::Day,
        origin: DateOrigin::Feed,
        trust: DateTrust::Trusted,
        written: "22 พ.ย. 69".to_owned(),
    });
    given.warnings = vec![Warning::EncodingMisdeclared, Warning::TextFromFeed];
    given.capture = Some(CaptureHash::of(b"<html>"));
    given.authors = vec!["สมชาย ใจดี".to_owned(), "Jane \"J.\" Doe".to_owned()];
    let seq = seq_of(append_one(&*store, given.clone()).await);
    let got = store.read_after(Seq::ZERO, 10).await.expect("read").remove(0);
    let want = Revision {
        seq,
        article: seq.into(),
        revision: 1,
        url: given.url,
        source: given.source,
        outlet: given.outlet,
        title: given.title,
        text: given.text,
        published: given.published,
        fetched_at: given.fetched_at,
        capture: given.capture,
        authors: given.authors,
        warnings: given.warnings,
    };
    assert_eq!(got, want);
    assert_eq!(store.revisions(&[Seq::new(seq.get() + 9), seq]).await.expect("read"), [want]);
}

pub async fn positions_follow_the_order_of_commits(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let mut seqs = append_numbered(&*store, 3).await;
    seqs.push(seq_of(append_one(&*store, revision("https://a.example/x", "ก", "ข")).await));
    assert!(seqs.is_sorted_by(|a, b| a < b) && seqs[0] > Seq::ZERO, "{seqs:?}");
    assert_eq!(store.heads().await.expect("heads").articles, seqs[3]);
    let read = store.read_after(seqs[0], 2).await.expect("read");
    assert_eq!(read.iter().map(|revision| revision.seq).collect::<Vec<_>>(), seqs[1..3]);
}

pub async fn the_same_content_is_appended_once(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let first = revision("https://a.example/1", "น้ำท่วม", "ฝนตก");
    // The same article by a link with tracking parameters, with a no-break space: the same once normalised.
    let again = NewRevision {
        url: CanonicalUrl::parse("https://a.example/1?fbclid=abc#top").expect("a URL"),
        fetched_at: instant("2026-11-23T12:00:00+07:00"),
        ..revision("https://a.example/1", "น้ำท่วม", "ฝน\u{200B}ตก")
    };
    let appended = store.append(batch(vec![first.clone(), again])).await.expect("appended");
    let seq = seq_of(appended[0]);
    assert_eq!(appended, [Appended::New { seq }, Appended::Unchanged { seq }]);
    let known = store
        .articles(&[first.url, CanonicalUrl::parse("https://a.example/2").expect("a URL")])
        .await
        .expect("known");
    let article = known[0].clone().expect("known");
    assert_eq!((article.latest, article.revisions), (seq, 1));
    assert_eq!(article.fetched_at, instant("2026-11-23T12:00:00+07:00"), "it was seen again then");
    assert_eq!(known[1], None);
}

pub async fn an_edit_is_a_revision_and_its_undoing_too(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let text = |text: &str| revision("https://a.example/1", "หัวข้อ", text);
    let first = seq_of(append_one(&*store, text("เดิม")).await);
    assert!(matches!(append_one(&*store, text("แก้แล้ว")).await, Appended::Revised { revision: 2, .. }));
    assert!(matches!(append_one(&*store, text("เดิม")).await, Appended::Revised { revision: 3, .. }));
    let log = store.read_after(Seq::ZERO, 10).await.expect("read");
    let read: Vec<_> = log.iter().map(|r| (r.article, r.revision, r.text.raw())).collect();
    assert_eq!(read, [(first.into(), 1, "เดิม"), (first.into(), 2, "แก้แล้ว"), (first.into(), 3, "เดิม")]);
}

pub async fn an_archive_read_twice_adds_nothing(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let lines = || {
        ["เดิม", "แก้แล้ว"]
            .map(|text| NewRevision {
                observed: Observed::Archived,
                ..revision("https://a.example/1", "หัวข้อ", text)
            })
            .to_vec()
    };
    let first = store.append(batch(lines())).await.expect("appended");
    let again = store.append(batch(lines())).await.expect("appended");
    assert!(matches!(first[..], [Appended::New { .. }, Appended::Revised { revision: 2, .. }]), "{first:?}");
    assert_eq!(again, first.iter().map(|a| Appended::Unchanged { seq: seq_of(*a) }).collect::<Vec<_>>());
}

pub async fn an_append_carries_its_checkpoint(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let checkpoint = |value: &str| Some(Checkpoint { name: "file".to_owned(), value: value.to_owned() });
    assert_eq!(store.checkpoint("file").await.expect("read"), None);
    for value in ["1", "2"] {
        store.append(Append { checkpoint: checkpoint(value), ..Append::default() }).await.expect("appended");
    }
    assert_eq!(harness.open_again(&keeper).checkpoint("file").await.expect("read").as_deref(), Some("2"));
}

pub async fn a_drop_is_counted_once_and_listed(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let dropped = |place: &str, reason| Dropped {
        origin: "archive.jsonl".to_owned(),
        place: place.to_owned(),
        reason,
        detail: "expected an object".to_owned(),
        at: instant("2026-11-23T09:30:00+07:00"),
    };
    let lines = vec![dropped("7", DropReason::NotJson), dropped("9", DropReason::Empty)];
    for _ in 0..2 {
        store.append(Append { dropped: lines.clone(), ..Append::default() }).await.expect("appended");
    }
    assert_eq!(store.dropped(None, 10).await.expect("listed"), [lines[1].clone(), lines[0].clone()]);
    assert_eq!(store.dropped(Some(DropReason::NotJson), 10).await.expect("listed"), [lines[0].clone()]);
    let counts = store.counts().await.expect("counts").dropped;
    assert_eq!(counts, [(DropReason::Empty, 1), (DropReason::NotJson, 1)]);
}

pub async fn a_stage_commits_effects_and_cursor_together(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 2).await;
    let mentions = vec![mention("ddpm", 0), mention("rid", 30)];
    let effects =
        Effects { mentions: vec![(seqs[0], mentions.clone()), (seqs[1], vec![])], ..Effects::default() };
    store.commit(commit(StageName::Match, Seq::ZERO, seqs[1], effects)).await.expect("committed");
    let store = harness.open_again(&keeper);
    assert_eq!(store.cursor(StageName::Match).await.expect("a cursor"), seqs[1]);
    assert_eq!(
        store.cursor(StageName::Stories).await.expect("a cursor"),
        Seq::ZERO,
        "each stage has its own"
    );
    assert_eq!(store.mentions(&[seqs[1], seqs[0]]).await.expect("read"), [vec![], mentions]);
}

pub async fn a_cursor_that_moved_is_a_conflict_and_nothing_happens(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 2).await;
    let effects = || Effects { mentions: vec![(seqs[0], vec![mention("ddpm", 0)])], ..Effects::default() };
    store.commit(commit(StageName::Match, Seq::ZERO, seqs[1], Effects::default())).await.expect("committed");
    let late = store.commit(commit(StageName::Match, Seq::ZERO, seqs[0], effects())).await;
    assert!(
        matches!(&late, Err(StoreError::Conflict(Conflict::Cursor { found, .. })) if *found == seqs[1]),
        "{late:?}"
    );
    assert_eq!(store.mentions(&[seqs[0]]).await.expect("read"), [vec![]]);
    // Going back on purpose is how a new alias reaches the past.
    store.commit(commit(StageName::Match, seqs[1], Seq::ZERO, effects())).await.expect("a replay");
    assert_eq!(store.cursor(StageName::Match).await.expect("a cursor"), Seq::ZERO);
}

pub async fn mentions_are_replaced_when_a_stage_runs_again(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let seq = append_numbered(&*store, 1).await[0];
    let effects = |mentions| Effects { mentions: vec![(seq, mentions)], ..Effects::default() };
    let first = effects(vec![mention("ddpm", 0), mention("rid", 30)]);
    store.commit(commit(StageName::Match, Seq::ZERO, seq, first)).await.expect("committed");
    let second = effects(vec![mention("rid", 30)]);
    store.commit(commit(StageName::Match, seq, seq, second)).await.expect("committed");
    assert_eq!(store.mentions(&[seq]).await.expect("read"), [vec![mention("rid", 30)]]);
    assert_eq!(store.counts().await.expect("counts").mentions, 1);
}

pub async fn rule_hits_and_places_are_kept_and_replaced(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 2).await;
    let hit = |rule: &str, attention| RuleHit {
        rule: RuleId::new(rule).expect("an id"),
        effects: RuleEffects {
            tags: vec!["น้ำ".to_owned()],
            kind: Some(IssueKind::Safety),
            agency: Some(AgencyId::new("ddpm").expect("an id")),
            attention,
        },
        evidence: vec![RuleEvidence {
            field: FieldName::Text,
            raw: Span { start: 3, end: 9 },
            normalized: Span { start: 0, end: 6 },
            clause: "text:\"น้ำ ท่วม\"".into(),
            surface: "น้ำ".into(),
        }],
    };
    let place = PlaceMention {
        field: FieldName::Title,
        raw: Span { start: 0, end: 9 },
        normalized: Span { start: 0, end: 9 },
        place: PlaceId::new("loei-1").expect("an id"),
        surface: "เลย".to_owned(),
    };
    let effects = |hits, places| Effects {
        rule_hits: vec![(seqs[0], hits), (seqs[1], vec![])],
        places: vec![(seqs[0], places)],
        ..Effects::default()
    };
    let (raise, silence) = (hit("b-flood", Attention::Raise), hit("a-drill", Attention::Silence));
    let first = effects(vec![raise.clone(), silence.clone()], vec![place.clone()]);
    store.commit(commit(StageName::Match, Seq::ZERO, seqs[1], first)).await.expect("committed");
    let store = harness.open_again(&keeper);
    assert_eq!(
        store.rule_hits(&[seqs[1], seqs[0]]).await.expect("read"),
        [vec![], vec![silence, raise.clone()]],
        "by the rules' names"
    );
    assert_eq!(store.places(&[seqs[0], seqs[1]]).await.expect("read"), [vec![place], vec![]]);
    let again = effects(vec![raise.clone()], vec![]);
    store.commit(commit(StageName::Match, seqs[1], seqs[1], again)).await.expect("committed");
    assert_eq!(store.rule_hits(&[seqs[0]]).await.expect("read"), [vec![raise]]);
    assert_eq!(store.places(&[seqs[0]]).await.expect("read"), [vec![]]);
}

pub async fn memberships_are_kept_for_each_revision(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 3).await;
    let member = |seq: Seq, story: Seq, copy_of| Membership {
        article: seq.into(),
        seq,
        story: StoryId::new(story.get()),
        similarity: 0.5,
        copy_of,
        because: vec![Reason {
            kind: ReasonKind::SharedTerms, words: vec!["น้ำท่วม".to_owned()], weight: 0.5
        }],
    };
    let members = vec![
        member(seqs[0], seqs[0], None),
        member(seqs[1], seqs[1], None),
        member(seqs[2], seqs[0], Some(seqs[0])),
    ];
    let effects = Effects { memberships: members.clone(), ..Effects::default() };
    store.commit(commit(StageName::Stories, Seq::ZERO, seqs[2], effects)).await.expect("committed");
    let after = MembersOf::Revisions { after: seqs[0], upto: seqs[2] };
    assert_eq!(store.memberships(after).await.expect("read"), members[1..]);
    let story = |upto| MembersOf::Story { story: StoryId::new(seqs[0].get()), upto };
    assert_eq!(
        store.memberships(story(seqs[2])).await.expect("read"),
        [members[0].clone(), members[2].clone()]
    );
    assert_eq!(store.memberships(story(seqs[1])).await.expect("read"), [members[0].clone()]);
    let article = MembersOf::Article { article: seqs[1].into(), upto: seqs[2] };
    assert_eq!(store.memberships(article).await.expect("read"), members[1..2]);
    assert_eq!(store.counts().await.expect("counts").stories, 2);
}

pub async fn stories_merge_and_split_and_the_past_stays_as_it_was(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 4).await;
    let story = |seq: Seq| StoryId::new(seq.get());
    let member = |seq: Seq, story| Membership {
        article: seq.into(),
        seq,
        story,
        similarity: 1.0,
        copy_of: None,
        because: Vec::new(),
    };
    let change = |kind, at: Seq, of: Seq, other: Seq, articles: Vec<Seq>, by: Option<&str>| StoryChange {
        kind,
        seq: at,
        at: instant("2026-11-23T09:30:00+07:00"),
        story: story(of),
        other: story(other),
        articles: articles.into_iter().map(ArticleId::from).collect(),
        by: by.map(str::to_owned),
        why: "เรื่องเดียวกัน".to_owned(),
    };
    let merge = change(StoryChangeKind::Merged, seqs[2], seqs[0], seqs[1], vec![seqs[1]], None);
    let effects = Effects {
        memberships: seqs[..3].iter().map(|seq| member(*seq, story(*seq))).collect(),
        story_changes: vec![merge.clone()],
        story_changes_known: Some(0),
        ..Effects::default()
    };
    store.commit(commit(StageName::Stories, Seq::ZERO, seqs[2], effects)).await.expect("committed");
    let members = async |store: &dyn Store, of: Seq, upto| -> Vec<Seq> {
        let of = MembersOf::Story { story: story(of), upto };
        let members = store.memberships(of).await.expect("read");
        members.iter().map(|member| member.seq).collect()
    };
    assert_eq!(members(&*store, seqs[0], seqs[2]).await, [seqs[0], seqs[1]]);
    assert_eq!(members(&*store, seqs[1], seqs[2]).await, [], "it went where the other is");
    assert_eq!(members(&*store, seqs[1], seqs[1]).await, [seqs[1]], "as it stood before");
    assert_eq!(store.counts().await.expect("counts").stories, 2);
    let judged = MembersOf::Revisions { after: Seq::ZERO, upto: seqs[2] };
    let stories: Vec<StoryId> =
        store.memberships(judged).await.expect("read").iter().map(|member| member.story).collect();
    assert_eq!(stories, [story(seqs[0]), story(seqs[1]), story(seqs[2])], "as they were judged");

    let split = change(StoryChangeKind::Split, seqs[2], seqs[0], seqs[1], vec![seqs[1]], Some("ning"));
    store.change_story(split.clone(), vec![raise(seqs[1], 300)]).await.expect("split");
    let store = harness.open_again(&keeper);
    assert_eq!(members(&*store, seqs[0], seqs[2]).await, [seqs[0]]);
    assert_eq!(members(&*store, seqs[1], seqs[2]).await, [seqs[1]]);
    let article = MembersOf::Article { article: seqs[1].into(), upto: seqs[2] };
    assert_eq!(store.memberships(article).await.expect("read")[0].story, story(seqs[1]));
    assert_eq!(store.events_after(EventSeq::ZERO, 10).await.expect("read").len(), 1);
    let all = store.story_changes(ChangesOf::After(0), 10).await.expect("read");
    assert_eq!(all.iter().map(|(_, change)| change).collect::<Vec<_>>(), [&merge, &split]);
    assert_eq!(store.story_changes(ChangesOf::After(all[0].0), 10).await.expect("read"), all[1..]);
    assert_eq!(store.story_changes(ChangesOf::Story(story(seqs[1])), 10).await.expect("read"), all);
    // A stage that has not seen the hand's change does nothing.
    let late = Effects {
        memberships: vec![member(seqs[3], story(seqs[0]))],
        story_changes_known: Some(all[0].0),
        ..Effects::default()
    };
    let late = store.commit(commit(StageName::Stories, seqs[2], seqs[3], late)).await;
    assert!(matches!(late, Err(StoreError::Conflict(Conflict::Stories))), "{late:?}");
    assert_eq!(store.cursor(StageName::Stories).await.expect("a cursor"), seqs[2]);
}

pub async fn bursts_and_notes_are_kept_with_the_cursor(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 2).await;
    let burst = |seq, agency: &str| Burst {
        agency: AgencyId::new(agency).expect("an id"),
        seq,
        at: instant("2026-11-23T09:30:00+07:00"),
        since: instant("2026-11-23T09:10:00+07:00"),
        articles: 7,
        usual: Points::from_hundredths(30),
        minutes: 30,
        surprise: Points::from_hundredths(1_210),
    };
    let note = |value: &str| Checkpoint { name: "bursts/rid".to_owned(), value: value.to_owned() };
    let effects = |bursts, notes| Effects { bursts, notes, ..Effects::default() };
    let first = effects(vec![burst(seqs[0], "rid"), burst(seqs[0], "ddpm")], vec![note("1")]);
    store.commit(commit(StageName::Issues, Seq::ZERO, seqs[0], first)).await.expect("committed");
    let second = effects(vec![burst(seqs[1], "rid")], vec![note("2")]);
    store.commit(commit(StageName::Issues, seqs[0], seqs[1], second)).await.expect("committed");
    let store = harness.open_again(&keeper);
    assert_eq!(
        store.bursts(&[seqs[1], seqs[0]]).await.expect("read"),
        [vec![burst(seqs[1], "rid")], vec![burst(seqs[0], "ddpm"), burst(seqs[0], "rid")]]
    );
    assert_eq!(store.latest_bursts(1).await.expect("read"), [burst(seqs[1], "rid")]);
    assert_eq!(store.checkpoint("bursts/rid").await.expect("read").as_deref(), Some("2"));
}

pub async fn tellings_are_kept_and_found_by_campaign(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 4).await;
    let telling = |at: usize, campaign: Option<usize>, is_source: bool| {
        let seq = seqs[at];
        let claim =
            Evidence { seq, field: FieldName::Title, span: Span::new(0..3), surface: "ข".to_owned() };
        Telling {
            seq,
            article: ArticleId::from(seq),
            story: StoryId::new(seq.get()),
            at: instant("2026-11-23T09:30:00+07:00"),
            text: "น้ำมะนาวรักษามะเร็ง".to_owned(),
            is_source,
            verdict: Some(Verdict { says: VerdictKind::False, span: claim.clone() }),
            campaign: campaign.map(|first| CampaignId::new(seqs[first].get())),
            returns: campaign.map(|first| Returns {
                earlier: seqs[first],
                claim: claim.clone(),
                days: 30,
                likeness: 0.75,
                words: vec!["มะนาว".to_owned()],
                verdict: None,
            }),
            claim,
        }
    };
    let all = [
        telling(0, None, true),
        telling(1, None, true),
        telling(2, Some(0), true),
        telling(3, Some(0), false),
    ];
    let effects = Effects { tellings: all.to_vec(), ..Effects::default() };
    store.commit(commit(StageName::Issues, Seq::ZERO, seqs[3], effects)).await.expect("committed");
    let store = harness.open_again(&keeper);
    let check = async |of: TellingsOf, limit: usize, want: &[usize]| {
        let want: Vec<Telling> = want.iter().map(|at| all[*at].clone()).collect();
        assert_eq!(store.tellings(&of, limit).await.expect("read"), want, "{of:?}");
    };
    check(TellingsOf::Revisions(vec![seqs[3], seqs[1]]), 9, &[1, 3]).await;
    check(TellingsOf::Revisions(Vec::new()), 9, &[]).await;
    check(TellingsOf::Sources, 9, &[0, 1, 2]).await;
    check(TellingsOf::Sources, 2, &[1, 2]).await;
    check(TellingsOf::Campaign(CampaignId::new(seqs[0].get())), 9, &[0, 2, 3]).await;
    check(TellingsOf::Returned, 9, &[2, 3]).await;
}

pub async fn an_issue_changes_only_from_the_version_that_was_seen(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let seq = append_numbered(&*store, 1).await[0];
    store.change_issue(raise(seq, 400)).await.expect("raised");
    let seen = store.issues(&IssueFilter::default()).await.expect("listed").remove(0);
    assert_eq!(seen, raise(seq, 400).issue);
    store.change_issue(accept(&seen)).await.expect("accepted");
    // Somebody else still looks at version 1.
    let late = store.change_issue(accept(&seen)).await;
    assert!(
        matches!(&late, Err(StoreError::Conflict(Conflict::Issue { expected: 1, found: 2, .. }))),
        "{late:?}"
    );
    assert_eq!(store.events_after(EventSeq::ZERO, 10).await.expect("read").len(), 2);
}

pub async fn a_refused_issue_takes_the_whole_commit_with_it(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 2).await;
    store.change_issue(raise(seqs[1], 300)).await.expect("raised");
    let effects = Effects { issues: vec![raise(seqs[0], 300), raise(seqs[1], 300)], ..Effects::default() };
    let refused = store.commit(commit(StageName::Issues, Seq::ZERO, seqs[1], effects)).await;
    assert!(matches!(refused, Err(StoreError::Conflict(Conflict::Issue { .. }))), "{refused:?}");
    assert_eq!(store.issues(&IssueFilter::default()).await.expect("listed").len(), 1);
    assert_eq!(store.events_after(EventSeq::ZERO, 10).await.expect("read").len(), 1);
    assert_eq!(store.cursor(StageName::Issues).await.expect("a cursor"), Seq::ZERO);
}

pub async fn events_are_numbered_in_order_and_kept(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 2).await;
    let effects = Effects { issues: vec![raise(seqs[0], 300), raise(seqs[1], 500)], ..Effects::default() };
    store.commit(commit(StageName::Issues, Seq::ZERO, seqs[1], effects)).await.expect("committed");
    let accepted = store.change_issue(accept(&raise(seqs[0], 300).issue)).await.expect("accepted");
    let store = harness.open_again(&keeper);
    let events = store.events_after(EventSeq::ZERO, 10).await.expect("read");
    let ids: Vec<_> = events.iter().map(|event| event.id.to_string()).collect();
    assert_eq!(ids, [format!("is-{}.1", seqs[0]), format!("is-{}.1", seqs[1]), format!("is-{}.2", seqs[0])]);
    assert!(events.is_sorted_by(|a, b| a.seq < b.seq));
    assert_eq!(events[2], accepted);
    assert_eq!(events[0].fact, raise(seqs[0], 300).fact);
    assert_eq!(store.events_after(events[0].seq, 1).await.expect("read"), events[1..2]);
    assert_eq!(store.heads().await.expect("heads").events, events[2].seq);
    let of = async |issue: IssueId, limit| store.events_of(issue, limit).await.expect("read");
    assert_eq!(of(events[0].issue, 10).await, [events[0].clone(), events[2].clone()]);
    assert_eq!(of(events[0].issue, 1).await, events[2..]);
    assert_eq!(of(IssueId::new(u64::from(u32::MAX)), 10).await, []);
}

pub async fn issues_are_listed_by_score_and_filter(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 3).await;
    for (seq, score) in seqs.iter().zip([300, 500, 300]) {
        store.change_issue(raise(*seq, score)).await.expect("raised");
    }
    store.change_issue(accept(&raise(seqs[2], 300).issue)).await.expect("accepted");
    let listed = async |filter: IssueFilter| -> Vec<u64> {
        store.issues(&filter).await.expect("listed").iter().map(|issue| issue.id.get()).collect()
    };
    let number = |index: usize| seqs[index].get();
    assert_eq!(listed(IssueFilter::default()).await, [number(1), number(0), number(2)]);
    assert_eq!(listed(IssueFilter { limit: Some(1), ..IssueFilter::default() }).await, [number(1)]);
    let candidates = IssueFilter { states: vec![IssueState::Candidate], ..IssueFilter::default() };
    assert_eq!(listed(candidates).await, [number(1), number(0)]);
    let one = IssueFilter { ids: vec![IssueId::new(number(2))], ..IssueFilter::default() };
    assert_eq!(listed(one).await, [number(2)]);
    let story = IssueFilter {
        stories: vec![StoryId::new(number(0)), StoryId::new(u64::from(u32::MAX))],
        ..IssueFilter::default()
    };
    assert_eq!(listed(story).await, [number(0)]);
}

fn lease<'a>(sources: &'a [SourceId], now: &str, until: &str, owner: &'a str) -> LeaseRequest<'a> {
    LeaseRequest { sources, now: instant(now), until: instant(until), owner, even_if_not_due: false }
}

pub async fn a_source_is_leased_to_one_at_a_time(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let sources = ["a-rss", "b-rss"].map(|id| SourceId::new(id).expect("an id"));
    let (nine, ten) = ("2026-11-23T09:00:00Z", "2026-11-23T10:00:00Z");
    let take = async |now: &str, owner: &str| {
        let leased = store.lease_source(lease(&sources, now, ten, owner)).await.expect("asked");
        leased.map(|leased| leased.state.id.to_string())
    };
    assert_eq!(take(nine, "one").await.as_deref(), Some("a-rss"));
    assert_eq!(take(nine, "two").await.as_deref(), Some("b-rss"));
    assert_eq!(take(nine, "three").await, None);
    assert_eq!(take(nine, "two").await.as_deref(), Some("b-rss"), "it knows that it died and came back");
    assert_eq!(take(ten, "three").await.as_deref(), Some("a-rss"), "a lease that ran out is free again");
    assert_eq!(store.lease_source(lease(&[], nine, ten, "one")).await.expect("asked"), None);
}

pub async fn a_poll_ends_with_what_it_brought(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let sources = [SourceId::new("a-rss").expect("an id")];
    let request = || lease(&sources, "2026-11-23T09:00:00Z", "2026-11-23T09:05:00Z", "one");
    let leased = store.lease_source(request()).await.expect("asked").expect("a lease");
    assert_eq!(leased.state, SourceState::fresh(sources[0].clone()));
    let state = SourceState {
        etag: Some("\"1\"".to_owned()),
        due_at: instant("2026-11-23T09:15:00Z"),
        retry: vec![("https://a.example/9".to_owned(), 1)],
        failure: Some((PollFailure::ServerError, "500".to_owned())),
        aliases: vec![("https://a.example/l/1".to_owned(), "https://a.example/1".to_owned())],
        habit: Habit { days: 9, per_day_milli: 12_345, ..Habit::default() },
        ..leased.state
    };
    let poll = Some(PollRecord { owner: "one".to_owned(), state: state.clone() });
    let revisions = vec![revision("https://a.example/1", "ก", "ข")];
    store.append(Append { revisions, poll, ..Append::default() }).await.expect("appended");
    let store = harness.open_again(&keeper);
    assert_eq!(store.source_states().await.expect("read"), std::slice::from_ref(&state));
    assert_eq!(store.lease_source(request()).await.expect("asked"), None, "not due yet");
    let now = LeaseRequest { even_if_not_due: true, ..request() };
    assert_eq!(store.lease_source(now).await.expect("asked").map(|leased| leased.state), Some(state));
}

pub async fn a_lost_lease_appends_nothing(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let sources = [SourceId::new("a-rss").expect("an id")];
    let slow = store
        .lease_source(lease(&sources, "2026-11-23T09:00:00Z", "2026-11-23T09:05:00Z", "slow"))
        .await
        .expect("asked")
        .expect("a lease");
    store
        .lease_source(lease(&sources, "2026-11-23T09:06:00Z", "2026-11-23T09:10:00Z", "quick"))
        .await
        .expect("asked")
        .expect("the lease of the slow one ran out");
    let poll = Some(PollRecord { owner: "slow".to_owned(), state: slow.state });
    let revisions = vec![revision("https://a.example/1", "ก", "ข")];
    let late = store.append(Append { revisions, poll, ..Append::default() }).await;
    assert!(matches!(late, Err(StoreError::Conflict(Conflict::Lease { .. }))), "{late:?}");
    assert_eq!(store.counts().await.expect("counts").revisions, 0);
}

pub async fn captures_are_kept_once_by_hash(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let body = "<p>ข่าว</p>".repeat(1000).into_bytes();
    let capture = CaptureBody {
        hash: CaptureHash::of(&body),
        url: "https://a.example/1".to_owned(),
        fetched_at: instant("2026-11-23T09:30:00+07:00"),
        status: 200,
        content_type: Some("text/html".to_owned()),
        body,
    };
    for _ in 0..2 {
        store
            .append(Append { captures: vec![capture.clone()], ..Append::default() })
            .await
            .expect("appended");
    }
    assert_eq!(store.capture(capture.hash).await.expect("read"), Some(capture));
    assert_eq!(store.capture(CaptureHash::of(b"?")).await.expect("read"), None);
}

pub async fn captures_are_listed_by_source_and_article(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let read_from = |page: &str, text: &str, body: Option<&str>, source: &str| NewRevision {
        capture: body.map(|body| CaptureHash::of(body.as_bytes())),
        source: SourceId::new(source).expect("an id"),
        ..revision(&format!("https://a.example/{page}"), "ข่าว", text)
    };
    let revisions = vec![
        read_from("1", "ก", Some("<1>"), "a-rss"),
        read_from("2", "ข", Some("<2>"), "b-rss"),
        read_from("3", "ค", None, "a-rss"),
        read_from("1", "ก แก้ไข", Some("<1b>"), "a-rss"),
    ];
    let appended = store.append(batch(revisions)).await.expect("appended");
    let seqs: Vec<Seq> = appended.into_iter().map(seq_of).collect();
    let check = async |source: Option<&str>, page: Option<&str>, limit, want: &[(usize, &str)]| {
        let filter = CaptureFilter {
            source: source.map(|source| SourceId::new(source).expect("an id")),
            url: page.map(|page| CanonicalUrl::parse(&format!("https://a.example/{page}")).expect("a URL")),
            limit,
        };
        let listed = store.captured(&filter).await.expect("listed");
        let listed: Vec<(Seq, CaptureHash)> = listed.iter().map(|one| (one.seq, one.capture)).collect();
        let want: Vec<_> =
            want.iter().map(|(n, body)| (seqs[*n], CaptureHash::of(body.as_bytes()))).collect();
        assert_eq!(listed, want, "{filter:?}");
    };
    check(None, None, None, &[(3, "<1b>"), (1, "<2>"), (0, "<1>")]).await;
    check(None, None, Some(2), &[(3, "<1b>"), (1, "<2>")]).await;
    check(Some("a-rss"), None, None, &[(3, "<1b>"), (0, "<1>")]).await;
    check(None, Some("2"), None, &[(1, "<2>")]).await;
    check(Some("a-rss"), Some("2"), None, &[]).await;
    check(Some("c-rss"), None, None, &[]).await;
}

pub async fn the_history_of_an_article_is_its_revisions(harness: &impl Harness) {
    let Opened { store, keeper: _keeper } = harness.open_new();
    let revisions = vec![
        revision("https://a.example/1", "ก", "ข"),
        revision("https://a.example/2", "ก", "ข"),
        revision("https://a.example/1", "ก", "ค"),
    ];
    let appended = store.append(batch(revisions)).await.expect("appended");
    let seqs: Vec<Seq> = appended.into_iter().map(seq_of).collect();
    assert_eq!(store.history(ArticleId::from(seqs[0])).await.expect("read"), [seqs[0], seqs[2]]);
    assert_eq!(store.history(ArticleId::from(seqs[1])).await.expect("read"), [seqs[1]]);
    assert_eq!(store.history(ArticleId::new(u64::from(u32::MAX))).await.expect("read"), []);
}

pub async fn looks_are_kept_for_each_article_and_listed_when_due(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let look = |page: &str, source: &str, next_at: Option<&str>| Look {
        url: CanonicalUrl::parse(&format!("https://a.example/{page}")).expect("a URL"),
        source: SourceId::new(source).expect("an id"),
        link: format!("https://a.example/{page}?from=rss"),
        etag: Some("\"1\"".to_owned()),
        last_modified: None,
        since: instant("2026-11-20T09:00:00Z"),
        next_at: next_at.map(instant),
        gone_at: None,
        withdrawn_at: None,
    };
    let (ten, eleven) = ("2026-11-23T10:00:00Z", "2026-11-23T11:00:00Z");
    let [one, two, three, four] = [
        look("1", "a-rss", Some(eleven)),
        look("2", "a-rss", Some(ten)),
        look("3", "b-rss", Some(ten)),
        look("4", "a-rss", None),
    ];
    let stranger = look("5", "a-rss", Some(ten));
    let revisions = (1..=4).map(|n| revision(&format!("https://a.example/{n}"), "ก", "ข")).collect();
    let looks = vec![one.clone(), two.clone(), three.clone(), four.clone(), stranger.clone()];
    store.append(Append { revisions, looks, ..Append::default() }).await.expect("appended");
    let store = harness.open_again(&keeper);
    let due = async |source: &str, now: &str, limit: usize| {
        let source = SourceId::new(source).expect("an id");
        store.looks(&LooksOf::Due { source, now: instant(now), limit }).await.expect("read")
    };
    assert_eq!(due("a-rss", "2026-11-23T09:59:59Z", 9).await, []);
    assert_eq!(due("a-rss", ten, 9).await, std::slice::from_ref(&two));
    assert_eq!(due("a-rss", eleven, 9).await, [two.clone(), one.clone()], "the longest due first");
    assert_eq!(due("a-rss", eleven, 1).await, std::slice::from_ref(&two));
    let gone = Look { gone_at: Some(instant(ten)), withdrawn_at: Some(instant(eleven)), ..two.clone() };
    store.append(Append { looks: vec![gone.clone()], ..Append::default() }).await.expect("appended");
    let urls = vec![two.url.clone(), four.url.clone(), stranger.url.clone()];
    let looks = store.looks(&LooksOf::Articles(urls.clone())).await.expect("read");
    assert_eq!(looks, [gone, four], "one that is not in the log has no look");
    let withdrawn = async || {
        let articles = store.articles(&urls).await.expect("read");
        articles.iter().flatten().filter_map(|article| article.withdrawn_at).collect::<Vec<_>>()
    };
    assert_eq!(withdrawn().await, [instant(eleven)]);
    store.append(Append { looks: vec![two], ..Append::default() }).await.expect("appended");
    assert_eq!(withdrawn().await, [], "it came back");
}

pub async fn readers_see_whole_appends_only(harness: &impl Harness) {
    const BATCH: usize = 5;
    let Opened { store, keeper: _keeper } = harness.open_new();
    let writer = {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for round in 0..20 {
                let revisions = (0..BATCH)
                    .map(|n| revision(&format!("https://a.example/{round}/{n}"), "ก", "ข"))
                    .collect();
                store.append(batch(revisions)).await.expect("appended");
            }
        })
    };
    while !writer.is_finished() {
        let read = store.read_after(Seq::ZERO, 1000).await.expect("read");
        assert_eq!(read.len() % BATCH, 0);
        // A reader that goes by the head finds everything below it.
        let head = store.heads().await.expect("heads").articles;
        let upto = store.read_after(Seq::ZERO, 1000).await.expect("read");
        assert!(upto.last().map_or(Seq::ZERO, |last| last.seq) >= head);
    }
    writer.await.expect("the writer ended well");
}

pub async fn writers_in_several_instances_lose_nothing(harness: &impl Harness) {
    const EACH: u64 = 15;
    let Opened { store, keeper } = harness.open_new();
    let writers: Vec<_> = (0..3)
        .map(|writer| {
            let store = harness.open_again(&keeper);
            tokio::spawn(async move {
                for n in 0..EACH {
                    append_one(&*store, revision(&format!("https://{writer}.example/{n}"), "ก", "ข")).await;
                }
            })
        })
        .collect();
    // A reader that follows by cursor must meet every revision, in order, while they are being written.
    let (mut cursor, mut met) = (Seq::ZERO, 0);
    while met < 3 * EACH {
        for revision in store.read_after(cursor, 4).await.expect("read") {
            assert!(revision.seq > cursor);
            cursor = revision.seq;
            met += 1;
        }
        tokio::task::yield_now().await;
    }
    for writer in writers {
        writer.await.expect("a writer ended well");
    }
    assert_eq!(store.counts().await.expect("counts").revisions, 3 * EACH);
}

pub async fn everything_is_there_after_a_restart(harness: &impl Harness) {
    let Opened { store, keeper } = harness.open_new();
    let seqs = append_numbered(&*store, 4).await;
    store.change_issue(raise(seqs[0], 300)).await.expect("raised");
    let before =
        (store.counts().await.expect("counts"), store.read_after(Seq::ZERO, 10).await.expect("read"));
    drop(store);
    let store = harness.open_again(&keeper);
    let after = (store.counts().await.expect("counts"), store.read_after(Seq::ZERO, 10).await.expect("read"));
    assert_eq!(after, before);
}
