//! What stands beside a hit, and what it says about the hit.
//!
//! Every guard looks at a few characters before or after the hit in normalised text, so each costs the same on a text
//! of any length.

mod words;

use std::sync::OnceLock;

use praden_model::AnalyzedText;
use praden_text::clusters::is_attached;
use praden_text::months::SHORT as MONTHS;

use crate::surface::Shape;
use words::*;

/// The longest part of an address: 24 Thai letters. What is longer is a sentence.
const ADDRESS_BYTES_MAX: usize = 72;

/// Digits of a postcode.
const POSTCODE_DIGITS: usize = 5;

/// From how many letters on a name that begins with a kind of body cannot be the end of one word and the beginning of the next.
const HEADED_CHARS_MIN: usize = 6;

/// Names up to so many letters may also be the beginning of a word.
const SHORT_NAME_CHARS_MAX: usize = 5;

/// The neighbourhood of a hit.
pub(crate) struct Around<'t> {
    text: &'t str,
    start: usize,
    end: usize,
}

impl<'t> Around<'t> {
    pub(crate) fn new(text: &'t str, start: usize, end: usize) -> Self {
        Self { text, start, end }
    }

    pub(crate) fn before(&self) -> &'t str {
        self.text.get(..self.start).unwrap_or("")
    }

    pub(crate) fn after(&self) -> &'t str {
        self.text.get(self.end..).unwrap_or("")
    }

    fn last(&self) -> Option<char> {
        self.before().chars().next_back()
    }

    fn next(&self) -> Option<char> {
        self.after().chars().next()
    }

    /// Whether the hit tears no letter apart.
    pub(crate) fn on_clusters(&self) -> bool {
        let start_torn = self.last().is_some_and(is_leading_vowel)
            || self.text.get(self.start..).and_then(|rest| rest.chars().next()).is_some_and(is_attached);
        let end_torn = self.next().is_some_and(|c| is_attached(c) || matches!(c, 'ะ' | 'า' | 'ๅ'));
        !start_torn && !end_torn
    }

    /// Whether a hit of this shape ends and begins where a word may.
    pub(crate) fn stands_free(&self, shape: Shape, analyzed: &AnalyzedText) -> bool {
        match shape {
            Shape::Latin => {
                !self.last().is_some_and(|c| {
                    c.is_ascii_alphanumeric() || matches!(c, '@' | '#' | '.' | '/' | '_' | '-')
                }) && !self.next().is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '@' | '/'))
                    && !self.domain_follows()
                    && !self.compound_follows()
            }
            Shape::Consonants => {
                (!self.last().is_some_and(|c| is_thai_letter(c) || c == '.') || self.follows(&OFFICE))
                    && !self.next().is_some_and(|c| is_thai_letter(c) || c == '.')
            }
            Shape::Dotted => self.dotted_stands_free(analyzed),
            Shape::Name => !self.straddled(analyzed) && !self.runs_on(analyzed),
        }
    }

    /// `www.set.or.th` is an address.
    fn domain_follows(&self) -> bool {
        self.after()
            .strip_prefix('.')
            .and_then(|rest| rest.chars().next())
            .is_some_and(|c| c.is_ascii_lowercase())
    }

    /// `DE-fence` is a product.
    fn compound_follows(&self) -> bool {
        let next = self.after().strip_prefix('-').and_then(|rest| rest.chars().next());
        next.is_some_and(|c| c.is_ascii_lowercase())
    }

    fn dotted_stands_free(&self, analyzed: &AnalyzedText) -> bool {
        let first_is_title = TITLED
            .iter()
            .any(|title| self.text.get(self.start..).is_some_and(|rest| rest.starts_with(title)));
        let before_fits = match self.last() {
            // Part of a longer abbreviation, unless a title stands before it.
            Some('.') => self.follows(&OFFICE) || first_is_title,
            // ร้อย. and โทร. end in what look like abbreviations.
            Some(c) if is_thai_letter(c) => {
                self.follows(&OFFICE)
                    || self.follows(&OPENERS)
                    || first_is_title
                    || (is_boundary(analyzed, self.start)
                        && self.word_before(analyzed).is_some_and(is_whole_word))
            }
            _ => true,
        };
        before_fits && !self.longer_abbreviation()
    }

    /// Whether the hit goes on as a longer abbreviation: `ตร.กม.`, `ก.พ.ร.`.
    fn longer_abbreviation(&self) -> bool {
        let consonants = self.after().chars().take(5).take_while(|c| ('ก'..='ฮ').contains(c)).count();
        (1..=4).contains(&consonants) && self.after().chars().nth(consonants) == Some('.')
    }

    fn word_before(&self, analyzed: &AnalyzedText) -> Option<&'t str> {
        let at = analyzed.ends().partition_point(|&end| (end as usize) < self.start);
        let from = at
            .checked_sub(1)
            .and_then(|previous| analyzed.ends().get(previous))
            .map_or(0, |&end| end as usize);
        self.text.get(from..self.start)
    }

    /// Whether a word begins before the hit and ends inside it.
    fn straddled(&self, analyzed: &AnalyzedText) -> bool {
        self.last().is_some_and(is_thai_letter)
            && !is_boundary(analyzed, self.start)
            && !self.is_announced()
            && !self.is_headed()
    }

    /// Whether the name says itself what kind of body it is, so that no word runs into it: in ชาวบ้านจี้กรมชลประทาน words are
    /// cut as จี้ก|รม only because headlines leave no space.
    fn is_headed(&self) -> bool {
        let hit = self.text.get(self.start..self.end).unwrap_or("");
        starts_with_any(hit, &HEADS) && hit.chars().count() >= HEADED_CHARS_MIN
    }

    /// Whether what stands before can only be a word of its own, wherever words were cut: สำนักงาน|ประมงจังหวัด,
    /// โทร|สายด่วน 1584.
    fn is_announced(&self) -> bool {
        let before = self.before();
        let hotline = || self.text.get(self.start..).is_some_and(|hit| hit.starts_with("สายด่วน"));
        before.ends_with("สำนักงาน") || before.ends_with("โทร") && hotline()
    }

    /// Whether words end where the hit begins and ends.
    pub(crate) fn stands_as_word(&self, analyzed: &AnalyzedText) -> bool {
        (!self.last().is_some_and(is_thai_letter) || is_boundary(analyzed, self.start))
            && (!self.next().is_some_and(is_thai_letter) || is_boundary(analyzed, self.end))
    }

    /// Whether the hit is the end of a person's, a street's or a firm's name.
    pub(crate) fn in_other_name(&self) -> bool {
        self.is_person() || self.in_other_body()
    }

    /// Whether a short name ends inside a word: ดีอี in ที่ดีอีกด้วย.
    fn runs_on(&self, analyzed: &AnalyzedText) -> bool {
        let letters = self.text.get(self.start..self.end).map_or(0, |hit| hit.chars().count());
        letters <= SHORT_NAME_CHARS_MAX
            && self.next().is_some_and(is_thai_letter)
            && !is_boundary(analyzed, self.end)
    }

    /// Whether a weak name stands where a name may begin: after a space, a sign, or a word that opens a phrase.
    pub(crate) fn opens_phrase(&self) -> bool {
        if !self.last().is_some_and(is_thai_letter) || self.follows(&OFFICE) || self.after_kind() {
            return true;
        }
        // ระบบควบคุมทางศุลกากร, ด้านคมนาคม and พื้นที่ป่าไม้ are fields and areas; ทางศุลกากรชี้แจง is the body.
        let begins = |word: &str| {
            let before = self.before().strip_suffix(word);
            before.is_some_and(|before| !before.ends_with(is_thai_letter))
        };
        if self.follows(&OPENERS_OF_SENTENCES) {
            return OPENERS_OF_SENTENCES.iter().any(|word| begins(word)) && !self.is_field();
        }
        self.follows(&OPENERS) && !self.before().ends_with("พื้นที่")
    }

    /// Whether what stands before says that a field of work is meant, not the body.
    fn is_field(&self) -> bool {
        self.before().ends_with("ด้าน") && !self.acts()
    }

    /// Whether a weak name goes on as another word: `คมนาคมขนส่ง`, `ป้องกันภัยพิบัติ`, `กรุงไทย-แอกซ่า`.
    pub(crate) fn goes_on(&self) -> bool {
        CONTINUED.iter().any(|word| self.after().starts_with(word))
    }

    /// Whether the hit is a thing that is called after a body: a street, a station, a room, a road by its number.
    pub(crate) fn is_namesake(&self) -> bool {
        let before = self.before().trim_end_matches([' ', ':']);
        let named = NAMED_AFTER.iter().any(|word| {
            before
                .strip_suffix(word)
                .is_some_and(|rest| !word.ends_with('.') || !rest.ends_with(is_thai_letter))
        });
        named || INMATES.iter().any(|word| self.before().ends_with(word) && self.at("ราชทัณฑ์"))
    }

    /// Whether the capital is meant, not its government: ทั่ว กทม., กทม.และปริมณฑล, แขวงลาดยาว เขตจตุจักร กทม. 10900.
    pub(crate) fn is_capital(&self, surface: &str) -> bool {
        if !CAPITAL.contains(&surface) || self.acts() || starts_with_any(self.deeds(), &ACTS_OF_ABBREVIATIONS)
        {
            return false;
        }
        let (before, after) = (self.before().trim_end_matches(' '), self.after().trim_start_matches(' '));
        let in_it = BEFORE_PLACES.iter().any(|word| before.ends_with(word));
        let around_it = after.trim_start_matches("และ").trim_start_matches(['-', ' ']).starts_with("ปริมณฑล");
        let postcode = after.starts_with("10")
            && after.chars().take_while(char::is_ascii_digit).count() == POSTCODE_DIGITS;
        let part = |part: &str| part.len() <= ADDRESS_BYTES_MAX && starts_with_any(part, &ADDRESS);
        let address = || !before.ends_with("ของ") && before.rsplit(' ').take(2).any(part);
        in_it || around_it || postcode || address()
    }

    fn at(&self, word: &str) -> bool {
        self.text.get(self.start..self.end) == Some(word)
    }

    /// Whether a title with a space and a country after it says whose minister it is: รัฐมนตรีว่าการกระทรวงเกษตร สหรัฐอเมริกา.
    fn is_foreign_title(&self) -> bool {
        let hit = self.text.get(self.start..self.end).unwrap_or("");
        let title =
            FOREIGN_TITLES.iter().any(|title| hit.starts_with(title) || self.before().ends_with(title));
        title && self.after().strip_prefix(' ').is_some_and(begins_with_country)
    }

    /// Whether the name goes on as one of [`ABROAD`]: ศาลอาญาระหว่างประเทศ.
    fn goes_abroad(&self) -> bool {
        let rest = self.after().trim_start_matches(' ');
        let hit = self.text.get(self.start..self.end).unwrap_or("");
        ABROAD.iter().any(|(name, abroad)| rest.starts_with(abroad) && hit.starts_with(name))
    }

    /// Whether a title or a kind of body stands right before the hit, with or without a space.
    pub(crate) fn after_office(&self) -> bool {
        Around::new(self.text, self.before().trim_end_matches(' ').len(), self.end).follows(&OFFICE)
    }

    /// Whether the kind of body stands right before the hit: `ธ.กรุงไทย`, `ม.มหิดล`.
    pub(crate) fn after_kind(&self) -> bool {
        KINDS.iter().any(|kind| {
            self.before()
                .strip_suffix(kind)
                .is_some_and(|rest| !rest.ends_with(|c| is_thai_letter(c) || c == '.'))
        })
    }

    /// Whether an abbreviation with dots stands where somebody acts or is asked: `ขึ้นทะเบียนกับ อย.`. Months and weights do
    /// neither.
    pub(crate) fn after_agent(&self, surface: &str) -> bool {
        let before = self.before().trim_end_matches(' ');
        surface.ends_with('.')
            && !MONTHS.contains(&surface)
            && !WEIGHTS.contains(&surface)
            && AGENTS.iter().any(|word| before.ends_with(word))
    }

    /// Whether an abbreviation with a dot opens a phrase and does what bodies do: `อย.ลุยตรวจ`, `“ตม.” รวบ`.
    pub(crate) fn abbreviation_acts(&self, surface: &str) -> bool {
        let opens = !self.last().is_some_and(|c| is_thai_letter(c) || c.is_ascii_alphanumeric() || c == '.');
        let before = self.before().trim_end_matches(' ');
        let counted = before.ends_with(|c: char| c.is_ascii_digit()) || before.ends_with("เดือน");
        opens
            && !counted
            && surface.ends_with('.')
            && !MONTHS.contains(&surface)
            && !WEIGHTS.contains(&surface)
            && !NOT_BODIES.contains(&surface)
            && (self.acts() || starts_with_any(self.deeds(), &ACTS_OF_ABBREVIATIONS))
    }

    /// Whether the hit does what only bodies do: `คลังแจง`, `รัฐสภาไทยลงมติ`. So headlines name ministries.
    pub(crate) fn acts(&self) -> bool {
        starts_with_any(self.deeds(), &ACTS)
    }

    /// Whether letters follow without a space: a name, after what wants one.
    pub(crate) fn name_follows(&self) -> bool {
        self.next().is_some_and(is_thai_letter)
    }

    /// What follows the name, quotation marks and the country's name left out.
    fn deeds(&self) -> &'t str {
        let rest = self.after();
        let rest = rest.strip_prefix("ไทย").unwrap_or(rest);
        let rest = rest.strip_prefix(['”', '’', '"', '\'']).unwrap_or(rest);
        rest.strip_prefix(' ').unwrap_or(rest)
    }

    fn follows(&self, words: &[&str]) -> bool {
        let before = self.before();
        words.iter().any(|word| before.ends_with(word))
    }

    /// Whether the hit is a person's name.
    pub(crate) fn is_person(&self) -> bool {
        Around::new(self.text, self.before().trim_end_matches(' ').len(), self.end).follows(&PERSON)
    }

    /// Whether the hit is part of the name of something that is no agency.
    pub(crate) fn in_other_body(&self) -> bool {
        Around::new(self.text, self.before().trim_end_matches(' ').len(), self.end).follows(&OTHER_BODY)
    }

    /// Whether another country's name says that the body is that country's.
    pub(crate) fn is_foreign(&self) -> bool {
        if self.is_foreign_title() || self.goes_abroad() {
            return true;
        }
        let before = self.before().trim_end();
        if before.len() < self.start && before.ends_with(|c: char| c.is_ascii()) {
            let word = before.rsplit(char::is_whitespace).next().unwrap_or("").to_ascii_lowercase();
            if FOREIGN_BEFORE.contains(&word.as_str()) {
                return true;
            }
        }
        let mut rest = self.after();
        let mut linked = false;
        // A linking word may stand after a space, a bare country may not: in lists it is a new item.
        for _ in 0..OF_COUNTRY_MAX {
            if !rest.trim_start_matches(' ').starts_with(['ข', 'แ', 'ป', 'ส', 'ร']) {
                break;
            }
            let trimmed = rest.trim_start_matches(' ');
            let Some(next) = OF_COUNTRY.iter().find_map(|word| trimmed.strip_prefix(word)) else { break };
            rest = next;
            linked = true;
        }
        if linked {
            rest = rest.trim_start_matches(' ');
        }
        let abbreviated = self.text.get(..self.end).is_some_and(|hit| hit.ends_with('.'));
        begins_with_country(rest) || !abbreviated && starts_with_any(rest, &CITIES)
    }

    /// Whether the hit is a month: a day before it, a year after it, or another month beside it.
    pub(crate) fn is_month(&self, surface: &str) -> bool {
        if !MONTHS.contains(&surface) {
            return false;
        }
        let before = self.before().trim_end_matches(' ');
        let day = before
            .chars()
            .next_back()
            .is_some_and(|c| c.is_ascii_digit() || c == '-' || c == '–' || c == '/');
        let said =
            ["เดือน", "ต้น", "ปลาย", "กลาง", "ถึง", "สิ้น", "ช่วง"].iter().any(|word| before.ends_with(word));
        let month = MONTHS.iter().any(|month| before.trim_end_matches(['-', '–', ' ']).ends_with(month));
        let after = self.after().trim_start_matches([' ', '-', '–', '/', '\'', '’']);
        let year = after.chars().next().is_some_and(|c| c.is_ascii_digit()) || after.starts_with("พ.ศ.");
        let next = MONTHS.iter().any(|month| after.starts_with(month))
            || after.starts_with("นี้")
            || after.starts_with("ที่ผ่าน");
        day || said || month || year || next
    }

    /// Whether the hit is a unit of area or a part of an address or label: `5,000 ตร.ม.`, `เลข อย. 14-1-16056`.
    pub(crate) fn is_unit_or_number(&self, surface: &str) -> bool {
        let before = self.before().trim_end_matches(' ');
        let after = self.after().trim_start_matches(' ');
        let counted = before.chars().next_back().is_some_and(|c| c.is_ascii_digit());
        let numbered = after.chars().next().is_some_and(|c| c.is_ascii_digit());
        let label = before.ends_with("เลข") || before.ends_with("เลขที่") || before.ends_with("ทะเบียน");
        match surface {
            "ตร." => {
                counted
                    || ["ม.", "กม.", "วา", "ซม.", "เมตร", "กิโล", "ฟุต"]
                        .iter()
                        .any(|unit| after.starts_with(unit))
            }
            "อย." | "อย" => label || numbered && after.contains('-'),
            // Commercial banks are called so beside their name.
            "ธพ." | "ธพ" => before.trim_end_matches(['(', ' ']).ends_with("ธนาคารพาณิชย์"),
            "มอก." | "มก." => numbered || counted,
            // Roads by their numbers, forms and land documents.
            "ทล." | "ทล" | "ทช." | "ทช" | "ตม." => numbered,
            "ส.ป.ก." | "สปก." | "สปก" => {
                after.starts_with("4-01") || after.starts_with("4 -01")
            }
            "สว." | "ส.ว." | "สน." | "ทม." | "ทต." | "ทน." => counted,
            _ => false,
        }
    }
}

fn starts_with_any(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.starts_with(word))
}

/// Whether a text begins with a country. Asked after every name, so the countries are looked up by their first letter.
fn begins_with_country(text: &str) -> bool {
    static SORTED: OnceLock<Vec<(char, &str)>> = OnceLock::new();
    let sorted = SORTED.get_or_init(|| {
        let mut sorted: Vec<(char, &str)> =
            COUNTRIES.iter().filter_map(|country| Some((country.chars().next()?, *country))).collect();
        sorted.sort_unstable();
        sorted
    });
    let Some(first) = text.chars().next() else { return false };
    let from = sorted.partition_point(|(letter, _)| *letter < first);
    let same = sorted.iter().skip(from).take_while(|(letter, _)| *letter == first);
    same.into_iter().any(|(_, country)| text.starts_with(country))
}

fn is_leading_vowel(c: char) -> bool {
    ('เ'..='ไ').contains(&c)
}

pub(crate) fn is_thai_letter(c: char) -> bool {
    ('ก'..='ฺ').contains(&c) || ('เ'..='๎').contains(&c) && c != 'ๆ'
}

fn is_boundary(analyzed: &AnalyzedText, at: usize) -> bool {
    at == 0 || u32::try_from(at).is_ok_and(|at| analyzed.ends().binary_search(&at).is_ok())
}

/// Whether a token can be a word rather than the first letters of one.
fn is_whole_word(token: &str) -> bool {
    token.chars().filter(|c| ('ก'..='ฮ').contains(c)).count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around<'t>(text: &'t str, hit: &str) -> Around<'t> {
        let start = text.find(hit).unwrap();
        Around::new(text, start, start + hit.len())
    }

    #[test]
    fn months_are_no_agencies() {
        for (text, hit, want) in [
            ("วันที่ 17 ก.พ. 64", "ก.พ.", true),
            ("เดือน ก.พ. มีฝน", "ก.พ.", true),
            ("ม.ค.-ก.พ. นี้", "ก.พ.", true),
            ("ก.พ. 2564", "ก.พ.", true),
            ("ผลสอบของ ก.พ. ประกาศแล้ว", "ก.พ.", false),
            ("เรื่อง กค. 55", "กค.", false),
        ] {
            assert_eq!(around(text, hit).is_month(hit), want, "{text}");
        }
    }

    #[test]
    fn bodies_of_other_countries_are_not_ours() {
        for (text, hit, want) in [
            ("กระทรวงมหาดไทยกัมพูชา", "กระทรวงมหาดไทย", true),
            ("กระทรวงกลาโหมของสหรัฐฯ", "กระทรวงกลาโหม", true),
            ("กระทรวงพาณิชย์แห่งสาธารณรัฐประชาชนจีน", "กระทรวงพาณิชย์", true),
            ("กระทรวงพาณิชย์ จีน และไทย", "กระทรวงพาณิชย์", false),
            ("กองทัพเรือไทย", "กองทัพเรือ", false),
            ("the Cambodian Ministry of Interior", "Ministry of Interior", true),
        ] {
            assert_eq!(around(text, hit).is_foreign(), want, "{text}");
        }
    }
}
