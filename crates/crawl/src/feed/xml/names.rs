//! What elements are called, and what they are to the reader.

use super::{ATOM_10, XHTML};

/// Namespaces by a part of their lower-case name, with the prefix under which they are known here. The core has none.
pub(super) const NAMESPACES: &[(&str, &str)] = &[
    (ATOM_10, ""),
    ("purl.org/atom/", ""),
    // Before the core of RSS 1.0, whose name its modules begin with.
    ("modules/content", "content"),
    ("modules/", "other"),
    ("purl.org/rss/", ""),
    ("purl.org/net/rss", ""),
    ("netscape.com/rdf/simple/", ""),
    ("netscape.com/publish/formats/rss", ""),
    ("userland.com/rss", ""),
    ("harvard.edu/tech/rss", ""),
    ("1999/02/22-rdf-syntax-ns", ""),
    (XHTML, "xhtml"),
    ("purl.org/dc/elements/", "dc"),
    ("purl.org/dc/terms", "dcterms"),
    ("itunes.com/dtds/podcast", "itunes"),
    ("search.yahoo.com/mrss", "media"),
    ("feedburner", "feedburner"),
    ("webns.net/mvcb", "admin"),
];

/// What a prefix means when no namespace is declared for it.
pub(super) const CUSTOM: &[(&str, &str)] = &[
    ("atom", ""),
    ("a10", ""),
    ("atom10", ""),
    ("rss", ""),
    ("rdf", ""),
    ("dc", "dc"),
    ("dcterms", "dcterms"),
    ("content", "content"),
    ("itunes", "itunes"),
    ("media", "media"),
    ("feedburner", "feedburner"),
    ("xhtml", "xhtml"),
];

/// What an element is to the reader.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// `rss`, `rdf`, `channel`, `feed`: the frame.
    Frame,
    /// `item`, `entry`.
    Entry,
    /// Taken whole: its inside is running text.
    Body,
    /// Taken whole: its inside is short and never has another field in it.
    Field,
    /// A part with its own titles and links, which are not the entry's.
    Apart,
    /// Not known: what is inside counts as if it were outside.
    Unknown,
}

pub(super) fn role(name: &str) -> Role {
    match name {
        "rss" | "rdf" | "channel" | "feed" => Role::Frame,
        "item" | "entry" => Role::Entry,
        "description" | "dc:description" | "abstract" | "summary" | "content" | "content:encoded"
        | "fullitem" | "body" | "xhtml:body" | "xhtml:div" | "tagline" | "subtitle" | "info"
        | "itunes:summary" | "itunes:subtitle" | "author" | "contributor" | "managingeditor"
        | "webmaster" | "source" | "copyright" | "rights" | "dc:rights" => Role::Body,
        "title"
        | "dc:title"
        | "link"
        | "guid"
        | "id"
        | "dc:identifier"
        | "pubdate"
        | "published"
        | "issued"
        | "created"
        | "dcterms:issued"
        | "dcterms:created"
        | "updated"
        | "modified"
        | "dcterms:modified"
        | "dc:date"
        | "dcterms:date"
        | "lastbuilddate"
        | "dc:creator"
        | "dc:author"
        | "itunes:author"
        | "category"
        | "dc:subject"
        | "itunes:category"
        | "keywords"
        | "itunes:keywords"
        | "tags"
        | "language"
        | "dc:language"
        | "generator"
        | "newlocation"
        | "enclosure"
        | "feedburner:browserfriendly"
        | "feedburner:origlink" => Role::Field,
        "image" | "textinput" | "cloud" | "logo" | "icon" => Role::Apart,
        _ if name.contains(':') => Role::Apart,
        _ => Role::Unknown,
    }
}
