//! The invented world as values: outlets, stories and articles read from `fixtures/demo`.
//!
//! Reading is pure and total: every fault of every file is collected and reported at once, so that a stranger who adds an
//! outlet or an article sees all that is wrong with it in one run. What the pages look like is left to `page` and `feed`.
//!
//! ```text
//! +++
//! outlet = "chaophraya-post"
//! number = 10231
//! title = "หัวข่าว"
//! minutes_before = 300
//! +++
//! ย่อหน้าแรก
//!
//! ย่อหน้าที่สอง ซึ่งมีช่องว่างชนิดพิเศษ\u{00A0}อยู่ข้างใน
//! ```

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use serde::Deserialize;

/// The fixtures, inside the binary, so that the demo needs no file at run time.
static FIXTURES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../fixtures/demo");

/// One event of the world that several outlets write about: the truth for clustering and routing.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Label used by articles, such as `flood`.
    pub id: String,
    /// What happened, in one Thai sentence.
    pub title: String,
    /// Ids of the agencies that could be asked to answer, the best first; spelled as in the agency lexicon.
    pub agencies: Vec<String>,
}

/// One outlet of the world: how it looks, what it declares about itself and where its articles are listed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Outlet {
    /// Label used by articles, such as `chaophraya-post`. Stable.
    pub id: String,
    /// Name in Thai, as shown on its pages.
    pub name: String,
    /// Host name under the reserved top-level domain `.example`, without a port.
    pub host: String,
    /// What a crawler has to cope with here, in one English sentence.
    pub exercises: String,
    /// Which page template it uses.
    pub layout: Layout,
    /// Path of an article page; `{number}` stands for the article's number.
    pub article_path: String,
    /// Which dates its article pages carry; none when empty.
    #[serde(default)]
    pub dates: Vec<PageDate>,
    /// The encoding of the bytes it really sends, for pages and feeds alike.
    #[serde(default)]
    pub encoding: Encoding,
    /// `Content-Type` of its pages, right or wrong.
    #[serde(default = "utf8_html")]
    pub page_content_type: String,
    /// Charset named in the `<meta>` of its pages, right or wrong; no such `<meta>` when absent.
    #[serde(default)]
    pub meta_charset: Option<String>,
    /// Agency id, when this is the official site of that agency and not a news outlet.
    #[serde(default)]
    pub official_of: Option<String>,
    /// What `/robots.txt` answers.
    pub robots: Robots,
    /// Where its articles are listed; at least one.
    #[serde(rename = "source")]
    pub sources: Vec<Source>,
}

impl Outlet {
    /// The URL of a path on this outlet, as its own pages and feeds write it: plain `http`, no port.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.host)
    }
}

fn utf8_html() -> String {
    "text/html; charset=utf-8".to_owned()
}

/// The page templates.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// `<article>` with Open Graph tags, canonical link, related stories and an advertisement inside the text.
    Modern,
    /// `<div class="content-detail">` in a portal with side columns, Open Graph tags and a canonical link.
    Portal,
    /// A plain page of the early 2000s with `<div id="content">` and little in its head.
    Classic,
    /// Nested tables and `<font>`, paragraphs parted by `<br><br>`.
    Table,
    /// A government site: letterhead, announcement, hotline and address.
    Official,
}

/// A place on an article page that tells when it was published.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum PageDate {
    /// `datePublished` and `dateModified` in a JSON-LD block.
    JsonLd,
    /// `article:published_time` and `article:modified_time` as `<meta>`.
    Meta,
    /// `<time datetime="...">` beside the headline.
    Time,
    /// Text such as `22 พ.ย. 2569 14.30 น.`, Buddhist Era.
    ThaiShort,
    /// Text such as `22 พฤศจิกายน 2569 เวลา 14:30 น.`, Buddhist Era.
    ThaiLong,
    /// The long text in Thai digits.
    ThaiDigits,
}

/// The encodings an outlet can really send.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-8.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// windows-874; what it cannot hold becomes a numeric character reference.
    #[serde(rename = "windows-874")]
    Windows874,
}

/// What a host answers to `/robots.txt`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Robots {
    /// Status code; 404 allows everything (RFC 9309, section 2.3.1.3).
    #[serde(default = "ok")]
    pub status: u16,
    /// The file, when the status is 200.
    #[serde(default)]
    pub text: String,
}

fn ok() -> u16 {
    200
}

/// A list of an outlet's articles.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The format.
    pub kind: SourceKind,
    /// Path on the outlet's host.
    pub path: String,
    /// `Content-Type` it is served with, right or wrong.
    pub content_type: String,
    /// Encoding named in the XML declaration, right or wrong; no encoding is named when absent.
    #[serde(default)]
    pub xml_encoding: Option<String>,
    /// Status code; anything but 200 answers with an error page instead of the list.
    #[serde(default = "ok")]
    pub status: u16,
    /// Whether entries carry the whole text (`content:encoded`, Atom `content`) or only the lead.
    #[serde(default)]
    pub full_text: bool,
    /// Whether links carry `utm_*` and `fbclid` parameters.
    #[serde(default)]
    pub tracking: bool,
    /// How to read a listing page; absent for feeds and sitemaps.
    #[serde(default)]
    pub selectors: Option<Selectors>,
}

/// The formats of a source.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// RSS 2.0.
    Rss,
    /// Atom 1.0 (RFC 4287).
    Atom,
    /// A sitemap index that names one gzipped news sitemap.
    SitemapIndex,
    /// A news sitemap (sitemaps.org 0.9 with the Google news fields), plain.
    NewsSitemap,
    /// An HTML page with a list of links.
    Listing,
}

/// CSS selectors that read a listing page.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Selectors {
    /// One entry of the list.
    pub item: String,
    /// The `<a href>` inside an entry; the link may be relative.
    pub link: String,
    /// The title inside an entry.
    pub title: String,
    /// The date inside an entry, in Thai.
    pub date: String,
}

/// What is odd about one article.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Quirk {
    /// Its entry in the feed has no title.
    UntitledInFeed,
    /// Neither feed nor page nor headers say when it was published.
    Undated,
    /// The feed lists it twice, with different tracking parameters.
    ListedTwice,
    /// The feed lists it, its page answers 404.
    Gone,
    /// The feed lists it, robots.txt forbids its page.
    Disallowed,
    /// Its page never answers; the connection is closed after a while.
    Stalls,
    /// Its page breaks off in the middle and the connection is closed.
    CutOff,
}

/// A piece of body text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Block {
    Paragraph(String),
    Subheading(String),
}

impl Block {
    pub(crate) fn text(&self) -> &str {
        match self {
            Block::Paragraph(text) | Block::Subheading(text) => text,
        }
    }
}

/// One state of an article's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision {
    /// First edition of the world that shows it.
    pub(crate) edition: u32,
    pub(crate) title: String,
    pub(crate) author: Option<String>,
    /// Age at the world's `now`: of publication for the first revision, of the edit for later ones.
    pub(crate) minutes_before: u32,
    pub(crate) blocks: Vec<Block>,
}

/// One canonical URL of the world with its revisions, oldest first; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Article {
    pub(crate) outlet: String,
    pub(crate) number: u32,
    pub(crate) path: String,
    pub(crate) section: String,
    pub(crate) story: Option<String>,
    /// `outlet/number` of the article that this one reprints.
    pub(crate) wire: Option<String>,
    pub(crate) quirks: Vec<Quirk>,
    pub(crate) first: Revision,
    pub(crate) later: Vec<Revision>,
}

impl Article {
    pub(crate) fn has(&self, quirk: Quirk) -> bool {
        self.quirks.contains(&quirk)
    }

    /// The article as `edition` shows it; `None` before it came out.
    pub(crate) fn at(&self, edition: u32) -> Option<&Revision> {
        self.revisions().filter(|revision| revision.edition <= edition).last()
    }

    pub(crate) fn revisions(&self) -> impl Iterator<Item = &Revision> {
        std::iter::once(&self.first).chain(&self.later)
    }
}

/// The whole world, checked: labels resolve, URLs are unique, revisions are in order.
#[derive(Clone, Debug)]
pub(crate) struct Corpus {
    /// How long a stalling page holds the connection before closing it.
    pub(crate) stall_ms: u64,
    pub(crate) stories: Vec<Story>,
    pub(crate) outlets: Vec<Outlet>,
    pub(crate) articles: Vec<Article>,
}

impl Corpus {
    /// The world that is built in.
    pub(crate) fn embedded() -> Result<Self, Vec<String>> {
        let mut files = Vec::new();
        let mut world = String::new();
        collect(&FIXTURES, &mut |path, text| match path {
            "world.toml" => text.clone_into(&mut world),
            path if path.ends_with(".txt") => files.push((path.to_owned(), text.to_owned())),
            _ => {}
        });
        files.sort();
        Self::read(&world, &files)
    }

    /// Reads a world file and its article files, given as path and text. All faults are reported together.
    pub(crate) fn read(world: &str, files: &[(String, String)]) -> Result<Self, Vec<String>> {
        let world: WorldFile = toml::from_str(world).map_err(|error| vec![format!("world.toml: {error}")])?;
        let mut faults = Vec::new();
        let mut drafts = Vec::new();
        for (path, text) in files {
            match Draft::read(path, text) {
                Ok(draft) => drafts.push(draft),
                Err(fault) => faults.push(fault),
            }
        }
        check_outlets(&world, &mut faults);
        let articles = assemble(&world, drafts, &mut faults);
        if faults.is_empty() {
            Ok(Self { stall_ms: world.stall_ms, stories: world.stories, outlets: world.outlets, articles })
        } else {
            Err(faults)
        }
    }

    pub(crate) fn outlet(&self, id: &str) -> Option<&Outlet> {
        self.outlets.iter().find(|outlet| outlet.id == id)
    }
}

fn collect(dir: &Dir<'_>, each: &mut impl FnMut(&str, &str)) {
    for file in dir.files() {
        // A file that is not UTF-8 would be a fixture of another kind; none exists, and reading it as text is wrong.
        if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
            each(path, text);
        }
    }
    for inner in dir.dirs() {
        collect(inner, each);
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldFile {
    stall_ms: u64,
    #[serde(rename = "story")]
    stories: Vec<Story>,
    #[serde(rename = "outlet")]
    outlets: Vec<Outlet>,
}

fn check_outlets(world: &WorldFile, faults: &mut Vec<String>) {
    for (position, outlet) in world.outlets.iter().enumerate() {
        let earlier = world.outlets.iter().take(position);
        if earlier.clone().any(|other| other.id == outlet.id || other.host == outlet.host) {
            faults.push(format!("world.toml: outlet `{}` repeats an id or a host", outlet.id));
        }
        if !outlet.host.ends_with(".example") {
            faults.push(format!(
                "world.toml: host `{}` is not under `.example`, the reserved domain",
                outlet.host
            ));
        }
        if !outlet.article_path.starts_with('/') || !outlet.article_path.contains("{number}") {
            faults.push(format!(
                "world.toml: outlet `{}`: article_path `{}` needs a leading `/` and `{{number}}`",
                outlet.id, outlet.article_path
            ));
        }
        if outlet.sources.is_empty() {
            faults.push(format!("world.toml: outlet `{}` has no source", outlet.id));
        }
        for source in &outlet.sources {
            if (source.kind == SourceKind::Listing) != source.selectors.is_some() {
                faults.push(format!(
                    "world.toml: outlet `{}`, source `{}`: a listing, and nothing else, needs `selectors`",
                    outlet.id, source.path
                ));
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    outlet: String,
    number: u32,
    title: String,
    minutes_before: u32,
    #[serde(default = "first_edition")]
    edition: u32,
    #[serde(default)]
    section: Option<String>,
    #[serde(default)]
    story: Option<String>,
    #[serde(default)]
    author: Option<String>,
    #[serde(default)]
    path: Option<String>,
    #[serde(default)]
    wire: Option<String>,
    #[serde(default)]
    quirks: Vec<Quirk>,
}

fn first_edition() -> u32 {
    1
}

/// One article file: one revision of one article.
struct Draft {
    file: String,
    head: Head,
    blocks: Vec<Block>,
}

impl Draft {
    fn read(file: &str, text: &str) -> Result<Self, String> {
        let text = text.replace("\r\n", "\n");
        let (head, body) = text
            .strip_prefix("+++\n")
            .and_then(|rest| rest.split_once("\n+++\n"))
            .ok_or_else(|| format!("{file}: needs a TOML head between two lines `+++`"))?;
        let head = toml::from_str(head).map_err(|error| format!("{file}: {error}"))?;
        let body = unescape(body).map_err(|escape| {
            format!("{file}: `{escape}` is not a character\n  hint: write it like \\u{{200B}}")
        })?;
        let blocks = body
            .split("\n\n")
            .map(|block| block.trim_matches('\n').replace('\n', " "))
            .filter(|block| !block.is_empty())
            .map(|block| match block.strip_prefix("## ") {
                Some(heading) => Block::Subheading(heading.to_owned()),
                None => Block::Paragraph(block),
            })
            .collect();
        Ok(Self { file: file.to_owned(), head, blocks })
    }
}

/// Turns `\u{200B}` into the character, so that invisible dirt stays visible in the fixtures.
fn unescape(text: &str) -> Result<String, String> {
    let mut parts = text.split("\\u{");
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_once('}').ok_or_else(|| format!("\\u{{{part}"))?;
        let found = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
        out.push(found.ok_or_else(|| format!("\\u{{{digits}}}"))?);
        out.push_str(rest);
    }
    Ok(out)
}

/// Joins drafts of one outlet and number into one article, and lets reprints borrow the text they reprint.
fn assemble(world: &WorldFile, drafts: Vec<Draft>, faults: &mut Vec<String>) -> Vec<Article> {
    let mut groups: BTreeMap<(String, u32), Vec<Draft>> = BTreeMap::new();
    for draft in drafts {
        groups.entry((draft.head.outlet.clone(), draft.head.number)).or_default().push(draft);
    }
    let mut articles: Vec<Article> = Vec::new();
    for ((outlet, number), mut group) in groups {
        group.sort_by_key(|draft| draft.head.edition);
        for pair in group.windows(2) {
            if let [before, after] = pair
                && (before.head.edition == after.head.edition
                    || before.head.minutes_before <= after.head.minutes_before)
            {
                faults.push(format!(
                    "{}: a revision of {}\n  hint: it needs a later edition and fewer minutes_before",
                    after.file, before.file
                ));
            }
        }
        let mut group = group.into_iter();
        let Some(draft) = group.next() else { continue };
        let Some(home) = world.outlets.iter().find(|home| home.id == outlet) else {
            let known: Vec<&str> = world.outlets.iter().map(|home| home.id.as_str()).collect();
            faults.push(format!(
                "{}: outlet `{outlet}` is not defined\n  hint: defined outlets are {}",
                draft.file,
                known.join(", ")
            ));
            continue;
        };
        if let Some(story) = &draft.head.story
            && !world.stories.iter().any(|known| known.id == *story)
        {
            faults.push(format!("{}: story `{story}` is not defined in world.toml", draft.file));
        }
        let path = match &draft.head.path {
            Some(path) => path.clone(),
            None => home.article_path.replace("{number}", &number.to_string()),
        };
        if articles.iter().any(|other| other.outlet == outlet && other.path == path) {
            faults.push(format!("{}: path `{path}` is taken by another article", draft.file));
        }
        let Draft { head, blocks, .. } = draft;
        articles.push(Article {
            outlet,
            number,
            path,
            section: head.section.clone().unwrap_or_else(|| "ทั่วไป".to_owned()),
            story: head.story.clone(),
            wire: head.wire.clone(),
            quirks: head.quirks.clone(),
            first: revision(head, blocks),
            later: group.map(|draft| revision(draft.head, draft.blocks)).collect(),
        });
    }
    borrow_wire_text(&mut articles, faults);
    for article in &articles {
        if article.revisions().any(|revision| revision.blocks.is_empty()) {
            faults.push(format!("article {}/{}: has no text", article.outlet, article.number));
        }
    }
    articles
}

fn revision(head: Head, blocks: Vec<Block>) -> Revision {
    Revision {
        edition: head.edition,
        title: head.title,
        author: head.author,
        minutes_before: head.minutes_before,
        blocks,
    }
}

/// A reprint's own text replaces the lead of the original; the rest follows word for word.
fn borrow_wire_text(articles: &mut [Article], faults: &mut Vec<String>) {
    let originals: BTreeMap<String, Vec<Block>> = articles
        .iter()
        .filter(|article| article.wire.is_none())
        .map(|article| (format!("{}/{}", article.outlet, article.number), article.first.blocks.clone()))
        .collect();
    for article in articles {
        let Some(wire) = &article.wire else { continue };
        match originals.get(wire) {
            Some(original) if article.first.blocks.is_empty() => article.first.blocks.clone_from(original),
            Some(original) => article.first.blocks.extend(original.iter().skip(1).cloned()),
            None => faults.push(format!(
                "article {}/{}: wire `{wire}` names no article that is itself original",
                article.outlet, article.number
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORLD: &str = r#"
        stall_ms = 10
        [[story]]
        id = "flood"
        title = "น้ำท่วม"
        agencies = ["rid"]
        [[outlet]]
        id = "one"
        name = "หนึ่ง"
        host = "www.one.example"
        exercises = "nothing"
        layout = "modern"
        article_path = "/news/{number}"
        robots = { status = 404 }
        source = [{ kind = "rss", path = "/rss.xml", content_type = "application/rss+xml" }]
    "#;

    /// The faults of a world with these article files, as one string.
    #[track_caller]
    fn check(files: &[&str], want: &[&str]) {
        let files: Vec<(String, String)> =
            files.iter().enumerate().map(|(n, text)| (format!("{n}.txt"), (*text).to_owned())).collect();
        let got = match Corpus::read(WORLD, &files) {
            Ok(_) => String::new(),
            Err(faults) => faults.join("\n"),
        };
        assert_eq!(got.is_empty(), want.is_empty(), "faults of {files:?}: {got}");
        for part in want {
            assert!(got.contains(part), "{part:?} is not among the faults: {got}");
        }
    }

    const GOOD: &str = "+++\noutlet = \"one\"\nnumber = 1\ntitle = \"ก\"\nminutes_before = 9\n+++\nข";

    #[test]
    fn every_fault_is_named_at_once() {
        check(&[], &[]);
        check(&[GOOD], &[]);
        check(&["no head"], &["0.txt: needs a TOML head"]);
        check(&[&GOOD.replace("title", "tilte")], &["0.txt", "tilte"]);
        check(&[&GOOD.replace("one", "two")], &["outlet `two` is not defined", "defined outlets are one"]);
        check(&[GOOD, GOOD], &["1.txt: a revision of 0.txt"]);
        check(&[&GOOD.replace("title", "story = \"fire\"\ntitle")], &["story `fire` is not defined"]);
        check(&[&GOOD.replace("title", "wire = \"one/7\"\ntitle")], &["wire `one/7`"]);
        check(&[&format!("{GOOD}\\u{{D800}}")], &["0.txt: `\\u{D800}` is not a character"]);
        check(&[&format!("{GOOD}\\u{{41")], &["0.txt"]);
        check(&[GOOD.strip_suffix('ข').unwrap_or_default()], &["article one/1: has no text"]);
        check(&["bad", &GOOD.replace("one", "two")], &["0.txt", "outlet `two`"]);
    }

    /// The faults of the small world after one replacement in its file.
    #[track_caller]
    fn check_world(from: &str, to: &str, want: &str) {
        assert!(WORLD.contains(from), "{from:?} is not in the world file");
        let faults = Corpus::read(&WORLD.replace(from, to), &[]).expect_err("a fault").join("\n");
        assert!(faults.contains(want), "{want:?} is not among the faults: {faults}");
    }

    #[test]
    fn faults_of_the_world_file_are_named() {
        check_world("www.one.example", "www.one.com", "host `www.one.com` is not under `.example`");
        check_world("/news/{number}", "/news", "article_path `/news` needs");
        check_world("/news/{number}", "news/{number}", "article_path `news/{number}` needs");
        check_world("kind = \"rss\"", "kind = \"listing\"", "needs `selectors`");
        check_world("kind = \"rss\"", "kind = \"gopher\"", "gopher");
        check_world("stall_ms", "stall", "world.toml");
        check_world("{ kind", "], sauce = [{ kind", "sauce");
        let (_, outlet) = WORLD.split_once("[[outlet]]").expect("an outlet");
        check_world(outlet, &format!("{outlet}\n[[outlet]]{outlet}"), "outlet `one` repeats an id or a host");
    }

    #[test]
    fn a_second_file_with_the_same_number_is_a_revision() {
        let edit = GOOD.replace("minutes_before = 9", "minutes_before = 3\nedition = 2").replace('ข', "ค");
        let files = [("a.txt".to_owned(), GOOD.to_owned()), ("b.txt".to_owned(), edit)];
        let corpus = Corpus::read(WORLD, &files).expect("two good files");
        let [article] = corpus.articles.as_slice() else { panic!("one article: {:?}", corpus.articles) };
        let text = |edition| article.at(edition).map(|revision| revision.blocks.clone());
        assert_eq!(text(0), None);
        assert_eq!(text(1), Some(vec![Block::Paragraph("ข".to_owned())]));
        assert_eq!(text(2), Some(vec![Block::Paragraph("ค".to_owned())]));
    }

    #[test]
    fn a_reprint_keeps_its_own_lead_and_borrows_the_rest() {
        let original = format!("{GOOD}\n\n## หัวรอง\n\nท้าย");
        let reprint = GOOD.replace("number = 1", "number = 2\nwire = \"one/1\"").replace('ข', "นำ");
        let files = [("a.txt".to_owned(), original), ("b.txt".to_owned(), reprint)];
        let corpus = Corpus::read(WORLD, &files).expect("two good files");
        let got: Vec<Vec<Block>> =
            corpus.articles.iter().map(|article| article.first.blocks.clone()).collect();
        let tail = [Block::Subheading("หัวรอง".to_owned()), Block::Paragraph("ท้าย".to_owned())];
        assert_eq!(got.first().and_then(|blocks| blocks.get(1..)), Some(&tail[..]));
        assert_eq!(got.get(1).and_then(|blocks| blocks.first()), Some(&Block::Paragraph("นำ".to_owned())));
        assert_eq!(got.get(1).and_then(|blocks| blocks.get(1..)), Some(&tail[..]));
    }

    #[test]
    fn escapes_become_characters() {
        assert_eq!(unescape("ก\\u{200B}ข").as_deref(), Ok("ก\u{200B}ข"));
        assert_eq!(unescape("ไม่มี").as_deref(), Ok("ไม่มี"));
        assert!(unescape("\\u{}").is_err());
    }

    #[test]
    fn the_embedded_world_is_sound() {
        if let Err(faults) = Corpus::embedded() {
            panic!("{}", faults.join("\n"));
        }
    }
}
