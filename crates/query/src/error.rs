//! What the parser says when it does not understand, and when it understands but the reader may not.

use std::fmt;
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use crate::limits;

/// A query that was not understood: where, why, what was understood before it, and what would work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// What is wrong.
    pub problem: Problem,
    /// Where, in bytes of the query as typed.
    pub at: Range<usize>,
    /// Where, counted in letters as a reader sees them (grapheme clusters), from 1.
    pub column: usize,
    /// The part before it as it was understood, in canonical form. Empty where there is none.
    pub understood: String,
}

impl QueryError {
    pub(crate) fn new(query: &str, fault: Fault, understood: String) -> Self {
        Self { problem: fault.problem, column: column(query, fault.at.start), at: fault.at, understood }
    }
}

impl std::error::Error for QueryError {}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {} (byte {}): {}", self.column, self.at.start, self.problem)?;
        if !self.understood.is_empty() {
            write!(f, "\n  understood: {}", self.understood)?;
        }
        write!(f, "\n  hint: {}", self.problem.hint())
    }
}

/// Something that was understood in a way the reader should know of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The sentence to show.
    pub message: String,
    /// What it is about, in bytes of the query as typed.
    pub at: Range<usize>,
    /// Where that starts, counted in letters from 1.
    pub column: usize,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "column {}: {}", self.column, self.message)
    }
}

/// The number of the letter at a byte, from 1.
pub(crate) fn column(query: &str, byte: usize) -> usize {
    query.grapheme_indices(true).take_while(|&(at, letter)| at + letter.len() <= byte).count() + 1
}

/// A problem at a place, before the rest of the message is known.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub problem: Problem,
    pub at: Range<usize>,
}

impl Problem {
    pub(crate) fn at(self, at: Range<usize>) -> Fault {
        Fault { problem: self, at }
    }
}

/// Everything the parser can find wrong.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// There is nothing in the query.
    #[error("the query is empty")]
    Empty,
    /// More bytes than [`limits::QUERY_BYTES_MAX`].
    #[error("the query has {0} bytes, over the limit of {max}", max = limits::QUERY_BYTES_MAX)]
    TooLong(usize),
    /// More nesting than [`limits::DEPTH_MAX`].
    #[error("brackets and NOT are nested more than {max} deep", max = limits::DEPTH_MAX)]
    TooDeep,
    /// More words and properties than [`limits::LEAVES_MAX`].
    #[error("the query has more than {max} words and properties", max = limits::LEAVES_MAX)]
    TooMany,
    /// More words in quotes than [`limits::PHRASE_WORDS_MAX`].
    #[error("the phrase has {0} words, over the limit of {max}", max = limits::PHRASE_WORDS_MAX)]
    PhraseTooLong(usize),
    /// More words of the index than may be looked up for one query. The parser never finds this: see
    /// [`crate::Query::too_broad`].
    #[error("with `{written}` the query stands for more than {max} different words")]
    TooBroad {
        /// The word, phrase or name at which the limit was passed.
        written: String,
        /// The limit.
        max: usize,
    },
    /// A quote is opened and not closed.
    #[error("the quote that starts here is never closed")]
    QuoteOpen,
    /// A bracket is opened and not closed.
    #[error("the bracket that opens here is never closed")]
    BracketOpen,
    /// A bracket is closed that was not opened.
    #[error("`)` closes a bracket that was never opened")]
    BracketClose,
    /// Nothing stands between brackets.
    #[error("there is nothing between these brackets")]
    BracketEmpty,
    /// An operator has nothing on its left.
    #[error("`{0}` has nothing on its left")]
    LeftMissing(String),
    /// An operator has nothing on its right.
    #[error("`{0}` has nothing on its right")]
    RightMissing(String),
    /// A word that elsewhere is an operator.
    #[error("`{written}` is no operator")]
    NotOperator {
        /// What was written.
        written: String,
        /// What may be meant.
        operator: &'static str,
    },
    /// An operator of another query language.
    #[error("`{written}` is no operator here")]
    Foreign {
        /// What was written.
        written: String,
        /// What to write instead.
        instead: &'static str,
    },
    /// NEAR or ONEAR without a distance.
    #[error("`{0}` has no distance")]
    DistanceMissing(String),
    /// NEAR or ONEAR with something that is no distance.
    #[error("`{0}` has no distance from 1 to {max}", max = limits::DISTANCE_MAX)]
    DistanceBad(String),
    /// NEAR or ONEAR beside something that has no place in the text.
    #[error("`{0}` joins words and phrases, or an OR of them in brackets, and nothing else")]
    NearOperand(String),
    /// More than one NEAR or ONEAR in a row.
    #[error("`{0}` follows another distance")]
    NearChain(String),
    /// The two sides of NEAR or ONEAR look in different parts.
    #[error("the two sides of `{0}` look in different parts of the article")]
    NearParts(String),
    /// A wildcard with nothing before it.
    #[error("`{0}` starts with a wildcard")]
    WildcardFirst(String),
    /// A wildcard beside something that no word has.
    #[error("`{0}` has a wildcard and punctuation, and no word has both")]
    WildcardPunctuation(String),
    /// A wildcard with too few letters beside it.
    #[error("`{0}` has fewer than {min} letters beside its wildcard", min = limits::PREFIX_CHARS_MIN)]
    WildcardShort(String),
    /// A wildcard in a phrase.
    #[error("a `*` in quotes stands for nothing")]
    WildcardInQuotes,
    /// An exact run of letters that is too short.
    #[error("`{0}` has fewer than {min} letters to find exactly", min = limits::EXACT_CHARS_MIN)]
    ExactShort(String),
    /// White space and punctuation only.
    #[error("`{0}` has no letter or digit to search for")]
    NoWord(String),
    /// A name before a colon that is no field.
    #[error("`{0}:` is no field")]
    UnknownField(String),
    /// A field without a value.
    #[error("`{0}:` has no value")]
    ValueMissing(&'static str),
    /// A field in the brackets of a field.
    #[error("`{inner}:` stands in the brackets of `{outer}:`")]
    FieldInField {
        /// The field of the brackets.
        outer: &'static str,
        /// The field inside.
        inner: &'static str,
    },
    /// A value that the field cannot have.
    #[error("`{value}` is no value of `{field}:`")]
    BadValue {
        /// The field.
        field: &'static str,
        /// What was written.
        value: String,
        /// What it takes.
        takes: &'static str,
    },
    /// A `date:` whose form is not known.
    #[error("`{0}` is no date that `date:` understands")]
    DateForm(String),
    /// A day or year that does not exist.
    #[error(
        "`{0}` names a day that is not in the calendar, or a year outside 1900 to 2199 (พ.ศ. 2443 to 2742)"
    )]
    DateNoSuchDay(String),
    /// A range that ends before it starts.
    #[error("the range `{0}` ends before it starts")]
    DateBackwards(String),
    /// Days back, none or too many.
    #[error("`{0}` looks back no day or more than 3660")]
    DateDays(String),
}

impl Problem {
    /// What would work instead, in one line.
    pub fn hint(&self) -> String {
        match self {
            Self::Empty => "write a word such as น้ำท่วม, or a field such as date:7d".into(),
            Self::TooLong(_) | Self::TooMany => "split it into several queries".into(),
            Self::TooDeep => "a AND b AND c needs no brackets, nor does a OR b OR c".into(),
            Self::PhraseTooLong(_) => "quote the part that is rare".into(),
            Self::TooBroad { written, .. } => {
                let narrow = if written.contains(['*', '?']) {
                    "write more of the word before the wildcard"
                } else {
                    "split the query into several"
                };
                format!("{narrow}; the limit is `terms_max` under [search] in the pipeline file")
            }
            Self::QuoteOpen => "add a \" after the last word of the phrase; in =\"...\" a quote that is a letter is written twice".into(),
            Self::BracketOpen => "add a ) where the group ends".into(),
            Self::BracketClose => "remove it, or add a ( where the group starts; to search for it, put the words in quotes".into(),
            Self::BracketEmpty => "remove them, or write words between them".into(),
            Self::LeftMissing(operator) => format!("write a word, a phrase or a bracket before it; to search for the word itself: \"{operator}\""),
            Self::RightMissing(operator) => format!("write a word, a phrase or a bracket after it; to search for the word itself: \"{operator}\""),
            Self::NotOperator { written, operator } => format!("write {operator}; to search for the word itself: \"{written}\""),
            Self::Foreign { instead, .. } => format!("{instead}; to search for what is written, put it in quotes"),
            Self::DistanceBad(operator) if operator.ends_with(['f', 'F']) => {
                "write ONEAR/5 for words in this order".into()
            }
            Self::DistanceMissing(operator) | Self::DistanceBad(operator) => {
                let name = if operator.to_uppercase().starts_with('O') { "ONEAR" } else { "NEAR" };
                format!("write {name}/5 for at most five words; {name}/1 is next to each other")
            }
            Self::NearOperand(_) => "write (a OR b) NEAR/5 \"c d\"; join the rest with AND".into(),
            Self::NearChain(operator) => format!("join pairs with AND: a {operator} b AND b {operator} c"),
            Self::NearParts(operator) => format!("write the field before brackets: title:(a {operator} b)"),
            Self::WildcardFirst(word) => {
                let letters: String = word.chars().filter(|letter| !matches!(letter, '*' | '?')).collect();
                if letters.chars().count() < limits::EXACT_CHARS_MIN {
                    "start with at least two letters: fl*od".into()
                } else {
                    format!("start with a letter: fl*od; to find these letters anywhere in a word: =\"{letters}\"")
                }
            }
            Self::WildcardPunctuation(_) => "leave the punctuation out, or write the letters as they stand: =\"ก.พ.\"".into(),
            Self::WildcardShort(_) => "write more of the word: flood*".into(),
            Self::WildcardInQuotes => "take the * out, or write the word without quotes: flood*".into(),
            Self::ExactShort(_) => "write at least two letters right after it: =กก, =\"ก ก\"; one letter stands in nearly every article".into(),
            Self::NoWord(_) => "punctuation is not searched: write the words beside it, or the exact letters with it: =\"5%\"".into(),
            Self::UnknownField(name) => unknown_field(name),
            Self::ValueMissing(field) => format!("write it after the colon, such as {}", example(field)),
            Self::FieldInField { outer, .. } => format!("close the brackets first: {outer}:(a OR b) AND title:c"),
            Self::BadValue { takes, .. } => format!("it takes {takes}"),
            Self::DateForm(_) | Self::DateNoSuchDay(_) => {
                "write date:2568-07-31, date:2568-07, date:2025-07-01..2025-07-31, date:2025-07-01.., date:7d, date:today or date:yesterday".into()
            }
            Self::DateBackwards(_) => "write the earlier day first".into(),
            Self::DateDays(_) => "date:7d is today and the six days before; for more than ten years write date:2015-01-01..".into(),
        }
    }
}

/// What others call our fields, and what they have that we write otherwise.
fn unknown_field(name: &str) -> String {
    const FIELDS: &str = "fields are title, text, outlet, source, agency, story, rule, kind, place, lang, author, url and date";
    match name.to_lowercase().as_str() {
        "" => "write the name of a field right before the colon, without a space: title:น้ำท่วม",
        "authors" | "authorname" | "by" | "byline" | "ผู้เขียน" | "โดย" => {
            "write author:\"ชื่อ นามสกุล\""
        }
        "http" | "https" => {
            "to find an address write url:https://...; to search for words, put them in quotes"
        }
        "headline" | "head" | "intitle" | "หัวข้อ" | "หัวข้อข่าว" | "พาดหัว" | "พาดหัวข่าว" | "ชื่อเรื่อง" => {
            "write title:น้ำท่วม"
        }
        "body" | "content" | "ingress" | "lead" | "เนื้อหา" | "เนื้อข่าว" | "ข้อความ" => {
            "write text:น้ำท่วม"
        }
        "site" | "domain" | "host" | "publication" | "media" | "sourcename" | "สื่อ" | "สำนักข่าว" => {
            "write outlet: with the outlet's id, or url:https://example.com/* for all pages of a site"
        }
        "raw" | "exact" => "write =letters, or =\"letters with spaces\", for exactly these letters",
        "language" | "ภาษา" => "write lang:th",
        "published" | "day" | "from" | "to" | "after" | "before" | "since" | "until" | "วันที่" | "วัน" => {
            "write date:2568-07-01..2568-07-31, date:2025-07-01.. or date:7d"
        }
        "country" | "region" | "province" | "location" | "จังหวัด" | "อำเภอ" | "สถานที่" => {
            "write place: with the place's id: place:chiang-mai"
        }
        "หน่วยงาน" | "กระทรวง" | "กรม" => {
            "write agency: with the agency's id: agency:ddpm"
        }
        _ => return format!("{FIELDS}; to search for words with a colon, put them in quotes"),
    }
    .into()
}

fn example(field: &str) -> &'static str {
    match field {
        "title" => "title:น้ำท่วม",
        "text" => "text:\"น้ำท่วม กรุงเทพ\"",
        "outlet" => "outlet:thaigov",
        "source" => "source:thaigov-rss",
        "agency" => "agency:ddpm",
        "story" => "story:st-42",
        "url" => "url:https://example.com/news/1",
        "rule" => "rule:floods",
        "kind" => "kind:complaint",
        "place" => "place:chiang-mai",
        "lang" => "lang:th",
        "author" => "author:\"สมชาย ใจดี\"",
        _ => "date:7d",
    }
}
