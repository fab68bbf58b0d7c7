//! Words that an article cuts otherwise: what a query misses of its own letters, and the query that misses nothing.
//!
//! Thai has no spaces, so the letters of a word stand in some articles under another cut: `คัดกรอง` for `คัด|กรอง`, or glued
//! to a neighbour, `จังหวัดปัตตานี` for `ปัตตานี`. Words do not find those; exact letters do. [`Expr::with_letters`] is the
//! query that finds both, to be counted beside the query itself, and [`Expr::cut_otherwise`] shows of one article how it cuts.
//! What NOT takes away has the same fault, with too many articles found: [`Expr::denying_letters`].

use std::ops::Range;

use praden_model::AnalyzedText;
use praden_text::clusters::is_attached;

use crate::evaluate::DocumentView;
use crate::exact::Exact;
use crate::limits;
use crate::tree::{Expr, Phrase};

/// The fewest Thai letters, vowels and tone marks counted, of a word that is looked for by its letters too. Shorter ones
/// stand inside strangers by chance: ยา in พยาบาล and ทรัพยากร, two articles in three. Of a hundred words and phrases of
/// agencies' remits that more articles have by their letters, nearly nine in ten mean the same there; of fifty runs of words
/// drawn from articles at random, ไปแล้ว and the like among them, seven in ten.
const LETTERS_MIN: usize = 4;

/// How many words and phrases of one query are looked for by their letters. Each costs as much as a search of its own.
const WORDS_MAX: usize = 32;

impl Phrase {
    /// The letters of the phrase, or of the start of one, where an article may cut them otherwise: Thai, and enough of them.
    fn letters(&self) -> Option<Exact> {
        if self.pattern().is_some() {
            return None;
        }
        let thai = self.written().chars().filter(|letter| ('ก'..='\u{E4E}').contains(letter)).count();
        (thai >= LETTERS_MIN).then(|| Exact::new(self.written()))
    }
}

impl Expr {
    /// The same query, which finds its Thai words and phrases by their letters too, however an article cuts them: all
    /// that the query finds, and what it misses. Nothing if no word of it can be missed so, or too many can.
    ///
    /// Left as they are: what NOT denies, the sides of NEAR, which count words, words with a wildcard before their end, and
    /// words of fewer than four Thai letters, which stand in other words by chance.
    ///
    /// ```
    /// let now = jiff::Timestamp::UNIX_EPOCH;
    /// let query = praden_query::parse("\"คัดกรอง\" flood NOT ซ้อม", now)?;
    /// let wider = query.tree.with_letters().map(|tree| tree.to_string());
    /// assert_eq!(wider.as_deref(), Some("(คัดกรอง OR =\"คัดกรอง\") AND flood AND NOT ซ้อม"));
    /// # Ok::<(), praden_query::QueryError>(())
    /// ```
    #[must_use]
    pub fn with_letters(&self) -> Option<Self> {
        let mut words = 0;
        self.widened(&mut words).offered(words)
    }

    /// The same query, whose NOT takes away what has the letters of its Thai words and phrases, too, however an article cuts
    /// them: less than what the query finds. Nothing if there is no such word, or too many.
    ///
    /// ```
    /// let query = praden_query::parse("flood NOT คัดกรอง", jiff::Timestamp::UNIX_EPOCH)?;
    /// let narrower = query.tree.denying_letters().map(|tree| tree.to_string());
    /// assert_eq!(narrower.as_deref(), Some("flood AND NOT (คัดกรอง OR =\"คัดกรอง\")"));
    /// # Ok::<(), praden_query::QueryError>(())
    /// ```
    #[must_use]
    pub fn denying_letters(&self) -> Option<Self> {
        let mut words = 0;
        self.denying(&mut words).offered(words)
    }

    fn offered(self, words: usize) -> Option<Self> {
        // What is offered must be readable again.
        let is_readable = self.levels() <= limits::DEPTH_MAX
            && self.leaves() <= limits::LEAVES_MAX
            && self.to_string().len() <= limits::QUERY_BYTES_MAX;
        ((1..=WORDS_MAX).contains(&words) && is_readable).then_some(self)
    }

    fn denying(&self, words: &mut usize) -> Self {
        match self {
            Self::And(parts) => Self::And(parts.iter().map(|part| part.denying(words)).collect()),
            Self::Or(parts) => Self::Or(parts.iter().map(|part| part.denying(words)).collect()),
            Self::Not(part) => Self::Not(Box::new(part.widened(words))),
            Self::Phrase(..) | Self::Near(..) | Self::Exact(..) | Self::Is(_) => self.clone(),
        }
    }

    fn widened(&self, words: &mut usize) -> Self {
        match self {
            Self::And(parts) => Self::And(parts.iter().map(|part| part.widened(words)).collect()),
            Self::Or(parts) => Self::Or(
                // An OR in an OR is one.
                parts
                    .iter()
                    .flat_map(|part| match part.widened(words) {
                        Self::Or(inner) => inner,
                        other => vec![other],
                    })
                    .collect(),
            ),
            Self::Phrase(scope, phrase) => match phrase.letters() {
                None => self.clone(),
                Some(exact) => {
                    *words += 1;
                    Self::Or(vec![self.clone(), Self::Exact(*scope, exact)])
                }
            },
            Self::Not(_) | Self::Near(..) | Self::Exact(..) | Self::Is(_) => self.clone(),
        }
    }

    fn leaves(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::leaves).sum(),
            Self::Not(part) => part.leaves(),
            Self::Near(_, near) => near.left.len() + near.right.len(),
            Self::Phrase(..) | Self::Exact(..) | Self::Is(_) => 1,
        }
    }

    /// How an article that has the letters of a word or phrase that NOT denies, and not the word, cuts them.
    pub fn denied_cut_otherwise(&self, document: &DocumentView<'_>) -> Option<String> {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                parts.iter().find_map(|part| part.denied_cut_otherwise(document))
            }
            Self::Not(part) => part.cut_otherwise(document),
            Self::Phrase(..) | Self::Near(..) | Self::Exact(..) | Self::Is(_) => None,
        }
    }

    /// How an article that has the letters of a word or phrase, and not the word, cuts them: the words that they stand in, with
    /// `|` between. Nothing where they stand in it only as parts of strangers, ราคายา in ราคา|ยาง.
    pub fn cut_otherwise(&self, document: &DocumentView<'_>) -> Option<String> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().find_map(|part| part.cut_otherwise(document)),
            Self::Phrase(scope, phrase) => {
                let exact = phrase.letters()?;
                if self.matches(document) {
                    return None;
                }
                scope.fields().iter().find_map(|&name| {
                    let text = document.analyzed(name);
                    exact.places(text.normalized()).find_map(|place| cut_at(text, place, phrase.is_prefix()))
                })
            }
            Self::Not(_) | Self::Near(..) | Self::Exact(..) | Self::Is(_) => None,
        }
    }
}

/// The tokens under a place, if what they have beyond it may be words of its own. What `is_open` may go on as it likes.
fn cut_at(text: &AnalyzedText, place: Range<usize>, is_open: bool) -> Option<String> {
    let normalized = text.normalized();
    let first = text.ends().partition_point(|&end| end as usize <= place.start);
    let start =
        first.checked_sub(1).and_then(|before| text.ends().get(before)).map_or(0, |&end| end as usize);
    let mut tokens = Vec::new();
    let mut at = start;
    for &end in text.ends().get(first..)? {
        tokens.push(normalized.get(at..end as usize)?);
        at = end as usize;
        if at >= place.end {
            break;
        }
    }
    let (before, after) = (normalized.get(start..place.start)?, normalized.get(place.end..at)?);
    (may_end(before) && (is_open || may_start(after))).then(|| tokens.join("|"))
}

/// Whether what stands before letters in the same token may be words, so that the letters begin one.
fn may_end(rest: &str) -> bool {
    rest.is_empty() || (!is_lone_letter(rest) && !rest.ends_with(['เ', 'แ', 'โ', 'ใ', 'ไ']))
}

/// Whether what stands after letters in the same token may be words, so that the letters end one: no mark or vowel that the last
/// letter carries, and no final consonant.
fn may_start(rest: &str) -> bool {
    rest.is_empty()
        || (!is_lone_letter(rest)
            && !rest.starts_with(|c| is_attached(c) || matches!(c, 'ะ' | 'า' | 'ำ' | 'ๅ')))
}

fn is_lone_letter(rest: &str) -> bool {
    let mut letters = rest.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.all(is_attached)
}

#[cfg(test)]
mod tests {
    use praden_text::Segmenter;

    use super::*;

    fn text(tokens: &[&str]) -> AnalyzedText {
        let mut end = 0;
        let ends = tokens.iter().map(|token| {
            end += token.len() as u32;
            end
        });
        let ends = ends.collect();
        let version = praden_model::TextVersion::CURRENT;
        AnalyzedText::restore(tokens.concat(), ends, version, Segmenter::embedded())
    }

    #[track_caller]
    fn check(tokens: &[&str], letters: &str, want: Option<&str>) {
        let text = text(tokens);
        let exact = Exact::new(letters);
        let got = exact.places(text.normalized()).find_map(|place| cut_at(&text, place, false));
        assert_eq!(got.as_deref(), want, "{letters} in {tokens:?}");
    }

    #[test]
    fn letters_between_what_may_be_words_are_shown_as_they_are_cut() {
        check(&["การ", "คัดกรอง", "โรค"], "คัดกรอง", Some("คัดกรอง"));
        check(&["ท่า", "เรือ", "แหลม", "ฉบัง"], "ท่าเรือแหลมฉบัง", Some("ท่า|เรือ|แหลม|ฉบัง"));
        check(&["ใน", "จังหวัดปัตตานี"], "ปัตตานี", Some("จังหวัดปัตตานี"));
        check(&["ตลาดเบลเยียม", "ได้"], "ตลาด", Some("ตลาดเบลเยียม"));
        check(&["ไต้ฝุ่น"], "ฝุ่น", Some("ไต้ฝุ่น"));
        check(&["#เบี้ยคนพิการ"], "คนพิการ", Some("#เบี้ยคนพิการ"));
        // The first place is inside a stranger, the second is not.
        check(&["น้ำ", "เสียง", " ", "น้ำ", "เสีย"], "น้ำเสีย", Some("น้ำ|เสีย"));
    }

    #[test]
    fn letters_inside_strangers_are_not() {
        check(&["น้ำ", "เสียง"], "น้ำเสีย", None);
        check(&["พืช", "ผลิต"], "พืชผล", None);
        check(&["ศรีแก้ว"], "แก้", None);
        check(&["เบอร์รี่"], "เบอร์รี", None);
        check(&["สภาพ"], "ภาพ", None);
        check(&["กรามา"], "กราม", None);
        check(&["เวลา"], "วลา", None);
    }
}
