//! `praden reindex`.

use std::sync::Arc;
use std::time::Duration;

use praden_index::IndexError;
use praden_model::Store;
use praden_pipeline::{DataFolder, FolderError, StageError, StageId};
use praden_store::SqliteStore;

use super::Place;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_json;
use crate::surroundings;
use crate::talk::{Meter, say};

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden reindex --data praden-data\n\n\
    The old index serves until the new one is complete; then that one takes its place at once, also under a daemon that runs.\n\
    Stopped or killed, it leaves the old one as it was.")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let stop = surroundings::stop_signal()?.subscribe();
    let (pipeline, data) = args.place.resolve()?;
    let folder = DataFolder::look(&data)?;
    if !folder.path().join(SqliteStore::FILE).exists() {
        return Err(FolderError::Missing(data).into());
    }
    let store: Arc<dyn Store> = Arc::new(SqliteStore::open(folder.path())?);
    let index = folder.index();
    let meter = Meter::count("reindex", Some(store.heads().await?.articles.get()));
    let built = praden_pipeline::rebuild_index(&store, &index, &stop, &|seq| meter.set(seq.get())).await;
    meter.finish();
    match built {
        Ok(true) => {}
        Ok(false) => {
            say(format_args!("praden: stopped; the old index serves on"));
            return Ok(Exit::Failed);
        }
        Err(StageError::Index(error @ IndexError::Locked { .. })) => {
            return Err(Failure { exit: Exit::Locked, error: error.into() });
        }
        Err(error) => return Err(error.into()),
    }
    drop(store);
    // What the stages have not taken yet is for whoever works in the folder: a run that is at work, or this one.
    match super::open_working(pipeline, &data).await {
        Ok(working) => {
            let progress = &working.engine.progress;
            let watch = async {
                while progress.lag(StageId::Index) > 0 && !*stop.borrow() {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                Ok(())
            };
            super::with_stages(&working.engine, &mut stop.clone(), watch).await?;
        }
        Err(failure) if failure.exit == Exit::Locked => {
            say(format_args!(
                "praden: the run that is at work in the folder goes over to the new index by itself"
            ));
        }
        Err(failure) => return Err(failure),
    }
    let searcher = praden_index::Index::open(&index)?.reader()?;
    write_json(&serde_json::json!({ "documents": searcher.documents(), "seq": searcher.cursor() }))?;
    Ok(Exit::Done)
}
