//! Bursts: an agency is spoken of far more than is its habit.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{AgencyId, Points, Seq};

/// That an agency was in the news far more than is its habit when one revision arrived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Burst {
    /// Whom the articles speak of.
    pub agency: AgencyId,
    /// The revision with which it was noticed, or which came while it went on.
    pub seq: Seq,
    /// When that revision arrived.
    pub at: Timestamp,
    /// The first article of the burst.
    pub since: Timestamp,
    /// Articles within the last `minutes`.
    pub articles: u32,
    /// How many would have been usual.
    pub usual: Points,
    /// The stretch of time that was looked at.
    pub minutes: u32,
    /// How surprising that is: the logarithm (to base e) of how much better the articles fit a higher rate than the usual one.
    pub surprise: Points,
}
