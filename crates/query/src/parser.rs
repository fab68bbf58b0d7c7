//! From lexemes to the tree.

use std::ops::Range;

use jiff::Timestamp;
use praden_model::{AgencyId, CanonicalUrl, IssueKind, OutletId, PlaceId, RuleId, SourceId, StoryId};
use praden_text::Segmenter;

use crate::author::AuthorName;
use crate::dates::{DateFault, DateRange};
use crate::error::{Fault, Problem, QueryError, Warning, column};
use crate::exact::Exact;
use crate::language::Language;
use crate::lexer::{FieldKey, Lexeme, Placed, glued_operator, lex};
use crate::limits;
use crate::tree::{Expr, Near, Phrase, Property, Scope, UrlMatch};
use crate::words::is_searched;

/// A query that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What it asks.
    pub tree: Expr,
    /// What the reader should know about how it was understood.
    pub warnings: Vec<Warning>,
    /// Where each word, phrase and name with a wildcard stands, in order: for what is found wrong with one later.
    pub leaves: Vec<Leaf>,
}

/// A word, a phrase or a name of a query, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    /// Its canonical text.
    pub text: String,
    /// Where, in bytes of the query as typed.
    pub at: Range<usize>,
}

impl Query {
    /// The error of a query that was understood, and whose words stand for more than may be looked up: `leaf` is the canonical
    /// text of the one at which `max` was passed, `query` what was typed.
    pub fn too_broad(&self, query: &str, leaf: &str, max: usize) -> QueryError {
        let at = self
            .leaves
            .iter()
            .find(|known| known.text == leaf)
            .map_or(0..query.len(), |known| known.at.clone());
        let fault = Problem::TooBroad { written: leaf.to_owned(), max }.at(at);
        QueryError::new(query, fault, self.tree.to_string())
    }
}

/// Parses a query, cutting its words with the embedded segmenter. `now` gives `date:today` and its like their days.
///
/// # Errors
/// When anything in it is not understood or exceeds [`limits`].
pub fn parse(query: &str, now: Timestamp) -> Result<Query, QueryError> {
    parse_with(query, now, Segmenter::embedded())
}

/// The same with the segmenter that cut the articles: with another one, words would be missed.
///
/// # Errors
/// When anything in it is not understood or exceeds [`limits`].
pub fn parse_with(query: &str, now: Timestamp, segmenter: &Segmenter) -> Result<Query, QueryError> {
    if query.len() > limits::QUERY_BYTES_MAX {
        let fault = Problem::TooLong(query.len()).at(0..0);
        return Err(QueryError::new("", fault, String::new()));
    }
    let (lexemes, fault) = lex(query);
    let fault = match fault {
        Some(fault) => fault,
        None => {
            let mut parser = Parser::new(query, &lexemes, now, segmenter);
            match parser.whole() {
                Ok(tree) => return Ok(Query { tree, warnings: parser.warnings, leaves: parser.places }),
                Err(fault) => fault,
            }
        }
    };
    // The longest part before the fault that stands for itself, its brackets closed. A fault is at most a few lexemes
    // behind what was understood, so a few attempts find it.
    const ATTEMPTS: usize = 8;
    let before = lexemes.iter().take_while(|(_, at)| at.end <= fault.at.start).count();
    let understood = (1..=before).rev().take(ATTEMPTS).find_map(|count| {
        let mut part = lexemes.get(..count)?.to_vec();
        let depth = part.iter().fold(0_isize, |depth, (lexeme, _)| match lexeme {
            Lexeme::Open => depth + 1,
            Lexeme::Close => depth - 1,
            _ => depth,
        });
        part.extend((0..depth).map(|_| (Lexeme::Close, 0..0)));
        Parser::new(query, &part, now, segmenter).whole().ok()
    });
    Err(QueryError::new(query, fault, understood.map(|tree| tree.to_string()).unwrap_or_default()))
}

struct Parser<'q, 'l> {
    query: &'q str,
    lexemes: &'l [Placed<'q>],
    next: usize,
    leaves: usize,
    now: Timestamp,
    segmenter: &'q Segmenter,
    warnings: Vec<Warning>,
    places: Vec<Leaf>,
}

/// What brackets stand in.
#[derive(Clone, Copy)]
struct Context {
    field: Option<FieldKey>,
    depth: usize,
}

impl Context {
    fn deeper(self, at: &Range<usize>) -> Result<Self, Fault> {
        if self.depth >= limits::DEPTH_MAX {
            return Err(Problem::TooDeep.at(at.clone()));
        }
        Ok(Self { depth: self.depth + 1, ..self })
    }

    fn scope(self) -> Scope {
        match self.field {
            Some(FieldKey::Title) => Scope::Title,
            Some(FieldKey::Text) => Scope::Text,
            _ => Scope::Any,
        }
    }
}

impl<'q, 'l> Parser<'q, 'l> {
    fn new(query: &'q str, lexemes: &'l [Placed<'q>], now: Timestamp, segmenter: &'q Segmenter) -> Self {
        Self { query, lexemes, next: 0, leaves: 0, now, segmenter, warnings: Vec::new(), places: Vec::new() }
    }

    fn peek(&self) -> Option<&Placed<'q>> {
        self.lexemes.get(self.next)
    }

    fn written(&self, at: &Range<usize>) -> String {
        self.query.get(at.clone()).unwrap_or("").to_owned()
    }

    fn warn(&mut self, message: String, at: Range<usize>) {
        self.warnings.push(Warning { message, column: column(self.query, at.start), at });
    }

    /// Takes an operator that was just read; says so where it was written as the Thai word.
    fn take_operator(&mut self, operator: &Range<usize>, name: &str) -> Result<(), Fault> {
        self.next += 1;
        self.need_right(operator)?;
        let written = self.written(operator);
        if !written.is_ascii() {
            let word = praden_text::normalize(&written);
            let word = word.as_str();
            self.warn(
                format!("`{word}` was read as {name}; to search for the word itself: \"{word}\""),
                operator.clone(),
            );
        }
        Ok(())
    }

    fn whole(&mut self) -> Result<Expr, Fault> {
        if self.lexemes.is_empty() {
            return Err(Problem::Empty.at(0..self.query.len()));
        }
        let tree = self.any_of(Context { field: None, depth: 0 })?;
        // AND within OR needs brackets only when it is written out: what was read must be readable again.
        if tree.levels() > limits::DEPTH_MAX {
            return Err(Problem::TooDeep.at(0..self.query.len()));
        }
        match self.peek() {
            None => Ok(tree),
            // Everything else that can start or go on is taken by `any_of`.
            Some((_, at)) => Err(Problem::BracketClose.at(at.clone())),
        }
    }

    fn any_of(&mut self, context: Context) -> Result<Expr, Fault> {
        let start = self.next;
        let mut parts = Vec::new();
        let mut bare_and = false;
        loop {
            let (part, joined) = self.all_of(context)?;
            bare_and |= joined;
            match part {
                Expr::Or(inner) => parts.extend(inner),
                part => parts.push(part),
            }
            match self.peek() {
                Some((Lexeme::Or, at)) => {
                    let at = at.clone();
                    self.take_operator(&at, "OR")?;
                }
                _ => break,
            }
        }
        if parts.len() == 1 {
            return Ok(parts.swap_remove(0));
        }
        let tree = Expr::Or(parts);
        if bare_and {
            let from = self.lexemes.get(start).map_or(0, |(_, at)| at.start);
            let to = self.lexemes.get(self.next.saturating_sub(1)).map_or(from, |(_, at)| at.end);
            self.warn(format!("AND binds tighter than OR; this was read as {tree}"), from..to);
        }
        Ok(tree)
    }

    /// What AND or nothing joins, and whether it joined more than one.
    fn all_of(&mut self, context: Context) -> Result<(Expr, bool), Fault> {
        let mut parts = Vec::new();
        let mut count = 0;
        loop {
            match self.unary(context)? {
                Expr::And(inner) => parts.extend(inner),
                part => parts.push(part),
            }
            count += 1;
            match self.peek() {
                Some((Lexeme::And, at)) => {
                    let at = at.clone();
                    self.take_operator(&at, "AND")?;
                }
                Some((Lexeme::Or | Lexeme::Close, _)) | None => break,
                Some((Lexeme::Near { .. }, at)) => {
                    let at = at.clone();
                    return Err(Problem::NearOperand(self.written(&at)).at(at));
                }
                Some(_) => {}
            }
        }
        let tree = if parts.len() == 1 { parts.swap_remove(0) } else { Expr::And(parts) };
        Ok((tree, count > 1))
    }

    /// Says which operator lacks its right side, which is clearer than naming what stands there instead.
    fn need_right(&self, operator: &Range<usize>) -> Result<(), Fault> {
        match self.peek() {
            None | Some((Lexeme::And | Lexeme::Or | Lexeme::Close | Lexeme::Near { .. }, _)) => {
                Err(Problem::RightMissing(self.written(operator)).at(operator.clone()))
            }
            Some(_) => Ok(()),
        }
    }

    fn unary(&mut self, context: Context) -> Result<Expr, Fault> {
        if let Some((Lexeme::Not, at)) = self.peek() {
            let at = at.clone();
            self.take_operator(&at, "NOT")?;
            return Ok(Expr::Not(Box::new(self.unary(context.deeper(&at)?)?)));
        }
        let start = self.next;
        let left = self.primary(context)?;
        let Some(&(Lexeme::Near { ordered, distance }, ref at)) = self.peek() else { return Ok(left) };
        let at = at.clone();
        let operator = self.written(&at);
        self.next += 1;
        self.need_right(&at)?;
        if matches!(self.peek(), Some((Lexeme::Not, _))) {
            return Err(Problem::NearOperand(operator).at(at));
        }
        let right = self.primary(context)?;
        if let Some((Lexeme::Near { .. }, next)) = self.peek() {
            return Err(Problem::NearChain(self.written(next)).at(next.clone()));
        }
        let outer = context.scope();
        let not_here = || Problem::NearOperand(operator.clone()).at(at.clone());
        let (left_scope, left) = alternatives(left, outer).ok_or_else(not_here)?;
        let (right_scope, right) = alternatives(right, outer).ok_or_else(not_here)?;
        match (left_scope, right_scope) {
            (Some(left_scope), Some(right_scope)) if left_scope == right_scope => {
                Ok(Expr::Near(left_scope, Near { left, right, distance, ordered }))
            }
            _ => {
                let from = self.lexemes.get(start).map_or(at.start, |(_, at)| at.start);
                Err(Problem::NearParts(operator).at(from..at.end))
            }
        }
    }

    fn primary(&mut self, context: Context) -> Result<Expr, Fault> {
        // Whoever calls has made sure that something follows, except at the start of the query or a bracket.
        let Some((lexeme, at)) = self.peek().cloned() else {
            return Err(Problem::Empty.at(0..self.query.len()));
        };
        self.next += 1;
        match lexeme {
            Lexeme::Open => self.group(context, &at),
            Lexeme::Field(key) => {
                if let Some(outer) = context.field {
                    return Err(Problem::FieldInField { outer: outer.name(), inner: key.name() }.at(at));
                }
                let inner = Context { field: Some(key), ..context };
                match self.peek().cloned() {
                    Some((Lexeme::Open, open)) => {
                        self.next += 1;
                        self.group(inner, &open)
                    }
                    Some((
                        Lexeme::Word(_)
                        | Lexeme::Prefix(_)
                        | Lexeme::Pattern(_)
                        | Lexeme::Quoted(_)
                        | Lexeme::Exact(_),
                        _,
                    )) => self.primary(inner),
                    _ => Err(Problem::ValueMissing(key.name()).at(at)),
                }
            }
            Lexeme::Word(written)
            | Lexeme::Prefix(written)
            | Lexeme::Pattern(written)
            | Lexeme::Quoted(written)
            | Lexeme::Exact(written) => {
                self.leaves += 1;
                if self.leaves > limits::LEAVES_MAX {
                    return Err(Problem::TooMany.at(at));
                }
                let scope = context.scope();
                match context.field {
                    None | Some(FieldKey::Title | FieldKey::Text) => match lexeme {
                        Lexeme::Exact(_) => self.exact(written, at).map(|exact| Expr::Exact(scope, exact)),
                        _ => {
                            let phrase = match lexeme {
                                Lexeme::Pattern(_) => self.pattern(written, at.clone()),
                                _ => self.phrase(written, matches!(lexeme, Lexeme::Prefix(_)), at.clone()),
                            }?;
                            self.places.push(Leaf { text: phrase.to_string(), at });
                            Ok(Expr::Phrase(scope, phrase))
                        }
                    },
                    Some(FieldKey::Author) => {
                        let name = self.author(&lexeme, written, &at)?;
                        self.places.push(Leaf { text: name.to_string(), at });
                        Ok(Expr::Is(Property::Author(name)))
                    }
                    Some(key) => {
                        let is_whole = matches!(lexeme, Lexeme::Word(_) | Lexeme::Quoted(_));
                        self.property(key, written, is_whole, &at)
                            .map(Expr::Is)
                            .map_err(|problem| problem.at(at))
                    }
                }
            }
            Lexeme::Close => Err(Problem::BracketClose.at(at)),
            Lexeme::And | Lexeme::Or | Lexeme::Not | Lexeme::Near { .. } => {
                Err(Problem::LeftMissing(self.written(&at)).at(at))
            }
        }
    }

    fn group(&mut self, context: Context, open: &Range<usize>) -> Result<Expr, Fault> {
        match self.peek() {
            None => return Err(Problem::BracketOpen.at(open.clone())),
            Some((Lexeme::Close, close)) => return Err(Problem::BracketEmpty.at(open.start..close.end)),
            Some(_) => {}
        }
        let tree = self.any_of(context.deeper(open)?)?;
        match self.peek() {
            Some((Lexeme::Close, _)) => {
                self.next += 1;
                Ok(tree)
            }
            _ => Err(Problem::BracketOpen.at(open.clone())),
        }
    }

    fn phrase(&mut self, written: &str, prefix: bool, at: Range<usize>) -> Result<Phrase, Fault> {
        let phrase = Phrase::new(written, prefix, self.segmenter);
        match phrase.terms() {
            [] => return Err(Problem::NoWord(self.written(&at)).at(at)),
            terms if terms.len() > limits::PHRASE_WORDS_MAX => {
                return Err(Problem::PhraseTooLong(terms.len()).at(at));
            }
            _ => {}
        }
        let tokens = self.segmenter.segment(phrase.written());
        if prefix && tokens.last().is_none_or(|token| !is_searched(token.text)) {
            // `c++*` would find every word that starts with c.
            return Err(Problem::WildcardPunctuation(self.written(&at)).at(at));
        }
        if let Some(operator) = glued_operator(&self.written(&at)) {
            self.warn(
                format!("`{operator}` is part of the word here; as an operator it has spaces around it"),
                at.clone(),
            );
        }
        if tokens.iter().any(|token| !token.text.trim().is_empty() && !is_searched(token.text)) {
            let found = match phrase.terms() {
                [one] => format!("the word {one}"),
                many => format!("the words {} next to each other", many.join(" ")),
            };
            self.warn(format!("punctuation is not searched; `{}` finds {found}", self.written(&at)), at);
        }
        Ok(phrase)
    }

    fn exact(&mut self, written: &str, at: Range<usize>) -> Result<Exact, Fault> {
        let exact = Exact::read(written);
        // Vowels and tone marks are letters.
        let letters = exact.text().chars().filter(|letter| !letter.is_whitespace()).count();
        if letters < limits::EXACT_CHARS_MIN {
            return Err(Problem::ExactShort(self.written(&at)).at(at));
        }
        if let Some(inside) = exact.text().strip_prefix(['\'', '‘', '’'])
            && let Some(inside) = inside.strip_suffix(['\'', '‘', '’'])
        {
            self.warn(format!("the marks around it are letters here; without them: =\"{inside}\""), at);
        }
        Ok(exact)
    }

    fn pattern(&mut self, written: &str, at: Range<usize>) -> Result<Phrase, Fault> {
        let phrase = Phrase::with_pattern(written);
        // What stood before a wildcard, or behind it, may have been nothing but invisible characters.
        if phrase.written().starts_with(['*', '?']) {
            return Err(Problem::WildcardFirst(self.written(&at)).at(at));
        }
        if let Some(stem) = phrase.written().strip_suffix('*')
            && !stem.contains(['*', '?'])
        {
            return self.phrase(stem, true, at);
        }
        let literals = phrase.written().split(['*', '?']).filter(|literal| !literal.is_empty());
        for literal in literals {
            let tokens = self.segmenter.segment(literal);
            if tokens.iter().any(|token| !is_searched(token.text)) {
                return Err(Problem::WildcardPunctuation(self.written(&at)).at(at));
            }
        }
        if written.ends_with('?') {
            self.warn(
                "`?` stands for exactly one letter; for a question mark write the words in quotes".into(),
                at,
            );
        }
        Ok(phrase)
    }

    fn author(&self, lexeme: &Lexeme<'_>, written: &str, at: &Range<usize>) -> Result<AuthorName, Fault> {
        let field = FieldKey::Author.name();
        let is_prefix = matches!(lexeme, Lexeme::Prefix(_));
        if !is_prefix && !matches!(lexeme, Lexeme::Word(_) | Lexeme::Quoted(_)) {
            let takes = "a name or the start of one: author:\"สมชาย ใจดี\", author:สม*";
            return Err(Problem::BadValue { field, value: self.written(at), takes }.at(at.clone()));
        }
        AuthorName::new(written, is_prefix).ok_or_else(|| Problem::ValueMissing(field).at(at.clone()))
    }

    fn property(
        &self,
        key: FieldKey,
        written: &str,
        is_whole: bool,
        at: &Range<usize>,
    ) -> Result<Property, Problem> {
        let bad = |takes| Problem::BadValue { field: key.name(), value: self.written(at), takes };
        if !is_whole {
            return Err(bad("a whole value, without `*`, `?` or `=`"));
        }
        let value = written.trim();
        if value.is_empty() {
            return Err(Problem::ValueMissing(key.name()));
        }
        const NAME: &str = "an id as the lists of the pipeline have it: a-z, 0-9, - and _";
        let id = value.to_ascii_lowercase();
        Ok(match key {
            FieldKey::Outlet => Property::Outlet(OutletId::new(id).map_err(|_| bad(NAME))?),
            FieldKey::Source => Property::Source(SourceId::new(id).map_err(|_| bad(NAME))?),
            FieldKey::Agency => Property::Agency(AgencyId::new(id).map_err(|_| bad(NAME))?),
            FieldKey::Story => {
                Property::Story(id.parse::<StoryId>().map_err(|_| bad("a story's id, such as st-42"))?)
            }
            FieldKey::Url => Property::Url(read_url(value).ok_or_else(|| {
                bad("a whole address such as https://example.com/news/1, or its start up to a `*` after the first /: https://example.com/news*")
            })?),
            FieldKey::Date => Property::Date(DateRange::parse(value, self.now).map_err(|fault| {
                let value = value.to_owned();
                match fault {
                    DateFault::Form => Problem::DateForm(value),
                    DateFault::NoSuchDay => Problem::DateNoSuchDay(value),
                    DateFault::Backwards => Problem::DateBackwards(value),
                    DateFault::Days => Problem::DateDays(value),
                }
            })?),
            FieldKey::Rule => Property::Rule(RuleId::new(id).map_err(|_| bad(NAME))?),
            FieldKey::Place => Property::Place(PlaceId::new(id).map_err(|_| {
                bad("a province or district as the list of places has it: chiang-mai")
            })?),
            FieldKey::Kind => {
                Property::Kind(IssueKind::ALL.into_iter().find(|kind| kind.name() == id).ok_or_else(|| {
                    bad("complaint, criticism, rumour_or_fake, safety, policy_confusion or corruption")
                })?)
            }
            FieldKey::Lang => Property::Language(
                Language::from_name(&id).ok_or_else(|| bad("th, en or other: told by the letters"))?,
            ),
            FieldKey::Title | FieldKey::Text | FieldKey::Author => return Err(bad("words")),
        })
    }
}

/// The phrases that one side of NEAR may be, and the one part they look in; `None` for that where they differ.
/// Nothing at all if the side is anything but phrases.
fn alternatives(side: Expr, outer: Scope) -> Option<(Option<Scope>, Vec<Phrase>)> {
    let parts = match side {
        Expr::Or(parts) => parts,
        one => vec![one],
    };
    let mut scope = None;
    let mut mixed = false;
    let mut phrases = Vec::with_capacity(parts.len());
    for part in parts {
        let Expr::Phrase(part_scope, phrase) = part else { return None };
        mixed |= *scope.get_or_insert(part_scope) != part_scope;
        phrases.push(phrase);
    }
    Some((if mixed { None } else { scope.or(Some(outer)) }, phrases))
}

fn read_url(value: &str) -> Option<UrlMatch> {
    // The names of archived articles that have no address.
    const ARCHIVED: &str = "urn:praden:";
    let (value, starts) = value.strip_suffix('*').map_or((value, false), |stem| (stem, true));
    if value.contains('*') {
        return None;
    }
    if value.starts_with(ARCHIVED) {
        let plain = value.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
        let url = value.to_owned();
        return plain.then_some(if starts { UrlMatch::Start(url) } else { UrlMatch::Whole(url) });
    }
    let url = CanonicalUrl::parse(value).ok()?;
    // An address may grow too long for one when its letters are written out.
    CanonicalUrl::parse(url.as_str()).ok()?;
    if !starts {
        return Some(UrlMatch::Whole(url.as_str().to_owned()));
    }
    // Without a slash after the host, the canonical form would add one and find less than was asked for; an open
    // question part would lose its end and find more.
    let (_, rest) = value.split_once("://")?;
    (rest.contains('/') && !rest.contains(['?', '#'])).then(|| UrlMatch::Start(url.as_str().to_owned()))
}
