//! Runs a target on generated inputs, one after another, until told to stop or until one breaks a promise.

use std::fs;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use cpu_time::ThreadTime;

use super::{Target, mutate};

/// CPU time that one input may take. All targets take micro- to milliseconds; more is work that grows faster than its input.
const CPU_PER_INPUT_MAX: Duration = Duration::from_secs(5);

/// An input that takes this long by the wall is given up with the whole program: it does not end.
const WALL_PER_INPUT_MAX: Duration = Duration::from_secs(120);

/// Between two lines of progress.
const PROGRESS: Duration = Duration::from_secs(10);

/// Calls spent on making a failing input smaller.
const REDUCE_TRIES: usize = 3000;

/// What to run and for how long.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Decides every input together with its number.
    pub seed: u64,
    /// The number of the first input.
    pub from: u64,
    /// Inputs at most.
    pub runs: u64,
    /// Time at most.
    pub time: Duration,
    /// Where failing inputs are saved, and the number of the input in work.
    pub out: PathBuf,
}

/// What was run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Inputs run.
    pub runs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The CPU time of the costliest input, and its number.
    pub slowest: (Duration, u64),
    /// The failing input as saved, with what to say about it.
    pub failure: Option<(PathBuf, String)>,
}

/// The first corpus of a target: its seeds, and the files of its fixtures and of `extra`, whole and as lines.
///
/// # Errors
///
/// A folder or file that cannot be read.
pub fn corpus(target: &Target, fixtures: &Path, extra: Option<&Path>) -> Result<Vec<Vec<u8>>> {
    let mut corpus: Vec<Vec<u8>> = target.seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect();
    let mut places: Vec<PathBuf> = target.fixtures.iter().map(|folder| fixtures.join(folder)).collect();
    places.extend(extra.map(Path::to_owned));
    let mut files = Vec::new();
    for place in places {
        list(&place, &mut files).with_context(|| format!("reading the corpus in {}", place.display()))?;
    }
    files.sort();
    for file in files {
        let bytes = fs::read(&file).with_context(|| format!("reading {}", file.display()))?;
        corpus.extend(bytes.split(|&byte| byte == b'\n').filter(|line| line.len() > 40).map(<[u8]>::to_vec));
        corpus.push(bytes);
    }
    Ok(corpus)
}

fn list(place: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    if place.is_dir() {
        for entry in fs::read_dir(place)? {
            list(&entry?.path(), files)?;
        }
    } else {
        fs::metadata(place)?;
        files.push(place.to_owned());
    }
    Ok(())
}

/// Whether the target breaks a promise on `input`, and what it says.
#[must_use]
pub fn failure_of(target: &Target, input: &[u8]) -> Option<String> {
    let started = ThreadTime::now();
    let result = catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    let took = started.elapsed();
    match result {
        Err(panic) => {
            let said = panic.downcast_ref::<String>().map(String::as_str);
            Some(said.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned())
        }
        Ok(()) if took > CPU_PER_INPUT_MAX => Some(format!("{} bytes took {took:?} of CPU", input.len())),
        Ok(()) => None,
    }
}

/// Runs `target` as planned; stops at the first failure and saves its input, made smaller.
///
/// Progress goes to `progress`, from another thread. The number of the input in work stands in `OUT/TARGET.run`, so that it is known
/// also after a stack overflow, which no program survives.
///
/// # Errors
///
/// When the folder for failing inputs cannot be written.
pub fn drive(target: &Target, corpus: &[Vec<u8>], plan: &Plan, progress: fn(&str)) -> Result<Report> {
    fs::create_dir_all(&plan.out).with_context(|| format!("making {}", plan.out.display()))?;
    let run_path = plan.out.join(format!("{}.run", target.name));
    let mut run_file =
        fs::File::create(&run_path).with_context(|| format!("making {}", run_path.display()))?;
    let generate = |number| mutate::generate(plan.seed, number, corpus, target.words, target.bytes_max);
    let current = AtomicU64::new(plan.from);
    let is_done = AtomicBool::new(false);
    // A panic is reported once, with its input cut short; the hook would print all of it, and again for every try to make it smaller.
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let report = std::thread::scope(|threads| {
        threads.spawn(|| watch(target, plan, &current, &is_done, progress, &generate));
        let result = run(target, plan, &mut run_file, &current, &generate);
        is_done.store(true, Ordering::Release);
        result
    });
    std::panic::set_hook(hook);
    let report = report?;
    fs::remove_file(&run_path).with_context(|| format!("removing {}", run_path.display()))?;
    Ok(report)
}

fn run(
    target: &Target,
    plan: &Plan,
    run_file: &mut fs::File,
    current: &AtomicU64,
    generate: &impl Fn(u64) -> Vec<u8>,
) -> Result<Report> {
    let started = Instant::now();
    let mut report = Report::default();
    for number in (plan.from..).take(usize::try_from(plan.runs).unwrap_or(usize::MAX)) {
        if started.elapsed() >= plan.time {
            break;
        }
        current.store(number, Ordering::Release);
        let input = generate(number);
        std::os::unix::fs::FileExt::write_all_at(run_file, format!("{number:020}\n").as_bytes(), 0)?;
        let before = ThreadTime::now();
        let failure = failure_of(target, &input);
        report.slowest = report.slowest.max((before.elapsed(), number));
        report.runs += 1;
        report.bytes += input.len() as u64;
        if let Some(message) = failure {
            let small = mutate::reduce(&input, REDUCE_TRIES, |input| failure_of(target, input).is_some());
            let message = failure_of(target, &small).unwrap_or(message);
            let path = save(target, plan, number, &small)?;
            report.failure = Some((path, message));
            break;
        }
    }
    run_file.flush()?;
    Ok(report)
}

fn save(target: &Target, plan: &Plan, number: u64, input: &[u8]) -> Result<PathBuf> {
    let path = plan.out.join(format!("{}-{}-{number}.bin", target.name, plan.seed));
    fs::write(&path, input).with_context(|| format!("saving the failing input to {}", path.display()))?;
    Ok(path)
}

/// Prints progress, and ends the program when one input does not end.
fn watch(
    target: &Target,
    plan: &Plan,
    current: &AtomicU64,
    is_done: &AtomicBool,
    progress: fn(&str),
    generate: &impl Fn(u64) -> Vec<u8>,
) {
    let started = Instant::now();
    let mut next_line = PROGRESS;
    let mut last = (current.load(Ordering::Acquire), Instant::now());
    while !is_done.load(Ordering::Acquire) {
        std::thread::sleep(Duration::from_millis(50));
        let number = current.load(Ordering::Acquire);
        if number != last.0 {
            last = (number, Instant::now());
        } else if last.1.elapsed() > WALL_PER_INPUT_MAX {
            let saved = save(target, plan, number, &generate(number));
            progress(&format!("{}: input {number} does not end, saved as {saved:?}", target.name));
            std::process::abort();
        }
        if started.elapsed() >= next_line {
            next_line += PROGRESS;
            let runs = number - plan.from;
            let rate = runs as f64 / started.elapsed().as_secs_f64();
            progress(&format!("{}: {runs} inputs, {rate:.0} a second, at number {number}", target.name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refuses_x(input: &[u8]) {
        assert!(!input.contains(&b'x'), "an x");
    }

    #[test]
    fn a_broken_promise_is_found_saved_small_and_repeatable() {
        let target = Target {
            name: "test-x",
            run: refuses_x,
            fixtures: &[],
            seeds: &["abc"],
            words: &["x", "y"],
            bytes_max: 100,
        };
        let folder = tempfile::tempdir().expect("a folder");
        let out = folder.path().to_owned();
        let plan = Plan { seed: 1, from: 0, runs: 10_000, time: Duration::from_secs(60), out };
        let corpus = corpus(&target, Path::new(""), None).expect("a corpus");
        let report = drive(&target, &corpus, &plan, |_| {}).expect("a report");
        let (path, message) = report.failure.expect("a failure");
        assert_eq!(message, "an x");
        assert_eq!(fs::read(path).expect("the input"), b"x");
        let again = Plan { from: report.runs - 1, runs: 1, ..plan };
        assert!(drive(&target, &corpus, &again, |_| {}).expect("a report").failure.is_some());
    }
}
