//! Measures mentions, routing and candidate issues on labelled texts, each beside its naive baseline.
//!
//! `cargo run --release -p praden-issues --example issues_gold -- agencies.csv gold.jsonl [WEIGHTS.toml] [--all]`
//!
//! `gold.jsonl` holds `{"id","title","text","mentioned_agencies","agencies","is_candidate_issue","agreed"}`. With `--all` every
//! text is printed with its score; otherwise only those that are judged wrongly.

#![expect(clippy::print_stdout, clippy::expect_used, reason = "a program for a person at a terminal")]

use std::fs;

use praden_issues::metrics::{self, Tally, naive};
use praden_issues::{Member, Reader, Weights, assess};
use praden_match::{Matcher, parse_csv};
use praden_model::{AgencyId, AnalyzedText, FieldName, OutletId, OutletKind, Seq};
use praden_text::Segmenter;
use serde_json::Value;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let read =
        |at: usize| fs::read_to_string(arguments.get(at).expect("agencies.csv gold.jsonl")).expect("a file");
    let lexicon = parse_csv(&read(0)).expect("a sound lexicon");
    let rows: Vec<Value> = read(1).lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let weights: Weights = arguments
        .get(2)
        .filter(|path| !path.starts_with("--"))
        .map(|path| toml::from_str(&fs::read_to_string(path).expect("weights")).expect("weights"))
        .unwrap_or_default();
    let all = arguments.iter().any(|argument| argument == "--all");
    let matcher = Matcher::new(&lexicon);
    let reader = Reader::new(lexicon.agencies());
    let lookup = naive::Lookup::new(lexicon.agencies()).expect("an automaton");
    let outlet = OutletId::new("gold").expect("an id");

    let (mut mentions, mut naive_mentions) = (Tally::default(), Tally::default());
    let mut routing = [[0usize; 2]; 4];
    let (mut routed, mut routed_issues) = (0usize, 0usize);
    let (mut scored, mut naive_scored, mut decided) = (Vec::new(), Vec::new(), Vec::new());
    for row in &rows {
        let field = |name: &str| row[name].as_str().unwrap_or("");
        let analyze = |name: &str| AnalyzedText::analyze(field(name).to_owned(), Segmenter::embedded());
        let (title, text) = (analyze("title"), analyze("text"));
        let found = matcher.find(&title, &text);
        let reading = reader.read(Seq::new(1), &title, &text, &found);
        for evidence in reading.signals.iter().flat_map(|signal| &signal.spans) {
            let source = if evidence.field == FieldName::Title { &title } else { &text };
            assert_eq!(source.raw().get(evidence.span.range()), Some(evidence.surface.as_str()));
        }
        let member = Member {
            reading: &reading,
            outlet: &outlet,
            kind: OutletKind::Press,
            published: None,
            copy_of: None,
        };
        let assessment = assess(&[member], &weights);
        let whole = format!("{}\n{}", field("title"), field("text"));

        let labelled: Vec<metrics::Named> = row["mentioned_agencies"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|mention| metrics::Named {
                agency: AgencyId::new(mention["id"].as_str().unwrap_or("")).expect("an id"),
                surface: mention["surface"].as_str().unwrap_or("").to_owned(),
                places: mention["spans"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(|span| Some(span[0].as_u64()? as usize..span[1].as_u64()? as usize))
                    .collect(),
            })
            .collect();
        let shift = field("title").len() + 1;
        let proposed = metrics::distinct(found.iter().map(|mention| {
            let range = mention.raw.range();
            let shift = if mention.field == FieldName::Text { shift } else { 0 };
            (mention.agency.clone(), mention.surface.clone(), range.start + shift..range.end + shift)
        }));
        mentions.add(metrics::mentions(&proposed, &labelled));
        naive_mentions.add(metrics::mentions(&metrics::distinct(lookup.mentions(&whole)), &labelled));

        let agencies: Vec<AgencyId> = row["agencies"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|id| AgencyId::new(id.as_str()?).ok())
            .collect();
        let is_issue = row["is_candidate_issue"].as_bool().unwrap_or(false);
        let ours: Vec<AgencyId> =
            assessment.agencies.iter().map(|proposal| proposal.agency.clone()).collect();
        if !agencies.is_empty() {
            routed += 1;
            routed_issues += usize::from(is_issue);
            let naive = lookup.route(&whole);
            for (line, hit) in [
                metrics::in_top(1, &ours, &agencies),
                metrics::in_top(3, &ours, &agencies),
                metrics::in_top(1, &naive, &agencies),
                metrics::in_top(3, &naive, &agencies),
            ]
            .into_iter()
            .enumerate()
            {
                routing[line][0] += usize::from(hit);
                routing[line][1] += usize::from(hit && is_issue);
            }
            if all || !metrics::in_top(1, &ours, &agencies) {
                let show: Vec<String> = assessment
                    .agencies
                    .iter()
                    .take(3)
                    .map(|proposal| format!("{} {} {:?}", proposal.agency, proposal.score, proposal.reasons))
                    .collect();
                let labels: Vec<&str> = agencies.iter().map(AgencyId::as_str).collect();
                println!(
                    "ROUTE {} {labels:?} {}\n      {}",
                    field("id"),
                    assessment.title.chars().take(90).collect::<String>(),
                    show.join("\n      ")
                );
            }
        }
        if row["agreed"].as_bool().unwrap_or(true) {
            scored.push((assessment.score.to_f64(), is_issue));
            naive_scored.push((naive::issue_score(&whole), is_issue));
            decided.push((assessment.passes(&weights), is_issue));
            if all || assessment.passes(&weights) != is_issue {
                let signals: Vec<String> = assessment
                    .signals
                    .iter()
                    .map(|signal| {
                        let words: Vec<&str> = signal
                            .spans
                            .iter()
                            .take(5)
                            .map(|span| span.surface.get(..60).unwrap_or(&span.surface))
                            .collect();
                        format!("{} {} {words:?}", signal.name, signal.value)
                    })
                    .collect();
                println!(
                    "ISSUE {} {} scored {} ({}) {}\n      {}",
                    field("id"),
                    if is_issue { "yes" } else { "no" },
                    assessment.score,
                    assessment.kind,
                    assessment.title.chars().take(90).collect::<String>(),
                    signals.join("\n      ")
                );
            }
        }
    }
    let tally =
        |tally: &Tally| format!("P {:.3} R {:.3} F1 {:.3}", tally.precision(), tally.recall(), tally.f1());
    println!("mentions         {}   naive {}", tally(&mentions), tally(&naive_mentions));
    let share = |line: usize| {
        format!(
            "{:.3} ({:.3} on issues)",
            routing[line][0] as f64 / routed as f64,
            routing[line][1] as f64 / routed_issues as f64
        )
    };
    println!("routing top-1    {}   naive {}", share(0), share(2));
    println!("routing top-3    {}   naive {}", share(1), share(3));
    let naive_decided: Vec<(bool, bool)> =
        naive_scored.iter().map(|(score, label)| (*score >= 1.0, *label)).collect();
    println!(
        "candidate issues {} AP {:.3}   naive {} AP {:.3}",
        tally(&metrics::decisions(decided.into_iter())),
        metrics::average_precision(&scored),
        tally(&metrics::decisions(naive_decided.into_iter())),
        metrics::average_precision(&naive_scored)
    );
    let mut thresholds: Vec<f64> = scored.iter().map(|(score, _)| *score).collect();
    thresholds.sort_by(f64::total_cmp);
    let best = thresholds
        .iter()
        .map(|threshold| {
            (
                metrics::decisions(scored.iter().map(|(score, label)| (score >= threshold, *label))).f1(),
                *threshold,
            )
        })
        .max_by(|a, b| a.0.total_cmp(&b.0));
    println!("best threshold   {best:?}");
}
