//! Agencies: the bodies that can be asked to answer.

use serde::{Deserialize, Serialize};

use crate::AgencyId;

/// What kind of body an agency is: a short word of the lexicon's own, such as `min`, `dept` or `province`.
pub type AgencyKind = String;

/// A body that can be asked to answer, with everything it is called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agency {
    /// The lexicon's name for it.
    pub id: AgencyId,
    /// What kind of body it is.
    pub kind: AgencyKind,
    /// The body it belongs to.
    pub parent: Option<AgencyId>,
    /// Full name in Thai.
    pub name_th: String,
    /// Full name in English.
    pub name_en: String,
    /// Abbreviations, with the dots they are written with (`กค.`, `ก.พ.ร.`).
    pub abbreviations: Vec<String>,
    /// The same without dots, where they are written so.
    pub abbreviations_undotted: Vec<String>,
    /// Other names.
    pub aliases: Vec<String>,
    /// Names it used to have.
    pub former: Vec<String>,
    /// Titles of those who head it or speak for it.
    pub heads: Vec<String>,
    /// Words of its remit: they say what it answers for, not that it was named.
    pub remit: Vec<String>,
    /// Those of its surfaces that are also something else, and need context before they may match.
    pub weak: Vec<String>,
    /// Whether its abbreviation was never seen beside its full name: then that needs context too.
    pub abbreviation_unseen: bool,
    /// What the desk wants to remember about it.
    pub notes: String,
}
