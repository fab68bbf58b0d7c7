//! `praden demo`: the main job on an invented world, with no network.
//!
//! Only the outlets are different: crawling, stages, store, index and pages are those of production.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context as _;
use praden_demo::{World, WorldOptions};
use praden_model::{AgencyId, Clock as _, Issue, Points};
use praden_pipeline::{CrawlReport, Engine, Pick, Pipeline};
use tokio::net::TcpListener;

use super::run::{TokenArgs, end, pages, wait_for};
use crate::exit::{Failure, Outcome};
use crate::output::{Column, table, write_text};
use crate::surroundings;
use crate::talk::{Meter, say};

/// The demo's pipeline: the file in `pipelines/`, so that what runs is what one can read.
const PIPELINE: &str = include_str!("../../../../pipelines/demo.toml");

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden demo --once\n\n\
    Serves an invented world of Thai outlets on loopback, crawls it as in production, prints the candidate issues, and\n\
    serves the pages until Ctrl-C.")]
pub(crate) struct Args {
    /// End after the table.
    #[arg(long)]
    once: bool,
    /// Keep the data here [default: a temporary folder that is removed].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    #[command(flatten)]
    token: TokenArgs,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let temporary;
    let data = match args.data {
        Some(data) => data,
        None => {
            temporary = tempfile::tempdir().context("cannot make a temporary folder")?;
            temporary.path().to_owned()
        }
    };
    let world = World::start(WorldOptions { now: surroundings::WallClock.now(), edition: 1 }).await?;
    let working = super::open_working(pipeline(&world)?, &data).await?;
    let engine = &working.engine;
    let token = args.token.resolve(working.folder.path(), &engine.pipeline.server.token_file)?;
    let listener =
        TcpListener::bind(engine.pipeline.server.listen).await.context("no free port on loopback")?;
    let stop = surroundings::stop_signal()?;
    let pages = pages(engine, listener, token, stop.subscribe())?;
    let stages = tokio::spawn({
        let engine = engine.clone();
        async move { engine.run(true).await }
    });
    let job = super::crawl::job(engine, stop.subscribe())?;
    let sources = &engine.pipeline.sources;
    say(format_args!(
        "an invented world: {}, {}",
        super::plural(world.hosts().len(), "outlet"),
        super::plural(sources.len(), "source")
    ));
    for (edition, words) in [(1, "first poll"), (2, "second poll: an outlet has edited an article")] {
        world.set_edition(edition);
        let meter = Meter::count("crawling", Some(sources.len() as u64));
        let report = job.run(sources, Pick::All, &|_| meter.add(1)).await?;
        engine.progress.within(0).await;
        meter.finish();
        summarize(words, &report);
        if report.stopped {
            return end(engine, stages, pages).await;
        }
    }
    let list = praden_pipeline::morning(&*engine.store, &engine.pipeline, &[], None).await?;
    let issues: Vec<Issue> = list.issues.into_iter().map(|listed| listed.issue).collect();
    write_text(&report(engine, &issues).await?)?;
    if issues.is_empty() {
        return Err(anyhow::anyhow!("the demo raised no issue: this build is broken").into());
    }
    if !args.once {
        say(format_args!("pages: {}   (Ctrl-C ends)", pages.address));
        let scheduler = tokio::spawn({
            let sources = sources.clone();
            async move { job.schedule(&sources).await }
        });
        wait_for(stop.subscribe()).await;
        scheduler.abort();
    }
    stop.send_replace(true);
    end(engine, stages, pages).await
}

fn pipeline(world: &World) -> Result<Pipeline, Failure> {
    let mut pipeline =
        praden_pipeline::parse(
            "pipelines/demo.toml",
            PIPELINE,
            &|_| Ok(praden_pipeline::AGENCIES.to_owned()),
        )
        .map_err(|faults| anyhow::anyhow!("the built-in pipeline is faulty: {faults:?}"))?;
    pipeline.crawl.hosts = world.hosts().into_iter().collect();
    Ok(pipeline)
}

fn summarize(words: &str, report: &CrawlReport) {
    say(format_args!(
        "{words}: {} polled, {} fetched, {} new, {} revised, {} dropped, {} failed",
        report.polled,
        report.fetched,
        report.new,
        report.revised,
        report.dropped.values().sum::<u64>(),
        report.failed.values().sum::<u64>(),
    ));
    for source in &report.sources {
        if let Some(failure) = &source.failure {
            say(format_args!("  {}: {failure}", source.source));
        }
    }
}

/// A row of the table of candidates.
struct Row {
    rank: usize,
    issue: Issue,
    agency: String,
}

/// The candidate issues as a table, with what the log holds under it.
pub(crate) async fn report(engine: &Engine, issues: &[Issue]) -> Result<String, Failure> {
    let names: BTreeMap<&AgencyId, &str> = engine
        .pipeline
        .lexicon
        .agencies()
        .iter()
        .map(|agency| (&agency.id, agency.name_th.as_str()))
        .collect();
    let agency = |issue: &Issue| {
        let first = issue.agencies.first().map(|proposal| &proposal.agency);
        first.map_or("-", |id| names.get(id).copied().unwrap_or(id.as_str())).to_owned()
    };
    let rows: Vec<Row> = issues
        .iter()
        .enumerate()
        .map(|(index, issue)| Row { rank: index + 1, agency: agency(issue), issue: issue.clone() })
        .collect();
    let columns: [Column<Row>; 7] = [
        Column { heading: "#", cell: |row| row.rank.to_string() },
        Column {
            heading: "ประเด็น / issue",
            cell: |row| format!("{}\n{} · {}", row.issue.title, row.issue.id, row.issue.kind),
        },
        Column { heading: "หน่วยงาน / agency", cell: |row| row.agency.clone() },
        Column { heading: "คะแนน / score", cell: |row| score_in_parts(&row.issue) },
        Column { heading: "ข่าว", cell: |row| row.issue.articles.to_string() },
        Column { heading: "สื่อ", cell: |row| row.issue.outlets.to_string() },
        Column { heading: "คำที่บอก / words", cell: |row| words(&row.issue) },
    ];
    let counts = Arc::clone(&engine.store).counts().await?;
    Ok(format!(
        "{}\n{} articles, {} revisions, {} mentions, {} stories, {} issues, {} events",
        table(&rows, &columns),
        counts.articles,
        counts.revisions,
        counts.mentions,
        counts.stories,
        issues.len(),
        counts.events
    ))
}

/// `12.50 =` and one line for each part.
fn score_in_parts(issue: &Issue) -> String {
    let parts = issue.signals.iter().filter(|signal| signal.value != Points::ZERO);
    let parts: Vec<String> = parts.map(|signal| format!("{:>6} {}", signal.value, signal.name)).collect();
    format!("{} =\n{}", issue.score, parts.join("\n"))
}

/// The words that the score was read from, each once, strongest signals first.
fn words(issue: &Issue) -> String {
    const WORDS_MAX: usize = 10;
    let mut signals: Vec<_> = issue.signals.iter().collect();
    signals.sort_by_key(|signal| std::cmp::Reverse(signal.value));
    let mut words: Vec<&str> = Vec::new();
    for span in signals.iter().flat_map(|signal| &signal.spans) {
        if !words.contains(&span.surface.as_str()) && words.len() < WORDS_MAX {
            words.push(&span.surface);
        }
    }
    words.join(", ")
}
