//! The invented world of the demo: every event is told by several outlets in words of their own, and a crawl brings the
//! articles in any order. Whatever the order, the stories must come out.

#![expect(clippy::unwrap_used, reason = "the fixtures are ours")]

use std::collections::BTreeMap;

use jiff::Timestamp;
use praden_demo::{ExpectedArticle, World, WorldOptions};
use praden_model::{
    AnalyzedText, ArticleId, CanonicalUrl, DateOrigin, DateTrust, OutletId, Published, Revision, Seq,
    SourceId,
};
use praden_stories::{Clusterer, Window};
use praden_text::{Precision, Segmenter};

/// Orders of arrival that are tried for each edition.
const ORDERS: u64 = 150;

fn world(edition: u32) -> Vec<ExpectedArticle> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let now = Timestamp::from_second(1_795_000_000).unwrap();
    runtime.block_on(async { World::start(WorldOptions { now, edition }).await.unwrap().expected(edition) })
}

fn revision(at: usize, article: &ExpectedArticle) -> Revision {
    let analyze = |text: String| AnalyzedText::analyze(text, Segmenter::embedded());
    Revision {
        seq: Seq::new(1),
        article: ArticleId::new(at as u64 + 1),
        revision: 1,
        url: CanonicalUrl::parse(&article.url).unwrap(),
        source: SourceId::new(&article.outlet).unwrap(),
        outlet: OutletId::new(&article.outlet).unwrap(),
        title: analyze(article.title.clone()),
        text: analyze(article.paragraphs.join("\n\n")),
        published: article.published_at.map(|at| Published {
            at,
            precision: Precision::Minute,
            origin: DateOrigin::StructuredData,
            trust: DateTrust::Trusted,
            written: String::new(),
        }),
        fetched_at: Timestamp::from_second(1_795_000_000).unwrap(),
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
    }
}

/// The label of an article's story: a routine article is its own, unless it reprints another word for word.
fn label(article: &ExpectedArticle) -> String {
    article.story.as_ref().or(article.reprint_of.as_ref()).unwrap_or(&article.url).clone()
}

/// The story that each article is given when they come in this order.
fn stories(revisions: &mut [Revision], order: &[usize]) -> Vec<u64> {
    let mut clusterer = Clusterer::new(Window::default());
    let mut stories = vec![0; order.len()];
    for (seq, &at) in order.iter().enumerate() {
        // A story is named by the first of its articles, so positions in the log count from 1.
        revisions[at].seq = Seq::new(seq as u64 + 1);
        stories[at] = clusterer.place(&revisions[at]).story.get();
        for merge in clusterer.take_merges() {
            for story in stories.iter_mut().filter(|story| **story == merge.other.get()) {
                *story = merge.story.get();
            }
        }
    }
    stories
}

/// BCubed F1 over all articles (Bagga and Baldwin, 1998).
fn bcubed(labels: &[String], stories: &[u64]) -> f64 {
    let (mut precision, mut recall) = (0.0, 0.0);
    for (label, story) in labels.iter().zip(stories) {
        let both = labels.iter().zip(stories).filter(|pair| *pair == (label, story)).count() as f64;
        precision += both / stories.iter().filter(|other| *other == story).count() as f64;
        recall += both / labels.iter().filter(|other| *other == label).count() as f64;
    }
    2.0 * precision * recall / (precision + recall) / labels.len() as f64
}

/// The articles 0 to `count` in an order that follows from the seed alone (xorshift, Fisher and Yates).
fn shuffled(count: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    let mut state = (seed + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    for at in (1..count).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        order.swap(at, (state % (at as u64 + 1)) as usize);
    }
    order
}

#[track_caller]
fn check(edition: u32) {
    let articles = world(edition);
    let labels: Vec<String> = articles.iter().map(label).collect();
    let mut revisions: Vec<Revision> =
        articles.iter().enumerate().map(|(at, article)| revision(at, article)).collect();
    let by_age: Vec<usize> = {
        let mut order: Vec<usize> = (0..articles.len()).collect();
        order.sort_by_key(|&at| articles[at].published_at);
        order
    };
    let orders = std::iter::once(by_age).chain((0..ORDERS).map(|seed| shuffled(articles.len(), seed)));
    let mut partitions: BTreeMap<String, (usize, f64)> = BTreeMap::new();
    for order in orders {
        let stories = stories(&mut revisions, &order);
        let faults = faults(&articles, &labels, &stories);
        let f1 = bcubed(&labels, &stories);
        let (times, _) = partitions.entry(faults).or_insert((0, f1));
        *times += 1;
    }
    let whole = partitions.get("").map_or(0, |(times, _)| *times);
    let orders = ORDERS as usize + 1;
    assert!(whole * 20 >= orders * 19, "edition {edition}: right in {whole} of {orders} orders");
    for (faults, (times, f1)) in &partitions {
        assert!(*f1 >= 0.97, "edition {edition}: F1 {f1:.3} in {times} orders: {faults}");
    }
}

/// Labelled stories that are split, and stories that hold more than one label, by title.
fn faults(articles: &[ExpectedArticle], labels: &[String], stories: &[u64]) -> String {
    let mut faults = String::new();
    let mut by_label: BTreeMap<&str, BTreeMap<u64, usize>> = BTreeMap::new();
    let mut by_story: BTreeMap<u64, BTreeMap<&str, &str>> = BTreeMap::new();
    for ((article, label), &story) in articles.iter().zip(labels).zip(stories) {
        *by_label.entry(label).or_default().entry(story).or_default() += 1;
        by_story.entry(story).or_default().insert(label, &article.title);
    }
    for (label, parts) in by_label.iter().filter(|(_, parts)| parts.len() > 1) {
        let mut sizes: Vec<usize> = parts.values().copied().collect();
        sizes.sort_unstable();
        faults += &format!("\n  split {label} {sizes:?}");
    }
    let mut merged: Vec<String> = by_story
        .values()
        .filter(|labels| labels.len() > 1)
        .map(|labels| format!("\n  merged {:?}", labels.values().collect::<Vec<_>>()))
        .collect();
    merged.sort();
    faults + &merged.concat()
}

#[test]
fn stories_come_out_whatever_the_order_of_arrival() {
    check(1);
    check(2);
}
