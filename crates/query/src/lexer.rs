//! From letters to lexemes: brackets, operators, fields, words and quotes, each with its bytes.

use std::ops::Range;

use crate::error::{Fault, Problem};
use crate::limits;

/// One lexeme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Lexeme<'q> {
    Open,
    Close,
    And,
    Or,
    Not,
    Near {
        ordered: bool,
        distance: u32,
    },
    Field(FieldKey),
    Word(&'q str),
    /// A word without its `*`.
    Prefix(&'q str),
    /// A word with `?`, or with a `*` before its end.
    Pattern(&'q str),
    Quoted(&'q str),
    /// What follows `=`, with or without quotes.
    Exact(&'q str),
}

/// The fields of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKey {
    Title,
    Text,
    Outlet,
    Source,
    Agency,
    Story,
    Url,
    Date,
    Rule,
    Kind,
    Place,
    Lang,
    Author,
}

impl FieldKey {
    const ALL: [Self; 13] = [
        Self::Title,
        Self::Text,
        Self::Outlet,
        Self::Source,
        Self::Agency,
        Self::Story,
        Self::Url,
        Self::Date,
        Self::Rule,
        Self::Kind,
        Self::Place,
        Self::Lang,
        Self::Author,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Text => "text",
            Self::Outlet => "outlet",
            Self::Source => "source",
            Self::Agency => "agency",
            Self::Story => "story",
            Self::Url => "url",
            Self::Date => "date",
            Self::Rule => "rule",
            Self::Kind => "kind",
            Self::Place => "place",
            Self::Lang => "lang",
            Self::Author => "author",
        }
    }
}

/// A lexeme and where it stands, in bytes of the query.
pub(crate) type Placed<'q> = (Lexeme<'q>, Range<usize>);

pub(crate) fn is_quote(letter: char) -> bool {
    // Word processors and phones turn straight quotes into the others.
    matches!(letter, '"' | '“' | '”' | '„' | '‟' | '＂')
}

/// What was quoted, as it can be put in straight quotes again. They are punctuation, which is not searched.
pub(crate) fn without_straight_quotes(quoted: &str) -> String {
    quoted.replace(['"', '＂'], " ")
}

/// Where what a quote began ends: how many bytes stand inside, and how many the quote at the end has.
///
/// Quotes inside are part of it where they come in pairs, as in a headline that was pasted: `"นายกฯ ย้ำ “ไม่ลาออก” แน่"`. Whoever mixes
/// straight and curly ones, as word processors do, is understood as well: then the next quote ends it. Where `doubles`, one
/// written twice is a letter.
fn closing(open: char, rest: &str, doubles: bool) -> Option<(usize, usize)> {
    let is_straight = |letter| matches!(letter, '"' | '＂');
    let (mut inner, mut next) = (0_usize, None);
    let mut letters = rest.char_indices().filter(|&(_, letter)| is_quote(letter)).peekable();
    while let Some((at, letter)) = letters.next() {
        if doubles && letters.next_if_eq(&(at + letter.len_utf8(), letter)).is_some() {
            continue;
        }
        let here = (at, letter.len_utf8());
        next.get_or_insert(here);
        match letter {
            _ if is_straight(letter) && is_straight(open) => return Some(here),
            _ if is_straight(letter) => {}
            '“' if open == '„' && inner == 0 => return Some(here),
            '“' | '„' => inner += 1,
            _ if inner > 0 => inner -= 1,
            _ => return Some(here),
        }
    }
    next
}

fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '(' | ')') || is_quote(letter)
}

/// Whether nothing is left of a letter in normal form. Pages carry such letters, also before what would be an operator.
fn is_invisible(letter: char) -> bool {
    (letter.is_ascii_control() || !letter.is_ascii())
        && !letter.is_alphanumeric()
        && praden_text::normalize(letter.encode_utf8(&mut [0; 4])).as_str().is_empty()
}

/// Cuts a query into lexemes. Returns those before the first fault with it.
pub(crate) fn lex(query: &str) -> (Vec<Placed<'_>>, Option<Fault>) {
    let mut lexemes: Vec<Placed<'_>> = Vec::new();
    let mut at = 0;
    while let Some(letter) = query.get(at..).and_then(|rest| rest.chars().next()) {
        let start = at;
        at += letter.len_utf8();
        let rest = query.get(at..).unwrap_or("");
        match letter {
            _ if letter.is_whitespace() || is_invisible(letter) => {}
            '(' => lexemes.push((Lexeme::Open, start..at)),
            ')' => lexemes.push((Lexeme::Close, start..at)),
            _ if is_quote(letter) => {
                let Some((len, close)) = closing(letter, rest, false) else {
                    return (lexemes, Some(Problem::QuoteOpen.at(start..query.len())));
                };
                let inside = rest.get(..len).unwrap_or("");
                at += len + close;
                let in_url = matches!(lexemes.last(), Some((Lexeme::Field(FieldKey::Url), _)));
                if let Some(star) = inside.find('*').filter(|_| !in_url) {
                    let star = start + letter.len_utf8() + star;
                    return (lexemes, Some(Problem::WildcardInQuotes.at(star..star + 1)));
                }
                lexemes.push((Lexeme::Quoted(inside), start..at));
            }
            '=' if rest.starts_with(is_quote) => {
                // Everything in these quotes is meant as it stands.
                let open = rest.chars().next().unwrap_or('"');
                let inside = rest.get(open.len_utf8()..).unwrap_or("");
                let Some((len, close)) = closing(open, inside, true) else {
                    return (lexemes, Some(Problem::QuoteOpen.at(at..query.len())));
                };
                at += open.len_utf8() + len + close;
                lexemes.push((Lexeme::Exact(inside.get(..len).unwrap_or("")), start..at));
            }
            '=' => {
                let len = rest.find(ends_word).unwrap_or(rest.len());
                at += len;
                lexemes.push((Lexeme::Exact(rest.get(..len).unwrap_or("")), start..at));
            }
            _ => {
                if let Some((Lexeme::Field(FieldKey::Url), _)) = lexemes.last() {
                    // An address has colons, question marks and balanced brackets of its own.
                    let value = url_value(query.get(start..).unwrap_or(""));
                    at = start + value.len();
                    lexemes.push((Lexeme::Word(value), start..at));
                    continue;
                }
                let len = query.get(start..).unwrap_or("").find(ends_word).unwrap_or(query.len() - start);
                let word = query.get(start..start + len).unwrap_or("");
                at = start + len;
                // 10:30 is a part of a date that is written wrong, not a field in a field.
                let in_value = match lexemes.last() {
                    Some((Lexeme::Field(key), _)) => !matches!(key, FieldKey::Title | FieldKey::Text),
                    _ => false,
                };
                match read_word(word, in_value) {
                    // The value follows; go on right after the colon.
                    Ok(Lexeme::Field(key)) => {
                        at = start + key.name().len() + 1;
                        lexemes.push((Lexeme::Field(key), start..at));
                    }
                    Ok(lexeme) => lexemes.push((lexeme, start..at)),
                    Err(problem) => return (lexemes, Some(problem.at(start..at))),
                }
            }
        }
    }
    (lexemes, None)
}

/// Everything up to white space, a quote, or a bracket that closes one from outside.
fn url_value(rest: &str) -> &str {
    let mut open = 0_usize;
    let end = rest.find(|letter: char| {
        match letter {
            '(' => open += 1,
            ')' if open == 0 => return true,
            ')' => open -= 1,
            _ => {}
        }
        letter.is_whitespace() || is_quote(letter)
    });
    rest.get(..end.unwrap_or(rest.len())).unwrap_or(rest)
}

/// Whether text, written without quotes, is read as one word and as itself.
pub(crate) fn is_plain_word(text: &str) -> bool {
    !text.starts_with('=')
        && !text.is_empty()
        && !text.contains(ends_word)
        && read_word(text, false) == Ok(Lexeme::Word(text))
}

fn read_word(word: &str, in_value: bool) -> Result<Lexeme<'_>, Problem> {
    // An operator with an invisible character in it, as pages carry them, is still the operator.
    let plain = praden_text::normalize(word);
    match plain.as_str() {
        "AND" => return Ok(Lexeme::And),
        "OR" => return Ok(Lexeme::Or),
        "NOT" => return Ok(Lexeme::Not),
        // Thai sets no spaces around these words in running text, so between spaces they are meant as operators; the
        // parser says that it read them so.
        "และ" => return Ok(Lexeme::And),
        "หรือ" => return Ok(Lexeme::Or),
        "ไม่" => return Ok(Lexeme::Not),
        _ => {}
    }
    let upper = plain.as_str().to_uppercase();
    let lower_case = |operator| Err(Problem::NotOperator { written: word.to_owned(), operator });
    match upper.as_str() {
        "AND" => return lower_case("AND"),
        "OR" => return lower_case("OR"),
        "NOT" => return lower_case("NOT"),
        // "And not", "but not": as words they would ask for articles that have them.
        "และไม่" | "แต่ไม่" => return lower_case("AND NOT"),
        "NEAR" | "ONEAR" => return Err(Problem::DistanceMissing(word.to_owned())),
        _ => {}
    }
    for (name, ordered) in [("NEAR/", false), ("ONEAR/", true)] {
        let Some(distance) = upper.strip_prefix(name) else { continue };
        if !plain.as_str().starts_with(name) {
            return lower_case(if ordered { "ONEAR/n" } else { "NEAR/n" });
        }
        let digits = distance.bytes().all(|byte| byte.is_ascii_digit());
        let distance = distance.parse().ok().filter(|n| digits && (1..=limits::DISTANCE_MAX).contains(n));
        return distance
            .map(|distance| Lexeme::Near { ordered, distance })
            .ok_or_else(|| Problem::DistanceBad(word.to_owned()));
    }

    if is_foreign_distance(&upper) {
        return Err(Problem::Foreign {
            written: word.to_owned(),
            instead: "write NEAR/5, or ONEAR/5 to keep the order",
        });
    }

    if let Some((name, value)) = word.split_once(':') {
        if let Some(key) = FieldKey::ALL.into_iter().find(|key| key.name().eq_ignore_ascii_case(name)) {
            return Ok(Lexeme::Field(key));
        }
        // 10:30 is a time, 3:1 a score.
        let number = |part: &str| part.chars().all(|letter| letter.is_numeric() || letter == '.');
        if !in_value && (name.is_empty() || !number(name) || !value.starts_with(char::is_numeric)) {
            return Err(Problem::UnknownField(name.to_owned()));
        }
    }
    foreign(plain.as_str())?;

    if !word.contains(['*', '?']) {
        return Ok(Lexeme::Word(word));
    }
    if word.starts_with(['*', '?']) && word.len() > 1 {
        return Err(Problem::WildcardFirst(word.to_owned()));
    }
    let letters =
        praden_text::normalize(word).as_str().chars().filter(|letter| letter.is_alphanumeric()).count();
    if letters < limits::PREFIX_CHARS_MIN {
        return Err(Problem::WildcardShort(word.to_owned()));
    }
    let stem = word.trim_end_matches('*');
    let is_prefix = stem.len() < word.len() && !stem.contains(['*', '?']);
    Ok(if is_prefix { Lexeme::Prefix(stem) } else { Lexeme::Pattern(word) })
}

/// The operator that somebody has set between Thai words without spaces, where it is letters like the others.
pub(crate) fn glued_operator(word: &str) -> Option<&'static str> {
    let is_thai =
        |letter: Option<char>| letter.is_some_and(|letter| ('\u{E01}'..='\u{E4E}').contains(&letter));
    ["AND", "OR", "NOT"].into_iter().find(|operator| {
        word.match_indices(operator).any(|(at, _)| {
            let (before, after) =
                (word.get(..at).unwrap_or(""), word.get(at + operator.len()..).unwrap_or(""));
            is_thai(before.chars().next_back()) && is_thai(after.chars().next())
        })
    })
}

/// Whether a word, in capitals, is how other languages write a distance: NEAR5, NEAR:5, W/5, PRE/5, ADJ5.
fn is_foreign_distance(word: &str) -> bool {
    let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
    ["ONEAR", "NEAR", "ADJ", "W/", "PRE/", "ADJ/"].into_iter().any(|name| {
        word.strip_prefix(name)
            .is_some_and(|rest| is_number(rest.strip_prefix([':', '=', '~']).unwrap_or(rest)))
    })
}

/// Refuses what means something in another query language: answering it as a word would be a wrong answer in silence.
fn foreign(word: &str) -> Result<(), Problem> {
    let foreign = |written: &str, instead| Err(Problem::Foreign { written: written.to_owned(), instead });
    if word.contains("&&") || word == "&" {
        return foreign(if word == "&" { "&" } else { "&&" }, "write AND");
    }
    if word.contains("||") || word == "|" {
        return foreign(if word == "|" { "|" } else { "||" }, "write OR");
    }
    match word.chars().next() {
        Some('!') => return foreign("!", "write NOT"),
        Some('-') if word.len() > 1 => return foreign("-", "write NOT"),
        Some('+') if word.len() > 1 => {
            return foreign("+", "write AND, or nothing: words beside each other must all be there");
        }
        Some('<' | '>') => return foreign(word.get(..1).unwrap_or(word), "write a range: date:2025-07-01.."),
        Some('/') if word.len() > 2 && word.ends_with('/') => {
            return foreign("/", "there are no regular expressions");
        }
        _ => {}
    }
    for letter in word.chars() {
        match letter {
            '~' => {
                return foreign(
                    "~",
                    "write a NEAR/5 b for words close to each other; there is no fuzzy search",
                );
            }
            '^' => return foreign("^", "there are no boosts"),
            '[' | ']' | '{' | '}' => {
                return foreign(
                    if matches!(letter, '[' | ']') { "[" } else { "{" },
                    "write a range as date:2025-07-01..2025-07-31, a group in ( )",
                );
            }
            '\\' => return foreign("\\", "nothing needs escaping in quotes"),
            _ => {}
        }
    }
    Ok(())
}
