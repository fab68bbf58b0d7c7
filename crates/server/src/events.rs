//! The event log over HTTP by cursor: what bots live on.
//!
//! An answer holds whole events only, in the order of the log, the first one right after the cursor. So the last line
//! that a reader has dealt with says where to go on, whether the answer was complete or the connection broke.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::stream;
use praden_model::{EventSeq, Store, StoreError};
use tokio::sync::OwnedSemaphorePermit;

use crate::api::Refusal;
use crate::params::Params;
use crate::{Shared, WAITING_MAX};

/// Events in one answer at most. A raised issue is some kilobytes.
const LIMIT_MAX: usize = 1000;
const LIMIT: usize = 100;

/// Bytes in one answer, give or take one event: then it ends before its limit, and the reader comes again.
const ANSWER_BYTES: usize = 4 << 20;

/// Events read from the store at once.
const BATCH: usize = 100;

/// The longest wait, in seconds. Proxies give up on a silent connection after a minute.
const WAIT_S_MAX: u64 = 60;

/// A blank line after so much silence tells both sides that the other is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

const NEXT_AFTER: HeaderName = HeaderName::from_static("x-next-after");

/// What a reader asks for.
#[derive(Debug, PartialEq, Eq)]
struct Ask {
    after: EventSeq,
    limit: Option<usize>,
    wait: Duration,
    follow: bool,
}

impl Ask {
    fn parse(query: Option<&str>) -> Result<Self, String> {
        let params = Params::parse(query, &["after", "limit", "wait", "follow"])?;
        // Databases count in i64; a position beyond it is beyond any log.
        let after = params.number("after", 0..=i64::MAX as u64)?.unwrap_or(0);
        let limit = params.number("limit", 1..=LIMIT_MAX)?;
        let wait = params.number("wait", 0..=WAIT_S_MAX)?;
        let follow = params.flag("follow")?;
        if follow && wait.is_some() {
            return Err(
                "parameters `wait` and `follow` do not go together: `follow` waits anyway, leave `wait` out"
                    .into(),
            );
        }
        Ok(Self { after: EventSeq::new(after), limit, wait: Duration::from_secs(wait.unwrap_or(0)), follow })
    }
}

pub(crate) async fn events(
    State(shared): State<Arc<Shared>>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let ask = Ask::parse(query.as_deref()).map_err(Refusal::parameter)?;
    let head = shared.app.store.heads().await?.events;
    if ask.after > head {
        // Waiting would look like quiet and lose everything up to the cursor. It is that of another log, or of this one
        // before a backup was restored.
        return Err(Refusal::parameter(format!(
            "parameter `after` is {}, but this event log ends at {head}: give the `seq` of the last event you had from this log, or 0 to read it from its beginning",
            ask.after
        )));
    }
    let types = [(header::CONTENT_TYPE, "application/x-ndjson")];
    if ask.follow {
        return Ok((types, follow(shared, &ask)?).into_response());
    }
    let part = part(&shared, &ask).await?;
    Ok((types, [(NEXT_AFTER, part.next.to_string())], part.lines).into_response())
}

/// Whole events, one after another.
struct Part {
    lines: Vec<u8>,
    count: usize,
    next: EventSeq,
}

impl Part {
    /// The events after a position, at most so many and about so many bytes.
    async fn read(store: &dyn Store, after: EventSeq, limit: usize) -> Result<Self, Broken> {
        let mut part = Self { lines: Vec::new(), count: 0, next: after };
        while part.count < limit && part.lines.len() < ANSWER_BYTES {
            let wanted = BATCH.min(limit - part.count);
            let events = store.events_after(part.next, wanted).await?;
            for event in &events {
                serde_json::to_writer(&mut part.lines, event)?;
                part.lines.push(b'\n');
                part.next = event.seq;
            }
            part.count += events.len();
            if events.len() < wanted {
                break;
            }
        }
        Ok(part)
    }
}

/// The events after the cursor; if there are none, those that come while the reader waits.
async fn part(shared: &Shared, ask: &Ask) -> Result<Part, Refusal> {
    let store = &*shared.app.store;
    let limit = ask.limit.unwrap_or(LIMIT);
    let part = Part::read(store, ask.after, limit).await?;
    if part.count > 0 || ask.wait.is_zero() {
        return Ok(part);
    }
    let _place = take_place(shared)?;
    tokio::select! {
        beyond = shared.tail.beyond(store, ask.after) => beyond?,
        () = tokio::time::sleep(ask.wait) => {}
        () = shared.stopped() => {}
    }
    Ok(Part::read(store, ask.after, limit).await?)
}

fn take_place(shared: &Shared) -> Result<OwnedSemaphorePermit, Refusal> {
    Arc::clone(&shared.waiting).try_acquire_owned().map_err(|_| {
        let sentence = format!(
            "{WAITING_MAX} readers wait for events already; ask without `wait` and `follow`, or later"
        );
        Refusal::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
    })
}

/// An answer that goes on.
struct Following {
    shared: Arc<Shared>,
    cursor: EventSeq,
    /// How many are still wanted; `None` for all that will come.
    left: Option<usize>,
    _place: OwnedSemaphorePermit,
}

fn follow(shared: Arc<Shared>, ask: &Ask) -> Result<Body, Refusal> {
    let place = take_place(&shared)?;
    let following = Following { shared, cursor: ask.after, left: ask.limit, _place: place };
    // An error ends the stream in the middle of the transfer, so that no reader takes it for a complete answer.
    Ok(Body::from_stream(stream::try_unfold(following, Following::next)))
}

impl Following {
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, Broken> {
        let limit = self.left.unwrap_or(BATCH).min(BATCH);
        if limit == 0 || *self.shared.app.stop.borrow() {
            return Ok(None);
        }
        let store = Arc::clone(&self.shared.app.store);
        let mut part = Part::read(&*store, self.cursor, limit).await?;
        if part.count == 0 {
            tokio::select! {
                beyond = self.shared.tail.beyond(&*store, self.cursor) => beyond?,
                () = tokio::time::sleep(KEEP_ALIVE) => return Ok(Some((Bytes::from_static(b"\n"), self))),
                () = self.shared.stopped() => return Ok(None),
            }
            part = Part::read(&*store, self.cursor, limit).await?;
        }
        self.cursor = part.next;
        self.left = self.left.map(|left| left.saturating_sub(part.count));
        Ok(Some((part.lines.into(), self)))
    }
}

/// Why an answer broke off.
#[derive(Debug, thiserror::Error)]
enum Broken {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("an event cannot be written as JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl From<Broken> for Refusal {
    fn from(broken: Broken) -> Self {
        match broken {
            Broken::Store(error) => error.into(),
            Broken::Json(error) => {
                tracing::error!(error = %error, "an event cannot be written as JSON");
                Self::new(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "an event cannot be written as JSON; the log of the server says more",
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_what_is_wrong_with_it() {
        let ask = |after, limit, wait, follow| Ask {
            after: EventSeq::new(after),
            limit,
            wait: Duration::from_secs(wait),
            follow,
        };
        let check = |query: &str, want: Result<Ask, &str>| {
            assert_eq!(Ask::parse(Some(query)), want.map_err(str::to_owned), "{query:?}");
        };
        check("", Ok(ask(0, None, 0, false)));
        check("after=7&limit=1000&wait=60", Ok(ask(7, Some(1000), 60, false)));
        check("follow=true&after=7", Ok(ask(7, None, 0, true)));
        check("follow=true&limit=3", Ok(ask(0, Some(3), 0, true)));
        check(
            "after=is-7",
            Err("parameter `after` is `is-7`: give a whole number from 0 to 9223372036854775807"),
        );
        check("limit=1001", Err("parameter `limit` is `1001`: give a whole number from 1 to 1000"));
        check("wait=61", Err("parameter `wait` is `61`: give a whole number from 0 to 60"));
        check("since=7", Err("parameter `since` is not known here: there are after, limit, wait, follow"));
        check(
            "follow=true&wait=5",
            Err("parameters `wait` and `follow` do not go together: `follow` waits anyway, leave `wait` out"),
        );
    }
}
