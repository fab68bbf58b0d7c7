//! One outlet as one edition of the world shows it: which articles, at which URLs, with which times. Pure.

use jiff::{SignedDuration, Timestamp};

use crate::corpus::{Article, Block, Corpus, Outlet, Quirk, Revision};

/// How many older articles a page links to. Three keeps a page's boilerplate smaller than its text.
const RELATED: usize = 3;

/// What a page or a feed is rendered from.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) corpus: &'a Corpus,
    pub(crate) outlet: &'a Outlet,
    pub(crate) edition: u32,
    /// Whole minutes, because Thai dates on pages show no seconds.
    pub(crate) now: Timestamp,
}

/// One article in the revision that the edition shows.
#[derive(Clone, Copy)]
pub(crate) struct Shown<'a> {
    pub(crate) article: &'a Article,
    pub(crate) revision: &'a Revision,
    pub(crate) published: Timestamp,
    pub(crate) modified: Timestamp,
}

impl Shown<'_> {
    /// The lead, as feeds and `og:description` give it.
    pub(crate) fn lead(&self) -> &str {
        self.revision.blocks.first().map_or("", Block::text)
    }
}

impl<'a> View<'a> {
    /// All articles that are out, newest first; equal times in order of number.
    pub(crate) fn articles(&self) -> Vec<Shown<'a>> {
        let home = self.corpus.articles.iter().filter(|article| article.outlet == self.outlet.id);
        let mut shown: Vec<Shown<'a>> = home.filter_map(|article| self.show(article)).collect();
        shown.sort_by_key(|shown| (std::cmp::Reverse(shown.published), shown.article.number));
        shown
    }

    /// Articles published before this one, under their first titles: so a later edit changes one page only.
    pub(crate) fn related(&self, of: &Shown<'_>) -> Vec<Shown<'a>> {
        let older = self.articles().into_iter().filter(|other| other.published < of.published);
        let linked = older.filter(|other| !other.article.has(Quirk::Gone));
        linked.take(RELATED).map(|other| Shown { revision: &other.article.first, ..other }).collect()
    }

    /// When anything in the lists of this outlet last changed; `now` less two days for an outlet without articles.
    pub(crate) fn changed(&self) -> Timestamp {
        let dated = self.articles().into_iter().filter(|shown| !shown.article.has(Quirk::Undated));
        dated.map(|shown| shown.modified).max().unwrap_or_else(|| before(self.now, 2 * 24 * 60))
    }

    pub(crate) fn url(&self, path: &str) -> String {
        self.outlet.url(path)
    }

    fn show(&self, article: &'a Article) -> Option<Shown<'a>> {
        let revision = article.at(self.edition)?;
        Some(Shown {
            article,
            revision,
            published: before(self.now, article.first.minutes_before),
            modified: before(self.now, revision.minutes_before),
        })
    }
}

/// `now` less some minutes; the earliest time there is when that would be out of range.
pub(crate) fn before(now: Timestamp, minutes: u32) -> Timestamp {
    now.checked_sub(SignedDuration::from_mins(i64::from(minutes))).unwrap_or(Timestamp::MIN)
}
