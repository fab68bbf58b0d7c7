//! Pages of the invented outlets as HTML: what a reader's browser would get, boilerplate and all. Pure.
//!
//! Each layout hides the article differently, so that an extractor has to find it: in an `<article>` with an advertisement
//! in its middle, in a portal's `<div>`, in nested tables. Escaping happens here and in `markup`, nowhere else.

use std::fmt::Write as _;

use crate::corpus::{Block, Layout, PageDate, Quirk, SourceKind};
use crate::dates;
use crate::markup::escape;
use crate::view::{Shown, View};

/// The body as plain HTML paragraphs, as feeds carry it.
pub(crate) fn paragraphs(blocks: &[Block]) -> String {
    let mut html = String::new();
    for block in blocks {
        let _ = match block {
            Block::Paragraph(text) => writeln!(html, "<p>{}</p>", escape(text)),
            Block::Subheading(text) => writeln!(html, "<h2>{}</h2>", escape(text)),
        };
    }
    html
}

/// One article page.
pub(crate) fn article(view: &View<'_>, shown: &Shown<'_>) -> String {
    match view.outlet.layout {
        Layout::Modern => modern(view, shown),
        Layout::Portal => portal(view, shown),
        Layout::Classic => classic(view, shown),
        Layout::Table => table(view, shown),
        Layout::Official => official(view, shown),
    }
}

/// The page that lists the newest articles: the source of a listing outlet, and every outlet's front page.
pub(crate) fn listing(view: &View<'_>) -> String {
    let mut items = String::new();
    for shown in view.articles() {
        let date = if shown.article.has(Quirk::Undated) {
            String::new()
        } else {
            format!("<span class=\"news-date\">{}</span>", dates::thai_short(shown.published))
        };
        let _ = writeln!(
            items,
            "<li class=\"news-item\"><a class=\"news-link\" href=\"{path}\"><h3 class=\"news-title\">{title}</h3></a>{date}</li>",
            path = escape(&shown.article.path),
            title = escape(&shown.revision.title),
        );
    }
    document(
        view,
        "ข่าวล่าสุด",
        "",
        &format!(
            "{}<div class=\"main\"><h1>ข่าวล่าสุด</h1>\n<ul class=\"news-list\">\n{items}</ul></div>\n{}",
            masthead(view),
            footer(view)
        ),
    )
}

/// A page for a path or a state of the server that has nothing to show.
pub(crate) fn error(view: &View<'_>, status: u16) -> String {
    let text = match status {
        404 => "ไม่พบหน้าที่ท่านต้องการ",
        _ => "ระบบขัดข้องชั่วคราว กรุณาลองใหม่ภายหลัง",
    };
    document(view, text, "", &format!("<h1>{status}</h1><p>{text}</p>"))
}

fn document(view: &View<'_>, title: &str, head: &str, body: &str) -> String {
    let meta = match &view.outlet.meta_charset {
        Some(charset) => {
            format!("<meta http-equiv=\"Content-Type\" content=\"text/html; charset={}\">\n", escape(charset))
        }
        None => String::new(),
    };
    format!(
        "<!DOCTYPE html>\n<html lang=\"th\">\n<head>\n{meta}<title>{title} - {name}</title>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <link rel=\"stylesheet\" href=\"/assets/site.css\">\n{head}</head>\n<body>\n{body}</body>\n</html>\n",
        title = escape(title),
        name = escape(&view.outlet.name),
    )
}

fn dated(view: &View<'_>, shown: &Shown<'_>, kind: PageDate) -> bool {
    view.outlet.dates.contains(&kind) && !shown.article.has(Quirk::Undated)
}

/// Canonical link, Open Graph tags and JSON-LD, each only where the outlet has it.
fn rich_head(view: &View<'_>, shown: &Shown<'_>) -> String {
    let url = view.url(&shown.article.path);
    let mut head = format!(
        "<link rel=\"canonical\" href=\"{url}\">\n<meta property=\"og:type\" content=\"article\">\n\
         <meta property=\"og:site_name\" content=\"{name}\">\n<meta property=\"og:title\" content=\"{title}\">\n\
         <meta property=\"og:url\" content=\"{url}\">\n<meta property=\"og:description\" content=\"{lead}\">\n",
        url = escape(&url),
        name = escape(&view.outlet.name),
        title = escape(&shown.revision.title),
        lead = escape(shown.lead()),
    );
    if dated(view, shown, PageDate::Meta) {
        let _ = write!(
            head,
            "<meta property=\"article:published_time\" content=\"{}\">\n\
             <meta property=\"article:modified_time\" content=\"{}\">\n",
            dates::rfc3339(shown.published),
            dates::rfc3339(shown.modified)
        );
    }
    if view.outlet.dates.contains(&PageDate::JsonLd) {
        let _ =
            writeln!(head, "<script type=\"application/ld+json\">{}</script>", json_ld(view, shown, &url));
    }
    head
}

fn json_ld(view: &View<'_>, shown: &Shown<'_>, url: &str) -> String {
    let mut news = serde_json::json!({
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "mainEntityOfPage": url,
        "headline": shown.revision.title,
        "inLanguage": "th",
        "publisher": { "@type": "Organization", "name": view.outlet.name },
    });
    if let (Some(author), Some(fields)) = (&shown.revision.author, news.as_object_mut()) {
        fields.insert("author".to_owned(), serde_json::json!({ "@type": "Person", "name": author }));
    }
    if let (false, Some(fields)) = (shown.article.has(Quirk::Undated), news.as_object_mut()) {
        fields.insert("datePublished".to_owned(), dates::rfc3339(shown.published).into());
        fields.insert("dateModified".to_owned(), dates::rfc3339(shown.modified).into());
    }
    // `</script>` inside a string would end the block early; JSON lets `<` be written as an escape.
    news.to_string().replace('<', "\\u003c")
}

/// The dates a reader sees beside the headline; empty for an undated article.
fn byline(view: &View<'_>, shown: &Shown<'_>) -> String {
    let mut parts = Vec::new();
    if let Some(author) = &shown.revision.author {
        parts.push(format!("<span class=\"author\">โดย {}</span>", escape(author)));
    }
    if dated(view, shown, PageDate::Time) {
        parts.push(format!(
            "<time datetime=\"{}\">{}</time>",
            dates::rfc3339(shown.published),
            dates::thai_short(shown.published)
        ));
    }
    for (kind, text) in [
        (PageDate::ThaiShort, dates::thai_short(shown.published)),
        (PageDate::ThaiLong, dates::thai_long(shown.published)),
        (PageDate::ThaiDigits, dates::thai_digits(&dates::thai_long(shown.published))),
    ] {
        if dated(view, shown, kind) {
            parts.push(format!("<span class=\"date\">{text}</span>"));
        }
    }
    parts.join(" | ")
}

fn masthead(view: &View<'_>) -> String {
    format!(
        "<header><a class=\"logo\" href=\"/\">{}</a>\n<nav><ul><li><a href=\"/\">หน้าแรก</a></li>\
         <li><a href=\"/politics\">การเมือง</a></li><li><a href=\"/economy\">เศรษฐกิจ</a></li>\
         <li><a href=\"/local\">ภูมิภาค</a></li><li><a href=\"/sport\">กีฬา</a></li>\
         <li><a href=\"/lifestyle\">ไลฟ์สไตล์</a></li></ul></nav></header>\n",
        escape(&view.outlet.name)
    )
}

fn footer(view: &View<'_>) -> String {
    format!(
        "<footer><p>สงวนลิขสิทธิ์ {} | <a href=\"/about\">เกี่ยวกับเรา</a> | <a href=\"/contact\">ติดต่อโฆษณา</a> | \
         <a href=\"/privacy\">นโยบายความเป็นส่วนตัว</a></p></footer>\n",
        escape(&view.outlet.name)
    )
}

fn related(view: &View<'_>, shown: &Shown<'_>, heading: &str) -> String {
    let mut list = String::new();
    for other in view.related(shown) {
        let _ = writeln!(
            list,
            "<li><a href=\"{}\">{}</a></li>",
            escape(&other.article.path),
            escape(&other.revision.title)
        );
    }
    format!("<aside class=\"related\"><h4>{heading}</h4><ul>\n{list}</ul></aside>\n")
}

const COOKIES: &str = "<div id=\"cookie-consent\"><p>เว็บไซต์นี้ใช้คุกกี้เพื่อเพิ่มประสบการณ์ที่ดีในการใช้งาน ท่านสามารถตั้งค่าความยินยอมได้ที่หน้านโยบาย</p>\
                       <button>ยอมรับทั้งหมด</button></div>\n";
const SHARE: &str = "<div class=\"share\"><a href=\"#fb\">แชร์เฟซบุ๊ก</a> <a href=\"#line\">ส่งต่อทางไลน์</a> <a href=\"#copy\">คัดลอกลิงก์</a></div>\n";

fn modern(view: &View<'_>, shown: &Shown<'_>) -> String {
    // The advertisement stands after the first paragraph, where an extractor that stops at the first gap loses the text.
    let (lead, rest) = shown.revision.blocks.split_at(shown.revision.blocks.len().min(1));
    let body = format!(
        "{COOKIES}{masthead}<main><article>\n<div class=\"breadcrumb\"><a href=\"/\">หน้าแรก</a> / {section}</div>\n\
         <h1 class=\"entry-title\">{title}</h1>\n<div class=\"entry-meta\">{byline}</div>\n{SHARE}\
         <div class=\"entry-content\">\n{lead}<div class=\"ad-slot\"><p>โฆษณา</p><a href=\"/ad/77\">ผ่อนสบาย ดอกเบี้ยพิเศษ ลงทะเบียนเลย</a></div>\n\
         {rest}</div>\n<div class=\"tags\">แท็ก: <a href=\"/tag\">{section}</a></div>\n</article>\n{related}</main>\n{footer}",
        masthead = masthead(view),
        section = escape(&shown.article.section),
        title = escape(&shown.revision.title),
        byline = byline(view, shown),
        lead = paragraphs(lead),
        rest = paragraphs(rest),
        related = related(view, shown, "ข่าวที่เกี่ยวข้อง"),
        footer = footer(view),
    );
    document(view, &shown.revision.title, &rich_head(view, shown), &body)
}

fn portal(view: &View<'_>, shown: &Shown<'_>) -> String {
    let body = format!(
        "{masthead}<div class=\"container\"><div class=\"col-8\">\n<div class=\"headline\"><h1>{title}</h1></div>\n\
         <div class=\"info\">{byline} | หมวด {section}</div>\n<div class=\"content-detail\">\n{text}</div>\n{SHARE}</div>\n\
         <div class=\"col-4\"><div class=\"hot\"><h4>ยอดนิยม</h4><p>สมัครรับข่าวสารทางอีเมลได้ทุกเช้า ไม่มีค่าใช้จ่าย</p></div>\n\
         {related}</div></div>\n{footer}{COOKIES}",
        masthead = masthead(view),
        title = escape(&shown.revision.title),
        byline = byline(view, shown),
        section = escape(&shown.article.section),
        text = paragraphs(&shown.revision.blocks),
        related = related(view, shown, "อ่านข่าวต่อ"),
        footer = footer(view),
    );
    document(view, &shown.revision.title, &rich_head(view, shown), &body)
}

fn classic(view: &View<'_>, shown: &Shown<'_>) -> String {
    let body = format!(
        "{masthead}<div id=\"wrap\">\n<div id=\"content\">\n<h1>{title}</h1>\n<div class=\"post-info\">{byline}</div>\n\
         <div class=\"post-body\">\n{text}</div>\n</div>\n<div id=\"side\">{related}<p>สนับสนุนเว็บไซต์โดยร้านค้าในท้องถิ่น</p></div>\n\
         </div>\n{footer}",
        masthead = masthead(view),
        title = escape(&shown.revision.title),
        byline = byline(view, shown),
        text = paragraphs(&shown.revision.blocks),
        related = related(view, shown, "ข่าวก่อนหน้านี้"),
        footer = footer(view),
    );
    document(view, &shown.revision.title, "", &body)
}

fn table(view: &View<'_>, shown: &Shown<'_>) -> String {
    let mut text = String::new();
    for block in &shown.revision.blocks {
        let _ = match block {
            Block::Paragraph(text_of) => writeln!(text, "&nbsp;&nbsp;&nbsp;{}<br><br>", escape(text_of)),
            Block::Subheading(text_of) => writeln!(text, "<b>{}</b><br><br>", escape(text_of)),
        };
    }
    let mut links = String::new();
    for other in view.related(shown) {
        let _ = writeln!(
            links,
            "<tr><td><font size=\"1\"><a href=\"{}\">{}</a></font></td></tr>",
            escape(&other.article.path),
            escape(&other.revision.title)
        );
    }
    let body = format!(
        "<table width=\"960\" align=\"center\" border=\"0\"><tr><td colspan=\"2\" bgcolor=\"#003366\">\
         <font color=\"#ffffff\" size=\"5\">{name}</font></td></tr>\n\
         <tr><td width=\"180\" valign=\"top\"><table><tr><td><a href=\"/\">หน้าแรก</a></td></tr>\
         <tr><td><a href=\"/board\">กระดานสนทนา</a></td></tr><tr><td><a href=\"/guest\">สมุดเยี่ยม</a></td></tr>\n{links}</table></td>\n\
         <td valign=\"top\"><font size=\"4\" color=\"#990000\"><b>{title}</b></font><br>\n<font size=\"1\">{byline}</font><br><br>\n\
         <font size=\"2\">\n{text}</font></td></tr>\n\
         <tr><td colspan=\"2\" align=\"center\"><font size=\"1\">สงวนลิขสิทธิ์ {name} เหมาะกับหน้าจอ 1024 x 768</font></td></tr></table>\n",
        name = escape(&view.outlet.name),
        title = escape(&shown.revision.title),
        byline = byline(view, shown),
    );
    document(view, &shown.revision.title, "", &body)
}

fn official(view: &View<'_>, shown: &Shown<'_>) -> String {
    let body = format!(
        "<header><div class=\"garuda\"></div><h2>{name}</h2><nav><a href=\"/\">หน้าหลัก</a> <a href=\"/about\">เกี่ยวกับหน่วยงาน</a> \
         <a href=\"/service\">บริการประชาชน</a> <a href=\"/contact\">ติดต่อเรา</a></nav></header>\n\
         <section class=\"announce\">\n<h1>{title}</h1>\n<p class=\"issued\">เผยแพร่เมื่อ {byline}</p>\n<div class=\"detail\">\n{text}</div>\n</section>\n\
         <section class=\"older\">{related}</section>\n\
         <footer><p>แบบจำลองเว็บไซต์หน่วยงานเพื่อการสาธิต มิใช่ประกาศจริง</p></footer>\n",
        name = escape(&view.outlet.name),
        title = escape(&shown.revision.title),
        byline = byline(view, shown),
        text = paragraphs(&shown.revision.blocks),
        related = related(view, shown, "ประกาศก่อนหน้า"),
    );
    document(view, &shown.revision.title, "", &body)
}

/// Whether the outlet's own front page is one of its sources; then both answer the same.
pub(crate) fn is_front_page(view: &View<'_>, path: &str) -> bool {
    path == "/"
        || view.outlet.sources.iter().any(|source| source.kind == SourceKind::Listing && source.path == path)
}
