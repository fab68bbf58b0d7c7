//! Texts beside a rule that it must, or must not, find.

use jiff::Timestamp;
use praden_model::{AnalyzedText, ArticleId, CanonicalUrl, Mention, OutletId, Revision, Seq, SourceId};
use praden_text::Segmenter;

use super::ArticleView;

/// An article made of a few words.
#[derive(Clone, Debug)]
pub struct Example {
    revision: Revision,
}

impl Example {
    /// The first line is the headline, the rest the text. It comes from an outlet and a source called `example` and has no
    /// date.
    ///
    /// # Panics
    /// Never: the two names are sound.
    #[expect(clippy::expect_used, reason = "the names are written here")]
    pub fn new(text: &str, segmenter: &Segmenter) -> Self {
        let (title, body) = text.trim().split_once('\n').unwrap_or((text.trim(), ""));
        Self {
            revision: Revision {
                seq: Seq::new(1),
                article: ArticleId::new(1),
                revision: 1,
                url: CanonicalUrl::for_archive_id("example", "1"),
                source: SourceId::new("example").expect("a sound name"),
                outlet: OutletId::new("example").expect("a sound name"),
                title: AnalyzedText::analyze(title.to_owned(), segmenter),
                text: AnalyzedText::analyze(body.to_owned(), segmenter),
                published: None,
                fetched_at: Timestamp::UNIX_EPOCH,
                capture: None,
                authors: Vec::new(),
                warnings: Vec::new(),
            },
        }
    }

    /// The headline.
    pub fn title(&self) -> &AnalyzedText {
        &self.revision.title
    }

    /// The text.
    pub fn text(&self) -> &AnalyzedText {
        &self.revision.text
    }

    /// The example with the agencies that were found in it.
    pub fn view<'a>(&'a self, mentions: &'a [Mention]) -> ArticleView<'a> {
        ArticleView { revision: &self.revision, mentions, places: &[] }
    }

    /// The words it is read as, the first ones.
    pub(super) fn cut(&self) -> String {
        const SHOWN: usize = 24;
        let words = praden_query::words(self.title()).chain(praden_query::words(self.text()));
        words.take(SHOWN).map(|word| word.term.into_owned()).collect::<Vec<_>>().join("|")
    }
}
