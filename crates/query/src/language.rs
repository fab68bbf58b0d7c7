//! In which letters an article is written.

use std::fmt;

/// The language of an article, told by its letters alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// A good part of its letters are Thai: names and terms in Latin letters are common in Thai news.
    Thai,
    /// Latin letters. Which language of these it is, is not looked at; in Thai media it is English.
    English,
    /// Other letters, or none.
    Other,
}

impl Language {
    /// All languages that are told apart.
    pub const ALL: [Self; 3] = [Self::Thai, Self::English, Self::Other];

    /// The name used in queries and output: ISO 639-1 where there is one.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Thai => "th",
            Self::English => "en",
            Self::Other => "other",
        }
    }

    /// The language of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.name() == name)
    }

    /// The language of a title and a text, either raw or normalised. Looks at the first thousand letters.
    ///
    /// ```
    /// use praden_query::Language;
    /// assert_eq!(Language::of("COVID-19", "สถานการณ์โรคในวันนี้"), Language::Thai);
    /// assert_eq!(Language::of("Flood warning", ""), Language::English);
    /// assert_eq!(Language::of("2568", ""), Language::Other);
    /// ```
    pub fn of(title: &str, text: &str) -> Self {
        const LETTERS_MAX: usize = 1_000;
        let (mut thai, mut latin, mut other) = (0_usize, 0_usize, 0_usize);
        for letter in title.chars().chain(text.chars()).take(LETTERS_MAX) {
            // Counted without asking which it is: letters and signs come in no order that a processor could guess.
            thai += usize::from(('ก'..='ฮ').contains(&letter));
            latin += usize::from(letter.is_ascii_alphabetic());
            match letter {
                '\0'..='\x7F' | '\u{E00}'..='\u{E7F}' => {}
                '\u{C0}'..='\u{24F}' => latin += 1,
                _ => other += usize::from(letter.is_alphabetic()),
            }
        }
        // A Thai text that quotes an English document is still for Thai readers.
        if thai > 0 && thai * 4 >= latin.max(other) {
            Self::Thai
        } else if latin > other {
            Self::English
        } else {
            Self::Other
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
