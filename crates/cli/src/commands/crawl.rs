//! `praden crawl`.

use std::path::PathBuf;
use std::sync::Arc;

use praden_crawl::fetch::{FetchConfig, Fetcher};
use praden_crawl::poll::PollOptions;
use praden_model::{SourceId, SourceSpec};
use praden_pipeline::{CrawlJob, CrawlReport, Engine, Pick, Pipeline};
use tokio::sync::watch;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_json;
use crate::surroundings;
use crate::talk::Meter;

#[derive(clap::Args)]
#[command(
    after_help = "Example, from cron every five minutes:\n  */5 * * * * praden crawl /etc/praden/pipeline.toml --due\n\n\
    Exit codes: 0 done, 1 failed (every source, or the store), 2 faulty pipeline, 3 another run holds the folder, 4 some sources failed."
)]
pub(crate) struct Args {
    /// Pipeline file.
    pipeline: PathBuf,
    /// Data folder [default: the pipeline file's].
    #[arg(long, value_name = "DIR", env = "PRADEN_DATA")]
    data: Option<PathBuf>,
    /// The sources that are due (the default).
    #[arg(long, conflicts_with = "all")]
    due: bool,
    /// All enabled sources, due or not.
    #[arg(long)]
    all: bool,
    /// Only this source, due or not; may be given several times.
    #[arg(long, value_name = "SOURCE")]
    source: Vec<String>,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let pipeline = super::load(&args.pipeline)?;
    let data = args.data.clone().unwrap_or_else(|| pipeline.data.clone());
    let (sources, pick) = choose(&pipeline, &args)?;
    let working = super::open_working(pipeline, &data).await?;
    let mut stop = surroundings::stop_signal()?.subscribe();
    let job = job(&working.engine, stop.clone())?;
    let meter = Meter::count("sources", (pick == Pick::All).then_some(sources.len() as u64));
    let work = async { Ok(job.run(&sources, pick, &|_| meter.add(1)).await?) };
    let report = super::with_stages(&working.engine, &mut stop, work).await?;
    meter.finish();
    write_json(&report)?;
    Ok(settle(&report))
}

fn choose(pipeline: &Pipeline, args: &Args) -> Result<(Vec<SourceSpec>, Pick), Failure> {
    if args.source.is_empty() {
        return Ok((pipeline.sources.clone(), if args.all { Pick::All } else { Pick::Due }));
    }
    let chosen = args.source.iter().map(|name| find_source(pipeline, name)).collect::<Result<_, _>>()?;
    Ok((chosen, Pick::All))
}

/// A source by name; one that is disabled says why.
pub(crate) fn find_source(pipeline: &Pipeline, name: &str) -> Result<SourceSpec, Failure> {
    let id = SourceId::new(name).map_err(Failure::usage)?;
    let spec = pipeline.sources.iter().find(|spec| spec.id == id);
    let spec = spec.ok_or_else(|| {
        Failure::usage(format!("there is no source `{name}` in pipeline `{}`", pipeline.name))
    })?;
    match &spec.disabled {
        Some(why) => Err(Failure::usage(format!(
            "source `{name}` is disabled: {why}; take `disabled` out of the pipeline to read it"
        ))),
        None => Ok(spec.clone()),
    }
}

/// A fetcher as the pipeline wants it.
pub(crate) fn fetcher(pipeline: &Pipeline) -> Result<Fetcher, Failure> {
    let crawl = &pipeline.crawl;
    let mut config = FetchConfig::new(&pipeline.contact);
    config.delay_min = std::time::Duration::from_millis(crawl.host_delay_ms.into());
    config.total_timeout = std::time::Duration::from_secs(crawl.timeout_s.into());
    config.header_timeout = config.header_timeout.min(config.total_timeout);
    config.addresses.clone_from(&crawl.allow_addresses);
    config.ports.clone_from(&crawl.allow_ports);
    config.hosts.clone_from(&crawl.hosts);
    Ok(Fetcher::new(config, surroundings::clock())?)
}

/// Who leases sources. The folder's lock lets one process crawl at a time, so a lease that is found was left by one that
/// died, and the next may take it up at once.
const OWNER: &str = "embedded";

/// A crawl job on an engine's store.
pub(crate) fn job(engine: &Engine, stop: watch::Receiver<bool>) -> Result<CrawlJob, Failure> {
    Ok(CrawlJob {
        store: Arc::clone(&engine.store),
        clock: Arc::clone(&engine.clock),
        fetcher: Arc::new(fetcher(&engine.pipeline)?),
        progress: Arc::clone(&engine.progress),
        owner: OWNER.to_owned(),
        jitter: Arc::new(surroundings::random_share),
        options: PollOptions {
            recheck: engine.pipeline.crawl.recheck.clone(),
            look_days: engine.pipeline.crawl.look_days,
        },
        polls_max: engine.pipeline.crawl.polls_max as usize,
        stop,
    })
}

fn settle(report: &CrawlReport) -> Exit {
    let failed: u64 = report.failed.values().sum();
    match (failed, report.stopped) {
        (0, false) => Exit::Done,
        (failed, _) if failed > 0 && failed == report.polled => Exit::Failed,
        _ => Exit::Partly,
    }
}
