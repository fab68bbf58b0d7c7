//! `praden issues`: the rooms from a terminal.

mod labels;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use clap::Subcommand;
use jiff::{SignedDuration, Timestamp};
use praden_issues::{Act as Deed, act};
use praden_model::{
    AgencyId, Burst, CampaignId, Clock as _, Event, EventSeq, Issue, IssueFilter, IssueId, IssueState,
    MembersOf, Seq, Store, TellingsOf,
};
use praden_pipeline::{ByHandError, Listed, Word};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Place, Reading};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::{Column, Format, write_json, write_records, write_text};
use crate::surroundings;
use crate::talk::say;

/// Events read at once.
const EVENTS: usize = 500;

/// How often the event log is looked at when there is nothing new.
const LOOK_EVERY: Duration = Duration::from_millis(500);

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Issues: what waits for somebody first, highest score first; then what rests or is over.
    #[command(after_help = "Example:\n  praden issues list --morning\n\n\
        A candidate loses points (`decay`) while other news comes and nothing of its story, and rests after the pipeline's `issues.rest_hours`;\n\
        when its story goes on it resumes under its id. `place` is its place among the candidates; what lies below the pipeline's\n\
        `issues.per_morning` waits (`waits`), in order, for the next morning.")]
    List {
        #[command(flatten)]
        place: Place,
        /// Only in this state: candidate, accepted, assigned, reported, closed, dismissed, merged or resting. May be given several times.
        #[arg(long, value_name = "STATE")]
        state: Vec<String>,
        /// Only the candidates of this morning: at most the pipeline's `issues.per_morning`.
        #[arg(long, conflicts_with = "state")]
        morning: bool,
        /// At most so many.
        #[arg(long)]
        limit: Option<usize>,
        /// How records are written [default: table on a terminal, jsonl in a pipe].
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
    /// One issue: its score in parts with the words, its agencies with reasons, its articles, its history.
    #[command(after_help = "Example:\n  praden issues show is-42")]
    Show {
        #[command(flatten)]
        place: Place,
        /// The issue, such as is-42.
        issue: IssueId,
    },
    /// Claims that returned after weeks, each with its tellings; the latest first.
    #[command(after_help = "Example:\n  praden issues campaigns --limit 5\n\n\
        One line for each campaign: its id, when it was last told, how many tellings of it are known, and the headline of the latest. `praden issues show`\n\
        lists the tellings with the issues about them and what checkers said.")]
    Campaigns {
        #[command(flatten)]
        place: Place,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// How records are written [default: table on a terminal, jsonl in a pipe].
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
    /// Agencies that were in the news far more than is their habit, the latest first.
    #[command(after_help = "Example:\n  praden issues bursts --limit 5\n\n\
        One line for each burst: the agency, since when, and how it stood when it was last seen to: articles within so many minutes, how many\n\
        would have been usual, and how surprising that is (5 and more count). Times are those of arrival.")]
    Bursts {
        #[command(flatten)]
        place: Place,
        /// At most so many.
        #[arg(long, default_value_t = 20)]
        limit: usize,
        /// How records are written [default: table on a terminal, jsonl in a pipe].
        #[arg(long, value_enum)]
        format: Option<Format>,
    },
    /// It needs an answer.
    #[command(after_help = "Example:\n  praden issues accept is-42 --by somchai")]
    Accept {
        #[command(flatten)]
        common: Common,
    },
    /// It needs none.
    #[command(
        after_help = "Example:\n  praden issues dismiss is-42 --by somchai --reason 'already answered last week'"
    )]
    Dismiss {
        #[command(flatten)]
        common: Common,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// An agency is to answer.
    #[command(
        after_help = "Example:\n  praden issues assign is-42 --agency rid --by somchai --due 2026-11-24T16:30:00+07:00"
    )]
    Assign {
        #[command(flatten)]
        common: Common,
        /// The agency's id in the lexicon.
        #[arg(long)]
        agency: AgencyId,
        /// By when [default: the pipeline's `issues.deadline_hours` from now].
        #[arg(long, value_name = "INSTANT")]
        due: Option<Timestamp>,
    },
    /// The agency says what it did.
    #[command(
        after_help = "Example:\n  praden issues report is-42 --by rid --text 'ชี้แจงแล้ว' --link https://www.rid.go.th/1"
    )]
    Report {
        #[command(flatten)]
        common: Common,
        /// In its own words.
        #[arg(long)]
        text: String,
        /// A link that proves it. May be given several times.
        #[arg(long)]
        link: Vec<String>,
    },
    /// It is done.
    #[command(
        after_help = "Example:\n  praden issues close is-42 --by somchai --note 'three outlets carried the answer'"
    )]
    Close {
        #[command(flatten)]
        common: Common,
        /// What is to be remembered.
        #[arg(long, default_value = "")]
        note: String,
    },
    /// Two issues are about one story: the older story goes on, and one of the issues with it.
    #[command(
        after_help = "Example:\n  praden issues merge is-42 is-57 --by somchai --why 'the same fire'\n\n\
        The issue that people have dealt with goes on; where both were, or neither, the older. The other says where it went.\n\
        Praden does not part what a person merged."
    )]
    Merge {
        #[command(flatten)]
        common: Common,
        /// The other issue.
        other: IssueId,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// Some articles of an issue are another story: they become an issue of their own.
    #[command(
        after_help = "Example:\n  praden issues split is-42 --articles 57,61 --by somchai --why 'another province'\n\n\
        Articles go by the `seq` that `praden issues show` lists. Praden never merges again what a person parted."
    )]
    Split {
        #[command(flatten)]
        common: Common,
        /// The articles that leave, by `seq`.
        #[arg(long, value_name = "SEQ,...", value_delimiter = ',', required = true)]
        articles: Vec<u64>,
        /// Why.
        #[arg(long)]
        why: String,
    },
    /// What was accepted and dismissed, as a labelled file for `praden eval` and `praden train`.
    #[command(after_help = "Example:\n  praden issues labels > desk.jsonl\n  praden eval desk.jsonl\n\n\
        JSONL {\"id\",\"title\",\"text\",\"published\",\"agencies\",\"is_candidate_issue\",\"issue_kind\",\"by\",\"reason\"} out: one line for each issue\n\
        that a person accepted or dismissed; `agencies` is whom a person asked, and empty where nobody was.")]
    Labels {
        #[command(flatten)]
        place: Place,
    },
    /// Events as lines of JSON, from a cursor, as they come.
    #[command(after_help = "Example:\n  praden issues follow --after 17 | my-bot\n\n\
        Give the `seq` of the last event that was dealt with as --after: nothing is missed, nothing comes twice.")]
    Follow {
        #[command(flatten)]
        place: Place,
        /// Only events after this position.
        #[arg(long, default_value_t = 0, value_name = "SEQ")]
        after: u64,
        /// End when there are no more, instead of waiting.
        #[arg(long)]
        once: bool,
    },
}

/// What every act on an issue needs.
#[derive(clap::Args)]
struct Common {
    #[command(flatten)]
    place: Place,
    /// The issue, such as is-42.
    issue: IssueId,
    /// Who does it.
    #[arg(long, env = "USER")]
    by: String,
}

pub(crate) async fn run(args: Args) -> Outcome {
    match args.act {
        Act::List { place, state, morning, limit, format } => {
            list(&place, &state, morning, limit, format).await
        }
        Act::Show { place, issue } => show(&place, issue).await,
        Act::Campaigns { place, limit, format } => campaigns(&place, limit, format).await,
        Act::Bursts { place, limit, format } => bursts(&place, limit, format).await,
        Act::Accept { common } => change(&common, |_, _| Ok(Deed::Accept)).await,
        Act::Dismiss { common, reason } => change(&common, |_, _| Ok(Deed::Dismiss { reason })).await,
        Act::Assign { common, agency, due } => {
            change(&common, |reading, now| assign(reading, now, agency, due)).await
        }
        Act::Report { common, text, link } => {
            change(&common, |_, _| Ok(Deed::Report { text, links: link })).await
        }
        Act::Close { common, note } => change(&common, |_, _| Ok(Deed::Close { note })).await,
        Act::Merge { common, other, why } => merge(&common, other, why).await,
        Act::Split { common, articles, why } => split(&common, &articles, why).await,
        Act::Labels { place } => labels::run(&place).await,
        Act::Follow { place, after, once } => follow(&place, EventSeq::new(after), once).await,
    }
}

async fn list(
    place: &Place,
    states: &[String],
    only_morning: bool,
    limit: Option<usize>,
    format: Option<Format>,
) -> Outcome {
    let read = |name: &String| {
        IssueState::from_name(name).ok_or_else(|| {
            let known: Vec<_> = IssueState::ALL.iter().map(|state| state.name()).collect();
            Failure::usage(format!("--state {name}: not a state; write one of {}", known.join(", ")))
        })
    };
    let mut states: Vec<IssueState> = states.iter().map(read).collect::<Result<_, _>>()?;
    let reading = super::open_reading(place)?;
    let cap = reading.pipeline.desk.per_morning;
    let mut limit = limit;
    if only_morning {
        states = vec![IssueState::Candidate];
        limit = Some(limit.map_or(cap as usize, |limit| limit.min(cap as usize)));
    }
    let list = praden_pipeline::morning(&*reading.store, &reading.pipeline, &states, limit).await?;
    let columns: [Column<Listed>; 9] = [
        Column { heading: "issue", cell: |listed| listed.issue.id.to_string() },
        Column { heading: "score", cell: |listed| listed.issue.score.to_string() },
        Column {
            heading: "place",
            cell: |listed| match listed.place {
                Some(place) if listed.waits => format!("{place} waits"),
                Some(place) => place.to_string(),
                None => "-".to_owned(),
            },
        },
        Column { heading: "state", cell: |listed| listed.issue.state.to_string() },
        Column { heading: "kind", cell: |listed| listed.issue.kind.to_string() },
        Column { heading: "title", cell: |listed| listed.issue.title.clone() },
        Column {
            heading: "agency",
            cell: |listed| listed.issue.agencies.first().map_or("-", |p| p.agency.as_str()).to_owned(),
        },
        Column { heading: "articles", cell: |listed| listed.issue.articles.to_string() },
        Column { heading: "outlets", cell: |listed| listed.issue.outlets.to_string() },
    ];
    write_records(&list.issues, &columns, format)?;
    if list.waiting > 0 {
        say(format_args!(
            "{} this morning; {} more wait below the cap of {cap} (`issues.per_morning` in the pipeline file)",
            super::plural((list.candidates - list.waiting) as usize, "candidate"),
            list.waiting
        ));
    }
    Ok(Exit::Done)
}

/// Returns of claims that are read to find the campaigns to list.
const RETURNS: usize = 10_000;

/// A claim that returned.
#[derive(Serialize)]
struct Campaign {
    campaign: CampaignId,
    last_told_at: Timestamp,
    /// Returns and the first telling.
    tellings: u32,
    text: String,
    last: Seq,
}

async fn campaigns(place: &Place, limit: usize, format: Option<Format>) -> Outcome {
    let reading = super::open_reading(place)?;
    let mut campaigns: Vec<Campaign> = Vec::new();
    for telling in reading.store.tellings(&TellingsOf::Returned, RETURNS).await?.into_iter().rev() {
        let Some(id) = telling.campaign else { continue };
        match campaigns.iter_mut().find(|campaign| campaign.campaign == id) {
            Some(campaign) => campaign.tellings += 1,
            None => campaigns.push(Campaign {
                campaign: id,
                last_told_at: telling.at,
                tellings: 2,
                text: telling.text,
                last: telling.seq,
            }),
        }
    }
    campaigns.truncate(limit);
    let columns: [Column<Campaign>; 4] = [
        Column { heading: "campaign", cell: |campaign| campaign.campaign.to_string() },
        Column { heading: "last told", cell: |campaign| campaign.last_told_at.to_string() },
        Column { heading: "tellings", cell: |campaign| campaign.tellings.to_string() },
        Column { heading: "claim", cell: |campaign| campaign.text.clone() },
    ];
    write_records(&campaigns, &columns, format)?;
    Ok(Exit::Done)
}

/// Rows of bursts that are read to find the bursts to list: each article of a burst has one.
const BURST_ROWS: usize = 10_000;

async fn bursts(place: &Place, limit: usize, format: Option<Format>) -> Outcome {
    let reading = super::open_reading(place)?;
    let mut seen = BTreeSet::new();
    let mut bursts = reading.store.latest_bursts(BURST_ROWS).await?;
    bursts.retain(|burst| seen.insert((burst.agency.clone(), burst.since)));
    bursts.truncate(limit);
    let columns: [Column<Burst>; 7] = [
        Column { heading: "agency", cell: |burst| burst.agency.to_string() },
        Column { heading: "since", cell: |burst| burst.since.to_string() },
        Column { heading: "seen", cell: |burst| burst.at.to_string() },
        Column { heading: "articles", cell: |burst| burst.articles.to_string() },
        Column { heading: "minutes", cell: |burst| burst.minutes.to_string() },
        Column { heading: "usual", cell: |burst| burst.usual.to_string() },
        Column { heading: "surprise", cell: |burst| burst.surprise.to_string() },
    ];
    write_records(&bursts, &columns, format)?;
    Ok(Exit::Done)
}

async fn find(reading: &Reading, id: IssueId) -> Result<Issue, Failure> {
    let filter = IssueFilter { ids: vec![id], ..IssueFilter::default() };
    let found = reading.store.issues(&filter).await?.pop();
    found.ok_or_else(|| {
        Failure::usage(format!(
            "there is no issue {id} in {}; `praden issues list` shows them",
            reading.folder.path().display()
        ))
    })
}

async fn show(place: &Place, id: IssueId) -> Outcome {
    let reading = super::open_reading(place)?;
    let issue = find(&reading, id).await?;
    let upto = reading.store.heads().await?.articles;
    let members = reading.store.memberships(MembersOf::Story { story: issue.story, upto }).await?;
    let seqs: Vec<Seq> = members.iter().map(|membership| membership.seq).collect();
    let articles: Vec<Value> = reading
        .store
        .revisions(&seqs)
        .await?
        .iter()
        .zip(&members)
        .map(|(revision, membership)| {
            json!({
                "seq": revision.seq, "revision": revision.revision, "outlet": revision.outlet, "published_at": revision.event_time(),
                "title": revision.headline(), "url": revision.url, "similarity": membership.similarity,
                "copy_of": membership.copy_of, "because": membership.because,
            })
        })
        .collect();
    let events: Vec<Event> =
        reading.store.events_of(id, usize::try_from(issue.version).unwrap_or(EVENTS)).await?;
    let issue = praden_pipeline::looked_at(&*reading.store, &reading.pipeline, &issue).await?;
    let mut record = serde_json::to_value(&issue)?;
    if let Value::Object(fields) = &mut record {
        let bursts: Vec<Burst> = reading.store.bursts(&seqs).await?.into_iter().flatten().collect();
        let instances = match issue.campaign {
            Some(campaign) => praden_pipeline::instances(&*reading.store, campaign).await?,
            None => Vec::new(),
        };
        fields.insert("instances".to_owned(), serde_json::to_value(instances)?);
        fields.insert("members".to_owned(), articles.into());
        fields.insert("bursts".to_owned(), serde_json::to_value(bursts)?);
        fields.insert("events".to_owned(), serde_json::to_value(events)?);
    }
    write_text(&serde_json::to_string_pretty(&record)?)?;
    if let Some(into) = issue.merged_into {
        say(format_args!("{} was merged into {into}, which goes on: `praden issues show {into}`", issue.id));
    }
    Ok(Exit::Done)
}

fn assign(
    reading: &Reading,
    now: Timestamp,
    agency: AgencyId,
    due: Option<Timestamp>,
) -> Result<Deed, Failure> {
    if reading.pipeline.lexicon.get(&agency).is_none() {
        return Err(Failure::usage(format!(
            "--agency {agency}: not in the lexicon of pipeline `{}`",
            reading.pipeline.name
        )));
    }
    let due_at = due.unwrap_or(now + SignedDuration::from_hours(reading.pipeline.deadline_hours.into()));
    Ok(Deed::Assign { agency, due_at })
}

async fn change(common: &Common, deed: impl FnOnce(&Reading, Timestamp) -> Result<Deed, Failure>) -> Outcome {
    let reading = super::open_reading(&common.place)?;
    let issue = find(&reading, common.issue).await?;
    let now = surroundings::WallClock.now();
    let deed = deed(&reading, now)?;
    let change = act(&issue, &deed, &common.by, now).map_err(Failure::usage)?;
    let event = reading.store.change_issue(change).await?;
    write_json(&event)?;
    Ok(Exit::Done)
}

async fn merge(common: &Common, other: IssueId, why: String) -> Outcome {
    let reading = super::open_reading(&common.place)?;
    let (one, two) = (find(&reading, common.issue).await?, find(&reading, other).await?);
    let (store, pipeline) = (shared(&reading), Arc::new(reading.pipeline));
    told(praden_pipeline::merge(&store, &pipeline, (&one, &two), &word(common, why)).await)
}

async fn split(common: &Common, articles: &[u64], why: String) -> Outcome {
    let reading = super::open_reading(&common.place)?;
    let issue = find(&reading, common.issue).await?;
    let articles: Vec<Seq> = articles.iter().copied().map(Seq::new).collect();
    let (store, pipeline) = (shared(&reading), Arc::new(reading.pipeline));
    told(praden_pipeline::part(&store, &pipeline, &issue, &articles, &word(common, why)).await)
}

fn shared(reading: &Reading) -> Arc<dyn Store> {
    Arc::clone(&reading.store)
}

fn word(common: &Common, why: String) -> Word {
    Word { by: common.by.clone(), why, at: surroundings::WallClock.now() }
}

/// Prints the events of a change; a wish that cannot be is wrong usage, anything else a failure.
fn told(events: Result<Vec<Event>, ByHandError>) -> Outcome {
    match events {
        Ok(events) => {
            events.iter().try_for_each(write_json)?;
            Ok(Exit::Done)
        }
        Err(ByHandError::Impossible(sentence)) => Err(Failure::usage(sentence)),
        Err(ByHandError::Stage(error)) => Err(error.into()),
    }
}

async fn follow(place: &Place, mut after: EventSeq, once: bool) -> Outcome {
    let reading = super::open_reading(place)?;
    let mut stop = surroundings::stop_signal()?.subscribe();
    while !*stop.borrow() {
        let page = reading.store.events_after(after, EVENTS).await?;
        for event in &page {
            write_json(event)?;
            after = event.seq;
        }
        if page.is_empty() {
            if once {
                break;
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK_EVERY) => {}
                changed = stop.changed() => if changed.is_err() { break },
            }
        }
    }
    Ok(Exit::Done)
}
