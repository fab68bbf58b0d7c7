//! `praden search`.

use std::collections::HashMap;

use clap::ValueEnum;
use praden_index::{Cursor, FacetField, Hit, Order, SearchOptions, Searcher, Unit, highlight, snippet};
use praden_model::{ChangesOf, FieldName, Revision, Seq, Span};
use praden_pipeline::saved;
use praden_query::DocumentView;
use serde::Serialize;

use super::asked::{Asked, Letters};
use super::{Place, Reading};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Column, Format, write_json, write_records};
use crate::talk::say;

/// Bytes of text around the matches. Thai takes three a letter: about two lines.
const SNIPPET_BYTES: usize = 480;

#[derive(clap::Args)]
#[command(after_help = "Examples:\n  praden search 'น้ำท่วม NEAR/5 เตือน date:7d'\n  \
    praden search 'agency:rid OR \"กรมชลประทาน\"' --order newest --limit 50 --format csv\n  \
    praden search 'outlet:thaigov-go-th' --over month\n  praden search 'ร้องเรียน' --facet agency\n  \
    praden search '=กรมการแพทย์' --count\n  \
    praden search --save floods 'น้ำท่วม OR อุทกภัย' && praden search @floods --significant\n\n\
    AND OR NOT (or และ หรือ ไม่) and brackets, \"phrases\", =exact letters, word*, fl*od, gr?y, NEAR/n, ONEAR/n, title: text:\n\
    outlet: source: agency: story: rule: kind: place: lang: author: url: and date: (2568-07-01..2568-07-31, 2025-07, 7d, today).\n\
    What is not understood is an error that points at the place.\n\n\
    Where other articles have the letters of a word, but cut words otherwise, their number and the query that finds them too are\n\
    said on stderr, and with --count in the field cut_otherwise: {articles, query, cut}; those that NOT lets through so, in\n\
    let_through. Not beside articles as jsonl.")]
pub(crate) struct Args {
    /// The query, or @NAME of a saved one.
    #[arg(required_unless_present = "saved")]
    query: Option<String>,
    #[command(flatten)]
    place: Place,
    /// Only the number of articles.
    #[arg(long, group = "answer")]
    count: bool,
    /// Counts by a property: outlet, source, agency, story, rule, kind, province, lang, author or month.
    #[arg(long, value_name = "FIELD", group = "answer")]
    facet: Option<String>,
    /// The words that these articles have much more often than others.
    #[arg(long, group = "answer")]
    significant: bool,
    /// Keeps the query under a name; nothing is searched.
    #[arg(long, value_name = "NAME", group = "answer")]
    save: Option<String>,
    /// Lists the saved queries.
    #[arg(long, group = "answer")]
    saved: bool,
    /// Counts over time, at +07:00.
    #[arg(long, value_enum, value_name = "UNIT", group = "answer")]
    over: Option<Over>,
    /// Near-duplicates as one hit, with the number of the others.
    #[arg(long)]
    fold: bool,
    /// How the query was understood.
    #[arg(long)]
    explain: bool,
    /// Articles, or values of a facet, at most.
    #[arg(long, default_value_t = 20)]
    limit: usize,
    /// Best first, best first with more for the new, or newest first.
    #[arg(long, value_enum, default_value_t = By::Relevance)]
    order: By,
    /// The next page: what the page before gave as `next`.
    #[arg(long, value_name = "CURSOR")]
    after: Option<String>,
    /// Does not look for articles that have the letters of the query's words where words are cut otherwise.
    #[arg(long)]
    no_letters: bool,
    /// How many different words the query may stand for, wildcards included [default: the pipeline file's].
    #[arg(long, value_name = "N")]
    terms_max: Option<usize>,
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
    Fresh,
    Newest,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let reading = super::open_reading(&args.place)?;
    if args.saved {
        return list_saved(&reading, &args);
    }
    let mut asked = Asked::read(&reading, args.query.as_deref().unwrap_or(""))?;
    if args.explain {
        say(format_args!("understood as: {}", asked.query.tree));
    }
    if let Some(name) = &args.save {
        saved::save(reading.folder.path(), name, asked.written())?;
        say(format_args!("saved; ask it with praden search @{name}"));
        return Ok(Exit::Done);
    }
    let searcher = asked.searcher(&reading, args.terms_max).await?;
    note_lag(&reading, &searcher).await?;
    if args.count {
        let count = asked.answer(|tree| searcher.count(tree))?;
        let letters =
            if args.no_letters { Letters::default() } else { asked.missed(&reading, &searcher).await? };
        let counted = Counted { query: asked.query.tree.to_string(), count, letters };
        return write_json(&counted).map(|()| Exit::Done);
    }
    if args.significant {
        significant(&searcher, &asked, &args)?;
    } else if args.facet.as_deref() == Some("month") {
        over_time(&searcher, &asked, Over::Month, &args)?;
    } else if let Some(field) = &args.facet {
        facet(&searcher, &asked, field, &args)?;
    } else if let Some(over) = args.over {
        over_time(&searcher, &asked, over, &args)?;
    } else {
        hits(&reading, &searcher, &asked, &args).await?;
    }
    if args.wants_letters() {
        asked.missed(&reading, &searcher).await?;
    }
    Ok(Exit::Done)
}

impl Args {
    /// Whether somebody reads what is said beside the answer. Whoever takes page after page as lines of JSON is a program;
    /// the first page has told a person already.
    fn wants_letters(&self) -> bool {
        let is_page = self.facet.is_none() && self.over.is_none() && !self.significant;
        let is_for_programs = is_page && Format::or_default(self.format) == Format::Jsonl;
        !self.no_letters && !is_for_programs && self.after.is_none()
    }
}

#[derive(Serialize)]
struct Counted {
    query: String,
    count: u64,
    #[serde(flatten)]
    letters: Letters,
}

/// A count that is not of the whole log must say so.
pub(super) async fn note_lag(reading: &Reading, searcher: &Searcher) -> Result<(), Failure> {
    let behind = reading.store.heads().await?.articles.get().saturating_sub(searcher.cursor().get());
    if behind > 0 {
        say(format_args!(
            "praden: the index is {behind} revisions behind the log; `praden run` or `praden reindex` lets it catch up"
        ));
    }
    let changes = reading.store.story_changes(ChangesOf::After(searcher.story_changes()), 1).await?;
    if !changes.is_empty() {
        say(format_args!(
            "praden: the index does not know of the latest merges and splits of stories; `praden run` or `praden reindex` tells it"
        ));
    }
    Ok(())
}

#[derive(Serialize)]
struct Value {
    value: String,
    count: u64,
}

fn facet(searcher: &Searcher, asked: &Asked, field: &str, args: &Args) -> Result<(), Failure> {
    let known = FacetField::from_name(field).ok_or_else(|| {
        Failure::usage(format!(
            "--facet {field}: not a field to count by; write {} or month",
            FacetField::ALL.map(FacetField::name).join(", ")
        ))
    })?;
    let facet = asked.answer(|tree| searcher.facet(tree, known, args.limit))?;
    let rows: Vec<Value> = facet.values.into_iter().map(|(value, count)| Value { value, count }).collect();
    say(format_args!("{} values, {} articles without one", facet.distinct, facet.without));
    let columns: [Column<Value>; 2] = [
        Column { heading: "value", cell: |row| row.value.clone() },
        Column { heading: "articles", cell: |row| row.count.to_string() },
    ];
    write_records(&rows, &columns, args.format)
}

fn list_saved(reading: &Reading, args: &Args) -> Outcome {
    #[derive(Serialize)]
    struct Saved {
        name: String,
        query: String,
    }
    let rows: Vec<Saved> =
        saved::all(reading.folder.path())?.into_iter().map(|(name, query)| Saved { name, query }).collect();
    let columns: [Column<Saved>; 2] = [
        Column { heading: "name", cell: |row| row.name.clone() },
        Column { heading: "query", cell: |row| row.query.clone() },
    ];
    write_records(&rows, &columns, args.format)?;
    Ok(Exit::Done)
}

fn significant(searcher: &Searcher, asked: &Asked, args: &Args) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Word {
        word: String,
        articles: u64,
        of: u64,
        background: u64,
        documents: u64,
    }
    let documents = searcher.documents();
    let rows: Vec<Word> = asked
        .answer(|tree| searcher.significant_words(tree, args.limit))?
        .into_iter()
        .map(|word| Word {
            word: word.word,
            articles: word.articles,
            of: word.of,
            background: word.background,
            documents,
        })
        .collect();
    let columns: [Column<Word>; 3] = [
        Column { heading: "word", cell: |row| row.word.clone() },
        Column { heading: "of these articles", cell: |row| percent(row.articles, row.of) },
        Column { heading: "of all", cell: |row| percent(row.background, row.documents) },
    ];
    write_records(&rows, &columns, args.format)
}

fn percent(part: u64, whole: u64) -> String {
    format!("{:.1} %", 100.0 * part as f64 / whole.max(1) as f64)
}

fn over_time(searcher: &Searcher, asked: &Asked, over: Over, args: &Args) -> Result<(), Failure> {
    let unit = match over {
        Over::Month => Unit::Month,
        Over::Day | Over::Time => Unit::Day,
    };
    let timeline = asked.answer(|tree| searcher.over_time(tree, unit))?;
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
    /// As published; the start of the text where there is none.
    title: String,
    outlet: String,
    authors: Vec<String>,
    published_at: Option<jiff::Timestamp>,
    /// When its outlet was found to have taken it down.
    withdrawn_at: Option<jiff::Timestamp>,
    score: Option<f32>,
    /// Other articles that match and say the same, where they were folded.
    copies: u64,
    snippet: String,
    /// Matches, in bytes of the field as published.
    highlights: Vec<Highlight>,
    /// Where the next page starts, on the last hit of a page that has a next.
    next: Option<String>,
}

#[derive(Serialize)]
struct Highlight {
    field: FieldName,
    #[serde(flatten)]
    span: Span,
    surface: String,
}

async fn hits(reading: &Reading, searcher: &Searcher, asked: &Asked, args: &Args) -> Result<(), Failure> {
    let after = args.after.as_deref().map(str::parse::<Cursor>).transpose().map_err(Failure::usage)?;
    let order = match args.order {
        By::Relevance => Order::Relevance,
        By::Fresh => Order::Fresh,
        By::Newest => Order::Newest,
    };
    let options = SearchOptions { limit: args.limit, order, after, fold: args.fold };
    let results = asked.answer(|tree| searcher.search(tree, &options))?;
    let seqs: Vec<Seq> = results.hits.iter().map(|hit| hit.seq).collect();
    let hits: HashMap<Seq, Hit> = results.hits.iter().map(|hit| (hit.seq, *hit)).collect();
    let revisions = reading.store.revisions(&seqs).await?;
    let there: Vec<Seq> = revisions.iter().map(|revision| revision.seq).collect();
    let mentions = reading.store.mentions(&there).await?;
    let (rule_hits, places) = (reading.store.rule_hits(&there).await?, reading.store.places(&there).await?);
    let urls: Vec<_> = revisions.iter().map(|revision| revision.url.clone()).collect();
    let articles = reading.store.articles(&urls).await?;
    let mut rows = Vec::new();
    for ((((revision, mentions), rule_hits), places), article) in
        revisions.iter().zip(&mentions).zip(&rule_hits).zip(&places).zip(&articles)
    {
        let story = praden_pipeline::story_of(&*reading.store, revision, searcher.cursor()).await?;
        let document = DocumentView::new(revision, mentions, story)
            .with_rules(rule_hits.iter().map(|hit| &hit.rule))
            .with_kinds(rule_hits.iter().filter_map(|hit| hit.effects.kind))
            .with_places(places.iter().map(|place| &place.place));
        let matches = highlight(&asked.query.tree, revision, &document);
        let withdrawn_at = article.as_ref().and_then(|article| article.withdrawn_at);
        rows.push(HitRow { withdrawn_at, ..row(revision, &matches, hits.get(&revision.seq)) });
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
        Column {
            heading: "title",
            cell: |row| match row.withdrawn_at {
                Some(_) => format!("[ถอนแล้ว withdrawn] {}", row.title.trim()),
                None => row.title.trim().to_owned(),
            },
        },
        Column { heading: "text", cell: |row| row.snippet.clone() },
    ];
    write_records(&rows, &columns, args.format)
}

fn row(revision: &Revision, matches: &[(FieldName, Span)], hit: Option<&Hit>) -> HitRow {
    let field = |name| match name {
        FieldName::Title => revision.title.raw(),
        FieldName::Text => revision.text.raw(),
    };
    let title = revision.title.raw();
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
        // As published: highlights count its bytes. Where there is none, none of them do.
        title: if revision.title.normalized().trim().is_empty() { revision.headline() } else { title }
            .to_owned(),
        outlet: revision.outlet.to_string(),
        authors: revision.authors.clone(),
        published_at: revision.event_time(),
        withdrawn_at: None,
        score: hit.and_then(|hit| hit.score),
        copies: hit.map_or(0, |hit| hit.copies),
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
