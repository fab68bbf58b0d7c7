//! The tree answered over one article in memory.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use jiff::Timestamp;
use praden_model::{
    AgencyId, AnalyzedText, CanonicalUrl, FieldName, IssueKind, Mention, OutletId, PlaceId, Revision, RuleId,
    SourceId, StoryId,
};

use crate::language::Language;
use crate::parser::Query;
use crate::tree::{Expr, Near, Phrase, Property};
use crate::words::{Word, words};

/// One article as queries see it, its words sorted for look-up. Made once, asked any number of queries.
#[derive(Debug)]
pub struct DocumentView<'d> {
    title: Field<'d>,
    text: Field<'d>,
    outlet: &'d OutletId,
    source: &'d SourceId,
    agencies: Vec<&'d AgencyId>,
    story: Option<StoryId>,
    url: &'d CanonicalUrl,
    published: Option<Timestamp>,
    rules: Vec<&'d RuleId>,
    kinds: Vec<IssueKind>,
    places: Vec<&'d PlaceId>,
    language: OnceLock<Language>,
    authors: &'d [String],
}

impl<'d> DocumentView<'d> {
    /// The view of a revision with what stages have found about it. Costs one sort of its words.
    pub fn new(revision: &'d Revision, mentions: &'d [Mention], story: Option<StoryId>) -> Self {
        Self {
            title: Field::new(&revision.title),
            text: Field::new(&revision.text),
            outlet: &revision.outlet,
            source: &revision.source,
            agencies: mentions.iter().map(|mention| &mention.agency).collect(),
            story,
            url: &revision.url,
            published: revision.event_time(),
            rules: Vec::new(),
            kinds: Vec::new(),
            places: Vec::new(),
            language: OnceLock::new(),
            authors: &revision.authors,
        }
    }

    /// The same with the rules that found the article. Without them no article is found by `rule:`.
    #[must_use]
    pub fn with_rules(mut self, rules: impl IntoIterator<Item = &'d RuleId>) -> Self {
        self.rules.extend(rules);
        self
    }

    /// The same with the kinds of issue that the article is.
    #[must_use]
    pub fn with_kinds(mut self, kinds: impl IntoIterator<Item = IssueKind>) -> Self {
        self.kinds.extend(kinds);
        self
    }

    /// The same with the places that the article names.
    #[must_use]
    pub fn with_places(mut self, places: impl IntoIterator<Item = &'d PlaceId>) -> Self {
        self.places.extend(places);
        self
    }

    fn language(&self) -> Language {
        let (title, text) = (self.title.text.normalized(), self.text.text.normalized());
        *self.language.get_or_init(|| Language::of(title, text))
    }

    /// A part of it with its token ends.
    pub(crate) fn analyzed(&self, name: FieldName) -> &'d AnalyzedText {
        self.field(name).text
    }

    fn field(&self, name: FieldName) -> &Field<'d> {
        match name {
            FieldName::Title => &self.title,
            FieldName::Text => &self.text,
        }
    }
}

/// A place in the words of one field: `len` words from number `start`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Occurrence {
    /// The position of its first word.
    pub start: u32,
    /// How many words it has. At least one.
    pub len: u32,
}

impl Occurrence {
    fn end(self) -> u32 {
        self.start + self.len
    }
}

/// Whether one of `left` and one of `right` satisfy a distance: they do not overlap, and the later one's first word
/// stands at most `distance` positions after the earlier one's last. `ordered` asks for left before right.
///
/// Both sides must be sorted. This and [`near_places`] are the one definition of NEAR, for every evaluator.
pub fn near_matches(left: &[Occurrence], right: &[Occurrence], distance: u32, ordered: bool) -> bool {
    leaders(left, right, distance).next().is_some()
        || (!ordered && leaders(right, left, distance).next().is_some())
}

/// All places, of both sides, that satisfy a distance with some place of the other side. Sorted, each once.
///
/// Costs a search for each place and never lists pairs: a text of one word said 50,000 times has ten million of them.
pub fn near_places(
    left: &[Occurrence],
    right: &[Occurrence],
    distance: u32,
    ordered: bool,
) -> Vec<Occurrence> {
    let mut places: Vec<Occurrence> =
        leaders(left, right, distance).chain(followers(left, right, distance)).collect();
    if !ordered {
        places.extend(leaders(right, left, distance).chain(followers(right, left, distance)));
    }
    places.sort_unstable();
    places.dedup();
    places
}

/// How often a distance is satisfied: the places of either side that are followed by one of the other soon enough, for
/// the score of an article. More than zero exactly if [`near_matches`].
pub fn near_count(left: &[Occurrence], right: &[Occurrence], distance: u32, ordered: bool) -> usize {
    leaders(left, right, distance).count() + if ordered { 0 } else { leaders(right, left, distance).count() }
}

/// Those of `first` that have one of `second` soon after them.
fn leaders<'o>(
    first: &'o [Occurrence],
    second: &'o [Occurrence],
    distance: u32,
) -> impl Iterator<Item = Occurrence> + 'o {
    let mut next = 0;
    let mut last_end = 0;
    first.iter().copied().filter(move |one| {
        // Places are in order of their starts, and their ends nearly always too: one walk along `second` serves all.
        if one.end() < last_end {
            next = second.partition_point(|two| two.start < one.end());
        }
        while second.get(next).is_some_and(|two| two.start < one.end()) {
            next += 1;
        }
        last_end = one.end();
        second.get(next).is_some_and(|two| two.start - one.end() < distance)
    })
}

/// Those of `second` that have one of `first` soon before them.
fn followers<'o>(
    first: &[Occurrence],
    second: &'o [Occurrence],
    distance: u32,
) -> impl Iterator<Item = Occurrence> + 'o {
    // Places differ in length, so their ends need not be in order.
    let mut ends: Vec<u32> = first.iter().map(|one| one.end()).collect();
    ends.sort_unstable();
    second.iter().copied().filter(move |two| {
        let last = ends.partition_point(|&end| end <= two.start).checked_sub(1).and_then(|at| ends.get(at));
        last.is_some_and(|end| two.start - end < distance)
    })
}

/// The words of one field.
#[derive(Debug)]
struct Field<'d> {
    text: &'d AnalyzedText,
    words: Vec<Word<'d>>,
    /// Positions sorted by term, then position.
    sorted: Vec<u32>,
}

impl<'d> Field<'d> {
    fn new(text: &'d AnalyzedText) -> Self {
        let words: Vec<Word<'d>> = words(text).collect();
        let mut sorted: Vec<u32> = (0..words.len() as u32).collect();
        sorted.sort_by(|&a, &b| term_at(&words, a).cmp(term_at(&words, b)).then(a.cmp(&b)));
        Self { text, words, sorted }
    }

    fn term(&self, position: u32) -> &str {
        term_at(&self.words, position)
    }

    /// Positions of the words that are `term`, or start with it. In order of term, then position.
    fn positions(&self, term: &str, prefix: bool) -> &[u32] {
        let from = self.sorted.partition_point(|&position| self.term(position) < term);
        let after = self.sorted.get(from..).unwrap_or(&[]);
        let len = after.partition_point(|&position| fits(self.term(position), term, prefix));
        after.get(..len).unwrap_or(&[])
    }

    /// Where a phrase stands, in order.
    fn occurrences(&self, phrase: &Phrase) -> Vec<Occurrence> {
        if let Some(pattern) = phrase.pattern() {
            let mut found: Vec<Occurrence> = self
                .positions(pattern.start(), true)
                .iter()
                .filter(|&&start| pattern.fits(self.term(start)))
                .map(|&start| Occurrence { start, len: 1 })
                .collect();
            found.sort_unstable();
            return found;
        }
        let terms = phrase.terms();
        let len = terms.len() as u32;
        let Some(first) = terms.first() else { return Vec::new() };
        let is_prefix = |at: usize| phrase.is_prefix() && at + 1 == terms.len();
        let mut found: Vec<Occurrence> = self
            .positions(first, is_prefix(0))
            .iter()
            .filter(|&&start| {
                terms.iter().enumerate().skip(1).all(|(at, term)| {
                    self.words
                        .get(start as usize + at)
                        .is_some_and(|word| fits(&word.term, term, is_prefix(at)))
                })
            })
            .map(|&start| Occurrence { start, len })
            .collect();
        found.sort_unstable();
        found
    }

    fn any_of(&self, phrases: &[Phrase]) -> Vec<Occurrence> {
        let mut found: Vec<Occurrence> = phrases.iter().flat_map(|phrase| self.occurrences(phrase)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The bytes of the normalised field under an occurrence.
    fn span(&self, occurrence: Occurrence) -> Option<Range<usize>> {
        let first = self.words.get(occurrence.start as usize)?;
        let last = self.words.get(occurrence.end() as usize - 1)?;
        Some(first.span.start..last.span.end)
    }
}

/// Whether a place is another, or lies in it: a district's name starts with its province's.
pub fn in_place(place: &PlaceId, outer: &PlaceId) -> bool {
    let rest = place.as_str().strip_prefix(outer.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}

fn term_at<'w>(words: &'w [Word<'_>], position: u32) -> &'w str {
    words.get(position as usize).map_or("", |word| match &word.term {
        Cow::Borrowed(term) => term,
        Cow::Owned(term) => term,
    })
}

fn fits(term: &str, wanted: &str, prefix: bool) -> bool {
    if prefix { term.starts_with(wanted) } else { term == wanted }
}

impl Query {
    /// Whether an article is what the query asks for.
    pub fn matches(&self, document: &DocumentView<'_>) -> bool {
        self.tree.matches(document)
    }
}

impl Expr {
    /// Whether an article is what the expression asks for.
    pub fn matches(&self, document: &DocumentView<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(document)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(document)),
            Self::Not(part) => !part.matches(document),
            Self::Phrase(scope, phrase) => {
                scope.fields().iter().any(|&name| !document.field(name).occurrences(phrase).is_empty())
            }
            Self::Near(scope, near) => scope.fields().iter().any(|&name| {
                let (left, right) = sides(document.field(name), near);
                near_matches(&left, &right, near.distance, near.ordered)
            }),
            Self::Exact(scope, exact) => {
                scope.fields().iter().any(|&name| exact.is_in(document.field(name).text.normalized()))
            }
            Self::Is(property) => property.matches(document),
        }
    }

    /// Where an article shows that it matches: bytes of the normalised title and text, in order, not overlapping.
    /// `None` if it does not match; empty if only properties, or the absence of words, make it match.
    pub fn spans(&self, document: &DocumentView<'_>) -> Option<Vec<(FieldName, Range<usize>)>> {
        let mut found = Vec::new();
        if !self.collect(document, &mut found) {
            return None;
        }
        found.sort_unstable_by_key(|(name, span): &(FieldName, Range<usize>)| (*name, span.start, span.end));
        let mut joined: Vec<(FieldName, Range<usize>)> = Vec::with_capacity(found.len());
        for (name, span) in found {
            match joined.last_mut() {
                Some((last_name, last)) if *last_name == name && span.start < last.end => {
                    last.end = last.end.max(span.end);
                }
                _ => joined.push((name, span)),
            }
        }
        Some(joined)
    }

    fn collect(&self, document: &DocumentView<'_>, found: &mut Vec<(FieldName, Range<usize>)>) -> bool {
        let before = found.len();
        match self {
            Self::And(parts) => {
                // A part that fails takes back what the parts before it have shown.
                let all = parts.iter().all(|part| part.collect(document, found));
                if !all {
                    found.truncate(before);
                }
                all
            }
            Self::Or(parts) => parts.iter().fold(false, |any, part| part.collect(document, found) | any),
            Self::Not(part) => !part.matches(document),
            Self::Phrase(scope, phrase) => {
                for &name in scope.fields() {
                    let field = document.field(name);
                    let places = field.occurrences(phrase);
                    found.extend(places.into_iter().filter_map(|place| Some((name, field.span(place)?))));
                }
                found.len() > before
            }
            Self::Near(scope, near) => {
                for &name in scope.fields() {
                    let field = document.field(name);
                    let (left, right) = sides(field, near);
                    let places = near_places(&left, &right, near.distance, near.ordered);
                    found.extend(places.into_iter().filter_map(|place| Some((name, field.span(place)?))));
                }
                found.len() > before
            }
            Self::Exact(scope, exact) => {
                for &name in scope.fields() {
                    found.extend(
                        exact.places(document.field(name).text.normalized()).map(|place| (name, place)),
                    );
                }
                found.len() > before
            }
            Self::Is(property) => property.matches(document),
        }
    }
}

fn sides(field: &Field<'_>, near: &Near) -> (Vec<Occurrence>, Vec<Occurrence>) {
    let left = field.any_of(&near.left);
    let right = if left.is_empty() { Vec::new() } else { field.any_of(&near.right) };
    (left, right)
}

impl Property {
    /// Whether an article has the property.
    pub fn matches(&self, document: &DocumentView<'_>) -> bool {
        match self {
            Self::Outlet(id) => document.outlet == id,
            Self::Source(id) => document.source == id,
            Self::Agency(id) => document.agencies.contains(&id),
            Self::Story(id) => document.story == Some(*id),
            Self::Url(url) => url.matches(document.url.as_str()),
            Self::Date(range) => document.published.is_some_and(|instant| range.contains(instant)),
            Self::Rule(id) => document.rules.contains(&id),
            Self::Kind(kind) => document.kinds.contains(kind),
            Self::Place(id) => document.places.iter().any(|place| in_place(place, id)),
            Self::Language(language) => document.language() == *language,
            Self::Author(name) => document.authors.iter().any(|author| name.is_in(author)),
        }
    }
}
