//! Articles of a file of JSON lines, as the benches of search read them.

use std::io::{BufRead as _, BufReader};
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use praden_model::{
    AnalyzedText, ArticleId, CanonicalUrl, DateOrigin, DateTrust, OutletId, Published, Revision, Seq,
    SourceId,
};
use praden_text::{Precision, Segmenter};

/// The lines of a file that Zstandard has packed.
///
/// # Errors
/// When there is no such file.
pub fn lines(file: &Path) -> anyhow::Result<impl Iterator<Item = std::io::Result<String>> + use<>> {
    let input = std::fs::File::open(file)
        .with_context(|| format!("cannot open {}: give a file of JSON lines", file.display()))?;
    let mut decoder = zstd::Decoder::new(input)?;
    decoder.window_log_max(27)?;
    Ok(BufReader::new(decoder).lines())
}

/// The article of a line, at a position in the log. Of one of twenty outlets.
///
/// # Errors
/// When the line is no JSON.
pub fn revision(line: &str, seq: u64, segmenter: &Segmenter) -> anyhow::Result<Revision> {
    let value: serde_json::Value = serde_json::from_str(line)?;
    let field = |name: &str| value.get(name).and_then(serde_json::Value::as_str).unwrap_or("").to_owned();
    let analyze = |name: &str| AnalyzedText::analyze(field(name), segmenter);
    let at = format!("{}T00:00:00Z", field("date")).parse::<Timestamp>().unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Revision {
        seq: Seq::new(seq),
        article: ArticleId::new(seq),
        revision: 1,
        url: CanonicalUrl::for_archive_id("bench", &seq.to_string()),
        source: SourceId::new("bench")?,
        outlet: OutletId::new(format!("outlet-{}", seq % 20))?,
        title: analyze("title"),
        text: analyze("text"),
        published: Some(Published {
            at,
            precision: Precision::Day,
            origin: DateOrigin::Feed,
            trust: DateTrust::Trusted,
            written: String::new(),
        }),
        fetched_at: at,
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
    })
}
