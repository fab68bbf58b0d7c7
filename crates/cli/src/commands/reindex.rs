//! `praden reindex`.

use std::time::Duration;

use praden_pipeline::StageId;

use super::Place;
use crate::exit::{Exit, Outcome};
use crate::output::write_json;
use crate::surroundings;
use crate::talk::Meter;

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
    praden_index::Index::clear(&index)?;
    let stop = surroundings::stop_signal()?.subscribe();
    let progress = &working.engine.progress;
    let meter = Meter::count("reindex", Some(progress.head().get()));
    let watch = async {
        while progress.lag(StageId::Index) > 0 && !*stop.borrow() {
            meter.set(progress.of(StageId::Index).get());
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        Ok(())
    };
    super::with_stages(&working.engine, &mut stop.clone(), watch).await?;
    meter.finish();
    let documents = praden_index::Index::open(&index)?.reader()?.documents();
    write_json(&serde_json::json!({ "documents": documents, "seq": working.engine.progress.head() }))?;
    Ok(Exit::Done)
}
