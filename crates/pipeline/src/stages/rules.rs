//! What the desk's rules say about a story: what kind it is, who should answer, and whether it is to be an issue.

use std::collections::BTreeMap;

use praden_issues::Assessment;
use praden_model::{AgencyId, Attention, Evidence, Points, Proposal, RuleHit, Seq};

/// Words of a rule's evidence that go with a proposal.
const SPANS_MAX: usize = 3;

/// Writes into an assessment what rules say, and gives back what they wish for the story: to raise it if one of them does,
/// else to silence it if one of them does.
///
/// The agencies that rules name come first, those with most rules before the others; the score says as much as the best
/// proposal had. The kind is the one that most hits say; of two, the one that comes first.
pub fn obey<'h>(assessment: &mut Assessment, hits: impl Iterator<Item = (Seq, &'h RuleHit)>) -> Attention {
    let mut kinds = BTreeMap::new();
    let mut agencies: BTreeMap<&AgencyId, Vec<(Seq, &RuleHit)>> = BTreeMap::new();
    let (mut raise, mut silence) = (false, false);
    for (seq, hit) in hits {
        raise |= hit.effects.attention == Attention::Raise;
        silence |= hit.effects.attention == Attention::Silence;
        if let Some(kind) = hit.effects.kind {
            *kinds.entry(kind).or_insert(0_u32) += 1;
        }
        if let Some(agency) = &hit.effects.agency {
            agencies.entry(agency).or_default().push((seq, hit));
        }
    }
    if let Some((kind, _)) = kinds.into_iter().rev().max_by_key(|(_, count)| *count) {
        assessment.kind = kind;
    }
    let mut named: Vec<_> = agencies.into_iter().collect();
    named.sort_by_key(|(agency, hits)| (std::cmp::Reverse(hits.len()), agency.as_str().to_owned()));
    let best = assessment.agencies.iter().map(|proposal| proposal.score).max().unwrap_or(Points::ZERO);
    for (place, (agency, hits)) in named.into_iter().enumerate() {
        let before = assessment.agencies.iter().position(|proposal| proposal.agency == *agency);
        let mut proposal = match before {
            Some(at) => assessment.agencies.remove(at),
            None => Proposal { agency: agency.clone(), score: best, reasons: Vec::new(), spans: Vec::new() },
        };
        proposal.score = proposal.score.max(best);
        let mut rules: Vec<&str> = hits.iter().map(|(_, hit)| hit.rule.as_str()).collect();
        rules.sort_unstable();
        rules.dedup();
        proposal.reasons.insert(0, format!("rule {} names it", rules.join(", ")));
        proposal.spans.extend(hits.iter().flat_map(|&(seq, hit)| evidence(seq, hit)).take(SPANS_MAX));
        assessment.agencies.insert(place, proposal);
    }
    match (raise, silence) {
        (true, _) => Attention::Raise,
        (false, true) => Attention::Silence,
        (false, false) => Attention::Unchanged,
    }
}

fn evidence(seq: Seq, hit: &RuleHit) -> impl Iterator<Item = Evidence> {
    hit.evidence.iter().map(move |place| Evidence {
        seq,
        field: place.field,
        span: place.raw,
        surface: place.surface.to_string(),
    })
}
