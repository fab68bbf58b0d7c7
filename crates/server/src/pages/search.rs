//! Search: a query, its hits with the words that match, or the place where the query is not understood.

use std::collections::HashMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use praden_index::{
    Cursor, Index, IndexError, Missed, Nowhere, Order, Results, SearchOptions, highlight, snippet,
};
use praden_model::{FieldName, IssueFilter, Revision, Seq, Store, StoreError, StoryId};
use praden_pipeline::CutOtherwise;
use praden_pipeline::saved::{self, SavedError};
use praden_query::{DocumentView, Expr, Query, QueryError};
use tokio::sync::Semaphore;

use super::marked::{Piece, part, whole};
use super::{Frame, Listed, NoPage, show, withdrawals};
use crate::Shared;
use crate::params::Params;

/// Hits on a page.
const HITS: usize = 20;

/// Bytes of text under a hit: some hundred Thai letters.
const SNIPPET_BYTES: usize = 360;

/// Searches at the same time. Each keeps a core busy; the stages need theirs.
const SEARCHES_MAX: usize = 4;

/// Bytes of a query that are shown back. The parser takes more, but nobody reads it.
const SHOWN_BYTES_MAX: usize = 16 << 10;

/// The search index, opened when it is first asked for.
pub(crate) struct Search {
    dir: PathBuf,
    terms_max: usize,
    index: Mutex<Option<Arc<Index>>>,
    places: Arc<Semaphore>,
    /// Held while the words of the index are made ready.
    readying: Mutex<()>,
}

/// One page of results.
struct Answer {
    results: Results,
    /// The position up to which the log is indexed.
    indexed: Seq,
    /// What the words miss of their own letters; looked for on the first page only.
    missed: Option<Missed>,
    /// What is found in spite of NOT, looked for in the same way.
    let_through: Option<Missed>,
    /// Names that no article has.
    nowhere: Vec<Nowhere>,
}

/// Why there are no results.
enum NoResults {
    /// Nothing has been indexed yet.
    NoIndex,
    /// The index refused.
    Index(IndexError),
    /// The computation broke off.
    Broke,
}

impl Search {
    pub(crate) fn new(dir: PathBuf, terms_max: usize) -> Self {
        Self {
            dir,
            terms_max,
            index: Mutex::default(),
            places: Arc::new(Semaphore::new(SEARCHES_MAX)),
            readying: Mutex::new(()),
        }
    }

    /// One page of results.
    async fn run(self: &Arc<Self>, tree: Expr, options: SearchOptions) -> Result<Answer, NoResults> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| NoResults::Broke)?;
        let this = Arc::clone(self);
        let by_letters = [tree.with_letters(), tree.denying_letters()].into_iter().flatten().next();
        let has_exact = tree.has_exact() || (options.after.is_none() && by_letters.is_some());
        let work = move || {
            // Held until the work is done, also when nobody waits for it any more.
            let _place = place;
            this.run_here(&tree, &options)
        };
        let answer = tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
            tracing::error!(error = %error, "a search broke off");
            Err(NoResults::Broke)
        });
        if has_exact && answer.is_ok() {
            // Nobody waits for this: who looks for letters once will again.
            let this = Arc::clone(self);
            tokio::task::spawn_blocking(move || this.make_ready());
        }
        answer
    }

    /// Makes searches for exact letters fast, unless that is under way.
    fn make_ready(&self) {
        let Ok(_turn) = self.readying.try_lock() else { return };
        let Some(index) = self.kept().clone() else { return };
        if let Err(error) = index.reader().and_then(|searcher| searcher.make_ready()) {
            tracing::warn!(error = %error, "exact letters stay slow to find");
        }
    }

    fn run_here(&self, tree: &Expr, options: &SearchOptions) -> Result<Answer, NoResults> {
        let index = self.open()?;
        match self.ask(&index, tree, options) {
            Err(NoResults::Index(error)) if !is_answer(&error) => {
                // It may be built anew meanwhile: look again, now if another took its place.
                *self.kept() = None;
                if index.is_current() {
                    return Err(NoResults::Index(error));
                }
                self.ask(&*self.open()?, tree, options)
            }
            answer => answer,
        }
    }

    fn ask(&self, index: &Index, tree: &Expr, options: &SearchOptions) -> Result<Answer, NoResults> {
        let searcher = match &options.after {
            None => index.reader(),
            Some(after) => index.reader_at(after),
        };
        let searcher = searcher.map_err(NoResults::Index)?.with_terms_max(self.terms_max);
        let results = searcher.search(tree, options).map_err(NoResults::Index)?;
        let (missed, let_through) = if options.after.is_some() {
            (None, None)
        } else {
            let missed = searcher.missed(tree).map_err(NoResults::Index)?;
            (missed, searcher.let_through(tree).map_err(NoResults::Index)?)
        };
        let nowhere = searcher.nowhere(tree).map_err(NoResults::Index)?;
        Ok(Answer { results, indexed: searcher.cursor(), missed, let_through, nowhere })
    }

    fn open(&self) -> Result<Arc<Index>, NoResults> {
        let mut kept = self.kept();
        if let Some(index) = kept.as_ref().filter(|index| index.is_current()) {
            return Ok(Arc::clone(index));
        }
        if !has_files(&self.dir) {
            // Opening would make one, and a page does not write.
            return Err(NoResults::NoIndex);
        }
        let index = Arc::new(Index::open(&self.dir).map_err(NoResults::Index)?);
        *kept = Some(Arc::clone(&index));
        Ok(index)
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Option<Arc<Index>>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the index refused for a reason that another look at it would not change.
fn is_answer(error: &IndexError) -> bool {
    matches!(error, IndexError::TooBroad { .. } | IndexError::CursorGone { .. })
}

fn has_files(dir: &Path) -> bool {
    std::fs::read_dir(dir).is_ok_and(|mut entries| entries.next().is_some())
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    newest_first: bool,
    fault: Option<Fault>,
    /// Why there is no answer to a query that was understood.
    trouble: Option<(StatusCode, String)>,
    found: Option<Found>,
    /// Names of saved queries, where nothing was asked.
    saved: Vec<String>,
}

/// A query that was not understood.
struct Fault {
    column: usize,
    /// The query with the place marked.
    pieces: Vec<Piece>,
    problem: String,
    hint: String,
    understood: String,
}

struct Found {
    total: u64,
    cut_otherwise: Option<CutOtherwise>,
    let_through: Option<CutOtherwise>,
    nowhere: Vec<Nowhere>,
    understood: String,
    warnings: Vec<String>,
    hits: Vec<HitView>,
    from_start: bool,
    next: Option<String>,
    behind: u64,
}

struct HitView {
    title: Vec<Piece>,
    text: Vec<Piece>,
    listed: Listed,
    issue: Option<String>,
}

pub(super) async fn page(State(shared): State<Arc<Shared>>, RawQuery(query): RawQuery) -> Response {
    let page = load(&shared, &Params::of_page(query.as_deref(), &["q", "order", "after"])).await;
    let status = match &page {
        Ok(SearchPage { fault: Some(_), .. }) => StatusCode::BAD_REQUEST,
        Ok(SearchPage { trouble: Some((status, _)), .. }) => *status,
        _ => return show(&shared, page),
    };
    (status, show(&shared, page)).into_response()
}

async fn load(shared: &Shared, params: &Params) -> Result<SearchPage, NoPage> {
    let written = params.text("q").unwrap_or("");
    let newest_first = params.text("order") == Some("newest");
    let mut frame = Frame::new(shared, "search");
    let shown = praden_text::floor_cluster(written, SHOWN_BYTES_MAX);
    frame.query = written.get(..shown).unwrap_or("").to_owned();
    let mut page =
        SearchPage { frame, newest_first, fault: None, trouble: None, found: None, saved: Vec::new() };
    if written.trim().is_empty() {
        match saved::all(data_folder(shared)) {
            Ok(saved) => page.saved = saved.into_keys().collect(),
            Err(error) => tracing::error!(error = %error, "saved queries cannot be read"),
        }
        return Ok(page);
    }
    let written = match saved::resolve(data_folder(shared), written) {
        Ok(written) => written,
        Err(error) => {
            page.trouble = Some(not_saved(&error));
            return Ok(page);
        }
    };
    let written = written.as_str();
    let mut query = match praden_query::parse(written, shared.app.clock.now()) {
        Ok(query) => query,
        Err(error) => {
            page.fault = Some(fault(written, &error));
            return Ok(page);
        }
    };
    let after = match params.text("after").map(str::parse::<Cursor>).transpose() {
        Ok(after) => after,
        Err(error) => {
            page.trouble = Some((StatusCode::BAD_REQUEST, error.to_string()));
            return Ok(page);
        }
    };
    // A link may have the id of a story that was merged into another since.
    query.tree = praden_pipeline::follow_stories(&*shared.app.store, query.tree, u64::MAX).await?.0;
    let order = if newest_first { Order::Newest } else { Order::Relevance };
    let from_start = after.is_none();
    let options = SearchOptions { limit: HITS, order, after, fold: false };
    match shared.search.run(query.tree.clone(), options).await {
        Ok(answer) => page.found = Some(found(shared, &query, &answer, from_start).await?),
        Err(NoResults::Index(IndexError::TooBroad { written: leaf, max })) => {
            page.fault = Some(fault(written, &query.too_broad(written, &leaf, max)));
        }
        Err(why) => page.trouble = Some(trouble(&why)),
    }
    Ok(page)
}

fn data_folder(shared: &Shared) -> &Path {
    shared.app.index.parent().unwrap_or(Path::new("."))
}

fn not_saved(error: &SavedError) -> (StatusCode, String) {
    if let SavedError::Unknown { name, known } = error {
        let sentence = format!("ไม่มีคำค้นที่บันทึกไว้ชื่อ @{name} · no query is saved as @{name} (saved: {known})");
        return (StatusCode::BAD_REQUEST, sentence);
    }
    tracing::error!(error = %error, "saved queries cannot be read");
    let sentence = "อ่านคำค้นที่บันทึกไว้ไม่ได้ ให้ผู้ดูแลระบบดูบันทึกของเซิร์ฟเวอร์ · the saved queries cannot be read; the log of the server says why";
    (StatusCode::SERVICE_UNAVAILABLE, sentence.to_owned())
}

fn fault(query: &str, error: &QueryError) -> Fault {
    // A fault at the end has no letter of its own: the sign for "something is missing here" stands for it.
    let pieces = if error.at.is_empty() {
        let at = praden_text::floor_cluster(query, error.at.start);
        let piece = |text: Option<&str>, marked| Piece { text: text.unwrap_or("").to_owned(), marked };
        vec![piece(query.get(..at), false), piece(Some("‸"), true), piece(query.get(at..), false)]
    } else {
        whole(query, std::slice::from_ref(&error.at))
    };
    Fault {
        column: error.column,
        pieces,
        problem: error.problem.to_string(),
        hint: error.problem.hint(),
        understood: error.understood.clone(),
    }
}

fn trouble(why: &NoResults) -> (StatusCode, String) {
    let broken = StatusCode::SERVICE_UNAVAILABLE;
    match why {
        NoResults::NoIndex => (broken, "ยังไม่มีข่าวในดัชนี · nothing has been indexed yet".to_owned()),
        NoResults::Index(error @ IndexError::CursorGone { .. }) => (StatusCode::GONE, error.to_string()),
        NoResults::Index(error) => {
            tracing::error!(error = %error, "the index refused a search");
            let sentence = "ค้นหาไม่ได้ในขณะนี้ ให้ผู้ดูแลระบบดูบันทึกของเซิร์ฟเวอร์ · the index does not answer; the log of the server says why";
            (broken, sentence.to_owned())
        }
        NoResults::Broke => {
            (broken, "การค้นหาหยุดกลางคัน ลองใหม่อีกครั้ง · the search broke off; try again".to_owned())
        }
    }
}

async fn found(
    shared: &Shared,
    query: &Query,
    answer: &Answer,
    from_start: bool,
) -> Result<Found, StoreError> {
    let store = &*shared.app.store;
    let Answer { results, indexed, missed, let_through, nowhere } = answer;
    let cut_otherwise = match missed {
        Some(missed) => praden_pipeline::cut_otherwise(store, &query.tree, missed).await?,
        None => None,
    };
    let let_through = match let_through {
        Some(missed) => praden_pipeline::let_through(store, &query.tree, missed).await?,
        None => None,
    };
    let seqs: Vec<Seq> = results.hits.iter().map(|hit| hit.seq).collect();
    let revisions = store.revisions(&seqs).await?;
    // A hit whose revision the log does not have, that of another data folder, cannot be shown; mentions follow those that can.
    let seqs: Vec<Seq> = revisions.iter().map(|revision| revision.seq).collect();
    let mentions = store.mentions(&seqs).await?;
    let (rule_hits, places) = (store.rule_hits(&seqs).await?, store.places(&seqs).await?);
    let mut stories = Vec::with_capacity(seqs.len());
    for revision in &revisions {
        stories.push(praden_pipeline::story_of(store, revision, *indexed).await?);
    }
    let issues = issues_of(store, &stories).await?;
    let withdrawn = withdrawals(store, &revisions).await?;
    let found = rule_hits.iter().zip(&places);
    let hits = revisions.iter().zip(&mentions).zip(&stories).zip(found).map(
        |(((revision, mentions), story), (rule_hits, places))| {
            let document = DocumentView::new(revision, mentions, *story)
                .with_rules(rule_hits.iter().map(|hit| &hit.rule))
                .with_kinds(rule_hits.iter().filter_map(|hit| hit.effects.kind))
                .with_places(places.iter().map(|place| &place.place));
            let (title, text) = marked(query, revision, &document);
            HitView {
                title,
                text,
                listed: Listed::new(&shared.app.pipeline, revision, &withdrawn),
                issue: story.and_then(|story| issues.get(&story).cloned()),
            }
        },
    );
    let head = store.heads().await?.articles;
    Ok(Found {
        total: results.total,
        cut_otherwise,
        let_through,
        nowhere: nowhere.clone(),
        understood: query.tree.to_string(),
        warnings: query.warnings.iter().map(ToString::to_string).collect(),
        hits: hits.collect(),
        from_start,
        next: results.next.as_ref().map(ToString::to_string),
        behind: head.get().saturating_sub(indexed.get()),
    })
}

/// The issues about these stories.
async fn issues_of(
    store: &dyn Store,
    stories: &[Option<StoryId>],
) -> Result<HashMap<StoryId, String>, StoreError> {
    let stories: Vec<StoryId> = stories.iter().flatten().copied().collect();
    if stories.is_empty() {
        // An empty filter would mean every issue.
        return Ok(HashMap::new());
    }
    let issues = store.issues(&IssueFilter { stories, ..IssueFilter::default() }).await?;
    Ok(issues.into_iter().map(|issue| (issue.story, issue.id.to_string())).collect())
}

/// The headline and a part of the text, with the words that match.
fn marked(query: &Query, revision: &Revision, document: &DocumentView<'_>) -> (Vec<Piece>, Vec<Piece>) {
    let matches = highlight(&query.tree, revision, document);
    let in_title: Vec<Range<usize>> = matches
        .iter()
        .filter(|(field, _)| *field == FieldName::Title)
        .map(|(_, span)| span.range())
        .collect();
    let title = revision.title.raw();
    let title = if revision.title.normalized().trim().is_empty() {
        whole(revision.headline(), &[])
    } else {
        whole(title, &in_title)
    };
    let snippet = snippet(revision, &matches, SNIPPET_BYTES);
    let field = match snippet.field {
        FieldName::Title => revision.title.raw(),
        FieldName::Text => revision.text.raw(),
    };
    let places: Vec<Range<usize>> = snippet.matches.iter().map(|span| span.range()).collect();
    (title, part(field, snippet.part.range(), &places))
}
