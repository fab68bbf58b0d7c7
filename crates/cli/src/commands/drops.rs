//! `praden drops`.

use praden_model::{DropReason, Dropped};

use super::Place;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Column, Format, write_records};

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden drops --reason not_json --format csv > drops.csv")]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// Only this reason, such as `not_json`, `empty` or `robots`.
    #[arg(long)]
    reason: Option<String>,
    /// The latest so many.
    #[arg(long, default_value_t = 100)]
    limit: usize,
    /// How records are written [default: table on a terminal, jsonl in a pipe].
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let reason = args.reason.as_deref().map(read_reason).transpose()?;
    let reading = super::open_reading(&args.place)?;
    let dropped = reading.store.dropped(reason, args.limit).await?;
    let columns: [Column<Dropped>; 5] = [
        Column { heading: "when", cell: |drop| drop.at.to_string() },
        Column { heading: "origin", cell: |drop| drop.origin.clone() },
        Column { heading: "place", cell: |drop| drop.place.clone() },
        Column { heading: "reason", cell: |drop| drop.reason.to_string() },
        Column { heading: "detail", cell: |drop| drop.detail.clone() },
    ];
    write_records(&dropped, &columns, args.format)?;
    Ok(Exit::Done)
}

fn read_reason(name: &str) -> Result<DropReason, Failure> {
    DropReason::ALL.into_iter().find(|reason| reason.name() == name).ok_or_else(|| {
        let known: Vec<_> = DropReason::ALL.iter().map(|reason| reason.name()).collect();
        Failure::usage(format!("--reason {name}: not a reason; write one of {}", known.join(", ")))
    })
}
