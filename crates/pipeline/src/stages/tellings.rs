//! Claims that go round: which articles tell one, and which of them tell an old one again.

use praden_issues::{Reading, heard_at};
use praden_model::{Returns, Revision, StoryId, Telling, VerdictKind};
use praden_stories::{Campaigns, RETURN_DAYS};

/// How like a claim that was judged untrue an article must be that says no word of rumour: news about the same matter shares many words.
const LIKENESS_UNSAID: f32 = 0.85;

/// The claim that an article makes, if it is one of those that go round: it speaks of rumour, it judges one, or what it says was judged
/// untrue before. One that later articles are to be compared with is remembered.
///
/// An edited article makes no claim again: only first revisions are asked.
pub fn tell(
    campaigns: &mut Campaigns,
    revision: &Revision,
    reading: &Reading,
    story: StoryId,
) -> Option<Telling> {
    let claim = reading.claim.clone().filter(|_| revision.revision == 1)?;
    let (is_source, at) = (reading.makes_claim(), heard_at(revision));
    let again = campaigns.find(&reading.headline, revision.article, story).filter(|again| {
        let judged = again.earlier.verdict.as_ref().map(|verdict| verdict.says);
        let untrue = matches!(judged, Some(VerdictKind::False | VerdictKind::Misleading));
        is_source || untrue && again.likeness >= LIKENESS_UNSAID
    });
    if !is_source && again.is_none() {
        return None;
    }
    let days = |earlier: &Telling| {
        i64::try_from(at.as_second().abs_diff(earlier.at.as_second()) / 86_400).unwrap_or(i64::MAX)
    };
    let telling = Telling {
        seq: revision.seq,
        article: revision.article,
        story,
        at,
        text: reading.headline.clone(),
        claim,
        is_source,
        verdict: reading.verdict.clone(),
        campaign: again
            .as_ref()
            .filter(|again| days(&again.earlier) >= RETURN_DAYS)
            .map(praden_stories::Again::campaign),
        returns: again.map(|again| Returns {
            days: u32::try_from(days(&again.earlier)).unwrap_or(u32::MAX),
            earlier: again.earlier.seq,
            claim: again.earlier.claim,
            likeness: again.likeness,
            words: again.words,
            verdict: again.earlier.verdict,
        }),
    };
    if is_source {
        campaigns.remember(telling.clone());
    }
    Some(telling)
}
