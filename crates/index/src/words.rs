//! How words reach tantivy: cut before, and those that are the same side by side.
//!
//! tantivy takes a text and has a tokenizer cut it. What it is given here is no text but a list: each different word once, with
//! the positions where it stands. Half the words of an article stand in it more than once, and tantivy looks up every one of
//! them in a table that is too large for the processor's cache; asked for the same word again and again, it finds it there.
//! It asks for nothing but that the positions of the same word ascend.
//!
//! A list has for each word how many bytes it has, itself, the steps from one position to the next, the first from one before
//! the text, and a zero. Numbers are written in letters of six bits each.

use std::borrow::Cow;

use praden_model::AnalyzedText;
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

/// The name under which the tokenizer is known to tantivy.
pub(crate) const TOKENIZER: &str = "praden_words";

/// With this bit a number goes on in the next letter.
const MORE: u8 = 0x40;

/// The lists of an article's words.
pub(crate) struct Words {
    pub title: String,
    pub text: String,
}

fn put_number(mut number: usize, list: &mut String) {
    while number >= usize::from(MORE) {
        list.push(char::from(number as u8 & (MORE - 1) | MORE));
        number >>= 6;
    }
    list.push(char::from(number as u8 & (MORE - 1)));
}

/// The list of words that come one after the other.
pub(crate) fn list<'w>(words: impl IntoIterator<Item = Cow<'w, str>>) -> String {
    let mut list = String::new();
    for (position, word) in words.into_iter().enumerate() {
        put_number(word.len(), &mut list);
        list.push_str(&word);
        put_number(position + 1, &mut list);
        put_number(0, &mut list);
    }
    list
}

/// The list of the words of a text.
pub(crate) fn list_of(text: &AnalyzedText) -> String {
    list(praden_query::words(text).map(|word| word.term))
}

/// The words of a text while they are gathered, each with its places.
pub(crate) struct Gathered<W> {
    groups: Vec<Group<W>>,
    /// For each position the next of the same group, if it is not the last.
    next: Vec<u32>,
}

struct Group<W> {
    word: W,
    first: u32,
    last: u32,
}

impl<W> Default for Gathered<W> {
    fn default() -> Self {
        Self { groups: Vec::new(), next: Vec::new() }
    }
}

impl<W> Gathered<W> {
    /// Notes that a word comes next that did not come before, and says the number of its group. The same word may begin another
    /// group when no earlier one is gone on with.
    pub(crate) fn begin(&mut self, word: W) -> u32 {
        let position = self.next.len() as u32;
        self.next.push(position);
        self.groups.push(Group { word, first: position, last: position });
        self.groups.len() as u32 - 1
    }

    /// Notes that the word of a group comes next.
    #[inline]
    pub(crate) fn go_on(&mut self, group: u32) {
        let position = self.next.len() as u32;
        self.next.push(position);
        if let Some(group) = self.groups.get_mut(group as usize) {
            if let Some(next) = self.next.get_mut(group.last as usize) {
                *next = position;
            }
            group.last = position;
        }
    }

    /// Writes the list of the words, given how each is written.
    pub(crate) fn put_list<'w>(&'w self, list: &mut String, written: impl Fn(&'w W) -> &'w str) {
        for group in &self.groups {
            let word = written(&group.word);
            put_number(word.len(), list);
            list.push_str(word);
            let (mut at, mut step) = (group.first, group.first + 1);
            loop {
                put_number(step as usize, list);
                let next = self.next.get(at as usize).copied().unwrap_or(at);
                if next == at {
                    break;
                }
                (at, step) = (next, next - at);
            }
            put_number(0, list);
        }
    }

    /// Forgets the words, and gives them.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = W> + '_ {
        self.next.clear();
        self.groups.drain(..).map(|group| group.word)
    }
}

/// Reads a list. Cuts nothing, drops nothing, changes nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct WordsTokenizer {
    token: Token,
}

#[derive(Debug)]
pub(crate) struct WordsStream<'t> {
    rest: &'t str,
    /// Whether steps of the word at hand follow.
    is_within: bool,
    token: &'t mut Token,
}

impl Tokenizer for WordsTokenizer {
    type TokenStream<'t> = WordsStream<'t>;

    fn token_stream<'t>(&'t mut self, text: &'t str) -> WordsStream<'t> {
        self.token.reset();
        WordsStream { rest: text, is_within: false, token: &mut self.token }
    }
}

impl WordsStream<'_> {
    #[inline]
    fn number(&mut self) -> usize {
        let mut number = 0;
        for (at, &byte) in self.rest.as_bytes().iter().enumerate().take(usize::BITS as usize / 6) {
            number |= usize::from(byte & (MORE - 1)) << (6 * at);
            if byte & MORE == 0 {
                self.rest = self.rest.get(at + 1..).unwrap_or("");
                return number;
            }
        }
        self.rest = "";
        0
    }
}

impl TokenStream for WordsStream<'_> {
    fn advance(&mut self) -> bool {
        loop {
            if self.is_within {
                let step = self.number();
                if step > 0 {
                    self.token.position = self.token.position.wrapping_add(step);
                    return true;
                }
            }
            if self.rest.is_empty() {
                return false;
            }
            let len = self.number();
            let (word, rest) = self.rest.split_at_checked(len).unwrap_or((self.rest, ""));
            self.rest = rest;
            self.token.text.clear();
            self.token.text.push_str(word);
            // One before the first.
            self.token.position = usize::MAX;
            self.is_within = true;
        }
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

/// The words of a list in its order, with their positions.
#[cfg(test)]
pub(crate) fn read(list: &str) -> Vec<(usize, String)> {
    let mut tokenizer = WordsTokenizer::default();
    let mut stream = tokenizer.token_stream(list);
    let mut got = Vec::new();
    while stream.advance() {
        got.push((stream.token().position, stream.token().text.clone()));
    }
    got
}

#[cfg(test)]
mod tests {
    use praden_text::Segmenter;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn words_come_through_with_their_positions(text in "(\\PC|[\\x00 \\n]|น้ำท่วม){0,60}") {
            let text = AnalyzedText::analyze(text, Segmenter::embedded());
            let want: Vec<(usize, String)> =
                praden_query::words(&text).map(|word| word.term.into_owned()).enumerate().collect();
            prop_assert_eq!(read(&list_of(&text)), want);
        }

        #[test]
        fn what_was_gathered_comes_through_group_by_group(words in prop::collection::vec("[กข]{1,2}|[a-z]{60,70}", 0..400)) {
            let mut gathered = Gathered::default();
            let mut groups = std::collections::HashMap::new();
            for word in &words {
                match groups.get(word) {
                    Some(&group) => gathered.go_on(group),
                    None => _ = groups.insert(word, gathered.begin(word.clone())),
                }
            }
            let mut list = String::new();
            gathered.put_list(&mut list, String::as_str);
            let got = read(&list);
            prop_assert_eq!(gathered.drain().count(), groups.len());
            for word in groups.keys() {
                let places = |words: &[(usize, String)]| -> Vec<usize> {
                    words.iter().filter(|(_, other)| other == *word).map(|&(position, _)| position).collect()
                };
                let want: Vec<(usize, String)> = words.iter().cloned().enumerate().collect();
                prop_assert_eq!(places(&got), places(&want));
            }
            prop_assert_eq!(got.len(), words.len());
        }

        #[test]
        fn no_list_is_read_beyond_its_end(list in "\\PC{0,30}|[\\x00-\\x7F]{0,30}") {
            prop_assert!(read(&list).len() <= list.len());
        }
    }
}
