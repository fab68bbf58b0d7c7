//! `praden backup`.

use std::fs;
use std::path::PathBuf;

use anyhow::Context as _;
use praden_pipeline::DataFolder;
use praden_store::SqliteStore;

use super::Place;
use crate::exit::{Exit, Failure, Outcome};
use crate::talk::say;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  praden backup backups/2569-11-23\n\nThe copy opens like any data folder; its search index is made anew from the log when it is first used."
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Folder for the copy; it must not hold one already.
    to: PathBuf,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let (_, data) = args.place.resolve()?;
    let folder = DataFolder::look(&data)?;
    let file = args.to.join(SqliteStore::FILE);
    if file.exists() {
        return Err(Failure::usage(format!(
            "{} is there already; nothing was written: choose another folder",
            file.display()
        )));
    }
    let store = SqliteStore::open(folder.path())?;
    fs::create_dir_all(&args.to).with_context(|| format!("cannot make {}", args.to.display()))?;
    store.backup(&file).await?;
    say(format_args!("copied {} to {}", folder.path().display(), file.display()));
    Ok(Exit::Done)
}
