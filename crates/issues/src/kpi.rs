//! Timely clarification by agency (การชี้แจงประเด็นสำคัญที่ทันต่อสถานการณ์), from the event log alone.

use std::collections::BTreeMap;

use jiff::Timestamp;
use praden_model::{AgencyId, Event, Fact, IssueId};
use serde::Serialize;

/// How an agency answered what was assigned to it in a span of time.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KpiRow {
    /// The agency.
    pub agency: AgencyId,
    /// Issues that were assigned to it in the span and not taken from it again.
    pub assigned: u32,
    /// Of these, how many it answered, at any time until now.
    pub answered: u32,
    /// Answered by the deadline that held then.
    pub on_time: u32,
    /// Answered after it.
    pub late: u32,
    /// Not answered, and past the deadline.
    pub overdue: u32,
    /// Not answered, and not yet due.
    pub waiting: u32,
    /// Closed or dismissed by the desk before an answer or the deadline.
    pub withdrawn: u32,
    /// Share of what was due by now that was answered on time, 0 to 1; none where nothing was due.
    pub on_time_share: Option<f64>,
    /// Hours from assignment to answer: the middle one; of two in the middle their mean.
    pub median_hours: Option<f64>,
}

/// An assignment while the log is read.
struct Task {
    agency: AgencyId,
    assigned_at: Timestamp,
    due_at: Timestamp,
    answered_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
}

/// Counts what was assigned in `[from, to)`, as it stands at `now`. Events come in the order of the log.
///
/// A later assignment of the same issue to the same agency moves the deadline; to another agency it takes the issue from the
/// first, which is then not counted for it unless it had answered. Rows come in order of agency.
pub fn kpi<'e>(
    events: impl Iterator<Item = &'e Event>,
    from: Timestamp,
    to: Timestamp,
    now: Timestamp,
) -> Vec<KpiRow> {
    let mut tasks: BTreeMap<IssueId, Vec<Task>> = BTreeMap::new();
    for event in events.filter(|event| event.time <= now) {
        let of_issue = tasks.entry(event.issue).or_default();
        match &event.fact {
            Fact::Assigned { agency, due_at, .. } => {
                match of_issue.last_mut().filter(|task| task.answered_at.is_none()) {
                    Some(task) if task.agency == *agency => task.due_at = *due_at,
                    open => {
                        if open.is_some() {
                            of_issue.pop();
                        }
                        of_issue.push(Task {
                            agency: agency.clone(),
                            assigned_at: event.time,
                            due_at: *due_at,
                            answered_at: None,
                            ended_at: None,
                        });
                    }
                }
            }
            Fact::Reported { .. } => {
                // The first answer counts; what is added to it later does not make it late.
                if let Some(task) = of_issue.last_mut().filter(|task| task.answered_at.is_none()) {
                    task.answered_at = Some(event.time);
                }
            }
            Fact::Closed { .. } | Fact::Dismissed { .. } | Fact::Merged { .. } => {
                if let Some(task) = of_issue.last_mut().filter(|task| task.answered_at.is_none()) {
                    task.ended_at = Some(event.time);
                }
            }
            Fact::Raised(_)
            | Fact::Updated { .. }
            | Fact::StoryMerged { .. }
            | Fact::StorySplit { .. }
            | Fact::Accepted { .. }
            | Fact::CampaignReturned { .. }
            | Fact::Rested { .. }
            | Fact::Resumed { .. } => {}
        }
    }
    let mut by_agency: BTreeMap<AgencyId, Vec<Task>> = BTreeMap::new();
    for task in tasks.into_values().flatten().filter(|task| from <= task.assigned_at && task.assigned_at < to)
    {
        by_agency.entry(task.agency.clone()).or_default().push(task);
    }
    by_agency.into_iter().map(|(agency, tasks)| row(agency, &tasks, now)).collect()
}

fn row(agency: AgencyId, tasks: &[Task], now: Timestamp) -> KpiRow {
    let count = |holds: &dyn Fn(&Task) -> bool| tasks.iter().filter(|task| holds(task)).count() as u32;
    let answered = |task: &Task| task.answered_at.is_some();
    let on_time = |task: &Task| task.answered_at.is_some_and(|at| at <= task.due_at);
    // The desk may close an issue without an answer; after the deadline that is overdue all the same.
    let withdrawn = |task: &Task| !answered(task) && task.ended_at.is_some_and(|at| at <= task.due_at);
    let overdue = |task: &Task| !answered(task) && !withdrawn(task) && task.due_at < now;
    let (on_time, late) = (count(&on_time), count(&|task| answered(task) && !on_time(task)));
    let overdue = count(&overdue);
    let due = on_time + late + overdue;
    let mut hours: Vec<f64> = tasks
        .iter()
        .filter_map(|task| {
            Some((task.answered_at?.as_second() - task.assigned_at.as_second()) as f64 / 3_600.0)
        })
        .collect();
    hours.sort_by(f64::total_cmp);
    let middle = |at: usize| hours.get(at).copied();
    let median_hours = match hours.len() {
        0 => None,
        odd if odd % 2 == 1 => middle(odd / 2),
        even => middle(even / 2 - 1).zip(middle(even / 2)).map(|(a, b)| f64::midpoint(a, b)),
    };
    let withdrawn = count(&withdrawn);
    KpiRow {
        agency,
        assigned: tasks.len() as u32,
        answered: on_time + late,
        on_time,
        late,
        overdue,
        waiting: tasks.len() as u32 - due - withdrawn,
        withdrawn,
        on_time_share: (due > 0).then(|| f64::from(on_time) / f64::from(due)),
        median_hours,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use praden_model::{EventId, EventSeq};

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(1_750_000_000 + hours * 3_600).unwrap()
    }

    fn by() -> String {
        "ning".to_owned()
    }

    fn assigned(agency: &str, due: i64) -> Fact {
        Fact::Assigned { agency: AgencyId::new(agency).unwrap(), due_at: at(due), by: by() }
    }

    fn reported(agency: &str) -> Fact {
        Fact::Reported {
            agency: AgencyId::new(agency).unwrap(),
            text: "แล้ว".to_owned(),
            links: Vec::new(),
            by: by(),
        }
    }

    /// Events as `(issue, hour, fact)`; rows as `agency assigned/on time/late/overdue/waiting/withdrawn median`.
    #[track_caller]
    fn check(events: &[(u64, i64, Fact)], now: i64, want: &[&str]) {
        let events: Vec<Event> = events
            .iter()
            .zip(1..)
            .map(|((issue, hour, fact), seq)| Event {
                seq: EventSeq::new(seq),
                id: EventId { issue: IssueId::new(*issue), version: seq },
                time: at(*hour),
                issue: IssueId::new(*issue),
                fact: fact.clone(),
            })
            .collect();
        let rows: Vec<String> = kpi(events.iter(), at(0), at(1_000), at(now))
            .into_iter()
            .map(|row| {
                let median = row.median_hours.map_or("-".to_owned(), |hours| format!("{hours}"));
                assert_eq!(row.answered + row.overdue + row.waiting + row.withdrawn, row.assigned);
                format!(
                    "{} {}/{}/{}/{}/{}/{} {median}",
                    row.agency, row.assigned, row.on_time, row.late, row.overdue, row.waiting, row.withdrawn
                )
            })
            .collect();
        assert_eq!(rows, want);
    }

    #[test]
    fn answers_are_timely_late_or_missing() {
        let close = || Fact::Closed { by: by(), note: String::new() };
        check(&[], 100, &[]);
        check(&[(1, 0, assigned("moph", 24)), (1, 10, reported("moph"))], 100, &["moph 1/1/0/0/0/0 10"]);
        check(&[(1, 0, assigned("moph", 24)), (1, 24, reported("moph"))], 100, &["moph 1/1/0/0/0/0 24"]);
        check(&[(1, 0, assigned("moph", 24)), (1, 30, reported("moph"))], 100, &["moph 1/0/1/0/0/0 30"]);
        check(&[(1, 0, assigned("moph", 24))], 100, &["moph 1/0/0/1/0/0 -"]);
        check(&[(1, 0, assigned("moph", 24))], 20, &["moph 1/0/0/0/1/0 -"]);
        check(&[(1, 0, assigned("moph", 24)), (1, 5, close())], 100, &["moph 1/0/0/0/0/1 -"]);
        check(&[(1, 0, assigned("moph", 24)), (1, 50, close())], 100, &["moph 1/0/0/1/0/0 -"]); // Closing late hides nothing.
        check(
            &[(1, 0, assigned("moph", 24)), (1, 4, assigned("fda", 24)), (1, 10, reported("fda"))],
            100,
            &["fda 1/1/0/0/0/0 6"],
        );
        check(
            &[(1, 0, assigned("moph", 24)), (1, 20, assigned("moph", 48)), (1, 40, reported("moph"))],
            100,
            &["moph 1/1/0/0/0/0 40"],
        );
        check(
            &[
                (1, 0, assigned("moph", 24)),
                (1, 10, reported("moph")),
                (1, 90, reported("moph")),
                (2, 0, assigned("moph", 24)),
                (2, 20, reported("moph")),
            ],
            100,
            &["moph 2/2/0/0/0/0 15"],
        );
        check(&[(1, -5, assigned("moph", 24)), (1, 1, reported("moph"))], 100, &[]); // Assigned before the span.
        check(&[(1, 0, assigned("moph", 24)), (1, 30, reported("moph"))], 20, &["moph 1/0/0/0/1/0 -"]); // Not yet known.
    }
}
