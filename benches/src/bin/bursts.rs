//! The bursts bench: is a burst noticed in time, and is there peace otherwise?
//!
//! ```text
//! cargo run --release -p praden-benches --bin bursts -- [../shared/data/thaigov.jsonl.zst] [month, 2024-03] [seeds, 5] [outlets, 12]
//! ```
//!
//! Replays a month of the archive after six weeks that are only watched. The archive knows days, not hours: each day's articles keep their
//! order, which keeps what one desk published at once together, and get the hours at which Thai outlets publish. Into the month are
//! put bursts: invented articles that name an agency, from a handful in two hours to dozens in one, of agencies that are named
//! daily and of some that hardly are. All of them go through the same matcher, reader and watch as in the product. A burst counts
//! as found when its agency is reported within 30 minutes of its first article. What is reported of an agency on a day on which nothing was put in for
//! it is a false alarm, also where the month really had an event. A naive rule reads the same stream: four articles and more within two hours,
//! and three times what the last fortnight gives for two hours. The bench fails below the figures it is to hold.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use anyhow::{Context as _, ensure};
use cpu_time::ThreadTime;
use jiff::Timestamp;
use praden_issues::{Reader, Watch, attention};
use praden_match::Matcher;
use praden_model::{Agency, AgencyId, AnalyzedText, OutletId, Seq};
use praden_text::Segmenter;
use serde::Deserialize;

/// What the bench must show.
const FOUND_MIN: f64 = 0.9;
const DELAY_MAX_S: i64 = 1_800;
const FALSE_PER_100_DAYS_MAX: f64 = 1.0;

/// Days that are watched before the month.
const WARM_UP_DAYS: i64 = 42;

/// Share of a day's articles that come before each hour has ended, as Thai outlets publish: little at night, most between nine and six.
const BY_HOUR: [f64; 24] = [
    0.010, 0.016, 0.020, 0.024, 0.030, 0.042, 0.064, 0.100, 0.150, 0.215, 0.285, 0.355, 0.415, 0.475, 0.545,
    0.615, 0.690, 0.760, 0.820, 0.865, 0.905, 0.940, 0.970, 1.000,
];

/// Bursts: articles, and the minutes over which they come.
const SIZES: [(usize, i64); 5] = [(8, 30), (10, 60), (16, 120), (30, 120), (40, 60)];

/// Bursts of each size that a seed puts into the month.
const OF_EACH_SIZE: usize = 6;

/// Articles a day in the month from which an agency is one of the busy ones.
const BUSY: f64 = 1.0;

#[derive(Deserialize)]
struct Row {
    #[serde(default)]
    id: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    /// The desk that published it.
    #[serde(default)]
    category: String,
}

/// An article as the watch sees it.
struct Arrival {
    at: i64,
    outlet: OutletId,
    agencies: BTreeSet<AgencyId>,
}

struct Injected {
    agency: AgencyId,
    at: i64,
    until: i64,
    size: usize,
    found: Option<i64>,
    found_naively: Option<i64>,
}

/// Counts articles of two hours against the mean of a fortnight.
#[derive(Default)]
struct Naive {
    seen: BTreeMap<AgencyId, VecDeque<i64>>,
    /// When each agency's alarm was last heard.
    alarmed: BTreeMap<AgencyId, i64>,
}

impl Naive {
    const FORTNIGHT_S: i64 = 14 * 86_400;
    const STRETCH_S: i64 = 7_200;

    /// Whether an agency is in a burst now, and whether that is a new one.
    fn see(&mut self, at: i64, agency: &AgencyId) -> Option<bool> {
        let seen = self.seen.entry(agency.clone()).or_default();
        while seen.front().is_some_and(|first| *first < at - Self::FORTNIGHT_S) {
            seen.pop_front();
        }
        seen.push_back(at);
        let now = seen.iter().rev().take_while(|other| **other >= at - Self::STRETCH_S).count();
        let usual = seen.len() as f64 * Self::STRETCH_S as f64 / Self::FORTNIGHT_S as f64;
        if now < 4 || (now as f64) < 3.0 * usual {
            return None;
        }
        let before = self.alarmed.insert(agency.clone(), at);
        Some(before.is_none_or(|before| at - before > 6 * 3_600))
    }
}

fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().unwrap_or_else(|| "../shared/data/thaigov.jsonl.zst".to_owned());
    let month = arguments.next().unwrap_or_else(|| "2024-03".to_owned());
    let seeds: u64 = arguments.next().map_or(Ok(5), |n| n.parse()).context("seeds is a number")?;
    let outlets: usize = arguments.next().map_or(Ok(12), |n| n.parse()).context("outlets is a number")?;
    let lexicon = praden_pipeline::built_in().lexicon;
    let (matcher, reader) = (Matcher::new(&lexicon), Reader::new(lexicon.agencies()));
    let analyze = |text: &str| AnalyzedText::analyze(text.to_owned(), Segmenter::embedded());
    let speak = |title: &str, text: &str| {
        let (title, text) = (analyze(title), analyze(text));
        let mentions = matcher.find(&title, &text);
        attention(&reader.read(Seq::new(1), &title, &text, &mentions), &mentions)
    };

    let first: jiff::civil::Date = format!("{month}-01").parse().context("month is YYYY-MM")?;
    let start = midnight(first)?;
    let end = midnight(first.last_of_month())? + 86_400;
    let mut days: BTreeMap<i64, Vec<(u64, OutletId, BTreeSet<AgencyId>)>> = BTreeMap::new();
    let mut desks: BTreeMap<String, usize> = BTreeMap::new();
    for row in read(&file)? {
        let Ok(date) = row.date.parse::<jiff::civil::Date>() else { continue };
        let day = midnight(date)?;
        if (start - WARM_UP_DAYS * 86_400..end).contains(&day) {
            let number = row.id.trim_start_matches("tg-").parse().unwrap_or(0);
            let known = desks.len();
            let desk = OutletId::new(format!("desk-{}", desks.entry(row.category).or_insert(known)))?;
            days.entry(day).or_default().push((number, desk, speak(&row.title, &row.text)));
        }
    }
    for articles in days.values_mut() {
        articles.sort_by_key(|(number, ..)| *number);
    }
    let mut named: BTreeMap<AgencyId, usize> = BTreeMap::new();
    for (_, _, agencies) in days.range(start..).flat_map(|(_, articles)| articles) {
        for agency in agencies {
            *named.entry(agency.clone()).or_default() += 1;
        }
    }
    let of_month = (end - start) as f64 / 86_400.0;
    let busy: BTreeSet<&AgencyId> = named
        .iter()
        .filter(|(_, count)| **count as f64 >= BUSY * of_month)
        .map(|(agency, _)| agency)
        .collect();
    println!(
        "{month}: {} articles, {} agencies named, {} of them daily",
        days.range(start..).map(|(_, articles)| articles.len()).sum::<usize>(),
        named.len(),
        busy.len()
    );

    let (mut injected, mut alarms, mut naive_alarms, mut seen) = (Vec::new(), Vec::new(), Vec::new(), 0usize);
    let mut spent = std::time::Duration::ZERO;
    for seed in 1..=seeds {
        let mut dice = Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let mut arrivals = Vec::new();
        for (day, articles) in &days {
            let mut times: Vec<i64> = articles.iter().map(|_| day + time_of_day(dice.share())).collect();
            times.sort_unstable();
            arrivals.extend(times.into_iter().zip(articles).map(|(at, (_, outlet, agencies))| Arrival {
                at,
                outlet: outlet.clone(),
                agencies: agencies.clone(),
            }));
        }
        let mut bursts =
            inject(&mut dice, lexicon.agencies(), &named, &busy, start, end, &speak, outlets, &mut arrivals)?;
        arrivals.sort_by_key(|arrival| arrival.at);
        let mut watch = Watch::default();
        let mut going_on: BTreeMap<AgencyId, i64> = BTreeMap::new();
        let clock = ThreadTime::now();
        for (seq, arrival) in arrivals.iter().enumerate() {
            let at = Timestamp::from_second(arrival.at)?;
            for burst in watch.see(Seq::new(seq as u64 + 1), at, &arrival.outlet, &arrival.agencies) {
                let since = burst.since.as_second();
                let is_new = going_on.insert(burst.agency.clone(), since) != Some(since);
                let mut injected_now = false;
                for injected in &mut bursts {
                    if injected.agency == burst.agency
                        && (injected.at..injected.until + 6 * 3_600).contains(&arrival.at)
                    {
                        injected.found.get_or_insert(arrival.at - injected.at);
                        injected_now = true;
                    }
                }
                if is_new && !injected_now && arrival.at >= start {
                    alarms.push((burst.agency.clone(), burst));
                }
            }
        }
        spent += clock.elapsed();
        let mut naive = Naive::default();
        for arrival in &arrivals {
            for agency in &arrival.agencies {
                let Some(is_new) = naive.see(arrival.at, agency) else { continue };
                let mut injected_now = false;
                for injected in bursts.iter_mut().filter(|injected| injected.agency == *agency) {
                    if (injected.at..injected.until + 6 * 3_600).contains(&arrival.at) {
                        injected.found_naively.get_or_insert(arrival.at - injected.at);
                        injected_now = true;
                    }
                }
                if is_new && !injected_now && arrival.at >= start {
                    naive_alarms.push(agency.clone());
                }
            }
        }
        seen += arrivals.len();
        injected.extend(bursts);
    }
    report(&injected, &alarms, &naive_alarms, &busy, named.len(), of_month * seeds as f64)?;
    println!("{seen} articles through the watch, {:.0} per CPU-second", seen as f64 / spent.as_secs_f64());
    Ok(())
}

fn report(
    injected: &[Injected],
    alarms: &[(AgencyId, praden_model::Burst)],
    naive: &[AgencyId],
    busy: &BTreeSet<&AgencyId>,
    named: usize,
    days: f64,
) -> anyhow::Result<()> {
    println!("{:<26} {:>6} {:>8} {:>14} {:>10}", "burst", "put in", "in time", "median delay", "longest");
    let in_time = |burst: &&Injected| burst.found.is_some_and(|delay| delay <= DELAY_MAX_S);
    for (size, minutes) in SIZES {
        let of_size: Vec<&Injected> = injected
            .iter()
            .filter(|b| {
                b.size == size && (b.until - b.at) / 60 <= minutes && (b.until - b.at) / 60 > minutes / 2
            })
            .collect();
        let mut delays: Vec<i64> = of_size.iter().filter_map(|burst| burst.found).collect();
        delays.sort_unstable();
        println!(
            "{:<26} {:>6} {:>8} {:>10} min {:>6} min",
            format!("{size} articles in {minutes} min"),
            of_size.len(),
            of_size.iter().copied().filter(in_time).count(),
            delays.get(delays.len() / 2).map_or(0, |delay| delay / 60),
            delays.last().map_or(0, |delay| delay / 60)
        );
    }
    let found = injected.iter().filter(in_time).count() as f64 / injected.len().max(1) as f64;
    let of_busy = alarms.iter().filter(|(agency, _)| busy.contains(agency)).count();
    let taken = injected.len() as f64;
    let busy_days = (days * busy.len() as f64 - taken).max(1.0);
    let all_days = (days * named as f64 - taken).max(1.0);
    let busy_false = 100.0 * of_busy as f64 / busy_days;
    let all_false = 100.0 * alarms.len() as f64 / all_days;
    println!("found within {} minutes: {:.3} of {}", DELAY_MAX_S / 60, found, injected.len());
    println!(
        "false alarms per 100 quiet days of an agency: {all_false:.3} of {all_days:.0} days of all agencies named, {busy_false:.3} of {busy_days:.0} days of those named daily"
    );
    let in_time_naively = |burst: &&Injected| burst.found_naively.is_some_and(|delay| delay <= DELAY_MAX_S);
    println!(
        "three times the fortnight's mean of two hours: {:.3} found within {} minutes; false alarms {:.3} and {:.3}",
        injected.iter().filter(in_time_naively).count() as f64 / injected.len().max(1) as f64,
        DELAY_MAX_S / 60,
        100.0 * naive.len() as f64 / all_days,
        100.0 * naive.iter().filter(|agency| busy.contains(agency)).count() as f64 / busy_days
    );
    for (agency, burst) in alarms.iter().take(8) {
        println!(
            "  such as {agency}: {} articles in {} minutes up to {}, usual {}, surprise {}",
            burst.articles, burst.minutes, burst.at, burst.usual, burst.surprise
        );
    }
    ensure!(found >= FOUND_MIN, "too few bursts are found in time");
    ensure!(all_false <= FALSE_PER_100_DAYS_MAX, "too many false alarms");
    ensure!(busy_false <= FALSE_PER_100_DAYS_MAX, "too many false alarms of agencies that are named daily");
    Ok(())
}

/// Puts bursts into a month: half of them of agencies that are named daily.
#[expect(clippy::too_many_arguments, reason = "everything that the month consists of")]
fn inject(
    dice: &mut Dice,
    agencies: &[Agency],
    named: &BTreeMap<AgencyId, usize>,
    busy: &BTreeSet<&AgencyId>,
    start: i64,
    end: i64,
    speak: &impl Fn(&str, &str) -> BTreeSet<AgencyId>,
    outlets: usize,
    arrivals: &mut Vec<Arrival>,
) -> anyhow::Result<Vec<Injected>> {
    let mut bursts: Vec<Injected> = Vec::new();
    let (daily, seldom): (Vec<&Agency>, Vec<&Agency>) = agencies
        .iter()
        .filter(|agency| !agency.name_th.is_empty())
        .filter(|agency| busy.contains(&agency.id) || named.get(&agency.id).is_none_or(|count| *count < 20))
        .partition(|agency| busy.contains(&agency.id));
    for (size, minutes) in SIZES {
        let mut put_in = 0;
        while put_in < OF_EACH_SIZE {
            let from = if put_in % 2 == 0 { &daily } else { &seldom };
            let Some(agency) = from.get(dice.below(from.len())) else { break };
            let text = format!(
                "ชาวบ้านหลายพื้นที่ร้องเรียนถึง{0} หลังเกิดเหตุเมื่อเช้านี้ ขอให้{0}ชี้แจงและแก้ไขโดยเร็ว",
                agency.name_th
            );
            let who = speak(&format!("เรียกร้องให้{}ชี้แจง", agency.name_th), &text);
            let at = start + dice.below(usize::try_from(end - start - 86_400).unwrap_or(1)) as i64;
            // One burst of an agency a week at most: otherwise the second is a part of the first.
            let taken =
                bursts.iter().any(|other| other.agency == agency.id && (other.at - at).abs() < 7 * 86_400);
            if !who.contains(&agency.id) || taken {
                continue;
            }
            let mut times: Vec<i64> =
                (1..size).map(|_| at + (dice.share() * minutes as f64 * 60.0) as i64).chain([at]).collect();
            times.sort_unstable();
            for at in times {
                let outlet = OutletId::new(format!("outlet-{}", dice.below(outlets)))?;
                arrivals.push(Arrival { at, outlet, agencies: who.clone() });
            }
            bursts.push(Injected {
                agency: agency.id.clone(),
                at,
                until: at + minutes * 60,
                size,
                found: None,
                found_naively: None,
            });
            put_in += 1;
        }
    }
    Ok(bursts)
}

/// The second of the day by which such a share of its articles has come.
fn time_of_day(share: f64) -> i64 {
    let hour = BY_HOUR.partition_point(|until| *until <= share).min(23);
    let before = hour.checked_sub(1).and_then(|hour| BY_HOUR.get(hour)).copied().unwrap_or(0.0);
    let until = BY_HOUR.get(hour).copied().unwrap_or(1.0);
    ((hour as f64 + (share - before) / (until - before)) * 3_600.0) as i64
}

/// Midnight in Thailand.
fn midnight(date: jiff::civil::Date) -> anyhow::Result<i64> {
    let zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(7));
    Ok(date.to_zoned(zone)?.timestamp().as_second())
}

fn read(file: &str) -> anyhow::Result<Vec<Row>> {
    let lines = praden_pipeline::open_lines(
        std::fs::File::open(file).with_context(|| format!("cannot open {file}"))?,
    )?;
    let mut rows = Vec::new();
    for line in std::io::BufRead::lines(std::io::BufReader::new(lines)) {
        rows.push(serde_json::from_str(&line?)?);
    }
    Ok(rows)
}

/// Numbers that look like chance, the same at each run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1u64 << 53) as f64
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound.max(1) as u64) as usize
    }
}
