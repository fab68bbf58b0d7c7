//! Provinces and districts that a text names.
//!
//! Many provinces are called like words (`ตาก` to expose, `เลย` at all, `แพร่` to spread, `น่าน`, `ตรัง`), and many districts
//! like temples, rivers and people. So a district counts only where the text says that it is one (`อำเภอ`, `อ.`, `เขต` in the
//! capital), and a province where the text says so, or where its name is no other word and stands free. A district's name that
//! several provinces have is the one of the province that is named beside it, or of the only one of them in the article.
//!
//! ```
//! use praden_match::Places;
//! use praden_model::AnalyzedText;
//! use praden_text::Segmenter;
//!
//! let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
//! let found = Places::embedded().find(&analyze("ไฟป่าลามที่อำเภอปาย จ.แม่ฮ่องสอน"), &analyze("ตากผ้าไม่ได้เลย"));
//! let names: Vec<&str> = found.iter().map(|place| place.place.as_str()).collect();
//! assert_eq!(names, ["mae-hong-son-3", "mae-hong-son"]);
//! # assert_eq!(found[0].surface, "อำเภอปาย");
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use daachorse::{CharwiseDoubleArrayAhoCorasick, CharwiseDoubleArrayAhoCorasickBuilder, MatchKind};
use praden_model::{AnalyzedText, FieldName, Mention, PlaceId, PlaceMention, Span};

use crate::guards::{Around, is_thai_letter};

/// Provinces and their districts: `pipelines/places.csv`.
const TABLE: &str = include_str!("../../../pipelines/places.csv");

/// What stands before a province's name.
const PROVINCE_HEADS: [&str; 4] = ["จังหวัด", "จ.", "จว.", "ผู้ว่าฯ"];

/// What stands before a district's name.
const DISTRICT_HEADS: [&str; 3] = ["อำเภอ", "อ.", "กิ่งอำเภอ"];

/// What stands before the name of a district of the capital.
const CAPITAL_HEADS: [&str; 2] = ["เขต", "ข."];

/// The capital's id; it is a province of its own kind.
const CAPITAL: &str = "bangkok";

/// What provinces are called in the press beside their names.
const OTHER_NAMES: [(&str, &str); 11] = [
    (CAPITAL, "กรุงเทพฯ"),
    (CAPITAL, "กรุงเทพ"),
    (CAPITAL, "กทม."),
    ("phra-nakhon-si-ayutthaya", "อยุธยา"),
    ("nakhon-ratchasima", "โคราช"),
    ("nakhon-si-thammarat", "นครศรีฯ"),
    ("surat-thani", "สุราษฎร์ฯ"),
    ("prachuap-khiri-khan", "ประจวบฯ"),
    ("ubon-ratchathani", "อุบลฯ"),
    ("udon-thani", "อุดรฯ"),
    ("chachoengsao", "แปดริ้ว"),
];

/// The letters that two provinces may stand apart in a list: `น่าน แพร่ และพะเยา`.
const LIST_GAP_CHARS_MAX: usize = 12;

/// A province or district.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its id: `loei`, `loei-1`.
    pub id: PlaceId,
    /// The province that a district belongs to; itself for a province.
    pub province: PlaceId,
    /// Its name without `จังหวัด`, `อำเภอ` or `เขต`.
    pub name: String,
    /// Whether its name is another word too, so that it counts only where the text says that it is a province.
    pub is_word: bool,
}

impl Place {
    /// Whether it is a province, or the capital.
    pub fn is_province(&self) -> bool {
        self.id == self.province
    }
}

/// The places, compiled for scanning.
#[derive(Clone)]
pub struct Places {
    places: Vec<Place>,
    automaton: CharwiseDoubleArrayAhoCorasick<u32>,
    // For each pattern, the places that are called so.
    called: Vec<Vec<usize>>,
}

/// A name in a text.
struct Named {
    field: FieldName,
    /// Where the head begins, or the name where it has none.
    start: usize,
    end: usize,
    /// The only candidates that fit what stands before the name.
    places: Vec<usize>,
}

impl Places {
    /// The places that Praden brings.
    pub fn embedded() -> &'static Self {
        static PLACES: OnceLock<Places> = OnceLock::new();
        PLACES.get_or_init(|| Self::new(read(TABLE)))
    }

    #[expect(clippy::expect_used, reason = "a thousand short names fit an automaton")]
    fn new(places: Vec<Place>) -> Self {
        let mut called: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, place) in places.iter().enumerate() {
            called.entry(place.name.clone()).or_default().push(at);
            let others = OTHER_NAMES.iter().filter(|(id, _)| *id == place.id.as_str());
            for (_, name) in others {
                called.entry((*name).to_owned()).or_default().push(at);
            }
            // เมือง stands before the province's own name, or alone.
            if !place.is_province()
                && let Some(of) = place.name.strip_prefix("เมือง")
                && places.iter().any(|province| {
                    province.is_province() && province.id == place.province && province.name == of
                })
            {
                called.entry("เมือง".to_owned()).or_default().push(at);
            }
        }
        let automaton = CharwiseDoubleArrayAhoCorasickBuilder::new()
            .match_kind(MatchKind::LeftmostLongest)
            .build(called.keys())
            .expect("names of places fit an automaton");
        Self { places, automaton, called: called.into_values().collect() }
    }

    /// All places.
    pub fn all(&self) -> &[Place] {
        &self.places
    }

    /// The place of that id.
    pub fn get(&self, id: &PlaceId) -> Option<&Place> {
        self.places.iter().find(|place| place.id == *id)
    }

    /// The places named in an article, in order, the title first. For each, `field[raw] == surface`.
    pub fn find(&self, title: &AnalyzedText, text: &AnalyzedText) -> Vec<PlaceMention> {
        let fields = [(FieldName::Title, title), (FieldName::Text, text)];
        let mut named: Vec<Named> = Vec::new();
        for (field, analyzed) in fields {
            self.scan(field, analyzed, &mut named);
        }
        let provinces: BTreeSet<&PlaceId> = named
            .iter()
            .filter_map(|named| match named.places.as_slice() {
                [only] => self.places.get(*only).map(|place| &place.province),
                _ => None,
            })
            .collect();
        let mention = |named: &Named| {
            let place = self.decide(named, &provinces)?;
            let analyzed = if named.field == FieldName::Title { title } else { text };
            let raw = analyzed.to_raw(named.start..named.end);
            let surface = analyzed.raw().get(raw.clone())?.to_owned();
            Some(PlaceMention {
                field: named.field,
                raw: Span::new(raw),
                normalized: Span::new(named.start..named.end),
                place: place.id.clone(),
                surface,
            })
        };
        named.iter().filter_map(mention).collect()
    }

    fn scan(&self, field: FieldName, analyzed: &AnalyzedText, named: &mut Vec<Named>) {
        let text = analyzed.normalized();
        // Where the last province ended, for lists.
        let mut last_province = None;
        for found in self.automaton.leftmost_find_iter(text) {
            let around = Around::new(text, found.start(), found.end());
            if !around.on_clusters() {
                continue;
            }
            let Some(called) = self.called.get(found.value() as usize) else { continue };
            let before = around.before().trim_end_matches(' ');
            let head = |heads: &[&str]| {
                let head = heads.iter().find(|head| before.ends_with(**head))?;
                let start = before.len() - head.len();
                // ข. and จ. end longer abbreviations, too.
                let inside = head.ends_with('.')
                    && before
                        .get(..start)
                        .is_some_and(|rest| rest.ends_with(|c| is_thai_letter(c) || c == '.'));
                (!inside).then_some(start)
            };
            let (province_head, district_head, capital_head) =
                (head(&PROVINCE_HEADS), head(&DISTRICT_HEADS), head(&CAPITAL_HEADS));
            // Offices of a province end in จ. too, and its name follows: สสจ.น่าน, อบจ.ตาก, ผวจ.เลย.
            let office = around.before().ends_with("จ.") && province_head.is_none();
            let listed = last_province.is_some_and(|end| is_list(text.get(end..found.start()).unwrap_or("")));
            let free = around.stands_as_word(analyzed);
            let fits = |place: &Place| match place.is_province() {
                true if province_head.is_some() || office => true,
                true if district_head.is_some() || capital_head.is_some() => false,
                true => free && (listed || !place.is_word && !around.in_other_name()),
                false if place.province.as_str() == CAPITAL => capital_head.is_some(),
                false => district_head.is_some(),
            };
            let places: Vec<usize> =
                called.iter().copied().filter(|&at| self.places.get(at).is_some_and(&fits)).collect();
            if places.is_empty() {
                continue;
            }
            let is_province = places.iter().any(|&at| self.places.get(at).is_some_and(Place::is_province));
            last_province = is_province.then_some(found.end());
            let start = province_head.or(district_head).or(capital_head).unwrap_or(found.start());
            named.push(Named { field, start, end: found.end(), places });
        }
    }

    /// Which of the places that are called so is meant.
    fn decide(&self, named: &Named, provinces: &BTreeSet<&PlaceId>) -> Option<&Place> {
        let places: Vec<&Place> = named.places.iter().filter_map(|&at| self.places.get(at)).collect();
        match places.as_slice() {
            [only] => Some(only),
            several => {
                let mut known = several.iter().filter(|place| provinces.contains(&place.province));
                let first = known.next()?;
                known.next().is_none().then_some(*first)
            }
        }
    }
}

/// The province or district into which the name of a body runs on: สำนักงานสาธารณสุข|จังหวัดนครราชสีมา, สสจ.|ขอนแก่น,
/// ผู้ว่าราชการ|จังหวัดน่าน. It says which of a ministry's offices is meant. `places` are those of the same article.
pub fn seat<'p>(mention: &Mention, places: &'p [PlaceMention]) -> Option<&'p PlaceId> {
    let body = mention.normalized;
    // After a dot a space may stand: สสจ. ขอนแก่น.
    let gap = u32::from(mention.surface.ends_with('.'));
    let runs_on = |place: &&PlaceMention| {
        let at = place.normalized;
        place.field == mention.field
            && at.end >= body.end
            && (body.start..=body.end + gap).contains(&at.start)
    };
    places.iter().find(runs_on).map(|place| &place.place)
}

/// Whether what stands between two names makes them a list.
fn is_list(between: &str) -> bool {
    between.chars().count() <= LIST_GAP_CHARS_MAX
        && !between.is_empty()
        && between
            .split([' ', ',', '-', '/', '\u{a0}'])
            .all(|part| ["", "และ", "หรือ", "จังหวัด", "จ.", "กับ", "ถึง"].contains(&part))
}

/// Reads the table: one place a row, `id,province,name,word`.
fn read(table: &str) -> Vec<Place> {
    let row = |line: &str| {
        let mut cells = line.split(',');
        let (id, province, name) = (cells.next()?, cells.next()?, cells.next()?);
        let is_word = cells.next() == Some("word");
        Some(Place {
            id: PlaceId::new(id).ok()?,
            province: PlaceId::new(province).ok()?,
            name: name.to_owned(),
            is_word,
        })
    };
    table.lines().skip(1).filter_map(row).collect()
}
