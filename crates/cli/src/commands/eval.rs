//! `praden eval`: measures the stages on labelled files, each figure beside a naive baseline from the same run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use praden_issues::metrics::{self, BCubed, Named, Tally, naive};
use praden_model::{AgencyId, FieldName, OutletKind, Revision};
use praden_stories::Clusterer;
use serde::Deserialize;
use serde_json::{Value, json};

use super::judge::{Judge, revision};
use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_text;
use crate::talk::say;

/// What no labelled file can tell.
const BURSTS: &str = "measured on a replayed month, beside a naive rule: cargo run --release -p praden-benches --bin bursts -- archive.jsonl.zst 2024-03";

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  praden eval gold.jsonl --stories stories.jsonl --among archive.jsonl.zst\n\n\
    GOLD.jsonl: {\"id\",\"title\",\"text\",\"agencies\",\"mentioned_agencies\",\"is_candidate_issue\",\"agreed\"} a line.\n\
    Stories: groups {\"kind\",\"docs\",\"near_miss\"}, their documents in `story-docs.jsonl` beside it. On their own labelled documents\n\
    are so sparse that the date alone tells them apart: --among takes an archive whose articles of the same days stand between them."
)]
pub(crate) struct Args {
    /// Labelled articles.
    gold: PathBuf,
    /// Labelled stories.
    #[arg(long, value_name = "FILE")]
    stories: Option<PathBuf>,
    /// An archive: its articles of the days around stand between the labelled ones.
    #[arg(long, value_name = "ARCHIVE", requires = "stories")]
    among: Option<PathBuf>,
    /// Texts labelled with who should answer: the fifth of them that `praden train` leaves out. May be given several times.
    #[arg(long, value_name = "FILE")]
    routing: Vec<PathBuf>,
    /// Pipeline file: agencies, weights, window.
    #[arg(long, value_name = "FILE", env = "PRADEN_PIPELINE")]
    pipeline: Option<PathBuf>,
    /// Also each text that is judged otherwise than labelled, on stderr.
    #[arg(long)]
    explain: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let judge = Judge::new(args.pipeline.as_deref())?;
    let rows: Vec<GoldRow> = read_lines(&args.gold)?;
    let mut report = measure_articles(&judge, rows, args.explain)?;
    if let (Some(file), Value::Object(fields)) = (&args.stories, &mut report) {
        fields.insert(
            "stories".to_owned(),
            measure_stories(&judge, file, args.among.as_deref(), args.explain)?,
        );
    }
    for file in &args.routing {
        let name = file.file_stem().map_or_else(String::new, |name| name.to_string_lossy().replace('-', "_"));
        if let Value::Object(fields) = &mut report {
            fields.insert(format!("{name}_held_out"), measure_routing(&judge, file, args.explain)?);
        }
    }
    if let Value::Object(fields) = &mut report {
        fields.insert("bursts".to_owned(), BURSTS.into());
    }
    write_text(&serde_json::to_string_pretty(&report)?)?;
    Ok(Exit::Done)
}

/// Whether a labelled text is of the fifth that is never learned from. It follows from the id alone, so that no order and no addition
/// moves a text from one side to the other.
pub(crate) fn is_held_out(id: &str) -> bool {
    hash_of(id).is_multiple_of(5)
}

/// A number that follows from an id alone (FNV-1a, its upper half).
pub(crate) fn hash_of(id: &str) -> u64 {
    let hash = id.bytes().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3)
    });
    hash >> 32
}

#[derive(Deserialize)]
struct RoutingRow {
    #[serde(default)]
    id: String,
    #[serde(default)]
    claim: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    agencies: Vec<AgencyId>,
}

/// Routing of the held-out texts: of a claim alone, as it goes round, and with what was written about it.
fn measure_routing(judge: &Judge, file: &Path, explain: bool) -> Result<Value, Failure> {
    let lookup =
        naive::Lookup::new(judge.pipeline().lexicon.agencies()).context("the lexicon has too many names")?;
    let mut forms: BTreeMap<&str, (Routed, Routed)> = BTreeMap::new();
    let rows = read_lines::<RoutingRow>(file)?.into_iter().filter(|row| is_held_out(&row.id));
    for (index, row) in rows.enumerate() {
        let texts = if row.claim.is_empty() {
            vec![("text", String::new(), row.text)]
        } else {
            vec![("claim", String::new(), row.claim.clone()), ("claim_and_text", row.claim, row.text)]
        };
        for (form, title, text) in texts {
            let whole = format!("{title}\n{text}");
            let article = revision(index as u64 + 1, title, text, None, None)?;
            let assessment = judge.judge(&article, OutletKind::Press).assessment;
            let ours: Vec<AgencyId> =
                assessment.agencies.iter().map(|proposal| proposal.agency.clone()).collect();
            let (praden, counted) = forms.entry(form).or_default();
            praden.add(&ours, &row.agencies);
            counted.add(&lookup.route(&whole), &row.agencies);
            if explain && !metrics::in_top(1, &ours, &row.agencies) {
                say(format_args!(
                    "routing of the {form} {}: labelled {:?}, proposed {:?}: {}",
                    row.id,
                    row.agencies,
                    assessment
                        .agencies
                        .iter()
                        .map(|p| format!("{} {} {:?}", p.agency, p.score, p.reasons))
                        .collect::<Vec<_>>(),
                    article.headline()
                ));
            }
        }
    }
    let report = |(form, (praden, counted)): (&str, (Routed, Routed))| {
        (form.to_owned(), json!({ "praden": praden.report(), "names_and_remit_counted": counted.report() }))
    };
    Ok(forms.into_iter().map(report).collect())
}

/// Lines of JSON, plain or packed; one that cannot be read is named.
pub(crate) fn read_lines<T: for<'de> Deserialize<'de>>(file: &Path) -> Result<Vec<T>, Failure> {
    let open = || -> anyhow::Result<Vec<T>> {
        let lines = praden_pipeline::open_lines(File::open(file)?)?;
        let mut rows = Vec::new();
        for (number, line) in BufReader::new(lines).lines().enumerate() {
            let line = line?;
            if !line.trim().is_empty() {
                rows.push(serde_json::from_str(&line).with_context(|| format!("line {}", number + 1))?);
            }
        }
        Ok(rows)
    };
    Ok(open().with_context(|| format!("cannot read {}", file.display()))?)
}

#[derive(Deserialize)]
struct GoldRow {
    #[serde(default)]
    id: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
    #[serde(default)]
    published: Option<String>,
    #[serde(default)]
    agencies: Vec<AgencyId>,
    /// Absent where nobody labelled them, as in what `praden issues labels` writes.
    mentioned_agencies: Option<Vec<LabelledMention>>,
    #[serde(default)]
    is_candidate_issue: bool,
    #[serde(default = "yes")]
    agreed: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct LabelledMention {
    id: AgencyId,
    surface: String,
    spans: Vec<(usize, usize)>,
}

/// Counts of one way of routing.
#[derive(Default)]
pub(crate) struct Routed {
    texts: usize,
    top1: usize,
    top3: usize,
}

impl Routed {
    pub(crate) fn add(&mut self, proposed: &[AgencyId], labelled: &[AgencyId]) {
        self.texts += 1;
        self.top1 += usize::from(metrics::in_top(1, proposed, labelled));
        self.top3 += usize::from(metrics::in_top(3, proposed, labelled));
    }

    pub(crate) fn report(&self) -> Value {
        let share = |hits: usize| hits as f64 / self.texts.max(1) as f64;
        json!({ "texts": self.texts, "top1": round(share(self.top1)), "top3": round(share(self.top3)) })
    }
}

fn measure_articles(judge: &Judge, rows: Vec<GoldRow>, explain: bool) -> Result<Value, Failure> {
    let lookup =
        naive::Lookup::new(judge.pipeline().lexicon.agencies()).context("the lexicon has too many names")?;
    let (mut mentions, mut naive_mentions, mut named) = (Tally::default(), Tally::default(), 0);
    let (mut routed, mut naive_routed) =
        ([Routed::default(), Routed::default()], [Routed::default(), Routed::default()]);
    let (mut scored, mut naive_scored, mut decided, mut naive_decided) = (vec![], vec![], vec![], vec![]);
    for (index, row) in rows.into_iter().enumerate() {
        let whole = format!("{}\n{}", row.title, row.text);
        let shift = row.title.len() + 1;
        let article = revision(index as u64 + 1, row.title, row.text, row.published.as_deref(), None)?;
        let judged = judge.judge(&article, OutletKind::Press);

        let names_labelled = row.mentioned_agencies.is_some();
        let labelled: Vec<Named> = row
            .mentioned_agencies
            .into_iter()
            .flatten()
            .map(|mention| Named {
                agency: mention.id,
                surface: mention.surface,
                places: mention.spans.into_iter().map(|(start, end)| start..end).collect(),
            })
            .collect();
        let proposed = metrics::distinct(judged.mentions.iter().map(|mention| {
            let range = mention.raw.range();
            let shift = if mention.field == FieldName::Text { shift } else { 0 };
            (mention.agency.clone(), mention.surface.clone(), range.start + shift..range.end + shift)
        }));
        if names_labelled {
            named += 1;
            mentions.add(metrics::mentions(&proposed, &labelled));
            naive_mentions.add(metrics::mentions(&metrics::distinct(lookup.mentions(&whole)), &labelled));
        }

        let ours: Vec<AgencyId> =
            judged.assessment.agencies.iter().map(|proposal| proposal.agency.clone()).collect();
        if !row.agencies.is_empty() {
            let naive = lookup.route(&whole);
            for part in 0..if row.is_candidate_issue { 2 } else { 1 } {
                if let (Some(ours_part), Some(naive_part)) =
                    (routed.get_mut(part), naive_routed.get_mut(part))
                {
                    ours_part.add(&ours, &row.agencies);
                    naive_part.add(&naive, &row.agencies);
                }
            }
            if explain && !metrics::in_top(1, &ours, &row.agencies) {
                say(format_args!(
                    "routing {}: labelled {:?}, proposed {:?}: {}",
                    row.id,
                    row.agencies,
                    ours,
                    article.headline()
                ));
            }
        }
        if row.agreed {
            let (passes, naive_score) = (judged.is_candidate, naive::issue_score(&whole));
            scored.push((judged.assessment.score.to_f64(), row.is_candidate_issue));
            naive_scored.push((naive_score, row.is_candidate_issue));
            decided.push((passes, row.is_candidate_issue));
            naive_decided.push((naive_score >= 1.0, row.is_candidate_issue));
            if explain && passes != row.is_candidate_issue {
                let score = judged.assessment.score;
                say(format_args!(
                    "issue {}: labelled {}, score {score}: {}",
                    row.id,
                    row.is_candidate_issue,
                    article.headline()
                ));
            }
        }
    }
    let [all, issues] = routed;
    let [naive_all, naive_issues] = naive_routed;
    Ok(json!({
        "mentions": (named > 0).then(|| {
            json!({ "texts": named, "praden": tally(&mentions), "longest_match": tally(&naive_mentions) })
        }),
        "routing": { "praden": all.report(), "names_and_remit_counted": naive_all.report() },
        "routing_on_issues": { "praden": issues.report(), "names_and_remit_counted": naive_issues.report() },
        "candidate_issues": {
            "texts": decided.len(),
            "threshold": judge.pipeline().weights.threshold,
            "best_threshold": metrics::best_threshold(&scored).map(|(threshold, f1)| {
                json!({ "threshold": round(threshold), "f1": round(f1) })
            }),
            "praden": decision(&decided, &scored),
            "word_list": decision(&naive_decided, &naive_scored),
        },
    }))
}

fn decision(decided: &[(bool, bool)], scored: &[(f64, bool)]) -> Value {
    let mut report = tally(&metrics::decisions(decided.iter().copied()));
    if let Value::Object(fields) = &mut report {
        fields.insert("average_precision".to_owned(), round(metrics::average_precision(scored)).into());
    }
    report
}

fn tally(tally: &Tally) -> Value {
    json!({ "precision": round(tally.precision()), "recall": round(tally.recall()), "f1": round(tally.f1()) })
}

/// Three digits: more would claim more than a few dozen texts can tell.
fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

#[derive(Deserialize)]
struct Group {
    #[serde(default)]
    id: String,
    kind: String,
    docs: Vec<String>,
    #[serde(default)]
    near_miss: Vec<String>,
}

#[derive(Deserialize)]
struct Document {
    id: String,
    #[serde(default)]
    date: String,
    #[serde(default)]
    title: String,
    #[serde(default)]
    text: String,
}

/// Days around a labelled document whose articles stand between.
const DAYS_AROUND: i64 = 3;

fn measure_stories(
    judge: &Judge,
    file: &Path,
    among: Option<&Path>,
    explain: bool,
) -> Result<Value, Failure> {
    let groups: Vec<Group> = read_lines(file)?;
    let labelled: Vec<Document> = read_lines(&file.with_file_name("story-docs.jsonl"))?;
    let mut documents: BTreeMap<String, Document> =
        labelled.into_iter().map(|document| (document.id.clone(), document)).collect();
    let named: BTreeSet<String> =
        groups.iter().flat_map(|group| group.docs.iter().chain(&group.near_miss).cloned()).collect();
    match among {
        None => say("praden: without --among the labelled documents are so sparse that the figures flatter"),
        Some(archive) => {
            let days: BTreeSet<i64> =
                documents.values().filter_map(|document| day_number(&document.date)).collect();
            let near = |day: i64| days.range(day - DAYS_AROUND..=day + DAYS_AROUND).next().is_some();
            for document in read_lines::<Document>(archive)? {
                if day_number(&document.date).is_some_and(near) {
                    documents.entry(document.id.clone()).or_insert(document);
                }
            }
        }
    }
    let mut order: Vec<Document> = documents.into_values().collect();
    order.sort_by(|a, b| (&a.date, &a.id).cmp(&(&b.date, &b.id)));
    let titles: Vec<&str> = order.iter().map(|document| document.title.as_str()).collect();
    let naive_stories: BTreeMap<String, usize> =
        order.iter().map(|document| document.id.clone()).zip(naive::stories(&titles)).collect();
    let mut clusterer = Clusterer::new(judge.pipeline().stories.clone());
    let (mut stories, mut ids, mut merges, mut splits, count) =
        (BTreeMap::new(), BTreeMap::new(), 0, 0, order.len());
    for (index, document) in order.into_iter().enumerate() {
        let article: Revision =
            revision(index as u64 + 1, document.title, document.text, Some(&document.date), None)?;
        ids.insert(article.article, document.id.clone());
        stories.insert(document.id, clusterer.place(&article).story);
        for merge in clusterer.take_merges() {
            merges += 1;
            if explain {
                say(format_args!("stories: {} joined {} at {}", merge.other, merge.story, merge.seq));
            }
            for story in stories.values_mut().filter(|story| **story == merge.other) {
                *story = merge.story;
            }
        }
        for split in clusterer.take_splits() {
            splits += 1;
            if explain {
                say(format_args!(
                    "stories: {} articles left {} at {}",
                    split.articles.len(),
                    split.story,
                    split.seq
                ));
            }
            for id in split.articles.iter().filter_map(|article| ids.get(article)) {
                if let Some(story) = stories.get_mut(id) {
                    *story = split.other;
                }
            }
        }
    }
    let same: Vec<Vec<String>> =
        groups.iter().filter(|group| group.kind == "same_story").map(|group| group.docs.clone()).collect();
    let ours = metrics::bcubed(&same, &named, |id: &String| stories.get(id).copied());
    let naive = metrics::bcubed(&same, &named, |id: &String| naive_stories.get(id).copied());
    let mut merged = 0;
    for group in groups.iter().filter(|group| group.kind == "hard_negative") {
        let distinct: BTreeSet<_> = group.docs.iter().filter_map(|id| stories.get(id)).collect();
        let apart = distinct.len() == group.docs.iter().filter(|id| stories.contains_key(*id)).count();
        merged += usize::from(!apart);
        if explain && !apart {
            say(format_args!("stories: hard negative {} was merged", group.id));
        }
    }
    Ok(json!({
        "documents": count, "labelled": named.len(), "stories": stories.values().collect::<BTreeSet<_>>().len(),
        "merges": merges, "splits": splits,
        "praden": cubed(ours), "title_jaccard": cubed(naive),
        "hard_negatives": groups.iter().filter(|group| group.kind == "hard_negative").count(), "hard_negatives_merged": merged,
    }))
}

fn cubed(score: BCubed) -> Value {
    json!({ "precision": round(score.precision), "recall": round(score.recall), "f1": round(score.f1) })
}

/// A day as a number, so that days can be compared.
fn day_number(date: &str) -> Option<i64> {
    let date: jiff::civil::Date = date.get(..10)?.parse().ok()?;
    Some(i64::from(date.since(jiff::civil::Date::constant(1970, 1, 1)).ok()?.get_days()))
}
