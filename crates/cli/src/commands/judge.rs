//! `praden match` and `praden stories`: what the stages would say of articles that are in no log.

use std::collections::BTreeMap;
use std::io::{self, BufRead as _};
use std::path::PathBuf;

use praden_issues::{Assessment, Member, Reader, Reading, assess};
use praden_match::Matcher;
use praden_model::{
    AcceptRule, AgencyId, AnalyzedText, ArticleId, Attention, CanonicalUrl, Clock as _, DateOrigin,
    FieldName, IssueKind, Membership, Mention, OutletId, OutletKind, PlaceId, PlaceMention, Points, Proposal,
    Revision, RuleHit, Seq, Signal, SourceId,
};
use praden_pipeline::Pipeline;
use praden_stories::{Campaigns, Clusterer};
use praden_text::Segmenter;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::exit::{Exit, Failure, Outcome};
use crate::output::write_json;
use crate::surroundings;

#[derive(clap::Args)]
#[command(
    after_help = "Example:\n  echo '{\"id\":\"1\",\"title\":\"ปภ. ชี้แจง\",\"text\":\"...\"}' | praden match\n\n\
    JSONL {\"id\",\"title\",\"text\",\"published\",\"source\"} in; {\"id\",\"mentions\",\"agencies\",\"score\",\"is_candidate_issue\",\"kind\",\"signals\",\"rules\",\"places\"} out.\n\
    Offsets are bytes of the field named beside them, as given."
)]
pub(crate) struct MatchArgs {
    /// Pipeline file: agencies and weights.
    #[arg(long, value_name = "FILE", env = "PRADEN_PIPELINE")]
    pipeline: Option<PathBuf>,
    /// Also the hits that were not accepted, with the reason.
    #[arg(long)]
    explain: bool,
}

#[derive(clap::Args)]
#[command(after_help = "Example:\n  praden stories < articles.jsonl\n\n\
    JSONL {\"id\",\"date\",\"title\",\"text\"} in time order; {\"id\",\"story\",\"similarity\",\"because\",\"merged\",\"parted\",\"campaign\",\"returns\"} out.\n\
    `campaign` names a claim that returns after weeks in a story of its own, `returns` the earlier telling and the words that both have.")]
pub(crate) struct StoriesArgs {
    /// Pipeline file: how stories are kept apart.
    #[arg(long, value_name = "FILE", env = "PRADEN_PIPELINE")]
    pipeline: Option<PathBuf>,
}

/// A line of input, as other programs write it.
#[derive(Default, Deserialize)]
struct Given {
    #[serde(default)]
    id: serde_json::Value,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    text: Option<String>,
    #[serde(default, alias = "date")]
    published: Option<String>,
    #[serde(default)]
    source: Option<String>,
}

/// Everything that judges one article, made once.
pub(crate) struct Judge {
    pipeline: Pipeline,
    matcher: Matcher,
    reader: Reader,
}

/// What the stages would say of one article.
pub(crate) struct Judged {
    pub(crate) mentions: Vec<Mention>,
    pub(crate) places: Vec<PlaceMention>,
    pub(crate) rule_hits: Vec<RuleHit>,
    pub(crate) assessment: Assessment,
    pub(crate) is_candidate: bool,
}

impl Judge {
    pub(crate) fn new(pipeline: Option<&std::path::Path>) -> Result<Self, Failure> {
        let pipeline = match pipeline {
            Some(path) => super::load(path)?,
            None => praden_pipeline::built_in(),
        };
        let (matcher, reader) = (Matcher::new(&pipeline.lexicon), pipeline.reader());
        Ok(Self { pipeline, matcher, reader })
    }

    pub(crate) fn pipeline(&self) -> &Pipeline {
        &self.pipeline
    }

    /// Judges an article as a story of its own.
    pub(crate) fn judge(&self, revision: &Revision, kind: OutletKind) -> Judged {
        let praden_pipeline::Found { mentions, places, rule_hits } =
            praden_pipeline::find(&self.matcher, &self.pipeline.rules, revision);
        let reading: Reading = self.reader.read(revision.seq, &revision.title, &revision.text, &mentions);
        let published = revision.event_time();
        let member = Member { published, ..Member::new(&reading, &revision.outlet, kind) };
        let mut assessment = assess(&[member], &self.pipeline.weights);
        let hits = rule_hits.iter().map(|hit| (revision.seq, hit));
        let is_candidate = match praden_pipeline::obey(&mut assessment, hits) {
            Attention::Raise => true,
            Attention::Silence => false,
            Attention::Unchanged => assessment.passes(&self.pipeline.weights),
        };
        Judged { mentions, places, rule_hits, assessment, is_candidate }
    }
}

/// An article that is in no log, in the form that the stages take.
pub(crate) fn revision(
    seq: u64,
    title: String,
    text: String,
    date: Option<&str>,
    source: Option<&str>,
) -> Result<Revision, Failure> {
    let segmenter = Segmenter::embedded();
    let now = surroundings::WallClock.now();
    let published = date.and_then(|date| praden_crawl::dating::judge_date(date, DateOrigin::Archive, now).0);
    let source = source.and_then(|source| SourceId::new(source).ok()).unwrap_or(SourceId::new("given")?);
    Ok(Revision {
        seq: Seq::new(seq),
        article: ArticleId::new(seq),
        revision: 1,
        url: CanonicalUrl::for_archive_id("given", &seq.to_string()),
        outlet: OutletId::new(source.as_str())?,
        source,
        title: AnalyzedText::analyze(title, segmenter),
        text: AnalyzedText::analyze(text, segmenter),
        published,
        fetched_at: now,
        capture: None,
        authors: Vec::new(),
        warnings: Vec::new(),
    })
}

#[derive(Serialize)]
struct MentionRow<'m> {
    agency: &'m AgencyId,
    surface: &'m str,
    field: FieldName,
    start: u32,
    end: u32,
    rule: AcceptRule,
    // Where the body sits, if its name goes on as a province's or district's.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'m PlaceId>,
}

#[derive(Serialize)]
struct PlaceRow<'m> {
    place: &'m PlaceId,
    surface: &'m str,
    field: FieldName,
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct MatchRow<'m> {
    id: &'m serde_json::Value,
    mentions: Vec<MentionRow<'m>>,
    agencies: &'m [Proposal],
    score: Points,
    is_candidate_issue: bool,
    kind: Option<IssueKind>,
    signals: &'m [Signal],
    rules: &'m [RuleHit],
    places: Vec<PlaceRow<'m>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rejected: Option<serde_json::Value>,
}

pub(crate) fn find(args: &MatchArgs) -> Outcome {
    let judge = Judge::new(args.pipeline.as_deref())?;
    each_given(|seq, given| {
        let revision = revision(
            seq,
            given.title.unwrap_or_default(),
            given.text.unwrap_or_default(),
            given.published.as_deref(),
            given.source.as_deref(),
        )?;
        let judged = judge.judge(&revision, OutletKind::Press);
        let rejected = args.explain.then(|| {
            let rejected = judge.matcher.explain(&revision.title, &revision.text).rejected;
            let row = |hit: &praden_match::Rejected| {
                json!({
                    "agencies": hit.agencies, "surface": hit.surface, "field": hit.field, "start": hit.raw.start, "end": hit.raw.end,
                    "reason": hit.reason,
                })
            };
            rejected.iter().map(row).collect()
        });
        write_json(&MatchRow {
            id: &given.id,
            mentions: judged
                .mentions
                .iter()
                .map(|mention| MentionRow {
                    agency: &mention.agency,
                    surface: &mention.surface,
                    field: mention.field,
                    start: mention.raw.start,
                    end: mention.raw.end,
                    rule: mention.rule,
                    place: praden_match::seat(mention, &judged.places),
                })
                .collect(),
            agencies: &judged.assessment.agencies,
            score: judged.assessment.score,
            is_candidate_issue: judged.is_candidate,
            kind: judged.is_candidate.then_some(judged.assessment.kind),
            signals: &judged.assessment.signals,
            rules: &judged.rule_hits,
            places: judged
                .places
                .iter()
                .map(|place| PlaceRow {
                    place: &place.place,
                    surface: &place.surface,
                    field: place.field,
                    start: place.raw.start,
                    end: place.raw.end,
                })
                .collect(),
            rejected,
        })
    })
}

pub(crate) fn stories(args: &StoriesArgs) -> Outcome {
    let judge = Judge::new(args.pipeline.as_deref())?;
    let mut clusterer = Clusterer::new(judge.pipeline.stories.clone());
    let mut campaigns = Campaigns::default();
    each_given(|seq, given| {
        let revision = revision(
            seq,
            given.title.unwrap_or_default(),
            given.text.unwrap_or_default(),
            given.published.as_deref(),
            None,
        )?;
        let membership: Membership = clusterer.place(&revision);
        let merged: Vec<_> = clusterer
            .take_merges()
            .iter()
            .map(|merge| json!({ "story": merge.story, "other": merge.other, "likeness": merge.likeness }))
            .collect();
        let parted: Vec<_> = clusterer
            .take_splits()
            .iter()
            .map(|split| {
                json!({ "story": split.story, "other": split.other, "articles": split.articles.len(), "likeness": split.likeness })
            })
            .collect();
        let reading = judge.reader.read(revision.seq, &revision.title, &revision.text, &[]);
        let telling = praden_pipeline::tell(&mut campaigns, &revision, &reading, membership.story);
        write_json(&json!({
            "id": given.id, "campaign": telling.as_ref().and_then(|telling| telling.campaign),
            "returns": telling.and_then(|telling| telling.returns), "story": membership.story, "similarity": membership.similarity, "copy_of": membership.copy_of,
            "because": membership.because, "merged": merged, "parted": parted,
        }))
    })
}

/// One line out for each line in, in order; a line that cannot be read says so in its place.
fn each_given(mut act: impl FnMut(u64, Given) -> Result<(), Failure>) -> Outcome {
    let mut bytes = Vec::new();
    let mut input = io::stdin().lock();
    let mut seq = 0;
    loop {
        bytes.clear();
        if input.read_until(b'\n', &mut bytes)? == 0 {
            return Ok(Exit::Done);
        }
        seq += 1;
        let line = String::from_utf8_lossy(&bytes);
        match serde_json::from_str::<Given>(line.trim()) {
            Ok(given) => act(seq, given)?,
            Err(error) => {
                let mut fields = BTreeMap::from([("id", serde_json::Value::Null)]);
                fields.insert(
                    "error",
                    format!("line {seq}: expected a JSON object with `title` and `text`: {error}").into(),
                );
                write_json(&fields)?;
            }
        }
    }
}
