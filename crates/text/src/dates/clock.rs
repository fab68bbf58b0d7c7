//! Times of day, written and spoken.

use super::Precision;
use super::meaning::Clock;
use super::scanner::{GAP_BYTES_MAX, Reader};

impl Reader<'_> {
    /// The time after a date: `14:30`, `เวลา 14.30 น.`, `| 13:16 น.`, `T14:30:00Z`, `8 โมงเช้า`.
    pub(super) fn late_clock(&self, at: usize) -> Option<(Clock, usize)> {
        if matches!(self.after(at), Some('T' | 't'))
            && let Some(found) = self.clock_here(at + 1, true)
        {
            return Some(found);
        }
        let start =
            self.gap(at, &["|", "l ", "-", "–", ",", ":", "(", ")", "at", "@", "เมื่อ", "·", "•", "/", "ช่วง"]);
        let after_word = self.spaces(
            self.skip_any(start, &["ในเวลา", "ตั้งแต่เวลา", "ตั้งแต่", "เวลาประมาณ", "เวลา", "ประมาณ", "Time:"]),
        );
        let has_word = after_word > start;
        if !self.is_line
            && !has_word
            && self.gap(at, &[]) != start
            && self.after(start).is_none_or(|c| c.is_ascii_digit())
        {
            // In running text a number behind a dash or bracket is rarely the time of the date before it.
            return self.clock(self.gap(at, &[","]), false);
        }
        self.clock(after_word, has_word || self.is_line)
    }

    /// Hours with a wrong count behind a date: then the whole is no date.
    pub(super) fn is_impossible_clock(&self, at: usize) -> bool {
        let start = self.gap(at, &["เวลา", "T", ","]);
        let Some((hour, 1..=2, end)) = self.number(start) else { return false };
        let Some(sign @ (':' | '.')) = self.after(end) else { return false };
        let Some((minute, 2, end)) = self.number(end + 1) else { return false };
        let is_clock = sign == ':' || self.starts(self.spaces(end), "น.").is_some();
        is_clock && (hour > 24 || minute > 59 || hour == 24 && minute > 0)
    }

    pub(super) fn clock_range(&self, at: usize) -> Option<(Clock, usize)> {
        // 14.00-16.00 น.: the mark of the last counts for both.
        let next = self.range_sign(at)?;
        self.spoken_clock(next).or_else(|| self.clock_here(next, self.is_line))
    }

    /// The end of a span of time that began with the clock that ends at `at`, and its end in the text.
    pub(super) fn until(&self, at: usize) -> (Option<Clock>, usize) {
        self.clock_range(at).map_or((None, at), |(clock, end)| (Some(clock), end))
    }

    /// A time of day. `is_sure`: the words before say that one follows, so that `14.30` needs no `น.`.
    pub(super) fn clock(&self, at: usize, is_sure: bool) -> Option<(Clock, usize)> {
        self.spoken_clock(at)
            .or_else(|| if self.is_number_start(at) { self.clock_here(at, is_sure) } else { None })
    }

    pub(super) fn clock_here(&self, at: usize, is_sure: bool) -> Option<(Clock, usize)> {
        let (hour, digits, end) = self.number(at)?;
        if digits > 2 {
            return None;
        }
        let mut clock =
            Clock { hour: hour as i8, minute: 0, second: 0, precision: Precision::Hour, offset: None };
        let mut last = end;
        let sign = self.after(end);
        // 2024-01-15T14:30-05:00 has a zone, 14:30-16:00 ends at four.
        let is_iso = matches!(self.before(at), Some('T' | 't'));
        let is_range_likely = |clock: &Clock| !is_iso && clock.precision != Precision::Second;
        if let Some(sign @ (':' | '.')) = sign
            && let Some((minute, 2, end)) = self.number(end + 1)
        {
            clock.minute = minute as i8;
            clock.precision = Precision::Minute;
            last = end;
            if let Some(':' | '.') = self.after(end)
                && let Some((second, 2, end)) = self.number(end + 1)
                && (self.after(last) == Some(sign))
            {
                clock.second = second as i8;
                clock.precision = Precision::Second;
                last = end;
                if let Some('.' | ',') = self.after(end)
                    && let Some((_, _, end)) = self.number(end + 1)
                {
                    last = end;
                }
            }
        }
        let mark = self.spaces(last);
        if let Some(end) = self.mark(mark) {
            last = end;
            // 14 นาฬิกา 30 นาที.
            if let (Precision::Hour, Some((minutes, end))) = (clock.precision, self.spoken_minutes(end)) {
                clock.minute = minutes;
                clock.precision = Precision::Minute;
                last = end;
            }
        } else if let Some((is_afternoon, end)) = self.half_day(mark) {
            match clock.hour {
                1..=12 => clock.hour = clock.hour % 12 + if is_afternoon { 12 } else { 0 },
                13..=23 if is_afternoon => {}
                _ => return None,
            }
            last = end;
        } else if clock.precision == Precision::Hour
            || !(self.is_number_end(last) || self.zone(last, is_range_likely(&clock)).is_some())
            || (sign == Some('.') && !is_sure)
            || (sign == Some('.') && self.starts(mark, "บาท").is_some())
        {
            // 14.00-16.00 น., 14:00-16:00.
            let end = self.range_sign(last)?;
            let is_clock = (sign == Some(':') || is_sure) && self.is_clock_written(end, sign);
            if !is_clock && !matches!(self.clock_mark(end), Some(true)) {
                return None;
            }
        }
        if clock.hour > 24
            || clock.minute > 59
            || clock.second > 60
            || (clock.hour == 24 && clock.minute + clock.second > 0)
        {
            return None;
        }
        clock.second = clock.second.min(59);
        if clock.precision != Precision::Hour {
            let open = self.spaces(last);
            let zone_at = if self.after(open) == Some('(') { open + 1 } else { open };
            if let Some((offset, end)) = self.zone(zone_at, is_range_likely(&clock)) {
                clock.offset = Some(offset);
                last = if zone_at > open && self.after(end) == Some(')') { end + 1 } else { end };
                // GMT+0700 (Indochina Time).
                let bracket = self.spaces(last);
                if self.rest(bracket).starts_with('(')
                    && let Some(length) =
                        self.rest(bracket).bytes().take(GAP_BYTES_MAX).position(|byte| byte == b')')
                    && self.rest(bracket).bytes().take(length).all(|byte| !byte.is_ascii_digit())
                {
                    last = bracket + length + 1;
                }
            }
        }
        Some((clock, last))
    }

    /// `น.`, `นาฬิกา`, at the end of a time.
    fn mark(&self, at: usize) -> Option<usize> {
        ["น.", "นาฬิกา"].iter().find_map(|mark| self.starts(at, mark)).or_else(|| {
            // น without its dot, when no word follows.
            self.starts(at, "น").filter(|&end| !self.after(end).is_some_and(char::is_alphanumeric))
        })
    }

    /// Whether `16:00` stands here, with this sign.
    fn is_clock_written(&self, at: usize, sign: Option<char>) -> bool {
        matches!(self.number(at), Some((_, 1..=2, end)) if sign.is_some() && self.after(end) == sign
            && matches!(self.number(end + 1), Some((_, 2, end)) if self.is_number_end(end)))
    }

    /// `30 นาที` behind an hour.
    fn spoken_minutes(&self, at: usize) -> Option<(i8, usize)> {
        let start = self.spaces(at);
        let (minutes, end) =
            self.number(start).map(|(minutes, _, end)| (minutes, end)).or_else(|| self.number_word(start))?;
        let end = self.starts(self.spaces(end), "นาที")?;
        Some((i8::try_from(minutes).ok().filter(|minutes| (0..60).contains(minutes))?, end))
    }

    /// Whether a time with `น.` stands here.
    pub(super) fn clock_mark(&self, at: usize) -> Option<bool> {
        let (_, _, end) = self.number(at)?;
        let end = match self.after(end) {
            Some(':' | '.') => self.number(end + 1).map_or(end, |(_, _, end)| end),
            _ => end,
        };
        Some(self.starts(self.spaces(end), "น.").is_some())
    }

    /// `8 โมงเช้า`, `บ่าย 2 โมง`, `4 โมงเย็น`, `2 ทุ่ม`, `ตี 3`, `เที่ยง`, `เที่ยงคืน`, `ครึ่ง` after any.
    pub(super) fn spoken_clock(&self, at: usize) -> Option<(Clock, usize)> {
        let (hour, end) = self.spoken_hour(at)?;
        let half = self.starts(self.spaces(end), "ครึ่ง").map(|end| (30, end));
        let (minute, precision, end) = match half.or_else(|| self.spoken_minutes(end)) {
            Some((minute, end)) => (minute, Precision::Minute, end),
            None => (0, Precision::Hour, self.skip_any(end, &["ตรง"])),
        };
        (hour < 24 || minute == 0)
            .then_some((Clock { hour, minute, second: 0, precision, offset: None }, end))
    }

    /// A small count in figures or in words.
    fn count(&self, at: usize) -> Option<(i64, usize)> {
        match self.number(at) {
            Some((number, 1 | 2, end)) => Some((number, end)),
            Some(_) => None,
            None => self.number_word(at),
        }
    }

    pub(super) fn spoken_hour(&self, at: usize) -> Option<(i8, usize)> {
        if let Some(end) = self.starts(at, "เที่ยงคืน") {
            return Some((24, end));
        }
        if let Some(end) = self.starts(at, "เที่ยงวัน").or_else(|| self.starts(at, "เที่ยง"))
        {
            return Some((12, end));
        }
        if let Some(end) = self.starts(at, "บ่ายโมง") {
            return Some((13, end));
        }
        if let Some((hour, end)) = self.starts(at, "ตี").and_then(|end| self.count(self.spaces(end))) {
            return (1..=5).contains(&hour).then_some((hour as i8, end));
        }
        if let Some((hour, end)) = self.starts(at, "บ่าย").and_then(|end| self.count(self.spaces(end)))
        {
            let end = self.starts(self.spaces(end), "โมง").unwrap_or(end);
            return (1..=5).contains(&hour).then_some((hour as i8 + 12, end));
        }
        // ทุ่มครึ่ง: the first hour of the evening needs no number.
        if let Some(end) =
            self.starts(at, "ทุ่ม").filter(|&end| self.starts(end, "ครึ่ง").or(self.starts(end, "ตรง")).is_some())
        {
            return Some((19, end));
        }
        if self.rest(at).starts_with(|c: char| c.is_ascii_digit()) && !self.is_number_start(at) {
            return None;
        }
        let (hour, end) = self.count(at)?;
        let word = self.spaces(end);
        if let Some(end) = self.starts(word, "ทุ่ม") {
            return (1..=6).contains(&hour).then_some((if hour == 6 { 24 } else { hour as i8 + 18 }, end));
        }
        let end = self.starts(word, "โมง")?;
        if let Some(end) = self.starts(end, "เย็น") {
            return (4..=6).contains(&hour).then_some((hour as i8 + 12, end));
        }
        let end = self.starts(end, "เช้า").unwrap_or(end);
        // The old count of the morning: 2 โมงเช้า is eight o'clock.
        let hour = if hour < 6 { hour + 6 } else { hour };
        (6..=11).contains(&hour).then_some((hour as i8, end))
    }

    pub(super) fn half_day(&self, at: usize) -> Option<(bool, usize)> {
        [("a.m.", false), ("p.m.", true), ("am", false), ("pm", true)].iter().find_map(
            |&(word, is_afternoon)| {
                let end = self.starts(at, word)?;
                (!self.after(end).is_some_and(char::is_alphanumeric)).then_some((is_afternoon, end))
            },
        )
    }
}
