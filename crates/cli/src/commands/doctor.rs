//! `praden doctor`.

use praden_index::Index;
use praden_model::{Clock as _, StageName};
use serde_json::{Map, Value, json};

use super::Place;
use crate::exit::{Exit, Outcome};
use crate::output::write_text;
use crate::surroundings;

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden doctor --data praden-data")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let reading = super::open_reading(&args.place)?;
    let store = &reading.store;
    let heads = store.heads().await?;
    let mut lag = Map::new();
    for stage in StageName::ALL {
        let behind = heads.articles.get().saturating_sub(store.cursor(stage).await?.get());
        lag.insert(stage.name().to_owned(), behind.into());
    }
    let index = match Index::open(&reading.folder.index()).and_then(|index| index.reader()) {
        Ok(searcher) => {
            lag.insert(
                "index".to_owned(),
                heads.articles.get().saturating_sub(searcher.cursor().get()).into(),
            );
            json!({ "documents": searcher.documents() })
        }
        Err(error) => json!({ "error": error.to_string() }),
    };
    let now = surroundings::WallClock.now();
    let failing: Vec<Value> = store
        .source_states()
        .await?
        .into_iter()
        .filter_map(|state| {
            let (cause, words) = state.failure?;
            let silent_s = state.succeeded_at.map(|at| now.duration_since(at).as_secs());
            Some(json!({
                "source": state.id, "cause": cause.name(), "words": words, "failures": state.failures,
                "seconds_since_success": silent_s, "due_at": state.due_at,
            }))
        })
        .collect();
    let counts = store.counts().await?;
    let issues: Map<String, Value> =
        counts.issues.iter().map(|(state, n)| (state.name().to_owned(), (*n).into())).collect();
    let dropped: Map<String, Value> =
        counts.dropped.iter().map(|(reason, n)| (reason.name().to_owned(), (*n).into())).collect();
    let report = json!({
        "data": reading.folder.path(), "pipeline": reading.pipeline.name, "heads": heads, "lag": lag, "index": index,
        "articles": counts.articles, "revisions": counts.revisions, "mentions": counts.mentions, "stories": counts.stories,
        "issues": issues, "events": counts.events, "dropped": dropped, "sources_failing": failing,
    });
    write_text(&serde_json::to_string_pretty(&report)?)?;
    Ok(Exit::Done)
}
