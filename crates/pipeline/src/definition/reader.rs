//! Reading TOML so that every fault is found in one go, each with its line, its value and the way out.
//!
//! serde stops at the first fault. A desk that edits a file of a hundred sources wants the whole list, so a definition
//! is read key by key through a [`Section`], which writes down what is wrong and goes on.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::ops::{Range, RangeInclusive};
use std::str::FromStr;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// One fault in a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// Line from 1, where the fault has one.
    pub line: Option<usize>,
    /// The place in the definition, such as `source.thairath.url`.
    pub place: String,
    /// What is wrong, with the value.
    pub message: String,
    /// What would work.
    pub hint: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if !self.place.is_empty() {
            write!(f, ": {}", self.place)?;
        }
        write!(f, ": {}", self.message)?;
        if !self.hint.is_empty() {
            write!(f, "\n  hint: {}", self.hint)?;
        }
        Ok(())
    }
}

/// A file being read, and the faults found so far.
pub(crate) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    faults: RefCell<Vec<Fault>>,
}

impl<'a> Document<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, faults: RefCell::new(Vec::new()) }
    }

    /// Parses the file; what can be read in spite of syntax errors is read.
    pub(crate) fn parse(&self) -> Spanned<DeTable<'a>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in errors {
            self.fault(
                error.span().as_ref(),
                "",
                error.message().trim().replace('\n', ", "),
                "see https://toml.io for the syntax",
            );
        }
        table
    }

    pub(crate) fn fault(
        &self,
        at: Option<&Range<usize>>,
        place: &str,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let line = at.map(|range| {
            let before = self.text.get(..range.start).unwrap_or(self.text);
            before.bytes().filter(|&byte| byte == b'\n').count() + 1
        });
        self.faults.borrow_mut().push(Fault {
            file: self.file.to_owned(),
            line,
            place: place.to_owned(),
            message: message.into(),
            hint: hint.into(),
        });
    }

    /// The faults, in order of line.
    pub(crate) fn into_faults(self) -> Vec<Fault> {
        let mut faults = self.faults.into_inner();
        faults.sort_by_key(|fault| fault.line);
        faults
    }
}

/// One table of the document. Keys are asked for by name and type; those that nobody asked for are faults.
pub(crate) struct Section<'d, 'a> {
    document: &'d Document<'a>,
    table: Option<&'d DeTable<'a>>,
    span: Option<Range<usize>>,
    place: String,
    asked: RefCell<BTreeSet<&'static str>>,
}

impl<'d, 'a> Section<'d, 'a> {
    pub(crate) fn root(document: &'d Document<'a>, table: &'d Spanned<DeTable<'a>>) -> Self {
        Self {
            document,
            table: Some(table.get_ref()),
            span: None,
            place: String::new(),
            asked: RefCell::default(),
        }
    }

    fn find(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().insert(key);
        self.table?.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value)
    }

    fn place_of(&self, key: &str) -> String {
        if self.place.is_empty() { key.to_owned() } else { format!("{}.{key}", self.place) }
    }

    /// Names the section by a value inside it, so that faults say `source.thairath` and not `source[17]`.
    pub(crate) fn rename(&mut self, place: String) {
        self.place = place;
    }

    /// Whether a key is there, sound or not.
    pub(crate) fn has(&self, key: &'static str) -> bool {
        self.find(key).is_some()
    }

    /// Writes down a fault at a key of this section.
    pub(crate) fn fault(&self, key: &'static str, message: impl Into<String>, hint: impl Into<String>) {
        let span = self
            .table
            .and_then(|table| table.iter().find(|(name, _)| name.get_ref() == key))
            .map(|(_, v)| v.span());
        self.document.fault(span.or_else(|| self.span.clone()).as_ref(), &self.place_of(key), message, hint);
    }

    fn mistyped(&self, key: &'static str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let message = format!("is a {}, not {wanted}", value.get_ref().type_str());
        self.document.fault(Some(&value.span()), &self.place_of(key), message, format!("write {wanted}"));
    }

    /// A string, or nothing when the key is absent.
    pub(crate) fn text(&self, key: &'static str) -> Option<String> {
        let value = self.find(key)?;
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.mistyped(key, value, "a string in quotes");
        }
        text.map(str::to_owned)
    }

    /// A string that must be there and not be empty.
    pub(crate) fn required_text(&self, key: &'static str, example: &str) -> Option<String> {
        let text = self.text(key);
        let empty = text.as_deref().is_none_or(|text| text.trim().is_empty());
        if empty && self.find(key).is_none_or(|value| value.get_ref().as_str().is_some()) {
            self.fault(key, "is missing", format!("add `{key} = \"{example}\"`"));
        }
        text.filter(|_| !empty)
    }

    /// A string turned into something checked.
    pub(crate) fn parsed<T>(
        &self,
        key: &'static str,
        text: &str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        parse(text).map_err(|message| self.fault(key, message, "")).ok()
    }

    /// One of a closed set of words.
    pub(crate) fn word<T: Copy>(&self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(key)?;
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let known: Vec<_> = words.iter().map(|(word, _)| format!("`{word}`")).collect();
            self.fault(key, format!("`{text}` is not known"), format!("write one of {}", known.join(", ")));
        }
        found
    }

    /// A switch.
    pub(crate) fn switch(&self, key: &'static str) -> Option<bool> {
        let value = self.find(key)?;
        let switch = value.get_ref().as_bool();
        if switch.is_none() {
            self.mistyped(key, value, "true or false");
        }
        switch
    }

    /// A whole number within limits.
    pub(crate) fn number(&self, key: &'static str, limits: RangeInclusive<u32>) -> Option<u32> {
        let value = self.find(key)?;
        let Some(integer) = value.get_ref().as_integer() else {
            self.mistyped(key, value, "a whole number");
            return None;
        };
        let number = u32::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .filter(|number| limits.contains(number));
        if number.is_none() {
            let message = format!("{} is out of range", integer.as_str());
            self.fault(key, message, format!("write a number from {} to {}", limits.start(), limits.end()));
        }
        number
    }

    /// A list of strings, each turned into something checked.
    pub(crate) fn list<T: FromStr>(&self, key: &'static str, wanted: &str) -> Vec<T> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.mistyped(key, value, "a list of strings");
            return Vec::new();
        };
        let item = |item: &Spanned<DeValue<'_>>| {
            let read = item.get_ref().as_str().and_then(|text| text.trim().parse().ok());
            if read.is_none() {
                let written = item
                    .get_ref()
                    .as_str()
                    .map_or_else(|| item.get_ref().type_str().to_owned(), |t| format!("`{t}`"));
                self.document.fault(
                    Some(&item.span()),
                    &self.place_of(key),
                    format!("{written} cannot be read"),
                    format!("write {wanted}"),
                );
            }
            read
        };
        array.iter().filter_map(item).collect()
    }

    /// A list of strings, each with its place in the file.
    pub(crate) fn texts_of(&self, key: &'static str) -> Vec<Spanned<String>> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.mistyped(key, value, "a list of strings");
            return Vec::new();
        };
        let text = |item: &Spanned<DeValue<'_>>| {
            let text = item.get_ref().as_str();
            if text.is_none() {
                self.mistyped(key, item, "a string in quotes");
            }
            text.map(|text| Spanned::new(item.span(), text.to_owned()))
        };
        array.iter().filter_map(text).collect()
    }

    /// Where a key's value stands in the file.
    pub(crate) fn span_of(&self, key: &str) -> Option<Range<usize>> {
        self.table?.iter().find(|(name, _)| name.get_ref() == key).map(|(_, value)| value.span())
    }

    /// A table below this one; an absent one reads as an empty one.
    pub(crate) fn section(&self, key: &'static str) -> Section<'d, 'a> {
        let value = self.find(key);
        let table = value.and_then(|value| value.get_ref().as_table());
        if let (Some(value), None) = (value, table) {
            self.mistyped(key, value, "a table");
        }
        Section {
            document: self.document,
            table,
            span: value.map(Spanned::span),
            place: self.place_of(key),
            asked: RefCell::default(),
        }
    }

    /// The tables of an array of tables.
    pub(crate) fn sections(&self, key: &'static str) -> Vec<Section<'d, 'a>> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let Some(array) = value.get_ref().as_array() else {
            self.mistyped(key, value, "an array of tables");
            return Vec::new();
        };
        let below = |(index, item): (usize, &'d Spanned<DeValue<'a>>)| {
            let table = item.get_ref().as_table();
            if table.is_none() {
                self.mistyped(key, item, "a table");
            }
            Section {
                document: self.document,
                table,
                span: Some(item.span()),
                place: format!("{}[{}]", self.place_of(key), index + 1),
                asked: RefCell::default(),
            }
        };
        array.iter().enumerate().map(below).collect()
    }

    /// A table of strings, such as host names and addresses.
    pub(crate) fn texts(&self, key: &'static str) -> Vec<(String, String)> {
        let Some(value) = self.find(key) else { return Vec::new() };
        let Some(table) = value.get_ref().as_table() else {
            self.mistyped(key, value, "a table");
            return Vec::new();
        };
        let pair = |(name, value): (&Spanned<std::borrow::Cow<'a, str>>, &Spanned<DeValue<'a>>)| {
            let text = value.get_ref().as_str();
            if text.is_none() {
                self.mistyped(key, value, "a table of strings");
            }
            text.map(|text| (name.get_ref().to_string(), text.to_owned()))
        };
        table.iter().filter_map(pair).collect()
    }

    /// A value that knows how to read itself, such as a table of weights that another room owns.
    pub(crate) fn own<T: DeserializeOwned>(&self, key: &'static str) -> Option<T> {
        let value = self.find(key)?;
        let read = T::deserialize(toml::de::ValueDeserializer::from(value.clone()));
        read.map_err(|error| {
            let span = error.span().unwrap_or_else(|| value.span());
            self.document.fault(
                Some(&span),
                &self.place_of(key),
                error.message().trim().replace('\n', ", "),
                "",
            );
        })
        .ok()
    }

    /// Ends the section: keys that nobody asked for are faults, each with the nearest name that is known.
    pub(crate) fn end(self) {
        self.check_keys();
    }

    /// The same for a section that is only borrowed.
    pub(crate) fn check_keys(&self) {
        let asked = self.asked.borrow();
        for (name, _) in self.table.into_iter().flatten() {
            let name_text: &str = name.get_ref();
            if asked.contains(name_text) {
                continue;
            }
            let known: Vec<_> = asked.iter().copied().collect();
            let hint = match nearest(name_text, &known) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known.join(", ")),
            };
            self.document.fault(Some(&name.span()), &self.place_of(name_text), "is not a known key", hint);
        }
    }
}

/// The known name that differs least, if it differs little.
pub(crate) fn nearest<'k>(name: &str, known: &[&'k str]) -> Option<&'k str> {
    let limit = (name.chars().count() / 3).max(1);
    known
        .iter()
        .map(|known| (distance(name, known), *known))
        .filter(|(d, _)| *d <= limit)
        .min()
        .map(|(_, known)| known)
}

/// Edits between two words (Levenshtein).
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut corner = i;
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, to) in b.iter().enumerate() {
            let (left, above) = (row.get(j).copied().unwrap_or(0), row.get(j + 1).copied().unwrap_or(0));
            let cost = (corner + usize::from(from != *to)).min(left + 1).min(above + 1);
            corner = above;
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = cost;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}
