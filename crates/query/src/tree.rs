//! The tree that a query becomes, and its canonical text.

use std::fmt;

use praden_model::{
    AgencyId, AnalyzedText, FieldName, IssueKind, OutletId, PlaceId, RuleId, SourceId, StoryId,
};
use praden_text::Segmenter;

use crate::author::AuthorName;
use crate::dates::DateRange;
use crate::exact::Exact;
use crate::language::Language;
use crate::lexer;
use crate::wildcard::Pattern;
use crate::words::words;

/// What a query asks. Printing it gives the canonical text, which parses to the same tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    /// All of these. At least two, none of them an `And`.
    And(Vec<Expr>),
    /// At least one of these. At least two, none of them an `Or`.
    Or(Vec<Expr>),
    /// Everything but this, undated articles included.
    Not(Box<Expr>),
    /// These words next to each other, in one part of the article.
    Phrase(Scope, Phrase),
    /// Two phrases close to each other, in one part of the article.
    Near(Scope, Near),
    /// These very letters in one part of the article, wherever words begin and end.
    Exact(Scope, Exact),
    /// A property of the article.
    Is(Property),
}

impl Expr {
    /// The parts that are searched for words, for those who want to list them. NOT is not entered.
    pub fn for_each_phrase(&self, act: &mut impl FnMut(&Phrase)) {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().for_each(|part| part.for_each_phrase(act)),
            Self::Phrase(_, phrase) => act(phrase),
            Self::Near(_, near) => near.left.iter().chain(&near.right).for_each(act),
            Self::Not(_) | Self::Exact(..) | Self::Is(_) => {}
        }
    }

    /// The properties that are asked for, wherever they stand.
    pub fn properties(&self) -> Vec<&Property> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::properties).collect(),
            Self::Not(part) => part.properties(),
            Self::Is(property) => vec![property],
            Self::Phrase(..) | Self::Near(..) | Self::Exact(..) => Vec::new(),
        }
    }

    /// The stories that are asked for, wherever they stand.
    pub fn stories(&self) -> Vec<StoryId> {
        let story = |property: &Property| match property {
            Property::Story(story) => Some(*story),
            _ => None,
        };
        self.properties().into_iter().filter_map(story).collect()
    }

    /// The same with other stories in place of those asked for: any of those that `now` gives for one. It gives at least one.
    #[must_use]
    pub fn with_stories(self, now: &impl Fn(StoryId) -> Vec<StoryId>) -> Self {
        let all = |parts: Vec<Self>| parts.into_iter().map(|part| part.with_stories(now));
        let is = |story| Self::Is(Property::Story(story));
        match self {
            Self::And(parts) => Self::And(all(parts).collect()),
            // An OR in an OR is one.
            Self::Or(parts) => Self::Or(
                all(parts)
                    .flat_map(|part| match part {
                        Self::Or(inner) => inner,
                        other => vec![other],
                    })
                    .collect(),
            ),
            Self::Not(part) => Self::Not(Box::new(part.with_stories(now))),
            Self::Is(Property::Story(story)) => match now(story).as_slice() {
                [] => is(story),
                [one] => is(*one),
                many => Self::Or(many.iter().copied().map(is).collect()),
            },
            other => other,
        }
    }

    /// Whether letters are sought anywhere in it.
    pub fn has_exact(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::has_exact),
            Self::Not(part) => part.has_exact(),
            Self::Exact(..) => true,
            Self::Phrase(..) | Self::Near(..) | Self::Is(_) => false,
        }
    }
}

impl Expr {
    /// How the query was understood, one part a line, with the words that each phrase was cut into: for `--explain`.
    ///
    /// ```
    /// let query = praden_query::parse("title:Floods* NOT date:2568-07", jiff::Timestamp::UNIX_EPOCH)?;
    /// assert_eq!(
    ///     query.tree.explain(),
    ///     "all of\n  in the title: a word that starts with |floods|\n  not\n    date:2025-07-01..2025-07-31\n"
    /// );
    /// # Ok::<(), praden_query::QueryError>(())
    /// ```
    pub fn explain(&self) -> String {
        let mut lines = String::new();
        self.explain_into(&mut lines, 0);
        lines
    }

    /// How deep AND, OR, NOT and the sides of NEAR are nested; 0 for a single word.
    pub(crate) fn levels(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => 1 + parts.iter().map(Self::levels).max().unwrap_or(0),
            // Written with a bracket around what it denies.
            Self::Not(part) => 2 + part.levels(),
            Self::Near(..) => 1,
            _ => 0,
        }
    }

    fn explain_into(&self, lines: &mut String, depth: usize) {
        let line = match self {
            Self::And(_) => "all of".to_owned(),
            Self::Or(_) => "any of".to_owned(),
            Self::Not(_) => "not".to_owned(),
            Self::Phrase(scope, phrase) => format!("{}: {}", scope.place(), phrase.explain()),
            Self::Near(scope, near) => {
                let side =
                    |side: &[Phrase]| side.iter().map(Phrase::explain).collect::<Vec<_>>().join(" or ");
                let order = if near.ordered { ", in this order" } else { "" };
                let (left, right) = (side(&near.left), side(&near.right));
                format!("{}: {left} at most {} words from {right}{order}", scope.place(), near.distance)
            }
            Self::Exact(scope, exact) => format!("{}: the letters |{}|", scope.place(), exact.text()),
            Self::Is(property) => property.to_string(),
        };
        lines.push_str(&"  ".repeat(depth));
        lines.push_str(&line);
        lines.push('\n');
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().for_each(|part| part.explain_into(lines, depth + 1));
            }
            Self::Not(part) => part.explain_into(lines, depth + 1),
            Self::Phrase(..) | Self::Near(..) | Self::Exact(..) | Self::Is(_) => {}
        }
    }
}

/// Which part of an article is searched for words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// The title or the text: either may have the whole phrase. A phrase never runs from one into the other.
    Any,
    /// The title.
    Title,
    /// The text.
    Text,
}

impl Scope {
    /// The parts to look at.
    pub const fn fields(self) -> &'static [FieldName] {
        match self {
            Self::Any => &[FieldName::Title, FieldName::Text],
            Self::Title => &[FieldName::Title],
            Self::Text => &[FieldName::Text],
        }
    }

    const fn place(self) -> &'static str {
        match self {
            Self::Any => "in the title or the text",
            Self::Title => "in the title",
            Self::Text => "in the text",
        }
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Title => "title:",
            Self::Text => "text:",
        }
    }
}

/// Words that stand next to each other. A single word is a phrase of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    written: String,
    terms: Vec<String>,
    prefix: bool,
    pattern: Option<Pattern>,
}

impl Phrase {
    /// Normalises and segments what was written. `prefix` says that a `*` followed it.
    pub(crate) fn new(written: &str, prefix: bool, segmenter: &Segmenter) -> Self {
        // Cut as it will be shown: spaces at the edges could move a word's end, and straight quotes would end it.
        let plain = lexer::without_straight_quotes(written);
        let written = praden_text::normalize(&plain).as_str().trim().to_owned();
        let analyzed = AnalyzedText::analyze(written.clone(), segmenter);
        let terms = words(&analyzed).map(|word| word.term.into_owned()).collect();
        Self { written, terms, prefix, pattern: None }
    }

    /// One word with letters left open.
    pub(crate) fn with_pattern(written: &str) -> Self {
        let pattern = Pattern::new(praden_text::normalize(written).as_str().trim());
        Self { written: pattern.to_string(), terms: Vec::new(), prefix: false, pattern: Some(pattern) }
    }

    /// What was written, in normal form, without quotes and `*`.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The terms at successive positions. Empty only for a word with letters left open ([`Phrase::pattern`]).
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// Whether the last term is only the start of a word.
    pub fn is_prefix(&self) -> bool {
        self.prefix
    }

    /// What the word must fit, where letters were left open with `?` or an inner `*`. Such a phrase is this one word.
    pub fn pattern(&self) -> Option<&Pattern> {
        self.pattern.as_ref()
    }
}

impl Phrase {
    fn explain(&self) -> String {
        if let Some(pattern) = &self.pattern {
            return format!("a word like |{pattern}|");
        }
        let words = self.terms.join("|");
        match (self.terms.as_slice(), self.prefix) {
            ([_], false) => format!("the word |{words}|"),
            ([_], true) => format!("a word that starts with |{words}|"),
            (_, false) => format!("the words |{words}| next to each other"),
            (_, true) => format!("the words |{words}| next to each other, the last only the start of one"),
        }
    }
}

/// Two phrases and how far apart they may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Near {
    /// One of these. Never empty.
    pub left: Vec<Phrase>,
    /// One of these. Never empty.
    pub right: Vec<Phrase>,
    /// The greatest distance: 1 when nothing stands between, 2 with one word between. The two never overlap.
    pub distance: u32,
    /// Whether left must come first.
    pub ordered: bool,
}

/// A property of an article, compared whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Property {
    /// Published by this outlet.
    Outlet(OutletId),
    /// Brought by this source.
    Source(SourceId),
    /// Names this agency.
    Agency(AgencyId),
    /// Belongs to this story.
    Story(StoryId),
    /// Has this URL.
    Url(UrlMatch),
    /// Published in these days. An undated article never is.
    Date(DateRange),
    /// Found by this rule.
    Rule(RuleId),
    /// Of this kind, as the rules say that found it.
    Kind(IssueKind),
    /// Names this province or district. A district is in its province: `place:loei` finds what names `loei-chiang-khan`.
    Place(PlaceId),
    /// Written in this language.
    Language(Language),
    /// Written by somebody of this name.
    Author(AuthorName),
}

/// How a URL is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UrlMatch {
    /// The whole canonical URL.
    Whole(String),
    /// The start of the canonical URL.
    Start(String),
}

impl UrlMatch {
    /// Whether a canonical URL is meant.
    pub fn matches(&self, url: &str) -> bool {
        match self {
            Self::Whole(whole) => url == whole,
            Self::Start(start) => url.starts_with(start.as_str()),
        }
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What binds less than its surroundings gets brackets.
        let grouped = |f: &mut fmt::Formatter<'_>, part: &Expr, plain: bool| {
            if plain { write!(f, "{part}") } else { write!(f, "({part})") }
        };
        let joined = |f: &mut fmt::Formatter<'_>, parts: &[Expr], operator: &str| {
            parts.iter().enumerate().try_for_each(|(at, part)| {
                if at > 0 {
                    f.write_str(operator)?;
                }
                grouped(f, part, !matches!(part, Expr::And(_) | Expr::Or(_)))
            })
        };
        match self {
            Self::And(parts) => joined(f, parts, " AND "),
            Self::Or(parts) => joined(f, parts, " OR "),
            Self::Not(part) => {
                f.write_str("NOT ")?;
                grouped(f, part, matches!(**part, Expr::Phrase(..) | Expr::Exact(..) | Expr::Is(_)))
            }
            Self::Phrase(scope, phrase) => write!(f, "{}{phrase}", scope.prefix()),
            Self::Near(Scope::Any, near) => near.fmt(f),
            Self::Near(scope, near) => write!(f, "{}({near})", scope.prefix()),
            Self::Exact(scope, exact) => write!(f, "{}{exact}", scope.prefix()),
            Self::Is(property) => property.fmt(f),
        }
    }
}

impl fmt::Display for Near {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |f: &mut fmt::Formatter<'_>, side: &[Phrase]| match side {
            [one] => write!(f, "{one}"),
            many => {
                f.write_str("(")?;
                for (at, phrase) in many.iter().enumerate() {
                    write!(f, "{}{phrase}", if at > 0 { " OR " } else { "" })?;
                }
                f.write_str(")")
            }
        };
        side(f, &self.left)?;
        write!(f, " {}NEAR/{} ", if self.ordered { "O" } else { "" }, self.distance)?;
        side(f, &self.right)
    }
}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(pattern) = &self.pattern {
            pattern.fmt(f)
        } else if self.prefix {
            write!(f, "{}*", self.written)
        } else if lexer::is_plain_word(&self.written) {
            f.write_str(&self.written)
        } else {
            write!(f, "\"{}\"", self.written)
        }
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // An id may be spelt like an operator.
        let is = |f: &mut fmt::Formatter<'_>, field: &str, id: &str| {
            if lexer::is_plain_word(id) { write!(f, "{field}:{id}") } else { write!(f, "{field}:\"{id}\"") }
        };
        match self {
            Self::Outlet(id) => is(f, "outlet", id.as_str()),
            Self::Source(id) => is(f, "source", id.as_str()),
            Self::Agency(id) => is(f, "agency", id.as_str()),
            Self::Story(id) => write!(f, "story:{id}"),
            Self::Url(UrlMatch::Whole(url)) => write!(f, "url:\"{url}\""),
            Self::Url(UrlMatch::Start(url)) => write!(f, "url:\"{url}*\""),
            Self::Date(range) => write!(f, "date:{range}"),
            Self::Rule(id) => is(f, "rule", id.as_str()),
            Self::Kind(kind) => write!(f, "kind:{kind}"),
            Self::Place(id) => is(f, "place", id.as_str()),
            Self::Language(language) => write!(f, "lang:{language}"),
            Self::Author(name) => name.fmt(f),
        }
    }
}
