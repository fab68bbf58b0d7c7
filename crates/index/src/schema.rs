//! What tantivy keeps of an article.

use std::borrow::Cow;
use std::{iter, slice};

use jiff::Timestamp;
use praden_model::{FieldName, IssueKind, Mention, PlaceId, Revision, RuleId, Seq, StoryId};
use praden_query::{Language, name_parts};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, OwnedValue, STRING, Schema, TextFieldIndexing, TextOptions,
};

use crate::words::{TOKENIZER, Words, list};

/// Names of the fast fields, by which columns are opened.
pub(crate) mod column {
    pub(crate) const SEQ: &str = "seq";
    pub(crate) const ARTICLE: &str = "article";
    pub(crate) const PUBLISHED: &str = "published";
    pub(crate) const FETCHED: &str = "fetched";
    pub(crate) const OUTLET: &str = "outlet";
    pub(crate) const SOURCE: &str = "source";
    pub(crate) const AGENCY: &str = "agency";
    pub(crate) const STORY: &str = "story";
    pub(crate) const RULE: &str = "rule";
    pub(crate) const KIND: &str = "kind";
    pub(crate) const PROVINCE: &str = "province";
    pub(crate) const LANGUAGE: &str = "lang";
    pub(crate) const AUTHOR: &str = "author_name";
    pub(crate) const ORIGINAL: &str = "original";
    pub(crate) const PLACE: &str = "text_at";
    pub(crate) const SLOT: &str = "slot";
    pub(crate) const SLOTS: &str = "slots";
}

/// The fields of a document.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    pub article: Field,
    pub seq: Field,
    pub title: Field,
    pub text: Field,
    pub outlet: Field,
    pub source: Field,
    pub agency: Field,
    pub story: Field,
    pub url: Field,
    pub published: Field,
    pub fetched: Field,
    pub rule: Field,
    pub kind: Field,
    pub place: Field,
    pub province: Field,
    pub language: Field,
    /// The parts of authors' names, as words with positions.
    pub author: Field,
    /// Whole names, to be counted.
    pub author_name: Field,
    /// The article that this one copies, or itself.
    pub original: Field,
    /// Where its text starts: see [`crate::texts`].
    pub text_at: Field,
    /// The first slot that has its pairs of letters: see [`crate::exact`].
    pub slot: Field,
    /// In how many.
    pub slots: Field,
}

/// Where the texts of a revision are, beside tantivy's files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Placed {
    pub text_at: u64,
    pub slot: u64,
    pub slots: u64,
}

/// What stages have found out about a revision, to be searched with it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Findings<'f> {
    /// Who is named.
    pub mentions: &'f [Mention],
    /// Which story it belongs to.
    pub story: Option<StoryId>,
    /// The first article that says the same, where it is a near-duplicate: its id, as a number in the log.
    pub copy_of: Option<Seq>,
    /// Which rules found it.
    pub rules: &'f [RuleId],
    /// What kinds of issue it is.
    pub kinds: &'f [IssueKind],
    /// Which provinces and districts are named.
    pub places: &'f [PlaceId],
    /// Which provinces these lie in.
    pub provinces: &'f [PlaceId],
}

impl Fields {
    /// The field that holds the words of a part of the article.
    pub(crate) fn words(&self, name: FieldName) -> Field {
        match name {
            FieldName::Title => self.title,
            FieldName::Text => self.text,
        }
    }
}

/// The schema. A change here, or in what a word is, needs another [`crate::SCHEMA_VERSION`].
pub(crate) fn schema() -> (Schema, Fields) {
    let words = TextOptions::default().set_indexing_options(
        TextFieldIndexing::default()
            .set_tokenizer(TOKENIZER)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions),
    );
    // Nothing is stored: hits are numbers, articles come from the store.
    let mut builder = Schema::builder();
    let fields = Fields {
        article: builder.add_u64_field(column::ARTICLE, INDEXED | FAST),
        seq: builder.add_u64_field(column::SEQ, FAST),
        title: builder.add_text_field("title", words.clone()),
        text: builder.add_text_field("text", words.clone()),
        outlet: builder.add_text_field(column::OUTLET, STRING | FAST),
        source: builder.add_text_field(column::SOURCE, STRING | FAST),
        agency: builder.add_text_field(column::AGENCY, STRING | FAST),
        story: builder.add_text_field(column::STORY, STRING | FAST),
        url: builder.add_text_field("url", STRING),
        published: builder.add_i64_field(column::PUBLISHED, FAST),
        fetched: builder.add_i64_field(column::FETCHED, FAST),
        rule: builder.add_text_field(column::RULE, STRING | FAST),
        kind: builder.add_text_field(column::KIND, STRING | FAST),
        place: builder.add_text_field("place", STRING),
        province: builder.add_text_field(column::PROVINCE, STRING | FAST),
        language: builder.add_text_field(column::LANGUAGE, STRING | FAST),
        author: builder.add_text_field("author", words),
        author_name: builder.add_text_field(column::AUTHOR, FAST),
        original: builder.add_u64_field(column::ORIGINAL, FAST),
        text_at: builder.add_u64_field(column::PLACE, FAST),
        slot: builder.add_u64_field(column::SLOT, FAST),
        slots: builder.add_u64_field(column::SLOTS, FAST),
    };
    (builder.build(), fields)
}

/// The values of a document. tantivy's own kind copies every text into its memory once more.
pub(crate) struct Document(Vec<(Field, OwnedValue)>);

impl Document {
    fn add_u64(&mut self, field: Field, value: u64) {
        self.0.push((field, OwnedValue::U64(value)));
    }

    fn add_i64(&mut self, field: Field, value: i64) {
        self.0.push((field, OwnedValue::I64(value)));
    }

    fn add_text(&mut self, field: Field, text: impl Into<String>) {
        self.0.push((field, OwnedValue::Str(text.into())));
    }
}

impl tantivy::Document for Document {
    type Value<'a> = &'a OwnedValue;
    type FieldsValuesIter<'a> = iter::Map<
        slice::Iter<'a, (Field, OwnedValue)>,
        fn(&'a (Field, OwnedValue)) -> (Field, &'a OwnedValue),
    >;

    fn iter_fields_and_values(&self) -> Self::FieldsValuesIter<'_> {
        self.0.iter().map(|(field, value)| (*field, value))
    }
}

/// The document of a revision.
pub(crate) fn document(
    fields: &Fields,
    revision: &Revision,
    findings: &Findings<'_>,
    placed: Placed,
    words: Words,
) -> Document {
    let mut document = Document(Vec::with_capacity(24));
    document.add_u64(fields.article, revision.article.get());
    document.add_u64(fields.seq, revision.seq.get());
    document.add_u64(fields.text_at, placed.text_at);
    document.add_u64(fields.slot, placed.slot);
    document.add_u64(fields.slots, placed.slots);
    document.add_u64(
        fields.original,
        findings.copy_of.map_or_else(|| revision.article.get(), |original| original.get()),
    );
    document.add_text(fields.title, words.title);
    document.add_text(fields.text, words.text);
    let (title, text) = (revision.title.normalized(), revision.text.normalized());
    document.add_text(fields.outlet, revision.outlet.as_str());
    document.add_text(fields.source, revision.source.as_str());
    document.add_text(fields.language, Language::of(title, text).name());
    // One value for each author: no phrase runs from one name into the next.
    for author in &revision.authors {
        document.add_text(fields.author, list(name_parts(author).into_iter().map(Cow::Owned)));
    }
    let mut each = |field, mut values: Vec<&str>| {
        // An agency named twice is one article in a facet.
        values.sort_unstable();
        values.dedup();
        values.into_iter().for_each(|value| document.add_text(field, value));
    };
    each(fields.author_name, revision.authors.iter().map(|name| name.trim()).collect());
    each(fields.agency, findings.mentions.iter().map(|mention| mention.agency.as_str()).collect());
    each(fields.rule, findings.rules.iter().map(RuleId::as_str).collect());
    each(fields.kind, findings.kinds.iter().map(|kind| kind.name()).collect());
    each(fields.province, findings.provinces.iter().map(PlaceId::as_str).collect());
    each(fields.place, findings.places.iter().flat_map(|place| and_outer(place.as_str())).collect());
    if let Some(story) = findings.story {
        document.add_text(fields.story, story.to_string());
    }
    document.add_text(fields.url, revision.url.as_str());
    if let Some(published) = revision.event_time() {
        document.add_i64(fields.published, seconds(published));
    }
    document.add_i64(fields.fetched, seconds(revision.fetched_at));
    document
}

/// A place's name and all that [`praden_query::in_place`] takes it to lie in.
fn and_outer(place: &str) -> impl Iterator<Item = &str> {
    place.match_indices('-').filter_map(|(at, _)| place.get(..at)).chain([place])
}

/// Whole seconds since 1970, rounded down. Days start at whole seconds, so no comparison with one changes.
pub(crate) fn seconds(instant: Timestamp) -> i64 {
    // The quotient of what a timestamp can hold fits well.
    instant.as_nanosecond().div_euclid(1_000_000_000) as i64
}

#[cfg(test)]
mod tests {
    use tantivy::schema::FieldType;

    use super::*;

    #[test]
    fn no_field_uses_a_tokenizer_that_drops_or_cuts_words() {
        let (schema, _) = schema();
        let tokenizers: Vec<&str> = schema
            .fields()
            .filter_map(|(_, entry)| match entry.field_type() {
                FieldType::Str(options) => options.get_indexing_options().map(TextFieldIndexing::tokenizer),
                _ => None,
            })
            .collect();
        assert_eq!(tokenizers.len(), 13);
        assert!(tokenizers.iter().all(|&name| name == TOKENIZER || name == "raw"), "{tokenizers:?}");
        assert!(schema.fields().all(|(_, entry)| !entry.is_stored()), "articles live in the store only");
    }
}
