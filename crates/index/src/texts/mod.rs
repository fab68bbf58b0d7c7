//! The normalised texts once more, as numbers of words: what a search for exact letters is checked against.
//!
//! The store has the texts too, but reading one there, and normalising it again, costs twenty times what looking through
//! these numbers does, and a short run of letters has thousands of articles to check. A text is cut into units (a word or
//! sign with the space after it), each written as the number of its place in a dictionary, in one to three bytes; what is in
//! no dictionary is spelled, for letters are units too. That takes an eighth of the text, and whoever looks for letters asks
//! first which units can have a part in them, and then looks for those alone.
//!
//! Two files grow by appending only, beside tantivy's: the dictionary, and the texts. A document knows where its text
//! starts (a fast field), and a commit knows how long both files are. Whatever a crash left behind that is cut off before
//! the next write. Texts of articles that were revised stay until the index is built anew.

mod codec;
mod common;
mod dictionary;
mod joints;
mod reader;
mod scan;
mod units;
mod writer;

pub(crate) use codec::CODE_BYTES_MAX;
pub(crate) use joints::{AROUND, Around, Room};
pub(crate) use reader::{Place, Texts};
pub(crate) use scan::{LETTERS_MAX, Scan, Span};
pub(crate) use units::{OTHER, trace};
pub(crate) use writer::{Added, TextsWriter};

use serde::{Deserialize, Serialize};

/// The file of the units, one after the other.
pub(crate) const DICTIONARY_FILE: &str = "praden-units.dict";

/// The file of the texts.
pub(crate) const TEXTS_FILE: &str = "praden-texts.data";

/// How long the files beside tantivy's were at a commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Lengths {
    pub dictionary: u64,
    pub texts: u64,
    /// How many slots: see [`crate::exact`].
    pub slots: u64,
}
