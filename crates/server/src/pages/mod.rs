//! The pages: what the desk reads in a browser, Thai first with English beside it.
//!
//! Each page loads, puts names to what it loaded, and renders one template. Scraped text reaches a template only as a
//! string, which the template escapes; a link is made only of what is http or https. There is no script.

mod candidates;
mod issue;
mod marked;
mod search;
mod sources;
mod words;

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, Uri, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use praden_model::{AgencyId, ArticleId, CanonicalUrl, OutletId, Revision, Store, StoreError};
use praden_pipeline::Pipeline;

use crate::api::Refusal;
use crate::{Shared, store_refused};

pub(crate) use search::Search;
use words::{Dated, Moment, Name};

pub(crate) fn router() -> axum::Router<Arc<Shared>> {
    axum::Router::new()
        .route("/", get(candidates::page))
        .route("/issues/{id}", get(issue::page))
        .route("/search", get(search::page))
        .route("/sources", get(sources::page))
        .route("/static/style.css", get(style))
        .route("/static/icon.svg", get(icon))
}

/// What every page has around its own part.
struct Frame {
    /// Which entry of the menu the page is.
    here: &'static str,
    /// The query in the search field.
    query: String,
    now: Moment,
    version: &'static str,
}

impl Frame {
    fn new(shared: &Shared, here: &'static str) -> Self {
        Self {
            here,
            query: String::new(),
            now: Moment::of(shared.app.clock.now()),
            version: env!("CARGO_PKG_VERSION"),
        }
    }
}

/// Why there is no page.
pub(crate) enum NoPage {
    /// There is no such thing.
    NotFound,
    /// The store refused.
    Store(StoreError),
    /// The template failed.
    Render(askama::Error),
}

impl From<StoreError> for NoPage {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<askama::Error> for NoPage {
    fn from(error: askama::Error) -> Self {
        Self::Render(error)
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct Trouble {
    frame: Frame,
    title: Name,
    sentence: Name,
}

/// Renders a page, or the page that says why there is none.
fn show<T: Template>(shared: &Shared, page: Result<T, NoPage>) -> Response {
    let why = match page.and_then(|page| Ok(page.render()?)) {
        Ok(html) => return Html(html).into_response(),
        Err(why) => why,
    };
    let (status, title, sentence) = match &why {
        NoPage::NotFound => (
            StatusCode::NOT_FOUND,
            Name { th: "ไม่พบหน้านี้", en: "There is no such page" },
            Name {
                th: "ที่อยู่อาจพิมพ์ผิด หรือไม่มีประเด็นหมายเลขนี้",
                en: "The address may be mistyped, or there is no issue of this number.",
            },
        ),
        NoPage::Store(error) => {
            store_refused(error);
            (
                StatusCode::SERVICE_UNAVAILABLE,
                Name {
                    th: "ขณะนี้อ่านข้อมูลไม่ได้", en: "The data cannot be read now"
                },
                Name {
                    th: "ลองใหม่อีกครั้ง หากยังไม่ได้ ให้ผู้ดูแลระบบดูบันทึกของเซิร์ฟเวอร์",
                    en: "Try again; if it stays so, the log of the server says why.",
                },
            )
        }
        NoPage::Render(error) => {
            tracing::error!(error = %error, "a page could not be rendered");
            (
                StatusCode::INTERNAL_SERVER_ERROR,
                Name {
                    th: "แสดงหน้านี้ไม่ได้", en: "This page cannot be shown"
                },
                Name {
                    th: "ให้ผู้ดูแลระบบดูบันทึกของเซิร์ฟเวอร์", en: "The log of the server says why."
                },
            )
        }
    };
    let trouble = Trouble { frame: Frame::new(shared, ""), title, sentence };
    match trouble.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(_) => (status, title.en).into_response(),
    }
}

pub(crate) async fn not_found(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    if uri.path().starts_with("/v1") {
        let sentence = "there is no such resource: there are /v1/events, /v1/issues and /v1/issues/{id}";
        return Refusal::new(StatusCode::NOT_FOUND, sentence).into_response();
    }
    show::<Trouble>(&shared, Err(NoPage::NotFound))
}

/// These change with the program's version only, which stands in the links to them.
const KEEP: &str = "public, max-age=86400";

async fn style() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "text/css; charset=utf-8"), (header::CACHE_CONTROL, KEEP)];
    (headers, include_str!("../../static/style.css"))
}

async fn icon() -> impl IntoResponse {
    let headers = [(header::CONTENT_TYPE, "image/svg+xml"), (header::CACHE_CONTROL, KEEP)];
    (headers, include_str!("../../static/icon.svg"))
}

/// An agency or outlet as the definition names it. One that it no longer has goes by its identifier.
#[derive(Clone, Debug)]
struct Named {
    id: String,
    th: String,
    en: String,
}

impl Named {
    fn new(id: &impl Display, names: Option<(&str, &str)>) -> Self {
        let id = id.to_string();
        let (th, en) = names.unwrap_or((&id, ""));
        let th = if th.is_empty() { en } else { th };
        Self { th: th.to_owned(), en: if en == th { String::new() } else { en.to_owned() }, id }
    }

    fn agency(pipeline: &Pipeline, id: &AgencyId) -> Self {
        Self::new(
            id,
            pipeline.lexicon.get(id).map(|agency| (agency.name_th.as_str(), agency.name_en.as_str())),
        )
    }

    fn outlet(pipeline: &Pipeline, id: &OutletId) -> Self {
        Self::new(
            id,
            pipeline.outlets.get(id).map(|outlet| (outlet.name_th.as_str(), outlet.name_en.as_str())),
        )
    }
}

/// A link out, if it is one that may be followed.
///
/// An article from an archive may have a name that is no address, and a report's links are whatever an agency wrote.
fn link_out(link: &str) -> Option<String> {
    CanonicalUrl::parse(link).ok().map(|_| link.trim().to_owned())
}

/// An article in a list.
struct Listed {
    outlet: Named,
    link: Option<String>,
    dated: Dated,
    revision: u32,
    /// When its outlet was found to have taken it down.
    withdrawn: Option<Moment>,
}

impl Listed {
    fn new(pipeline: &Pipeline, revision: &Revision, withdrawn: &Withdrawals) -> Self {
        Self {
            outlet: Named::outlet(pipeline, &revision.outlet),
            link: link_out(revision.url.as_str()),
            dated: Dated::of(revision.published.as_ref()),
            revision: revision.revision,
            withdrawn: withdrawn.get(&revision.article).copied().map(Moment::of),
        }
    }
}

/// The articles that their outlets have taken down, and since when that is known.
type Withdrawals = HashMap<ArticleId, Timestamp>;

/// Which of these revisions are of articles that were taken down.
async fn withdrawals(store: &dyn Store, revisions: &[Revision]) -> Result<Withdrawals, StoreError> {
    let urls: Vec<_> = revisions.iter().map(|revision| revision.url.clone()).collect();
    let articles = store.articles(&urls).await?;
    Ok(articles
        .into_iter()
        .flatten()
        .filter_map(|article| Some((article.id, article.withdrawn_at?)))
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_become_links() {
        let check = |link: &str, want: bool| assert_eq!(link_out(link).is_some(), want, "{link:?}");
        check("https://example.com/news/1", true);
        check(" http://example.com/?a=1&b=2#c ", true);
        check("javascript:alert(1)", false);
        check("JaVaScRiPt:alert(1)", false);
        check("java\nscript:alert(1)", false);
        check("data:text/html,<script>", false);
        check("//example.com/", false);
        check("urn:praden:thaigov:1", false);
        check("", false);
    }

    #[test]
    fn what_has_no_name_goes_by_its_identifier() {
        let named = |names| {
            let named = Named::new(&"moph", names);
            (named.th, named.en)
        };
        let pair = |th: &str, en: &str| (th.to_owned(), en.to_owned());
        assert_eq!(
            named(Some(("กระทรวงสาธารณสุข", "Ministry of Public Health"))),
            pair("กระทรวงสาธารณสุข", "Ministry of Public Health")
        );
        assert_eq!(named(Some(("", "Ministry of Public Health"))), pair("Ministry of Public Health", ""));
        assert_eq!(named(None), pair("moph", ""));
    }
}
