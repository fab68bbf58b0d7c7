//! `praden reindex`.

use std::fs;

use anyhow::Context as _;

use super::Place;
use crate::exit::{Exit, Outcome};
use crate::output::write_json;
use crate::surroundings;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden reindex --data praden-data")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let (pipeline, data) = args.place.resolve()?;
    praden_pipeline::DataFolder::look(&data)?;
    let working = super::open_working(pipeline, &data).await?;
    let index = working.folder.index();
    if index.exists() {
        fs::remove_dir_all(&index).with_context(|| format!("cannot remove {}", index.display()))?;
    }
    let mut stop = surroundings::stop_signal()?;
    super::with_stages(&working.engine, &mut stop, async { Ok(()) }).await?;
    let documents = praden_index::Index::open(&index)?.reader()?.documents();
    write_json(&serde_json::json!({ "documents": documents, "seq": working.engine.progress.head() }))?;
    Ok(Exit::Done)
}
