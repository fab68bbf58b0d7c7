//! Zones: names of RFC 822 and of the region, and offsets in figures.

use jiff::tz::Offset;

use super::lexicon::ZONES;
use super::scanner::Reader;

impl Reader<'_> {
    /// `Z`, `+0700`, `+07:00`, `GMT+7`, `GMT +7`, `ICT`.
    ///
    /// `may_be_range`: a bare minus with one or two figures, or with a colon, is the sign of a range: `09.00-12.00`, `08:30-16:30`.
    pub(super) fn zone(&self, at: usize, may_be_range: bool) -> Option<(Offset, usize)> {
        let name = ZONES
            .iter()
            .filter_map(|&(name, minutes)| Some((minutes, self.starts(at, name)?)))
            .max_by_key(|&(_, end)| end);
        let (minutes, name_end) = match name {
            Some((minutes, end)) if !self.after(end).is_some_and(char::is_alphabetic) => (minutes, end),
            Some(_) => return None,
            None => (0, at),
        };
        let sign_at = if name_end > at { self.spaces(name_end) } else { at };
        let sign = match self.after(sign_at) {
            Some('+') => 1,
            Some('-' | '−') if sign_at == name_end => -1,
            _ => {
                let offset = Offset::from_seconds(minutes * 60).ok()?;
                return (name_end > at).then_some((offset, name_end));
            }
        };
        let number_at = sign_at + self.after(sign_at).map_or(1, char::len_utf8);
        let (number, digits, end) = self.number(number_at)?;
        let (hours, minutes, end) = match (digits, self.after(end)) {
            (1 | 2, _) if may_be_range && sign < 0 && name_end == at => return None,
            (1 | 2, Some(':')) => {
                let (minutes, 2, end) = self.number(end + 1)? else { return None };
                (number, minutes, end)
            }
            (1 | 2, _) => (number, 0, end),
            (4, _) => (number / 100, number % 100, end),
            _ => return None,
        };
        let seconds = sign * i32::try_from(hours * 3600 + minutes * 60).ok()?;
        (hours <= 14 && minutes < 60).then_some((Offset::from_seconds(seconds).ok()?, end))
    }
}
