//! Names of authors, in queries and in articles.

use std::fmt;

use praden_text::clusters::is_attached;

use crate::lexer::without_straight_quotes;
use crate::words::lower;

/// Titles that Thai sets before a name without a space. They are left out on both sides, because a desk looks for the
/// person. The longer first.
const TITLES: [&str; 3] = ["นางสาว", "นาย", "นาง"];

/// A name to look for among the authors of an article: `author:สมชาย`, `author:"สมชาย ใจดี"`, `author:สม*`.
///
/// A name is compared by its parts, which spaces and punctuation separate, without capitals and without the titles นาย,
/// นาง and นางสาว. The parts that are sought must stand next to each other in the name of one author; no part is ever cut
/// into words, as names are where a segmenter errs most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorName {
    written: String,
    parts: Vec<String>,
    prefix: bool,
}

impl AuthorName {
    /// Reads a name; nothing if it has no letter. `prefix` says that a `*` followed it.
    pub(crate) fn new(written: &str, prefix: bool) -> Option<Self> {
        let written = praden_text::normalize(&without_straight_quotes(written)).as_str().trim().to_owned();
        let parts = name_parts(&written);
        // `ส.*` would find every name that has a part of that one letter.
        if parts.is_empty() || (prefix && !written.ends_with(is_of_part)) {
            return None;
        }
        Some(Self { written, parts, prefix })
    }

    /// The parts that must stand next to each other. At least one.
    pub fn parts(&self) -> &[String] {
        &self.parts
    }

    /// Whether the last part is only the start of one.
    pub fn is_prefix(&self) -> bool {
        self.prefix
    }

    /// Whether an author's name has the parts.
    pub fn is_in(&self, author: &str) -> bool {
        let name = name_parts(author);
        let Some((last, first)) = self.parts.split_last() else { return false };
        name.windows(self.parts.len()).any(|window| {
            window.split_last().is_some_and(|(its_last, its_first)| {
                its_first == first
                    && if self.prefix { its_last.starts_with(last.as_str()) } else { its_last == last }
            })
        })
    }
}

impl fmt::Display for AuthorName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.prefix {
            write!(f, "author:{}*", self.written)
        } else {
            write!(f, "author:\"{}\"", self.written)
        }
    }
}

/// The parts of an author's name as they are compared.
///
/// ```
/// assert_eq!(praden_query::name_parts("นายสมชาย  ใจดี"), ["สมชาย", "ใจดี"]);
/// assert_eq!(praden_query::name_parts("J. R. O'Neill-Smith"), ["j", "r", "o", "neill", "smith"]);
/// ```
pub fn name_parts(name: &str) -> Vec<String> {
    let name = praden_text::normalize(name);
    let mut parts = name.as_str().split(|letter| !is_of_part(letter)).filter(|part| !part.is_empty());
    let first = parts.next().map(|first| {
        let named = TITLES.into_iter().find_map(|title| first.strip_prefix(title));
        // What is left of a title alone is no name, and a mark has no letter to stand on.
        named.filter(|rest| rest.chars().count() > 1 && !rest.starts_with(is_attached)).unwrap_or(first)
    });
    first.into_iter().chain(parts).map(|part| lower(part).into_owned()).collect()
}

fn is_of_part(letter: char) -> bool {
    letter.is_alphanumeric() || is_attached(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, prefix: bool, author: &str, want: bool) {
        let found = AuthorName::new(written, prefix).map(|name| name.is_in(author));
        assert_eq!(found, Some(want), "{written} in {author}");
    }

    #[test]
    fn a_name_is_found_by_whole_parts_that_stand_together() {
        check("สมชาย", false, "สมชาย ใจดี", true);
        check("ใจดี", false, "สมชาย  ใจดี", true);
        check("สมชาย ใจดี", false, "สมชาย ใจดี", true);
        check("สมชาย ใจดี", false, "นายสมชาย ใจดี", true);
        check("นางสาวสมหญิง", false, "สมหญิง รักเรียน", true);
        check("น.ส.สมหญิง", false, "น.ส. สมหญิง รักเรียน", true);
        check("สม", false, "สมชาย ใจดี", false);
        check("ใจดี สมชาย", false, "สมชาย ใจดี", false);
        check("สมชาย ดี", false, "สมชาย ใจ ดี", false);
        check("ใจดี", false, "สมชาย จดีใ", false);
        check("jane doe", false, "By Jane DOE, Reporter", true);
        check("doe jane", false, "Jane Doe", false);
        check("สม", true, "สมชาย ใจดี", true);
        check("ชาย", true, "สมชาย ใจดี", false);
        check("นาง", false, "นาง", true);
        check("เเก้ว", false, "แก้ว", true);
    }

    #[test]
    fn what_has_no_letter_is_no_name() {
        assert_eq!(AuthorName::new(" - ", false), None);
        assert_eq!(AuthorName::new("ส.", true), None);
    }
}
