//! `praden ingest`.

use std::path::PathBuf;
use std::sync::Arc;

use praden_pipeline::{Ingest, IngestReport};

use super::Place;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_json;
use crate::surroundings;
use crate::talk::{Meter, say};

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden ingest archive.jsonl.zst --data praden-data\n\n\
    One article a line: {\"id\"?, \"url\", \"title\", \"text\", \"date\"?, \"source\"?}. A run that was stopped goes on where it \
    was; a file that was read adds nothing when it is read again. Prints one JSON summary for each file.")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Files of JSON lines, plain, .gz or .zst; `-` is standard input.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let (pipeline, data) = args.place.resolve()?;
    let working = super::open_working(pipeline, &data).await?;
    let mut stop = surroundings::stop_signal()?.subscribe();
    let meter = Meter::bytes("ingest", praden_pipeline::size_of(&args.files));
    let on_bytes = |bytes| meter.add(bytes);
    let ingest = Ingest {
        store: Arc::clone(&working.engine.store),
        clock: Arc::clone(&working.engine.clock),
        progress: Arc::clone(&working.engine.progress),
        stop: stop.clone(),
        on_bytes: &on_bytes,
    };
    let mut reports = Vec::new();
    let work = async {
        for file in &args.files {
            let report = ingest.run(file).await?;
            let stopped = report.stopped;
            reports.push(report);
            if stopped {
                break;
            }
        }
        Ok::<_, Failure>(())
    };
    super::with_stages(&working.engine, &mut stop, work).await?;
    meter.finish();
    for report in &reports {
        write_json(report)?;
    }
    Ok(settle(&reports))
}

fn settle(reports: &[IngestReport]) -> Exit {
    let failed: Vec<&str> = reports.iter().filter_map(|report| report.error.as_deref()).collect();
    for error in &failed {
        say(format_args!("praden: {error}"));
    }
    let brought = reports.iter().any(|report| report.error.is_none() || report.lines > 0);
    if reports.iter().any(|report| report.stopped) {
        say("praden: stopped before the end; run the same command again to go on");
        return Exit::Partly;
    }
    match (failed.is_empty(), brought) {
        (true, _) => Exit::Done,
        (false, true) => Exit::Partly,
        (false, false) => Exit::Failed,
    }
}
