//! The commands: one module each, and what several of them need.

pub(crate) mod asked;
pub(crate) mod backup;
pub(crate) mod check;
pub(crate) mod crawl;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod drops;
pub(crate) mod eval;
pub(crate) mod export;
pub(crate) mod ingest;
pub(crate) mod init;
pub(crate) mod issues;
pub(crate) mod judge;
pub(crate) mod kpi;
pub(crate) mod reindex;
pub(crate) mod replay;
pub(crate) mod run;
pub(crate) mod search;
pub(crate) mod small;
pub(crate) mod source;
pub(crate) mod text;
pub(crate) mod train;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use praden_model::Store;
use praden_pipeline::{DataFolder, Engine, Pipeline, Until};
use praden_store::SqliteStore;

use crate::exit::{Exit, Failure};
use crate::surroundings;

/// Where the data is: a folder, or a pipeline file that names one.
#[derive(clap::Args, Clone, Debug)]
pub(crate) struct Place {
    /// Data folder [default: the pipeline file's, or `praden-data`].
    #[arg(long, value_name = "DIR", env = "PRADEN_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// Pipeline file: agencies, weights and where the data is.
    #[arg(long, value_name = "FILE", env = "PRADEN_PIPELINE")]
    pub(crate) pipeline: Option<PathBuf>,
}

impl Place {
    /// The pipeline, and the data folder that is to be used.
    pub(crate) fn resolve(&self) -> Result<(Pipeline, PathBuf), Failure> {
        let pipeline = match &self.pipeline {
            Some(path) => load(path)?,
            None => praden_pipeline::built_in(),
        };
        let data = self.data.clone().unwrap_or_else(|| pipeline.data.clone());
        Ok((pipeline, data))
    }
}

/// Reads a pipeline file; its faults are wrong usage, all of them at once.
pub(crate) fn load(path: &Path) -> Result<Pipeline, Failure> {
    praden_pipeline::load(path).map_err(|faults| faulty(path, &faults))
}

/// The same, and runs the examples beside the rules: a daemon starts with what it would also take over while it runs.
pub(crate) fn load_and_try(path: &Path) -> Result<Pipeline, Failure> {
    let pipeline = load(path)?;
    pipeline.reread_rules(&praden_match::RuleSet::default()).map_err(|faults| faulty(path, &faults))?;
    Ok(pipeline)
}

fn faulty(path: &Path, faults: &[praden_pipeline::Fault]) -> Failure {
    let list: Vec<String> = faults.iter().map(ToString::to_string).collect();
    Failure::usage(format!(
        "{} is faulty ({})\n{}",
        path.display(),
        plural(faults.len(), "fault"),
        list.join("\n")
    ))
}

/// `1 fault`, `2 faults`.
pub(crate) fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// A data folder that is only read: other runs may be at work in it.
pub(crate) struct Reading {
    pub(crate) pipeline: Pipeline,
    pub(crate) folder: DataFolder,
    pub(crate) store: Arc<dyn Store>,
}

/// Opens a data folder for reading, or for a person's single act.
pub(crate) fn open_reading(place: &Place) -> Result<Reading, Failure> {
    let (pipeline, data) = place.resolve()?;
    let folder = DataFolder::look(&data)?;
    if !folder.path().join(SqliteStore::FILE).exists() {
        return Err(praden_pipeline::FolderError::Missing(data).into());
    }
    let store = Arc::new(SqliteStore::open(folder.path())?);
    Ok(Reading { pipeline, folder, store })
}

/// A data folder that this process works in alone, with the engine that works in it.
pub(crate) struct Working {
    pub(crate) engine: Engine,
    pub(crate) folder: DataFolder,
}

/// Takes a data folder, opens what is in it, and prepares the stages.
pub(crate) async fn open_working(pipeline: Pipeline, data: &Path) -> Result<Working, Failure> {
    let folder = DataFolder::take(data)?;
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path())?);
    let engine = Engine::new(Arc::new(pipeline), store, folder.index(), surroundings::clock()).await?;
    Ok(Working { engine, folder })
}

/// Runs work beside the stages, then lets the stages take everything it brought.
///
/// A stage that fails ends the work, too.
pub(crate) async fn with_stages<T>(
    engine: &Engine,
    stop: &mut tokio::sync::watch::Receiver<bool>,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let stages = engine.run(false);
    let (mut stages, mut work) = (std::pin::pin!(stages), std::pin::pin!(work));
    let done = tokio::select! {
        done = &mut work => done,
        failed = &mut stages => {
            failed?;
            return Err(anyhow::anyhow!("the stages ended before the work did").into());
        }
    };
    engine.end(if done.is_ok() && !*stop.borrow() { Until::Drained } else { Until::Stopped });
    loop {
        tokio::select! {
            ended = &mut stages => {
                ended?;
                return done;
            }
            changed = stop.changed() => {
                engine.end(Until::Stopped);
                if changed.is_err() {
                    // Nobody can ask any more; wait for the stages alone.
                    (&mut stages).await?;
                    return done;
                }
            }
        }
    }
}

/// Reads a file, or standard input where it is `-`.
pub(crate) fn read_input(file: &Path) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    /// More than any command takes; a pipe that never ends must not fill the memory.
    const BYTES_MAX: u64 = 256 << 20;
    let mut bytes = Vec::new();
    let read = if file == Path::new("-") {
        std::io::stdin().take(BYTES_MAX).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|input| input.take(BYTES_MAX).read_to_end(&mut bytes))
    };
    match read {
        Ok(_) => Ok(bytes),
        Err(error) => Err(Failure {
            exit: Exit::Failed,
            error: anyhow::anyhow!("cannot read {}: {error}", file.display()),
        }),
    }
}
