//! RSS, RDF and Atom in one reader, because real feeds mix them.
//!
//! Names are brought to one form (prefixes by their namespace, or by custom where none is declared), then every element
//! that matters is taken with all that is inside it, up to its end or to the first tag that shows that the end was
//! forgotten.

mod draft;
mod names;
mod value;

use std::collections::HashMap;

use jiff::Timestamp;
use praden_model::Warning;
use url::Url;

use super::{ENTRIES_MAX, Enclosure, Entry, FeedDate, FeedInfo, Origin, ParsedFeed};
use crate::html;
use crate::markup::{Token, Tokens, attribute, attributes, resolve};
use names::{CUSTOM, NAMESPACES, Role, role};

/// Elements open at once at most; what lies deeper is no feed's structure.
const DEPTH_MAX: usize = 64;

const ATOM_10: &str = "http://www.w3.org/2005/atom";
const XHTML: &str = "http://www.w3.org/1999/xhtml";

/// An element that is open.
struct Open<'a> {
    raw: &'a str,
    role: Role,
    base: Option<Url>,
    namespace: String,
}

/// An element taken whole.
struct Taken<'a> {
    name: String,
    attributes: &'a str,
    inner: &'a str,
    base: Option<Url>,
    namespace: String,
}

struct Reader<'a> {
    source: &'a str,
    now: Timestamp,
    base: Option<Url>,
    prefixes: HashMap<String, &'static str>,
    open: Vec<Open<'a>>,
    parsed: ParsedFeed,
    draft: Option<Draft>,
    feed: Draft,
    known: bool,
    repaired: bool,
}

/// What has been read of an entry, or of the feed itself, before it is known which of several candidates counts.
#[derive(Default)]
struct Draft {
    entry: Entry,
    title_rank: u8,
    link_rank: u8,
    guid_link: Option<String>,
    bodies: Vec<(BodyKind, String)>,
    info: FeedInfo,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum BodyKind {
    Short,
    Full,
}

/// Reads a document. Nothing when there is no sign of a feed in it.
pub(super) fn parse(source: &str, base: Option<&Url>, now: Timestamp) -> Option<ParsedFeed> {
    let mut reader = Reader {
        source,
        now,
        base: base.cloned(),
        prefixes: HashMap::new(),
        open: Vec::new(),
        parsed: ParsedFeed::default(),
        draft: None,
        feed: Draft::default(),
        known: false,
        repaired: false,
    };
    reader.read();
    reader.finish_entry();
    if !reader.known {
        return None;
    }
    let mut parsed = reader.parsed;
    let Draft { entry, info, bodies, .. } = reader.feed;
    let subtitle = bodies.into_iter().next().map(|(_, text)| text);
    parsed.feed = FeedInfo {
        title: entry.title,
        link: entry.link,
        id: Some(entry.id).filter(|id| !id.is_empty()),
        subtitle,
        updated: entry.updated,
        published: entry.published,
        authors: entry.authors,
        rights: entry.rights,
        ..info
    };
    if reader.repaired {
        parsed.warnings.push(Warning::FeedRepaired);
    }
    Some(parsed)
}

/// The title of a page that came instead of a feed.
pub(super) fn page_title(source: &str) -> Option<String> {
    let mut tokens = Tokens::new(source);
    tokens
        .by_ref()
        .find(|(token, _)| matches!(token, Token::Open { name, .. } if name.eq_ignore_ascii_case("title")))?;
    let (Token::Text(text), _) = tokens.next()? else { return None };
    let title = html::one_line(&resolve(text));
    let title = title.get(..title.floor_char_boundary(120))?;
    (!title.is_empty()).then(|| title.to_owned())
}

impl<'a> Reader<'a> {
    fn read(&mut self) {
        let mut tokens = Tokens::new(self.source);
        let mut before_root = true;
        while let Some((token, range)) = tokens.next() {
            match token {
                Token::Open { name, attributes, closed } => {
                    before_root = false;
                    self.opened(&mut tokens, name, attributes, closed, range.end);
                }
                Token::Close { name } => self.closed(name),
                Token::Text(text) if before_root && !text.trim().is_empty() => self.repaired = true,
                Token::Text(_) | Token::CData(_) | Token::Other => {}
            }
        }
        // A document that ends inside its root was cut off.
        self.repaired |= !self.open.is_empty();
    }

    fn opened(&mut self, tokens: &mut Tokens<'a>, raw: &'a str, inside: &'a str, closed: bool, end: usize) {
        let namespace = self.declare(inside);
        let name = self.canonical(raw, &namespace);
        let role = role(&name);
        let base = self.base_of(inside);
        if matches!(role, Role::Frame | Role::Entry) {
            self.known = true;
            if let Some(language) = attribute(inside, "xml:lang").filter(|_| role == Role::Frame)
                && self.feed.info.language.is_none()
                && !language.is_empty()
            {
                self.feed.info.language = Some(language.into_owned());
            }
        }
        let apart = self.open.iter().any(|open| open.role == Role::Apart);
        match role {
            Role::Body | Role::Field if self.known && !apart => {
                let inner = if closed { "" } else { self.take(tokens, raw, inside, role, end, &namespace) };
                self.field(&Taken { name, attributes: inside, inner, base, namespace });
                return;
            }
            Role::Entry if !apart => {
                self.finish_entry();
                let about = attribute(inside, "rdf:about").map(|about| about.trim().to_owned());
                let entry = Entry { id: about.unwrap_or_default(), ..Entry::default() };
                self.draft = Some(Draft { entry, ..Draft::default() });
            }
            _ => {}
        }
        if !closed && self.open.len() < DEPTH_MAX {
            self.open.push(Open { raw, role, base, namespace });
        }
    }

    fn closed(&mut self, raw: &str) {
        let Some(at) = self.open.iter().rposition(|open| open.raw.eq_ignore_ascii_case(raw)) else {
            self.repaired = true;
            return;
        };
        let ends_entry = self.open.iter().skip(at).any(|open| open.role == Role::Entry);
        self.repaired |= at + 1 < self.open.len();
        self.open.truncate(at);
        if ends_entry {
            self.finish_entry();
        }
    }

    /// The inside of an element, up to its end, or to where its end was forgotten.
    fn take(
        &mut self,
        tokens: &mut Tokens<'a>,
        raw: &str,
        inside: &str,
        role: Role,
        start: usize,
        namespace: &str,
    ) -> &'a str {
        let mut depth = 1_usize;
        let markup =
            attribute(inside, "type").is_some_and(|kind| kind.contains("html") || kind.contains("xml"));
        while let Some((token, range)) = tokens.next() {
            let stop = match token {
                Token::Open { name, closed, .. } => {
                    let same = name.eq_ignore_ascii_case(raw);
                    let canonical = self.canonical(name, namespace);
                    let forgotten = match self::role(&canonical) {
                        Role::Entry => true,
                        Role::Field => role == Role::Field && !markup,
                        _ => false,
                    };
                    if same && !closed && !forgotten {
                        depth += 1;
                    }
                    forgotten
                }
                Token::Close { name } if name.eq_ignore_ascii_case(raw) => {
                    depth -= 1;
                    if depth == 0 {
                        return self.source.get(start..range.start).unwrap_or("");
                    }
                    false
                }
                Token::Close { name } => {
                    matches!(self::role(&self.canonical(name, namespace)), Role::Entry | Role::Frame)
                }
                _ => false,
            };
            if stop {
                self.repaired = true;
                tokens.back_to(range.start);
                return self.source.get(start..range.start).unwrap_or("");
            }
        }
        self.repaired = true;
        self.source.get(start..).unwrap_or("")
    }

    /// Takes note of declared namespaces; returns the default one that holds for this element.
    fn declare(&mut self, inside: &str) -> String {
        let mut default = self.open.last().map(|open| open.namespace.clone()).unwrap_or_default();
        if !inside.contains("xmlns") {
            return default;
        }
        for (name, value) in attributes(inside) {
            if name.eq_ignore_ascii_case("xmlns") {
                default = value.trim().to_ascii_lowercase();
            } else if let Some(prefix) = name.strip_prefix("xmlns:") {
                let uri = value.trim().to_ascii_lowercase();
                if let Some((_, known)) = NAMESPACES.iter().find(|(part, _)| uri.contains(part)) {
                    self.prefixes.insert(prefix.to_ascii_lowercase(), known);
                } else {
                    self.prefixes.insert(prefix.to_ascii_lowercase(), "other");
                }
            }
        }
        default
    }

    /// The name under which an element is known here: lower case, prefix by namespace.
    fn canonical(&self, raw: &str, namespace: &str) -> String {
        let lower = raw.to_ascii_lowercase();
        let (prefix, local) = match lower.split_once(':') {
            Some((prefix, local)) => {
                let known = self.prefixes.get(prefix).copied();
                let known = known
                    .or_else(|| CUSTOM.iter().find(|(name, _)| *name == prefix).map(|(_, known)| *known));
                (known.unwrap_or("other"), local)
            }
            // An unknown default namespace is a feed's own idea of the core.
            None => (
                NAMESPACES.iter().find(|(part, _)| namespace.contains(part)).map_or("", |(_, known)| *known),
                lower.as_str(),
            ),
        };
        if prefix.is_empty() { local.to_owned() } else { format!("{prefix}:{local}") }
    }

    fn base_of(&self, inside: &str) -> Option<Url> {
        let outer = self.open.last().map_or(self.base.as_ref(), |open| open.base.as_ref());
        match attribute(inside, "xml:base") {
            Some(own) => match outer {
                Some(outer) => outer.join(own.trim()).ok().or_else(|| Some(outer.clone())),
                None => Url::parse(own.trim()).ok(),
            },
            None => outer.cloned(),
        }
    }

    fn finish_entry(&mut self) {
        let Some(draft) = self.draft.take() else { return };
        if self.parsed.entries.len() >= ENTRIES_MAX {
            self.parsed.entries_over_limit += 1;
            return;
        }
        let Draft { mut entry, guid_link, bodies, .. } = draft;
        entry.link = entry.link.or(guid_link);
        for (kind, text) in bodies {
            match kind {
                BodyKind::Short if entry.summary.is_none() => entry.summary = Some(text),
                _ if entry.content.is_none() => entry.content = Some(text),
                _ => {}
            }
        }
        entry.published = entry.published.or_else(|| entry.updated.clone());
        if entry.published.is_some() {
            entry.date_unreadable = None;
        }
        self.parsed.entries.push(entry);
    }

    fn field(&mut self, taken: &Taken<'a>) {
        let now = self.now;
        let in_entry = self.draft.is_some();
        let draft = self.draft.as_mut().unwrap_or(&mut self.feed);
        let own = |name: &str| {
            attribute(taken.attributes, name)
                .map(|value| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        match taken.name.as_str() {
            "title" => draft.title(2, taken),
            "dc:title" => draft.title(1, taken),
            "link" => draft.link(taken),
            "feedburner:origlink" if in_entry => {
                draft.set_link(5, &taken.text(), taken.base.as_ref());
            }
            "guid" | "id" | "dc:identifier" => {
                let id = taken.text();
                let link = id.starts_with("http://") || id.starts_with("https://");
                if taken.name == "guid"
                    && link
                    && own("isPermaLink").is_none_or(|is| !is.eq_ignore_ascii_case("false"))
                {
                    draft.guid_link = Some(id.clone());
                }
                if !id.is_empty() && (taken.name != "dc:identifier" || draft.entry.id.is_empty()) {
                    draft.entry.id = id;
                }
            }
            "pubdate" | "published" | "issued" | "created" | "dcterms:issued" | "dcterms:created" => {
                read_date(taken, now, &mut draft.entry.published, &mut draft.entry.date_unreadable);
            }
            "updated" | "modified" | "dcterms:modified" | "dc:date" | "dcterms:date" | "lastbuilddate" => {
                read_date(taken, now, &mut draft.entry.updated, &mut draft.entry.date_unreadable);
            }
            "description" | "dc:description" | "abstract" | "summary" | "tagline" | "subtitle"
            | "itunes:summary" | "itunes:subtitle" => draft.body(BodyKind::Short, taken),
            "content" | "content:encoded" | "fullitem" | "body" | "xhtml:body" | "xhtml:div" => {
                draft.body(BodyKind::Full, taken);
            }
            "info" | "feedburner:browserfriendly" if !in_entry => {
                draft.info.info = Some(taken.value(Default::default()).0);
            }
            "author" | "dc:creator" | "dc:author" | "itunes:author" | "managingeditor" | "webmaster"
            | "contributor" => {
                draft.author(taken);
            }
            "category" | "dc:subject" | "itunes:category" => {
                let tag = own("term").or_else(|| own("text")).unwrap_or_else(|| taken.text());
                draft.tag(&tag);
            }
            "keywords" | "itunes:keywords" | "tags" => {
                taken.text().split(',').for_each(|tag| draft.tag(tag.trim()));
            }
            "enclosure" => {
                if let Some(url) = own("url") {
                    draft.entry.enclosures.push(Enclosure { url: absolute(&url, taken.base.as_ref()) });
                }
            }
            "copyright" | "rights" | "dc:rights" => {
                draft.entry.rights = Some(taken.value(Default::default()).0);
            }
            "language" | "dc:language" if !in_entry => {
                draft.info.language = Some(taken.text()).filter(|text| !text.is_empty());
            }
            "generator" if !in_entry => draft.info.generator = Some(taken.text()),
            "newlocation" if !in_entry => draft.info.new_location = Some(taken.text()),
            "source" if in_entry => draft.entry.source = source_link(taken).map(|link| Origin { link }),
            _ => {}
        }
    }
}

fn read_date(
    taken: &Taken<'_>,
    now: Timestamp,
    into: &mut Option<FeedDate>,
    unreadable: &mut Option<String>,
) {
    let written = taken.text();
    if into.is_some() || written.is_empty() {
        return;
    }
    match FeedDate::read(&written, now) {
        Some(date) => *into = Some(date),
        None => *unreadable = Some(written.chars().take(200).collect()),
    }
}

fn source_link(taken: &Taken<'_>) -> Option<String> {
    if let Some(url) = attribute(taken.attributes, "url") {
        return Some(url.trim().to_owned());
    }
    Tokens::new(taken.inner).find_map(|(token, _)| match token {
        Token::Open { name, attributes, .. } if name.eq_ignore_ascii_case("link") => {
            let rel = attribute(attributes, "rel");
            let href = attribute(attributes, "href")?;
            rel.is_none_or(|rel| rel == "alternate").then(|| absolute(&href, taken.base.as_ref()))
        }
        _ => None,
    })
}

/// A link made absolute if it is relative; otherwise as written.
fn absolute(link: &str, base: Option<&Url>) -> String {
    // White space inside a link comes from wrapped lines.
    let link: String = link.chars().filter(|c| !matches!(c, '\n' | '\r' | '\t')).collect();
    let link = link.trim();
    match base {
        Some(base) if !link.is_empty() && Url::parse(link).is_err() => {
            base.join(link).map_or_else(|_| link.to_owned(), |url| url.to_string())
        }
        _ => link.to_owned(),
    }
}
