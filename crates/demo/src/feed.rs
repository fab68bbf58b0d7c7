//! RSS, Atom, sitemaps and listing pages of one outlet, written by hand. Pure: a view in, a document out.
//!
//! The lists are as tidy or as untidy as `fixtures/demo/world.toml` says: wrong encodings in the declaration, tracking
//! parameters in links, an entry without a title, an entry listed twice.

use std::fmt::Write as _;

use crate::corpus::{Quirk, Source, SourceKind};
use crate::dates;
use crate::markup::{cdata, escape};
use crate::page;
use crate::view::{Shown, View};

/// Where the sitemap index finds its one part.
pub(crate) const SITEMAP_PART: &str = "/sitemaps/news-1.xml.gz";

/// The document a source answers with, still as text; the part behind a sitemap index is `news_sitemap`.
pub(crate) fn render(view: &View<'_>, source: &Source) -> String {
    match source.kind {
        SourceKind::Rss => rss(view, source),
        SourceKind::Atom => atom(view, source),
        SourceKind::SitemapIndex => sitemap_index(view, source),
        SourceKind::NewsSitemap => news_sitemap(view, source),
        SourceKind::Listing => page::listing(view),
    }
}

fn declaration(source: &Source) -> String {
    match &source.xml_encoding {
        Some(encoding) => format!("<?xml version=\"1.0\" encoding=\"{}\"?>\n", escape(encoding)),
        None => "<?xml version=\"1.0\"?>\n".to_owned(),
    }
}

/// The link an entry carries: the canonical URL, or that with parameters which only count readers.
fn link(view: &View<'_>, source: &Source, shown: &Shown<'_>, campaign: &str) -> String {
    let url = view.url(&shown.article.path);
    if !source.tracking {
        return url;
    }
    let mark = if url.contains('?') { '&' } else { '?' };
    let number = shown.article.number;
    format!("{url}{mark}utm_source=rss&utm_medium=feed&utm_campaign={campaign}&fbclid=IwAR0demo{number:05}")
}

fn rss(view: &View<'_>, source: &Source) -> String {
    let mut items = String::new();
    for shown in view.articles() {
        let campaigns: &[&str] =
            if shown.article.has(Quirk::ListedTwice) { &["latest", "highlight"] } else { &["latest"] };
        for campaign in campaigns {
            let _ = write!(items, "{}", rss_item(view, source, &shown, campaign));
        }
    }
    format!(
        "{declaration}<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" xmlns:atom=\"http://www.w3.org/2005/Atom\">\n<channel>\n\
         <title>{name}</title>\n<link>{home}</link>\n<description>ข่าวล่าสุดจาก{name}</description>\n\
         <atom:link href=\"{own}\" rel=\"self\" type=\"application/rss+xml\"/>\n\
         <language>th</language>\n<lastBuildDate>{changed}</lastBuildDate>\n{items}</channel>\n</rss>\n",
        declaration = declaration(source),
        name = escape(&view.outlet.name),
        home = escape(&view.url("/")),
        own = escape(&view.url(&source.path)),
        changed = dates::rfc2822(view.changed()),
    )
}

fn rss_item(view: &View<'_>, source: &Source, shown: &Shown<'_>, campaign: &str) -> String {
    let mut item = String::from("<item>\n");
    if !shown.article.has(Quirk::UntitledInFeed) {
        let _ = writeln!(item, "<title>{}</title>", escape(&shown.revision.title));
    }
    let _ = writeln!(item, "<link>{}</link>", escape(&link(view, source, shown, campaign)));
    let guid = view.url(&format!("/?p={}", shown.article.number));
    let _ = writeln!(item, "<guid isPermaLink=\"false\">{}</guid>", escape(&guid));
    if !shown.article.has(Quirk::Undated) {
        let _ = writeln!(item, "<pubDate>{}</pubDate>", dates::rfc2822(shown.published));
    }
    if let Some(author) = &shown.revision.author {
        let _ = writeln!(item, "<dc:creator>{}</dc:creator>", escape(author));
    }
    let _ = writeln!(item, "<category>{}</category>", escape(&shown.article.section));
    // A withdrawn article leaves its title in the list and nothing else: its text must not be had from the feed.
    let withdrawn = shown.article.has(Quirk::Gone);
    if !withdrawn {
        let _ = writeln!(item, "<description>{}</description>", escape(shown.lead()));
    }
    if source.full_text && !withdrawn {
        let html = page::paragraphs(&shown.revision.blocks);
        let _ = writeln!(item, "<content:encoded>{}</content:encoded>", cdata(&html));
    }
    item.push_str("</item>\n");
    item
}

fn atom(view: &View<'_>, source: &Source) -> String {
    let mut entries = String::new();
    for shown in view.articles() {
        let _ = write!(
            entries,
            "<entry>\n<id>tag:{host},2026:{number}</id>\n<title>{title}</title>\n\
             <link rel=\"alternate\" type=\"text/html\" href=\"{link}\"/>\n\
             <published>{published}</published>\n<updated>{modified}</updated>\n\
             <author><name>{author}</name></author>\n<category term=\"{section}\"/>\n<summary>{lead}</summary>\n",
            host = escape(&view.outlet.host),
            number = shown.article.number,
            title = escape(&shown.revision.title),
            link = escape(&link(view, source, &shown, "latest")),
            published = dates::rfc3339(shown.published),
            modified = dates::rfc3339(shown.modified),
            author = escape(shown.revision.author.as_deref().unwrap_or("กองบรรณาธิการ")),
            section = escape(&shown.article.section),
            lead = escape(shown.lead()),
        );
        if source.full_text {
            let html = page::paragraphs(&shown.revision.blocks);
            let _ = writeln!(entries, "<content type=\"html\">{}</content>", escape(&html));
        }
        entries.push_str("</entry>\n");
    }
    format!(
        "{declaration}<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"th\">\n<id>{home}</id>\n\
         <title>{name}</title>\n<link rel=\"alternate\" href=\"{home}\"/>\n<link rel=\"self\" href=\"{own}\"/>\n\
         <updated>{changed}</updated>\n{entries}</feed>\n",
        declaration = declaration(source),
        home = escape(&view.url("/")),
        own = escape(&view.url(&source.path)),
        name = escape(&view.outlet.name),
        changed = dates::rfc3339(view.changed()),
    )
}

fn sitemap_index(view: &View<'_>, source: &Source) -> String {
    format!(
        "{declaration}<sitemapindex xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\">\n\
         <sitemap><loc>{part}</loc><lastmod>{changed}</lastmod></sitemap>\n</sitemapindex>\n",
        declaration = declaration(source),
        part = escape(&view.url(SITEMAP_PART)),
        changed = dates::rfc3339(view.changed()),
    )
}

/// The news sitemap: title, outlet and time of each article, never its text.
pub(crate) fn news_sitemap(view: &View<'_>, source: &Source) -> String {
    let mut urls = String::new();
    for shown in view.articles() {
        let _ = write!(
            urls,
            "<url>\n<loc>{loc}</loc>\n<lastmod>{modified}</lastmod>\n<news:news>\n\
             <news:publication><news:name>{name}</news:name><news:language>th</news:language></news:publication>\n\
             <news:publication_date>{published}</news:publication_date>\n<news:title>{title}</news:title>\n\
             </news:news>\n</url>\n",
            loc = escape(&link(view, source, &shown, "latest")),
            modified = dates::rfc3339(shown.modified),
            name = escape(&view.outlet.name),
            published = dates::rfc3339(shown.published),
            title = escape(&shown.revision.title),
        );
    }
    format!(
        "{declaration}<urlset xmlns=\"http://www.sitemaps.org/schemas/sitemap/0.9\" \
         xmlns:news=\"http://www.google.com/schemas/sitemap-news/0.9\">\n{urls}</urlset>\n",
        declaration = declaration(source),
    )
}
