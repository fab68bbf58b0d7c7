//! `praden replay match`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use clap::Subcommand;
use praden_match::Matcher;
use praden_model::Seq;
use praden_pipeline::replay::{self, Change, Changes};
use serde_json::json;

use super::Place;
use crate::exit::{Exit, Outcome};
use crate::output::write_json;
use crate::talk::say;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    stage: Stage,
}

#[derive(Subcommand)]
enum Stage {
    /// Agencies, places and rules, matched again: for a new alias or rule.
    #[command(after_help = "Example:\n  praden replay match --pipeline pipeline.toml --dry-run\n\n\
        Prints what changes as JSON: by agency, rule and place, in how many revisions it is new or gone, with examples, and what it\n\
        cost. Without --dry-run the stages then run again from the first revision that changes: mentions, rule hits, issues and the\n\
        index follow. Issues of stories that come by again are judged again, so their updates stand in the event log a second time.")]
    Match {
        /// The first revision to look at.
        #[arg(long, value_name = "SEQ", default_value_t = 1)]
        from: u64,
        /// Only say what would change.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        place: Place,
    },
}

pub(crate) async fn run(args: Args) -> Outcome {
    let Stage::Match { from, dry_run, place } = args.stage;
    let from = Seq::new(from);
    if let Some(path) = &place.pipeline {
        super::load_and_try(path)?;
    }
    if dry_run {
        let reading = super::open_reading(&place)?;
        let matcher = Arc::new(Matcher::new(&reading.pipeline.lexicon));
        let begun = Instant::now();
        let changes = replay::look(&reading.store, &matcher, &reading.pipeline.rules, from).await?;
        return print(&changes, begun, true);
    }
    let (pipeline, data) = place.resolve()?;
    let working = super::open_working(pipeline, &data).await?;
    let engine = &working.engine;
    let begun = Instant::now();
    let changes = replay::look(&engine.store, engine.matcher(), &engine.pipeline.rules, from).await?;
    if let Some(first) = changes.first {
        replay::rewind(&engine.store, &engine.index, first).await?;
        let (_stop, mut stopped) = tokio::sync::watch::channel(false);
        super::with_stages(engine, &mut stopped, async { Ok(()) }).await?;
    }
    print(&changes, begun, false)
}

fn print(changes: &Changes, begun: Instant, dry_run: bool) -> Outcome {
    let spent = begun.elapsed();
    let rows = |changes: &BTreeMap<String, Change>| -> Vec<serde_json::Value> {
        let row = |(name, change): (&String, &Change)| json!({ "name": name, "added": change.added, "lost": change.lost, "examples": change.examples });
        changes.iter().map(row).collect()
    };
    write_json(&json!({
        "dry_run": dry_run,
        "revisions": changes.revisions,
        "changed": changes.changed,
        "first_changed": changes.first,
        "agencies": rows(&changes.agencies),
        "rules": rows(&changes.rules),
        "places": rows(&changes.places),
        "elapsed_ms": spent.as_millis() as u64,
    }))?;
    say(format_args!(
        "{} of {} revisions {}, in {:.1} s",
        changes.changed,
        changes.revisions,
        if dry_run { "would change" } else { "changed" },
        spent.as_secs_f64()
    ));
    Ok(Exit::Done)
}
