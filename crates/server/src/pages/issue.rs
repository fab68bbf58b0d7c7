//! One issue: why it was raised, who should answer, what was published, what happened.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use praden_model::{
    ArticleId, Event, Evidence, Fact, FieldName, Issue, IssueFilter, IssueId, MembersOf, Membership,
    Revision, Seq, Signal, Store, StoreError,
};
use praden_pipeline::Pipeline;

use super::marked::{Piece, context};
use super::words::{self, Moment, Name};
use super::{Frame, Listed, Named, NoPage, link_out, show, withdrawals};
use crate::Shared;

/// Articles on the page. A story of more is told by its first two hundred; all are found by `story:`.
const ARTICLES_MAX: usize = 200;

/// Events on the page: the latest.
const EVENTS_MAX: usize = 100;

/// Places shown for one signal before the reader opens the rest.
const PLACES_SHOWN: usize = 3;

#[derive(Template)]
#[template(path = "issue.html")]
struct IssuePage {
    frame: Frame,
    id: String,
    title: String,
    story: String,
    state: Name,
    /// The issue that goes on in its place.
    merged_into: Option<String>,
    /// The claim that its story makes again, and where it was told.
    campaign: Option<String>,
    instances: Vec<InstanceView>,
    kind: Name,
    score: String,
    counts: (u32, u32),
    first: Option<Moment>,
    last: Option<Moment>,
    raised: Moment,
    assignment: Option<AssignmentView>,
    report: Option<ReportView>,
    signals: Vec<SignalView>,
    proposals: Vec<ProposalView>,
    articles: Vec<ArticleView>,
    articles_hidden: usize,
    history: Vec<EventView>,
    history_hidden: usize,
}

struct AssignmentView {
    agency: Named,
    due: Moment,
    by: String,
}

struct ReportView {
    text: String,
    links: Vec<Linked>,
    at: Moment,
    by: String,
}

/// Something that may be a link.
struct Linked {
    text: String,
    link: Option<String>,
}

struct SignalView {
    name: Name,
    value: String,
    places: Places,
}

/// Evidence: some of it in sight, the rest behind a click.
struct Places {
    shown: Vec<PlaceView>,
    more: Vec<PlaceView>,
}

struct PlaceView {
    pieces: Vec<Piece>,
    article: Option<ArticleId>,
    outlet: String,
    is_title: bool,
}

struct ProposalView {
    agency: Named,
    score: String,
    reasons: Vec<String>,
    places: Places,
}

struct ArticleView {
    id: ArticleId,
    headline: String,
    listed: Listed,
    reason: Option<Name>,
    words: Vec<String>,
}

struct InstanceView {
    at: Moment,
    text: String,
    /// Another issue about it.
    issue: Option<String>,
    verdict: Option<Name>,
    here: bool,
}

struct EventView {
    at: Moment,
    what: Name,
    by: Option<String>,
    detail: String,
}

pub(super) async fn page(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Response {
    show(&shared, load(&shared, &id).await)
}

async fn load(shared: &Shared, id: &str) -> Result<IssuePage, NoPage> {
    let id: IssueId = id.parse().map_err(|_| NoPage::NotFound)?;
    let (store, pipeline) = (&*shared.app.store, &*shared.app.pipeline);
    let filter = IssueFilter { ids: vec![id], ..IssueFilter::default() };
    let issue = store.issues(&filter).await?.pop().ok_or(NoPage::NotFound)?;
    let issue = praden_pipeline::looked_at(store, pipeline, &issue).await?;
    let sources = sources(store, &issue).await?;
    let places = |spans: &[Evidence]| places(pipeline, &sources, spans);
    let signal = |signal: &Signal| SignalView {
        name: words::signal(signal.name),
        value: signal.value.to_string(),
        places: places(&signal.spans),
    };
    let (articles, articles_hidden) = articles(store, pipeline, &issue).await?;
    let events = store.events_of(id, EVENTS_MAX).await?;
    let history_hidden = usize::try_from(issue.version).unwrap_or(usize::MAX).saturating_sub(events.len());
    Ok(IssuePage {
        frame: Frame::new(shared, ""),
        id: issue.id.to_string(),
        title: issue.title.clone(),
        story: issue.story.to_string(),
        state: words::state(issue.state),
        merged_into: issue.merged_into.map(|into| into.to_string()),
        campaign: issue.campaign.map(|campaign| campaign.to_string()),
        instances: instances(store, &issue).await?,
        kind: words::kind(issue.kind),
        score: issue.score.to_string(),
        counts: (issue.articles, issue.outlets),
        first: issue.first_published_at.map(Moment::of_publication),
        last: issue.last_published_at.map(Moment::of_publication),
        raised: Moment::of(issue.raised_at),
        assignment: issue.assignment.as_ref().map(|assignment| AssignmentView {
            agency: Named::agency(pipeline, &assignment.agency),
            due: Moment::of(assignment.due_at),
            by: assignment.by.clone(),
        }),
        report: issue.report.as_ref().map(|report| ReportView {
            text: report.text.clone(),
            links: report
                .links
                .iter()
                .map(|link| Linked { text: link.clone(), link: link_out(link) })
                .collect(),
            at: Moment::of(report.reported_at),
            by: report.by.clone(),
        }),
        signals: issue.signals.iter().map(signal).collect(),
        proposals: issue
            .agencies
            .iter()
            .map(|proposal| ProposalView {
                agency: Named::agency(pipeline, &proposal.agency),
                score: proposal.score.to_string(),
                reasons: proposal.reasons.clone(),
                places: places(&proposal.spans),
            })
            .collect(),
        articles,
        articles_hidden,
        history: events.iter().map(|event| event_view(pipeline, event)).collect(),
        history_hidden,
    })
}

/// Where the claim of the issue's campaign was told.
async fn instances(store: &dyn Store, issue: &Issue) -> Result<Vec<InstanceView>, StoreError> {
    let Some(campaign) = issue.campaign else { return Ok(Vec::new()) };
    let view = |instance: praden_pipeline::Instance| InstanceView {
        at: Moment::of_publication(instance.telling.at),
        here: instance.now_in == issue.story,
        issue: instance.issue.filter(|other| *other != issue.id).map(|other| other.to_string()),
        verdict: instance.telling.verdict.map(|verdict| words::verdict(verdict.says)),
        text: instance.telling.text,
    };
    Ok(praden_pipeline::instances(store, campaign).await?.into_iter().map(view).collect())
}

/// The revisions that the issue's evidence was read from.
async fn sources(store: &dyn Store, issue: &Issue) -> Result<HashMap<Seq, Revision>, StoreError> {
    let spans = issue.signals.iter().flat_map(|signal| &signal.spans);
    let mut seqs: Vec<Seq> = spans
        .chain(issue.agencies.iter().flat_map(|proposal| &proposal.spans))
        .map(|span| span.seq)
        .collect();
    seqs.sort_unstable();
    seqs.dedup();
    seqs.truncate(ARTICLES_MAX);
    Ok(store.revisions(&seqs).await?.into_iter().map(|revision| (revision.seq, revision)).collect())
}

fn places(pipeline: &Pipeline, sources: &HashMap<Seq, Revision>, spans: &[Evidence]) -> Places {
    let mut shown: Vec<PlaceView> =
        spans.iter().map(|span| place(pipeline, sources.get(&span.seq), span)).collect();
    let more = shown.split_off(PLACES_SHOWN.min(shown.len()));
    Places { shown, more }
}

fn place(pipeline: &Pipeline, source: Option<&Revision>, evidence: &Evidence) -> PlaceView {
    let in_context = source.and_then(|revision| {
        let field = match evidence.field {
            FieldName::Title => revision.title.raw(),
            FieldName::Text => revision.text.raw(),
        };
        // What the evidence says must be what the log says; otherwise its own words stand alone.
        (evidence.span.of(field) == Some(evidence.surface.as_str()))
            .then(|| context(field, evidence.span.range()))?
    });
    PlaceView {
        pieces: in_context.unwrap_or_else(|| vec![Piece { text: evidence.surface.clone(), marked: true }]),
        article: source.map(|revision| revision.article),
        outlet: source.map_or_else(String::new, |revision| Named::outlet(pipeline, &revision.outlet).th),
        is_title: evidence.field == FieldName::Title,
    }
}

/// The articles of the story as they happened, undated ones last, and how many there are beside.
async fn articles(
    store: &dyn Store,
    pipeline: &Pipeline,
    issue: &Issue,
) -> Result<(Vec<ArticleView>, usize), StoreError> {
    let upto = store.heads().await?.articles;
    let members = store.memberships(MembersOf::Story { story: issue.story, upto }).await?;
    // They come in the order they were judged: the later of an article replaces the earlier.
    let latest: BTreeMap<ArticleId, Membership> =
        members.into_iter().map(|membership| (membership.article, membership)).collect();
    let hidden = latest.len().saturating_sub(ARTICLES_MAX);
    let seqs: Vec<Seq> = latest.values().take(ARTICLES_MAX).map(|membership| membership.seq).collect();
    let mut revisions = store.revisions(&seqs).await?;
    revisions.sort_by_key(|revision| (revision.event_time().is_none(), revision.event_time(), revision.seq));
    let withdrawn = withdrawals(store, &revisions).await?;
    let views = revisions.iter().map(|revision| {
        let membership = latest.get(&revision.article);
        let because = membership.and_then(|membership| membership.because.first());
        ArticleView {
            id: revision.article,
            headline: revision.headline().to_owned(),
            listed: Listed::new(pipeline, revision, &withdrawn),
            reason: because.map(|because| words::reason(because.kind)),
            words: because.map_or_else(Vec::new, |because| because.words.iter().take(6).cloned().collect()),
        }
    });
    Ok((views.collect(), hidden))
}

fn event_view(pipeline: &Pipeline, event: &Event) -> EventView {
    let (by, detail) = match &event.fact {
        Fact::Raised(raised) => {
            (None, format!("คะแนน {} · {} ข่าว · {} สื่อ", raised.score, raised.articles, raised.outlets))
        }
        Fact::Updated { score, articles, outlets, .. } => {
            (None, format!("คะแนน {score} · {articles} ข่าว · {outlets} สื่อ"))
        }
        Fact::Accepted { by } => (Some(by), String::new()),
        Fact::Dismissed { by, reason } => (Some(by), reason.clone()),
        Fact::StoryMerged { by, why, articles, .. } => (by.as_ref(), format!("{why} ({articles})")),
        Fact::StorySplit { by, why, issue, .. } => {
            (by.as_ref(), issue.map_or_else(|| why.clone(), |issue| format!("{why} → {issue}")))
        }
        Fact::Merged { by, why, into } => (by.as_ref(), format!("{why} → {into}")),
        Fact::CampaignReturned { campaign, days, words, .. } => {
            (None, format!("{campaign} · ห่างจากครั้งก่อน {days} วัน · {}", words.join(", ")))
        }
        Fact::Rested { quiet_hours, score } => {
            (None, format!("ไม่มีข่าวเพิ่ม {quiet_hours} ชั่วโมง · คะแนน {score}"))
        }
        Fact::Resumed { score, .. } => (None, format!("คะแนน {score}")),
        Fact::Assigned { agency, due_at, by } => {
            let agency = Named::agency(pipeline, agency).th;
            (Some(by), format!("{agency} ภายใน {}", Moment::of(*due_at).th))
        }
        Fact::Reported { agency, text, by, .. } => {
            (Some(by), format!("{}: {text}", Named::agency(pipeline, agency).th))
        }
        Fact::Closed { by, note } => (Some(by), note.clone()),
    };
    EventView { at: Moment::of(event.time), what: words::event(&event.fact), by: by.cloned(), detail }
}
