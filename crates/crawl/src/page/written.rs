//! Days as pages outside Thailand write them: `12. März 2019`, `le 3 juin 2018`, `20 ноября 2019`, `2018年10月12日`.
//!
//! Thai and English dates, and all that are only digits, are read by [`praden_text`]; this is asked for the rest. Months are
//! whole words of a table, in the case forms that dates use.
//!
//! ```text
//! find("Veröffentlicht am 12. März 2019")  ->  2019-03-12 at the bytes of `12. März 2019`
//! ```

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;

/// A day, and the bytes of the text that name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrittenDay {
    /// The day.
    pub(super) date: Date,
    /// Where it starts, in bytes.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) end: usize,
}

/// The names of the months, January first, in lower case: full names, then abbreviations, of German, French, Spanish,
/// Italian, Portuguese, Dutch, Scandinavian, Polish, Czech, Russian, Ukrainian, Turkish, Indonesian, Malay, Romanian,
/// Hungarian, Finnish, Croatian, Slovene and Greek; English last.
const MONTHS: [&str; 12] = [
    "januar jänner janvier enero gennaio janeiro januari stycznia ledna января січня ocak ianuarie január tammikuuta siječnja januarja ιανουαρίου january \
     jan jän janv ene gen янв oca ian sty",
    "februar feber février fevrier febrero febbraio fevereiro februari lutego února февраля лютого şubat februarie február helmikuuta veljače februarja φεβρουαρίου february \
     feb fév févr fevr fev febr фев şub lut",
    "märz maerz mars marzo março marco maart marts mars marca března марта березня mart maret mac martie március maaliskuuta ožujka μαρτίου march \
     mar mär mrz mrt мар",
    "april avril abril aprile kwietnia dubna апреля квітня nisan aprilie április huhtikuuta travnja aprila απριλίου \
     apr avr abr апр nis kwi",
    "mai mayo maggio maio mei maj maja května мая травня mayıs mei mai május toukokuuta svibnja μαΐου may \
     mag май",
    "juni juin junio giugno junho czerwca června июня червня haziran jun iunie június kesäkuuta lipnja junija ιουνίου june \
     giu июн haz",
    "juli juillet julio luglio julho lipca července июля липня temmuz julai iulie július heinäkuuta srpnja julija ιουλίου july \
     juil jul lug июл tem",
    "august août aout agosto augustus augusti sierpnia srpna августа серпня ağustos agustus ogos elokuuta kolovoza avgusta αυγούστου \
     aug ago авг ağu sie agu",
    "september septembre septiembre setiembre settembre setembro września září сентября вересня eylül septembrie szeptember syyskuuta rujna septembra σεπτεμβρίου \
     sep sept set сен eyl wrz",
    "oktober octobre octubre ottobre outubro października října октября жовтня ekim octombrie október lokakuuta listopada oktobra οκτωβρίου october \
     okt oct ott out окт eki paź",
    "november novembre noviembre novembro listopadu ноября листопада kasım noiembrie marraskuuta studenoga novembra νοεμβρίου \
     nov ноя kas lis nop",
    "dezember décembre decembre diciembre dicembre dezembro december desember grudnia prosince декабря грудня aralık decembrie joulukuuta prosinca decembra δεκεμβρίου \
     dez déc dec dic des дек ara gru",
];

/// The month of each name. A name of two languages' months, such as `listopad`, means the earlier.
static MONTH_OF: LazyLock<HashMap<&'static str, i8>> = LazyLock::new(|| {
    let mut months = HashMap::new();
    for (month, names) in (1..).zip(MONTHS) {
        for name in names.split_whitespace() {
            months.entry(name).or_insert(month);
        }
    }
    months
});

/// Words that may stand between day, month and year.
const BETWEEN: &[&str] = &["de", "del", "di", "of", "d", "den", "г", "st", "nd", "rd", "th", "er", "º", "го"];

/// The longest text looked at, in words and numbers.
const TOKENS_MAX: usize = 4000;

#[derive(Clone, Copy, Debug)]
enum Token {
    /// A number of at most four digits.
    Number(i16),
    /// A month by its name.
    Month(i8),
    /// A word that may stand inside a date.
    Between,
    /// Anything else: it ends a date.
    Other,
}

struct Placed {
    token: Token,
    start: usize,
    end: usize,
}

/// The days that a text names, in order.
pub(super) fn find(text: &str) -> Vec<WrittenDay> {
    if !may_have_year(text) {
        return Vec::new();
    }
    let tokens = tokens(text);
    let mut found: Vec<WrittenDay> = Vec::new();
    for (index, placed) in tokens.iter().enumerate() {
        let day = match placed.token {
            Token::Month(month) => with_month(&tokens, index, month),
            Token::Number(year) if (1990..=2100).contains(&year) => numbered(text, &tokens, index, year),
            _ => None,
        };
        if let Some(day) = day.filter(|day| found.last().is_none_or(|last| last.end <= day.start)) {
            found.push(day);
        }
    }
    found
}

/// Whether there are four digits of a year of our time: every day here is told with its year, and most lines have none.
fn may_have_year(text: &str) -> bool {
    let century = |digits: &[u8]| matches!(digits, [b'1', b'9', b'9', _] | [b'2', b'0' | b'1', _, _]);
    text.as_bytes().windows(4).any(|four| century(four) && four.iter().all(u8::is_ascii_digit))
}

/// `12. März 2019`, `12 de marzo de 2019`, `März 12, 2019`.
fn with_month(tokens: &[Placed], index: usize, month: i8) -> Option<WrittenDay> {
    let before = skip(tokens, index, false).and_then(|at| Some((number(tokens, at)?, at)));
    let after = skip(tokens, index, true).and_then(|at| Some((number(tokens, at)?, at)));
    let is_day = |number: i16| (1..=31).contains(&number);
    let is_year = |number: i16| (1990..=2100).contains(&number);
    let (day, year, first, last) = match (before, after) {
        (Some((day, first)), Some((year, last))) if is_day(day) && is_year(year) => (day, year, first, last),
        (_, Some((day, at))) if is_day(day) => {
            let last = skip(tokens, at, true)?;
            let year = number(tokens, last).filter(|year| is_year(*year))?;
            (day, year, index, last)
        }
        _ => return None,
    };
    let date = Date::new(year, month, i8::try_from(day).ok()?).ok()?;
    Some(WrittenDay { date, start: tokens.get(first)?.start, end: tokens.get(last)?.end })
}

/// `2018年10月12日` and `2018년 10월 12일`: the numbers, with their signs between them.
fn numbered(text: &str, tokens: &[Placed], index: usize, year: i16) -> Option<WrittenDay> {
    let (first, second, third) = (tokens.get(index)?, tokens.get(index + 1)?, tokens.get(index + 2)?);
    let sign = |left: &Placed, right: &Placed, signs: [char; 2]| {
        let between = text.get(left.end..right.start).unwrap_or("").trim();
        between.starts_with(signs) && between.chars().count() == 1
    };
    let (Token::Number(month), Token::Number(day)) = (second.token, third.token) else { return None };
    if !sign(first, second, ['年', '년']) || !sign(second, third, ['月', '월']) {
        return None;
    }
    let date = Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()?;
    Some(WrittenDay { date, start: first.start, end: third.end })
}

/// The next token in one direction that is not a word between.
fn skip(tokens: &[Placed], from: usize, ahead: bool) -> Option<usize> {
    let mut at = from;
    for _ in 0..3 {
        at = if ahead { at + 1 } else { at.checked_sub(1)? };
        if !matches!(tokens.get(at)?.token, Token::Between) {
            return Some(at);
        }
    }
    None
}

fn number(tokens: &[Placed], at: usize) -> Option<i16> {
    match tokens.get(at)?.token {
        Token::Number(number) => Some(number),
        _ => None,
    }
}

/// The words and numbers of a text. A change from digits to letters is a border too.
fn tokens(text: &str) -> Vec<Placed> {
    let mut tokens: Vec<Placed> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((start, c)) = chars.next() {
        if !c.is_alphanumeric() && c != 'º' {
            continue;
        }
        let digits = c.is_ascii_digit();
        let mut end = start + c.len_utf8();
        while let Some(&(at, next)) = chars.peek() {
            let goes_on = if digits { next.is_ascii_digit() } else { is_letter(next) && is_letter(c) };
            if !goes_on {
                break;
            }
            end = at + next.len_utf8();
            chars.next();
        }
        let token = read(text.get(start..end).unwrap_or(""), digits);
        // The signs of Chinese, Japanese and Korean stand between numbers and end none.
        if !matches!(c, '年' | '月' | '日' | '년' | '월' | '일') {
            tokens.push(Placed { token, start, end });
        }
        if tokens.len() >= TOKENS_MAX {
            break;
        }
    }
    tokens
}

fn is_letter(c: char) -> bool {
    c.is_alphabetic() && !matches!(c, '年' | '月' | '日' | '년' | '월' | '일')
}

fn read(word: &str, digits: bool) -> Token {
    const WORD_BYTES_MAX: usize = 30;
    if digits {
        return word.parse().map_or(Token::Other, Token::Number);
    }
    if word.len() > WORD_BYTES_MAX {
        return Token::Other;
    }
    let lower = word.to_lowercase();
    match MONTH_OF.get(lower.as_str()) {
        Some(month) => Token::Month(*month),
        None if BETWEEN.contains(&lower.as_str()) => Token::Between,
        None => Token::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, want: &[(&str, &str)]) {
        let found = find(text);
        let got: Vec<(String, &str)> =
            found.iter().map(|day| (day.date.to_string(), text.get(day.start..day.end).unwrap())).collect();
        let got: Vec<(&str, &str)> = got.iter().map(|(day, words)| (day.as_str(), *words)).collect();
        assert_eq!(got, want, "{text}");
    }

    #[test]
    fn days_are_read_in_many_languages() {
        check("Veröffentlicht am 12. März 2019 um 14:30", &[("2019-03-12", "12. März 2019")]);
        check("Publié le 1er août 2018", &[("2018-08-01", "1er août 2018")]);
        check("27 de septiembre de 2018", &[("2018-09-27", "27 de septiembre de 2018")]);
        check("Geplaatst op 3 mei 2017", &[("2017-05-03", "3 mei 2017")]);
        check("20 ноября 2019 г.", &[("2019-11-20", "20 ноября 2019")]);
        check("2018年10月12日", &[("2018-10-12", "2018年10月12")]);
        check("2018년 8월 25일", &[("2018-08-25", "2018년 8월 25")]);
        check("22 Agu 2018", &[("2018-08-22", "22 Agu 2018")]);
        check("Nov. 18th 2019 8:54 am", &[("2019-11-18", "Nov. 18th 2019")]);
    }

    #[test]
    fn what_names_no_day_is_none() {
        check("März 2019", &[]);
        check("31. Februar 2019", &[]);
        check("im Mai 100 Euro", &[]);
        check("12 mars", &[]);
        check("Marsch 12 2019", &[]);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read(text in "([0-9]{1,5}|märz|mai|de|年|月|[ .,]|\\PC){0,40}") {
            for day in find(&text) {
                proptest::prop_assert!(text.get(day.start..day.end).is_some());
            }
        }
    }
}
