//! The index and the evaluator in memory give the same answer to every query.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use common::{article, mention, published, tree};
use praden_index::{
    FacetField, Findings, Index, Order, SearchOptions, Searcher, Unit, WriterOptions, highlight,
};
use praden_model::{ArticleId, IssueKind, Mention, PlaceId, Revision, RuleId, Seq, StoryId};
use praden_query::DocumentView;
use proptest::prelude::*;

const WORDS: &[&str] = &[
    "น้ำท่วม",
    "กรุงเทพ",
    "เตือน",
    "ฝน",
    "ลม",
    "นายกรัฐมนตรี",
    "นายก",
    "flood",
    "Flooding",
    "floods",
    "rain",
    "2568",
    "๒๕๖๘",
    "aa",
    "bb",
    "aab",
];
const GAPS: &[&str] = &["", " ", " ", " ", ", ", "\n", " - "];
const AGENCIES: &[&str] = &["ddpm", "dmh", "bma"];
const AUTHORS: &[&str] =
    &["นายสมชาย ใจดี", "สมหญิง รักเรียน", "Jane Doe", "J. Smith-Doe", "สมชาย", "ใจดี  สมหญิง", "น.ส.สมหญิง ใจดี"];
const RULES: &[&str] = &["floods", "storms"];
const PLACES: &[&str] = &["loei", "loei-phu-kradueng", "chiang-mai", "chiang-rai-mae-sai"];

struct Entry {
    revision: Revision,
    mentions: Vec<Mention>,
    story: Option<StoryId>,
    rules: Vec<RuleId>,
    kinds: Vec<IssueKind>,
    places: Vec<PlaceId>,
    copy_of: Option<Seq>,
}

impl Entry {
    fn document(&self) -> DocumentView<'_> {
        DocumentView::new(&self.revision, &self.mentions, self.story)
            .with_rules(&self.rules)
            .with_kinds(self.kinds.iter().copied())
            .with_places(&self.places)
    }

    fn original(&self) -> u64 {
        self.copy_of.map_or(self.revision.article.get(), Seq::get)
    }

    fn findings(&self) -> Findings<'_> {
        Findings {
            copy_of: self.copy_of,
            mentions: &self.mentions,
            story: self.story,
            rules: &self.rules,
            kinds: &self.kinds,
            places: &self.places,
            ..Findings::default()
        }
    }
}

struct World {
    latest: Vec<Entry>,
    searcher: Searcher,
    /// By position in the log.
    originals: BTreeMap<u64, u64>,
    _dir: tempfile::TempDir,
}

/// A small generator with a fixed seed: the world is the same in every run, the queries are not.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn text(&mut self, words: usize) -> String {
        (0..words).map(|_| [WORDS[self.roll(WORDS.len())], GAPS[self.roll(GAPS.len())]].concat()).collect()
    }

    fn entry(&mut self, seq: u64) -> Entry {
        let (title_words, text_words) = (self.roll(6), self.roll(40));
        let (title, text) = (self.text(title_words), self.text(text_words));
        let mut revision = article(seq, &title, &text);
        if self.roll(4) > 0 {
            revision.published =
                published(&format!("2025-07-{:02}T{:02}:00:00Z", 1 + self.roll(31), self.roll(24)));
        }
        revision.authors = (0..self.roll(3)).map(|_| AUTHORS[self.roll(AUTHORS.len())].to_owned()).collect();
        let mentions = (0..self.roll(4)).map(|_| mention(AGENCIES[self.roll(AGENCIES.len())])).collect();
        let story = (self.roll(2) > 0).then(|| StoryId::new(self.roll(3) as u64));
        let rules = (0..self.roll(3)).map(|_| RuleId::new(RULES[self.roll(RULES.len())]).unwrap()).collect();
        let kinds = (0..self.roll(2)).map(|_| IssueKind::ALL[self.roll(6)]).collect();
        let places =
            (0..self.roll(3)).map(|_| PlaceId::new(PLACES[self.roll(PLACES.len())]).unwrap()).collect();
        // Some copy one of the first articles.
        let copy_of = (self.roll(3) == 0).then(|| Seq::new(1 + self.roll(20) as u64));
        Entry { revision, mentions, story, rules, kinds, places, copy_of }
    }
}

/// 240 articles in several segments, 40 of them revised once.
static WORLD: LazyLock<World> = LazyLock::new(|| {
    let mut dice = Dice(7);
    let mut log: Vec<Entry> = (1..=240).map(|seq| dice.entry(seq)).collect();
    for seq in 241..=280 {
        let mut entry = dice.entry(seq);
        entry.revision.article = ArticleId::new((seq - 240) * 5);
        entry.revision.revision = 2;
        log.push(entry);
    }
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    let mut writer = index.writer(&WriterOptions::default()).unwrap();
    for (at, entry) in log.iter().enumerate() {
        writer.add(&entry.revision, &entry.findings()).unwrap();
        if at % 60 == 59 {
            writer.commit(entry.revision.seq).unwrap();
        }
    }
    writer.commit(Seq::new(280)).unwrap();
    let revised: BTreeSet<ArticleId> = log.iter().skip(240).map(|entry| entry.revision.article).collect();
    let latest: Vec<Entry> = log
        .into_iter()
        .filter(|entry| entry.revision.revision == 2 || !revised.contains(&entry.revision.article))
        .collect();
    let originals = latest.iter().map(|entry| (entry.revision.seq.get(), entry.original())).collect();
    World { latest, searcher: index.reader().unwrap(), originals, _dir: dir }
});

/// Queries of the whole language.
fn queries() -> impl Strategy<Value = String> {
    let word = prop::sample::select(WORDS).prop_map(str::to_owned);
    let prefix =
        prop::sample::select(&["fl*", "flood*", "aa*", "นาย*", "กรุง*", "25*", "zz*", "\"aa\" aa*"][..])
            .prop_map(str::to_owned);
    let phrase = prop::collection::vec(prop::sample::select(WORDS), 2..4)
        .prop_map(|words| format!("\"{}\"", words.join(" ")));
    let joined = prop::collection::vec(prop::sample::select(WORDS), 2..4).prop_map(|words| words.concat());
    let joined_prefix =
        prop::collection::vec(prop::sample::select(WORDS), 2..3).prop_map(|words| words.concat() + "*");
    let simple = prop_oneof![4 => word, 2 => phrase.clone(), 2 => joined, 1 => joined_prefix, 1 => prop::sample::select(&["fl*", "aa*", "นาย*"][..]).prop_map(str::to_owned)];
    let pattern =
        prop::sample::select(&["fl*d", "fl?od*", "a?b", "aa?", "นาย*มนตรี", "น้?ท่วม", "2?68", "zz?z"][..])
            .prop_map(str::to_owned);
    let simple = prop_oneof![8 => simple, 1 => pattern];
    let side = prop_oneof![3 => simple.clone(), 1 => (simple.clone(), simple.clone()).prop_map(|(a, b)| format!("({a} OR {b})"))];
    let near = (side.clone(), any::<bool>(), 1..12_u32, side).prop_map(|(left, ordered, n, right)| {
        format!("{left} {}NEAR/{n} {right}", if ordered { "O" } else { "" })
    });
    // Any letters in a row, with what stands between the words; some stand across words, some nowhere.
    let exact = (
        prop::collection::vec((prop::sample::select(WORDS), prop::sample::select(GAPS)), 1..4),
        0..14_usize,
        2..12_usize,
    )
        .prop_filter_map("two letters at least", |(parts, from, len)| {
            let text: String = parts.into_iter().flat_map(|(word, gap)| [word, gap]).collect();
            let run: String = text.chars().skip(from).take(len).collect();
            (run.chars().filter(|letter| !letter.is_whitespace()).count() > 1).then(|| format!("=\"{run}\""))
        });
    let property = prop_oneof![
        prop::sample::select(RULES).prop_map(|id| format!("rule:{id}")),
        prop::sample::select(&IssueKind::ALL[..]).prop_map(|kind| format!("kind:{kind}")),
        prop::sample::select(&["loei", "loei-phu-kradueng", "chiang-rai", "chiang-mai", "lo"][..])
            .prop_map(|id| format!("place:{id}")),
        prop::sample::select(&["th", "en", "other"][..]).prop_map(|name| format!("lang:{name}")),
        (0..5_u32).prop_map(|n| format!("outlet:outlet-{n}")),
        prop::sample::select(AUTHORS).prop_map(|name| format!("author:\"{name}\"")),
        prop::sample::select(
            &[
                "สมชาย",
                "ใจดี",
                "สม*",
                "สมห*",
                "doe",
                "ja*",
                "นางสาวสมหญิง",
                "สม",
                "\"สมชาย ใจดี\"",
                "(สมชาย OR Jane)"
            ][..]
        )
        .prop_map(|name| format!("author:{name}")),
        (0..4_u32).prop_map(|n| format!("source:source-{n}")),
        prop::sample::select(AGENCIES).prop_map(|id| format!("agency:{id}")),
        (0..4_u32).prop_map(|n| format!("story:st-{n}")),
        (0..6_u32).prop_map(|n| format!("url:https://news.example.com/{n}/*")),
        (1..300_u32).prop_map(|n| format!("url:https://news.example.com/{}/{n}", n % 5)),
        (1..31_u32, 0..9_u32)
            .prop_map(|(from, len)| format!("date:2568-07-{from:02}..2568-08-{:02}", len + 1)),
        (1..31_u32).prop_map(|day| format!("date:2025-07-{day:02}")),
        (1..31_u32).prop_map(|day| format!("date:..2025-07-{day:02}")),
        (1..40_u32).prop_map(|days| format!("date:{days}d")),
    ];
    let leaf = prop_oneof![
        4 => simple.clone(),
        3 => near.clone(),
        1 => prefix,
        2 => exact.clone(),
        1 => (prop::sample::select(&["title", "text"][..]), exact).prop_map(|(field, exact)| format!("{field}:{exact}")),
        2 => property,
        1 => (prop::sample::select(&["title", "text"][..]), near).prop_map(|(field, near)| format!("{field}:({near})")),
        2 => (prop::sample::select(&["title", "text"][..]), simple).prop_map(|(field, word)| format!("{field}:{word}")),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" AND "))),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|parts| format!("({})", parts.join(" OR "))),
            inner.clone().prop_map(|part| format!("NOT ({part})")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{a} NOT ({b})")),
        ]
    })
}

proptest! {
    // PROPTEST_CASES asks for more, never for fewer.
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(500), ..ProptestConfig::default() })]

    #[test]
    fn on_random_queries_of_the_whole_language(query in queries()) {
        let world = &*WORLD;
        let tree = tree(&query);
        let mut want: Vec<u64> = Vec::new();
        for entry in &world.latest {
            let document = entry.document();
            if tree.matches(&document) {
                want.push(entry.revision.seq.get());
            }
            // The highlights of an article are where they say they are, and only articles that match have any.
            let shown = highlight(&tree, &entry.revision, &document);
            prop_assert!(shown.is_empty() || tree.matches(&document), "{}", query);
        }
        want.sort_unstable();
        for order in [Order::Relevance, Order::Fresh, Order::Newest] {
            let all = SearchOptions { limit: 1000, order, ..SearchOptions::default() };
            let results = world.searcher.search(&tree, &all).unwrap();
            prop_assert_eq!(results.total, want.len() as u64, "{}", query);
            prop_assert!(results.next.is_none());
            let mut got: Vec<u64> = results.hits.iter().map(|hit| hit.seq.get()).collect();
            let in_order = got.clone();
            got.sort_unstable();
            prop_assert_eq!(&got, &want, "{}", query);

            // Page after page gives the same articles in the same order.
            let mut paged: Vec<u64> = Vec::new();
            let mut page = SearchOptions { limit: 60, order, ..SearchOptions::default() };
            loop {
                let results = world.searcher.search(&tree, &page).unwrap();
                prop_assert_eq!(results.total, want.len() as u64);
                paged.extend(results.hits.iter().map(|hit| hit.seq.get()));
                let Some(next) = results.next else { break };
                page.after = Some(next.to_string().parse().unwrap());
            }
            prop_assert_eq!(&paged, &in_order, "{}", query);

            // Folded, each group of near-duplicates is where its best is, and nobody is lost.
            let mut groups: Vec<(Seq, u64)> = Vec::new();
            let mut page = SearchOptions { limit: 40, order, fold: true, ..SearchOptions::default() };
            loop {
                let results = world.searcher.search(&tree, &page).unwrap();
                prop_assert_eq!(results.total, want.len() as u64);
                groups.extend(results.hits.iter().map(|hit| (hit.seq, hit.copies)));
                let Some(next) = results.next else {
                    prop_assert_eq!(results.hits_total, groups.len() as u64);
                    break;
                };
                page.after = Some(next);
            }
            prop_assert_eq!(groups.iter().map(|(_, copies)| copies + 1).sum::<u64>(), want.len() as u64);
            let mut seen = BTreeSet::new();
            let original = |seq: u64| world.originals.get(&seq).copied();
            let first: Vec<u64> = in_order.iter().copied().filter(|&seq| seen.insert(original(seq))).collect();
            prop_assert_eq!(groups.iter().map(|(seq, _)| seq.get()).collect::<Vec<_>>(), first, "{}", query);
        }
        prop_assert_eq!(world.searcher.count(&tree).unwrap(), want.len() as u64);
        let all: Vec<u64> = world.searcher.all(&tree).unwrap().into_iter().map(Seq::get).collect();
        prop_assert_eq!(&all, &want);

        // What words miss of their letters is what the wider query finds beyond, and what NOT lets through the other way round.
        let found = |tree: &praden_query::Expr| world.latest.iter().filter(|entry| tree.matches(&entry.document())).count();
        let more = tree.with_letters().map_or(0, |wider| found(&wider) - want.len());
        let missed = world.searcher.missed(&tree).unwrap();
        prop_assert_eq!(missed.as_ref().map_or(0, |missed| missed.articles), more as u64, "{}", query);
        for seq in missed.iter().flat_map(|missed| &missed.some) {
            prop_assert!(!want.contains(&seq.get()), "{}", query);
        }
        let fewer = tree.denying_letters().map_or(0, |narrower| want.len() - found(&narrower));
        let let_through = world.searcher.let_through(&tree).unwrap();
        prop_assert_eq!(let_through.as_ref().map_or(0, |missed| missed.articles), fewer as u64, "{}", query);
        for seq in let_through.iter().flat_map(|missed| &missed.some) {
            prop_assert!(want.contains(&seq.get()), "{}", query);
        }

        // What is counted by value, and by day, adds up to what matches.
        let outlets = world.searcher.facet(&tree, FacetField::Outlet, 100).unwrap();
        prop_assert_eq!(outlets.values.iter().map(|(_, count)| count).sum::<u64>() + outlets.without, want.len() as u64);
        for unit in [Unit::Day, Unit::Month] {
            let timeline = world.searcher.over_time(&tree, unit).unwrap();
            prop_assert_eq!(timeline.counts.iter().map(|(_, count)| count).sum::<u64>() + timeline.undated, want.len() as u64);
        }
    }
}

#[test]
fn the_queries_find_something() {
    // Were most random queries empty, the test above would say little.
    let world = &*WORLD;
    assert_eq!(world.searcher.documents(), world.latest.len() as u64);
    for query in [
        "น้ำท่วม",
        "fl*",
        "aa NEAR/3 bb",
        "aa ONEAR/2 (bb OR rain)",
        "\"aa bb\"",
        "NOT aa",
        "agency:ddpm",
        "date:2025-07-10",
        "aa bb*",
        "=ำท่ว",
        "=ain",
        "title:=ood",
        "fl?od*",
        "rule:floods",
        "kind:safety",
        "place:loei",
        "lang:en",
        "author:ใจดี",
        "author:สมห*",
        "author:\"สมชาย ใจดี\"",
    ] {
        let count = world.searcher.count(&tree(query)).unwrap();
        assert!(count > 0 && count < 240, "{query}: {count}");
    }
}
