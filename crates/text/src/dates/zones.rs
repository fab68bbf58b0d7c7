//! Zones: names of RFC 822 and of the region, and offsets in figures.

use jiff::tz::Offset;

use super::lexicon::ZONES;
use super::scanner::Reader;

impl Reader<'_> {
    /// `Z`, `+0700`, `+07:00`, `GMT+7`, `ICT`.
    pub(super) fn zone(&self, at: usize) -> Option<(Offset, usize)> {
        let name = ZONES
            .iter()
            .filter_map(|&(name, minutes)| Some((minutes, self.starts(at, name)?)))
            .max_by_key(|&(_, end)| end);
        let (minutes, name_end) = match name {
            Some((minutes, end)) if !self.after(end).is_some_and(char::is_alphabetic) => (minutes, end),
            Some(_) => return None,
            None => (0, at),
        };
        let sign = match self.after(name_end) {
            Some('+') => 1,
            Some('-' | '−') => -1,
            _ => {
                let offset = Offset::from_seconds(minutes * 60).ok()?;
                return (name_end > at).then_some((offset, name_end));
            }
        };
        let (number, digits, end) = self.number(name_end + 1)?;
        let (hours, minutes, end) = match (digits, self.after(end)) {
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
