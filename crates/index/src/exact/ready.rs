//! What is kept in memory of segments that are searched for exact letters more than once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use praden_model::FieldName;
use tantivy::index::SegmentId;
use tantivy::{Searcher, SegmentReader};

use super::joints::{Joints, JointsDraft};
use super::lexis::Lexis;
use super::pairs::{Pairs, PairsDraft};
use super::rooms::{Rooms, no_text};
use crate::schema::Fields;
use crate::texts::{AROUND, Place, Room, Texts};

/// Segments with fewer documents than this are looked through as quickly without.
const DOCS_MIN: u32 = 50;

/// What a document takes, if its text is as long as news are.
const DOC_BYTES: usize = 3_000;

const FIELDS: [FieldName; 2] = [FieldName::Title, FieldName::Text];

/// The segments of an index that somebody asked to be made ready.
#[derive(Default)]
pub(crate) struct ReadySegments(Mutex<HashMap<SegmentId, Arc<Ready>>>);

/// What is kept of a segment. It never changes, so what is read once for it holds as long as it lives.
pub(super) struct Ready {
    title: Known,
    text: Known,
    pub joints: Joints,
    /// Where the texts of each document are, to be found without a look at their file.
    pub places: Vec<Place>,
    pub rooms: Arc<Rooms>,
}

/// What is kept of a field of a segment.
pub(super) struct Known {
    pub lexis: Lexis,
    pub pairs: Pairs,
}

impl Ready {
    fn read(segment: &SegmentReader, fields: &Fields, texts: &Texts) -> tantivy::Result<Self> {
        let rooms = Rooms::read(segment)?;
        let spelling = texts.spelling();
        let docs = 0..segment.max_doc();
        let place = |doc| rooms.place(doc).and_then(|at| texts.place(at)).ok_or_else(no_text);
        let places: Vec<Place> = docs.clone().map(place).collect::<tantivy::Result<_>>()?;
        let lens = places.iter().map(Place::text_len);
        let mut joints = JointsDraft::new(lens);
        let mut pairs = FIELDS.map(|_| PairsDraft::new());
        let mut room = Room::default();
        for (doc, place) in docs.zip(&places) {
            joints.begin(doc);
            let coded = texts.coded_at(place);
            for (name, pairs) in FIELDS.into_iter().zip(&mut pairs) {
                spelling.joints(coded.of(name), &mut room, |at, around| {
                    // A title belongs to the first piece.
                    joints.add(if name == FieldName::Title { 0 } else { at }, around);
                    if let Some(&[.., before, after]) = around.get(..=AROUND) {
                        pairs.add(doc, [before, after]);
                    }
                });
            }
            joints.end();
        }
        let [title, text] = pairs;
        let known = |name, pairs: PairsDraft| -> tantivy::Result<Known> {
            let lexis = Lexis::build(&*segment.inverted_index(fields.words(name))?)?;
            Ok(Known { lexis, pairs: pairs.finish(rooms.len()) })
        };
        let (title, text) = (known(FieldName::Title, title)?, known(FieldName::Text, text)?);
        Ok(Self { title, text, joints: joints.finish(), places, rooms: Arc::new(rooms) })
    }

    pub(super) fn known(&self, field: FieldName) -> &Known {
        match field {
            FieldName::Title => &self.title,
            FieldName::Text => &self.text,
        }
    }

    fn size(&self) -> usize {
        let known = [&self.title, &self.text].map(|known| known.lexis.size() + known.pairs.size());
        let places = size_of_val(self.places.as_slice());
        self.rooms.size() + self.joints.size() + places + known.iter().sum::<usize>()
    }
}

impl ReadySegments {
    pub(super) fn get(&self, segment: SegmentId) -> Option<Arc<Ready>> {
        self.lock().get(&segment).cloned()
    }

    /// Reads and sorts what is new, and lets go of what is no more. The largest segments come first, for they take the
    /// longest to look through; what would take more memory than so many bytes is left as it is. Says how many are taken.
    pub(crate) fn make_ready(
        &self,
        searcher: &Searcher,
        fields: &Fields,
        texts: &Texts,
        bytes_max: usize,
    ) -> tantivy::Result<usize> {
        let mut segments: Vec<&SegmentReader> =
            searcher.segment_readers().iter().filter(|segment| segment.max_doc() >= DOCS_MIN).collect();
        segments.sort_by_key(|segment| std::cmp::Reverse(segment.max_doc()));
        let (mut ready, mut bytes) = (HashMap::new(), 0);
        for segment in segments {
            let id = segment.segment_id();
            let known = self.get(id);
            let expected =
                known.as_ref().map_or(segment.max_doc() as usize * DOC_BYTES, |known| known.size());
            if bytes + expected > bytes_max {
                continue;
            }
            let now = match known {
                Some(known) => known,
                None => Arc::new(Ready::read(segment, fields, texts)?),
            };
            bytes += now.size();
            ready.insert(id, now);
        }
        tracing::debug!(segments = ready.len(), bytes, "segments are ready for exact letters");
        *self.lock() = ready;
        Ok(bytes)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<SegmentId, Arc<Ready>>> {
        // Whatever panicked elsewhere, the map is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
