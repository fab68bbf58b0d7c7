//! Articles for the tests of the index.

use jiff::Timestamp;
use praden_model::{
    AcceptRule, AgencyId, AnalyzedText, ArticleId, CanonicalUrl, DateOrigin, DateTrust, FieldName, Mention,
    OutletId, Published, Revision, Seq, SourceId, Span,
};
use praden_query::Expr;
use praden_text::Segmenter;

/// The first revision of an article that is named by its position.
pub fn article(seq: u64, title: &str, text: &str) -> Revision {
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    Revision {
        seq: Seq::new(seq),
        article: ArticleId::new(seq),
        revision: 1,
        url: CanonicalUrl::parse(&format!("https://news.example.com/{}/{seq}", seq % 5)).unwrap(),
        source: SourceId::new(format!("source-{}", seq % 3)).unwrap(),
        outlet: OutletId::new(format!("outlet-{}", seq % 4)).unwrap(),
        title: analyze(title),
        text: analyze(text),
        published: None,
        fetched_at: "2025-08-01T00:00:00Z".parse().unwrap(),
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
    }
}

/// A date that is believed.
pub fn published(at: &str) -> Option<Published> {
    Some(Published {
        at: at.parse().unwrap(),
        precision: praden_text::Precision::Second,
        origin: DateOrigin::Feed,
        trust: DateTrust::Trusted,
        written: at.to_owned(),
    })
}

/// A mention of an agency, wherever.
pub fn mention(agency: &str) -> Mention {
    Mention {
        field: FieldName::Title,
        raw: Span::new(0..1),
        normalized: Span::new(0..1),
        agency: AgencyId::new(agency).unwrap(),
        surface: String::new(),
        rule: AcceptRule::FullName,
    }
}

/// The tree of a query, on 1 August 2025.
pub fn tree(query: &str) -> Expr {
    let now: Timestamp = "2025-08-01T03:00:00Z".parse().unwrap();
    praden_query::parse(query, now).unwrap_or_else(|error| panic!("{query:?}: {error}")).tree
}
