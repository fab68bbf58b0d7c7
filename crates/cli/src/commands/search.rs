//! `praden search`.

use std::collections::HashMap;

use clap::ValueEnum;
use praden_index::{Cursor, FacetField, Index, Order, SearchOptions, Searcher, Unit, highlight, snippet};
use praden_model::{Clock as _, FieldName, MembersOf, Revision, Seq, Span};
use praden_query::{DocumentView, Query};
use serde::Serialize;

use super::{Place, Reading};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Column, Format, write_json, write_records};
use crate::surroundings;
use crate::talk::say;

/// Bytes of text around the matches. Thai takes three a letter: about two lines.
const SNIPPET_BYTES: usize = 480;

#[derive(clap::Args)]
#[command(
    after_help = "Examples:\n  praden search 'น้ำท่วม NEAR/5 เตือน date:7d'\n  praden search 'agency:rid OR \"กรมชลประทาน\"' --order newest --limit 50 --format csv\n  \
    praden search 'outlet:thaigov-go-th' --over month\n  praden search 'ร้องเรียน' --facet agency\n\n\
    AND OR NOT and brackets, \"phrases\", word*, NEAR/n, ONEAR/n, title: text: outlet: source: agency: story: url: and\n\
    date: (2568-07-01..2568-07-31, 2025-07, 7d, today). What is not understood is an error that points at the place."
)]
pub(crate) struct Args {
    /// The query.
    query: String,
    #[command(flatten)]
    place: Place,
    /// Only the number of articles.
    #[arg(long, conflicts_with_all = ["facet", "over"])]
    count: bool,
    /// Counts by a property: outlet, source, agency or story.
    #[arg(long, value_name = "FIELD", conflicts_with = "over")]
    facet: Option<String>,
    /// Counts over time, at +07:00.
    #[arg(long, value_enum, value_name = "UNIT")]
    over: Option<Over>,
    /// How the query was understood.
    #[arg(long)]
    explain: bool,
    /// Articles, or values of a facet, at most.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Best first, or newest first.
    #[arg(long, value_enum, default_value_t = By::Relevance)]
    order: By,
    /// The next page: what the page before gave as `next`.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// How records are written [default: table on a terminal, jsonl in a pipe].
    #[arg(long, value_enum)]
    format: Option<Format>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Over {
    Day,
    Month,
    /// The same as `day`.
    Time,
}

#[derive(Clone, Copy, ValueEnum)]
enum By {
    Relevance,
    Newest,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let query = praden_query::parse(&args.query, surroundings::WallClock.now()).map_err(Failure::usage)?;
    for warning in &query.warnings {
        say(format_args!("praden: {warning}"));
    }
    if args.explain {
        say(format_args!("understood as: {}", query.tree));
    }
    let reading = super::open_reading(&args.place)?;
    let index = Index::open(&reading.folder.index())?;
    let searcher = index.reader()?;
    note_lag(&reading, &searcher).await?;
    if args.count {
        write_json(
            &serde_json::json!({ "query": query.tree.to_string(), "count": searcher.count(&query.tree)? }),
        )?;
    } else if let Some(field) = &args.facet {
        facet(&searcher, &query, field, &args)?;
    } else if let Some(over) = args.over {
        over_time(&searcher, &query, over, &args)?;
    } else {
        hits(&reading, &searcher, &query, &args).await?;
    }
    Ok(Exit::Done)
}

/// A count that is not of the whole log must say so.
async fn note_lag(reading: &Reading, searcher: &Searcher) -> Result<(), Failure> {
    let behind = reading.store.heads().await?.articles.get().saturating_sub(searcher.cursor().get());
    if behind > 0 {
        say(format_args!(
            "praden: the index is {behind} revisions behind the log; `praden run` or `praden reindex` lets it catch up"
        ));
    }
    Ok(())
}

#[derive(Serialize)]
struct Value {
    value: String,
    count: u64,
}

fn facet(searcher: &Searcher, query: &Query, field: &str, args: &Args) -> Result<(), Failure> {
    let known = FacetField::from_name(field).ok_or_else(|| {
        Failure::usage(format!(
            "--facet {field}: not a field to count by; write outlet, source, agency or story"
        ))
    })?;
    let facet = searcher.facet(&query.tree, known, args.limit)?;
    let rows: Vec<Value> = facet.values.into_iter().map(|(value, count)| Value { value, count }).collect();
    say(format_args!("{} values, {} articles without one", facet.distinct, facet.without));
    let columns: [Column<Value>; 2] = [
        Column { heading: "value", cell: |row| row.value.clone() },
        Column { heading: "articles", cell: |row| row.count.to_string() },
    ];
    write_records(&rows, &columns, args.format)
}

fn over_time(searcher: &Searcher, query: &Query, over: Over, args: &Args) -> Result<(), Failure> {
    let unit = match over {
        Over::Month => Unit::Month,
        Over::Day | Over::Time => Unit::Day,
    };
    let timeline = searcher.over_time(&query.tree, unit)?;
    let rows: Vec<Value> =
        timeline.counts.into_iter().map(|(date, count)| Value { value: date.to_string(), count }).collect();
    say(format_args!("{} articles without a date", timeline.undated));
    let columns: [Column<Value>; 2] = [
        Column { heading: "from", cell: |row| row.value.clone() },
        Column { heading: "articles", cell: |row| row.count.to_string() },
    ];
    write_records(&rows, &columns, args.format)
}

#[derive(Serialize)]
struct HitRow {
    seq: Seq,
    article: u64,
    url: String,
    title: String,
    outlet: String,
    published_at: Option<jiff::Timestamp>,
    score: Option<f32>,
    snippet: String,
    /// Matches, in bytes of the field as published.
    highlights: Vec<Highlight>,
    /// Where the next page starts, on the last hit of a page that has a next.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Highlight {
    field: FieldName,
    #[serde(flatten)]
    span: Span,
    surface: String,
}

async fn hits(reading: &Reading, searcher: &Searcher, query: &Query, args: &Args) -> Result<(), Failure> {
    let after = args.after.as_deref().map(str::parse::<Cursor>).transpose().map_err(Failure::usage)?;
    let order = match args.order {
        By::Relevance => Order::Relevance,
        By::Newest => Order::Newest,
    };
    let results = searcher.search(&query.tree, &SearchOptions { limit: args.limit, order, after })?;
    let seqs: Vec<Seq> = results.hits.iter().map(|hit| hit.seq).collect();
    let scores: HashMap<Seq, Option<f32>> = results.hits.iter().map(|hit| (hit.seq, hit.score)).collect();
    let revisions = reading.store.revisions(&seqs).await?;
    let mentions =
        reading.store.mentions(&revisions.iter().map(|revision| revision.seq).collect::<Vec<_>>()).await?;
    let mut rows = Vec::new();
    for (revision, mentions) in revisions.iter().zip(&mentions) {
        let of = MembersOf::Article { article: revision.article, upto: revision.seq };
        let story = reading.store.memberships(of).await?.last().map(|membership| membership.story);
        let document = DocumentView::new(revision, mentions, story);
        let matches = highlight(&query.tree, revision, &document);
        rows.push(row(revision, &matches, scores.get(&revision.seq).copied().flatten()));
    }
    if let (Some(last), Some(next)) = (rows.last_mut(), &results.next) {
        last.next = Some(next.to_string());
    }
    say(format_args!(
        "{}, {} shown",
        super::plural(usize::try_from(results.total).unwrap_or(usize::MAX), "article"),
        rows.len()
    ));
    let columns: [Column<HitRow>; 4] = [
        Column { heading: "published", cell: |row| row.published_at.map_or_else(|| "-".to_owned(), day) },
        Column { heading: "outlet", cell: |row| row.outlet.clone() },
        Column { heading: "title", cell: |row| row.title.clone() },
        Column { heading: "text", cell: |row| row.snippet.clone() },
    ];
    write_records(&rows, &columns, args.format)
}

fn row(revision: &Revision, matches: &[(FieldName, Span)], score: Option<f32>) -> HitRow {
    let field = |name| match name {
        FieldName::Title => revision.title.raw(),
        FieldName::Text => revision.text.raw(),
    };
    let part = snippet(revision, matches, SNIPPET_BYTES);
    let mark = |&(name, span): &(FieldName, Span)| Highlight {
        field: name,
        span,
        surface: span.of(field(name)).unwrap_or("").to_owned(),
    };
    HitRow {
        seq: revision.seq,
        article: revision.article.get(),
        url: revision.url.to_string(),
        title: revision.headline().to_owned(),
        outlet: revision.outlet.to_string(),
        published_at: revision.event_time(),
        score,
        snippet: part
            .part
            .of(field(part.field))
            .unwrap_or("")
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
        highlights: matches.iter().map(mark).collect(),
        next: None,
    }
}

/// A day as a Thai desk writes it: Buddhist Era, +07:00.
pub(crate) fn day(at: jiff::Timestamp) -> String {
    let there = at.to_zoned(jiff::tz::TimeZone::fixed(jiff::tz::Offset::constant(7)));
    format!(
        "{:02}/{:02}/{} {:02}:{:02}",
        there.day(),
        there.month(),
        i32::from(there.year()) + 543,
        there.hour(),
        there.minute()
    )
}
