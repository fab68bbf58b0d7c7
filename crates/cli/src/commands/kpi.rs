//! `praden kpi`.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use praden_issues::{KpiRow, kpi};
use praden_model::{Clock as _, Event, EventSeq};

use super::Place;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Column, Format, write_records};
use crate::surroundings;
use crate::talk::say;

/// Events read at once.
const EVENTS: usize = 5_000;

#[derive(clap::Args)]
#[command(
    after_help = "Example, a quarter:\n  praden kpi --from 2026-10-01 --to 2026-12-31 --format csv > kpi.csv\n\n\
    Counts what was assigned on these days (+07:00), as it stands now, from the event log alone."
)]
pub(crate) struct Args {
    #[command(flatten)]
    place: Place,
    /// First day, CE or พ.ศ., such as 2026-10-01 or 2569-10-01 [default: the first event].
    #[arg(long, value_name = "DAY")]
    from: Option<String>,
    /// Last day, inclusive [default: today].
    #[arg(long, value_name = "DAY")]
    to: Option<String>,
    /// How records are written [default: table on a terminal, jsonl in a pipe].
    #[arg(long, value_enum)]
    format: Option<Format>,
}

pub(crate) async fn run(args: Args) -> Outcome {
    let now = surroundings::WallClock.now();
    let day =
        |flag: &str, text: &Option<String>| text.as_deref().map(|text| read_day(flag, text, now)).transpose();
    let from = day("--from", &args.from)?.unwrap_or(Timestamp::UNIX_EPOCH);
    let to = day("--to", &args.to)?.unwrap_or(now) + SignedDuration::from_hours(24);
    let reading = super::open_reading(&args.place)?;
    let mut events: Vec<Event> = Vec::new();
    loop {
        let after = events.last().map_or(EventSeq::ZERO, |event| event.seq);
        let page = reading.store.events_after(after, EVENTS).await?;
        if page.is_empty() {
            break;
        }
        events.extend(page);
    }
    let rows = kpi(events.iter(), from, to, now);
    if rows.is_empty() {
        say("no issue was assigned on these days; `praden issues assign` does it");
    }
    let columns: [Column<KpiRow>; 9] = [
        Column { heading: "agency", cell: |row| row.agency.to_string() },
        Column { heading: "assigned", cell: |row| row.assigned.to_string() },
        Column { heading: "answered", cell: |row| row.answered.to_string() },
        Column { heading: "on time", cell: |row| row.on_time.to_string() },
        Column { heading: "late", cell: |row| row.late.to_string() },
        Column { heading: "overdue", cell: |row| row.overdue.to_string() },
        Column { heading: "waiting", cell: |row| row.waiting.to_string() },
        Column { heading: "on time share", cell: |row| decimal(row.on_time_share) },
        Column { heading: "median hours", cell: |row| decimal(row.median_hours) },
    ];
    write_records(&rows, &columns, args.format)?;
    Ok(Exit::Done)
}

fn decimal(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}

/// A day at +07:00, in the common or the Buddhist era.
fn read_day(flag: &str, text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let read = || {
        let date = praden_text::parse_date(text, now)?;
        (date.precision == praden_text::Precision::Day).then_some(date.value.to_instant())?
    };
    read().ok_or_else(|| {
        let example = Date::constant(2026, 10, 1);
        Failure::usage(format!("{flag} {text}: not a day; write it like {example} or 2569-10-01"))
    })
}
