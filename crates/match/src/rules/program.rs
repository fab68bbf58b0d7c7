//! Queries as short programs over what is known of an article already.
//!
//! Looking up an article's words ([`super::searcher`]) decides most parts of most queries: whether a word stands there, or
//! two words next to each other. Only distances, longer phrases and dates are left to ask of the article itself. The steps
//! of all rules lie end to end, so that asking one touches little memory.

use praden_query::{Expr, Near, Occurrence, Phrase, Scope, near_matches};

use super::needs::{Key, key_of_property, place_key};
use super::searcher::{Present, Searcher, range};

/// One step; what belongs to it follows it.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// Whether the key is there.
    Key(u32),
    /// The distance of this number.
    Near(u32),
    /// The leaf of this number, asked of the article.
    Leaf(u32),
    /// The opposite of the step that follows.
    Not,
    /// All of the following, which have so many steps.
    All(u32),
    /// At least one of the following, which have so many steps.
    Any(u32),
}

/// The programs of all rules.
#[derive(Debug, Default)]
pub(super) struct Programs {
    // For each rule, where its steps end.
    ends: Vec<u32>,
    steps: Vec<Step>,
    nears: Vec<NearKeys>,
}

/// A distance between words and pairs: each side's keys, and how many words a key has.
#[derive(Debug)]
struct NearKeys {
    scope: Scope,
    left: Box<[(u32, u32)]>,
    right: Box<[(u32, u32)]>,
    distance: u32,
    ordered: bool,
}

impl Programs {
    /// Adds the next rule; its leaves are numbered in the order of the tree.
    pub(super) fn add(&mut self, tree: &Expr, searcher: &mut Searcher) {
        self.write(tree, searcher, &mut 0);
        self.ends.push(self.steps.len() as u32);
    }

    fn write(&mut self, tree: &Expr, searcher: &mut Searcher, leaf: &mut u32) {
        match tree {
            Expr::And(parts) => self.join(Step::All, parts, searcher, leaf),
            Expr::Or(parts) => self.join(Step::Any, parts, searcher, leaf),
            Expr::Not(part) => {
                self.steps.push(Step::Not);
                self.write(part, searcher, leaf);
            }
            Expr::Phrase(..) | Expr::Near(..) | Expr::Exact(..) | Expr::Is(_) => {
                let near = match tree {
                    Expr::Near(scope, near) => near_keys(*scope, near, searcher),
                    _ => None,
                };
                let step = match (near, key(tree)) {
                    (Some(near), _) => {
                        self.nears.push(near);
                        Step::Near(self.nears.len() as u32 - 1)
                    }
                    (None, Some(key)) => Step::Key(searcher.number(&key)),
                    (None, None) => Step::Leaf(*leaf),
                };
                *leaf += 1;
                self.steps.push(step);
            }
        }
    }

    fn join(&mut self, step: impl Fn(u32) -> Step, parts: &[Expr], searcher: &mut Searcher, leaf: &mut u32) {
        let at = self.steps.len();
        self.steps.push(step(0));
        parts.iter().for_each(|part| self.write(part, searcher, leaf));
        let len = (self.steps.len() - at - 1) as u32;
        if let Some(place) = self.steps.get_mut(at) {
            *place = step(len);
        }
    }

    /// Whether a rule matches. `leaf` asks the article about the leaf of that number.
    pub(super) fn matches(&self, rule: u32, present: &Present, leaf: &mut impl FnMut(u32) -> bool) -> bool {
        let steps = range(&self.ends, rule).and_then(|range| self.steps.get(range)).unwrap_or(&[]);
        self.run(steps, present, leaf).0
    }

    /// The answer of the first step, and the steps that follow what belongs to it.
    fn run<'s>(
        &self,
        steps: &'s [Step],
        present: &Present,
        leaf: &mut impl FnMut(u32) -> bool,
    ) -> (bool, &'s [Step]) {
        let Some((first, rest)) = steps.split_first() else { return (false, &[]) };
        match *first {
            Step::Key(key) => (present.has(key), rest),
            Step::Near(number) => {
                (self.nears.get(number as usize).is_some_and(|near| near.matches(present)), rest)
            }
            Step::Leaf(number) => (leaf(number), rest),
            Step::Not => {
                let (answer, after) = self.run(rest, present, leaf);
                (!answer, after)
            }
            Step::All(len) | Step::Any(len) => {
                let decided_by = matches!(first, Step::Any(_));
                let (mut inside, after) = rest.split_at_checked(len as usize).unwrap_or((rest, &[]));
                while !inside.is_empty() {
                    let (answer, next) = self.run(inside, present, leaf);
                    if answer == decided_by {
                        return (decided_by, after);
                    }
                    inside = next;
                }
                (!decided_by, after)
            }
        }
    }
}

impl NearKeys {
    fn matches(&self, present: &Present) -> bool {
        let side = |field, keys: &[(u32, u32)]| {
            let mut found: Vec<Occurrence> =
                keys.iter().flat_map(|&(key, len)| present.occurrences(field, key, len)).collect();
            if keys.len() > 1 {
                found.sort_unstable();
                found.dedup();
            }
            found
        };
        self.scope.fields().iter().any(|&field| {
            let left = side(field, &self.left);
            !left.is_empty() && near_matches(&left, &side(field, &self.right), self.distance, self.ordered)
        })
    }
}

/// A distance whose sides are words and pairs only.
fn near_keys(scope: Scope, near: &Near, searcher: &mut Searcher) -> Option<NearKeys> {
    let mut side = |phrases: &[Phrase]| {
        let key = |phrase: &Phrase| {
            let (key, len) = place_key(phrase)?;
            Some((searcher.number(&key), len))
        };
        phrases.iter().map(key).collect::<Option<Box<[_]>>>()
    };
    let (left, right) = (side(&near.left)?, side(&near.right)?);
    Some(NearKeys { scope, left, right, distance: near.distance, ordered: near.ordered })
}

/// The key that is there exactly when the leaf matches, if there is one.
fn key(leaf: &Expr) -> Option<Key<'_>> {
    match leaf {
        Expr::Phrase(scope, phrase) => key_of_phrase(*scope, phrase),
        Expr::Exact(Scope::Any, exact) => Some(Key::Letters(exact.text())),
        Expr::Is(property) => key_of_property(property),
        _ => None,
    }
}

fn key_of_phrase(scope: Scope, phrase: &Phrase) -> Option<Key<'_>> {
    match (scope, phrase.terms(), phrase.is_prefix()) {
        _ if phrase.pattern().is_some() => None,
        (Scope::Any, [start], true) => Some(Key::Start(start)),
        (Scope::Any, ..) => place_key(phrase).map(|(key, _)| key),
        (Scope::Title, [word], false) => Some(Key::TitleWord(word)),
        _ => None,
    }
}
