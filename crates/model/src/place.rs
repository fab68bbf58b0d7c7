//! Places: provinces and districts that a text names.

use serde::{Deserialize, Serialize};

use crate::{FieldName, PlaceId, Span};

/// One place in one revision where a province or district is named.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PlaceMention {
    /// Where: title or text.
    pub field: FieldName,
    /// The bytes in the field as published: `field[raw] == surface`.
    pub raw: Span,
    /// The bytes in the normalised field.
    pub normalized: Span,
    /// Which province or district.
    pub place: PlaceId,
    /// What stands there, as published.
    pub surface: String,
}
