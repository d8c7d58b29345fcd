//! The list that a caseworker lives in, and the search: one query a page.

use chrono::NaiveDate;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper,
};
use serde::{Deserialize, Serialize};
use statute::ClockStatus;

use super::Sight;
use crate::auth::Acting;
use crate::case::model::{Case, CaseFilter, CaseOrder, NOTHING_DUE};
use crate::codes::Code;
use crate::db::schema::{case_viewers, case_words, cases, organisations, people, users};
use crate::db::{Conn, Page, Window};
use crate::error::{Error, Fault};
use crate::ids::Id;
use crate::text;

/// The key of a row: a day or a reference, by the order, and the id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Key {
    /// For an order by day.
    Day(NaiveDate, Id),
    /// For an order by reference.
    Reference(String, Id),
}

/// What the list shows of a case.
#[derive(Debug, Clone)]
pub struct Row {
    /// The case.
    pub case: Case,
    /// Forename, surname and date of birth.
    pub person: (String, String, NaiveDate),
    /// The setting: id, name, unique reference number.
    pub setting: Option<(Id, String, Option<String>)>,
    /// The caseworker.
    pub caseworker: Option<(Id, String)>,
}

type Found = (Case, (String, String, NaiveDate), Option<(Id, String, Option<String>)>, Option<(Id, String)>);

/// A page of the cases that the actor may see. `soon` is the last day that counts as due soon.
pub fn list(
    conn: &mut Conn,
    acting: &Acting,
    filter: &CaseFilter,
    search: Option<&str>,
    soon: NaiveDate,
    window: &Window<Key>,
) -> Result<Page<Row>, Error> {
    let today = acting.today;
    let sight = Sight::of(acting);
    let filtered = || {
        let mut query =
            cases::table.inner_join(people::table).left_join(organisations::table).left_join(users::table).into_boxed();
        match sight {
            Sight::All => {}
            Sight::NamedOrOpen(viewer) => {
                let named = case_viewers::table.filter(case_viewers::user_id.eq(viewer)).select(case_viewers::case_id);
                query = query.filter(cases::restricted.eq(false).or(cases::id.eq_any(named)));
            }
            Sight::Nothing => query = query.filter(cases::id.eq_any(Vec::<Id>::new())),
        }
        if let Some(stage) = filter.stage {
            query = query.filter(cases::stage.eq(stage));
        }
        if let Some(caseworker) = filter.caseworker_id {
            query = query.filter(cases::caseworker_id.eq(caseworker));
        }
        match filter.unassigned {
            Some(true) => query = query.filter(cases::caseworker_id.is_null()),
            Some(false) => query = query.filter(cases::caseworker_id.is_not_null()),
            None => {}
        }
        if let Some(setting) = filter.setting_id {
            query = query.filter(cases::setting_id.eq(setting));
        }
        if let Some(reference) = &filter.reference {
            query = query.filter(cases::reference.eq(reference.trim().to_uppercase()));
        }
        if let Some(day) = filter.received_from {
            query = query.filter(cases::received_on.ge(day));
        }
        if let Some(day) = filter.received_to {
            query = query.filter(cases::received_on.le(day));
        }
        if let Some(day) = filter.due_from {
            query = query.filter(cases::next_due_on.ge(day)).filter(cases::next_rule.is_not_null());
        }
        if let Some(day) = filter.due_to {
            query = query.filter(cases::next_due_on.le(day)).filter(cases::next_rule.is_not_null());
        }
        // The clock is judged against today at reading time; these conditions say what `Summary::status` says.
        let overdue = || cases::open_due_on.is_not_null().and(cases::open_due_on.assume_not_null().lt(today));
        let excepted = || cases::excepted_due_on.is_not_null().and(cases::excepted_due_on.assume_not_null().lt(today));
        let near = || cases::soonest_act_by.is_not_null().and(cases::soonest_act_by.assume_not_null().le(soon));
        if let Some(status) = filter.status {
            let open = cases::ended_status.is_null();
            // What is next is due no later than what is late. Said here, it lets the database walk the list in its order
            // and stop where nothing is late any more; SQLite would sort every late case for each page.
            let past = cases::next_due_on.lt(today);
            query = match status.0 {
                ClockStatus::Overdue => query.filter(open).filter(past).filter(overdue()),
                ClockStatus::OverdueExcepted => {
                    query.filter(open).filter(past).filter(diesel::dsl::not(overdue())).filter(excepted())
                }
                ClockStatus::DueSoon => query
                    .filter(open)
                    .filter(diesel::dsl::not(overdue()))
                    .filter(diesel::dsl::not(excepted()))
                    .filter(near()),
                ClockStatus::OnTrack => query
                    .filter(open)
                    .filter(diesel::dsl::not(overdue()))
                    .filter(diesel::dsl::not(excepted()))
                    .filter(diesel::dsl::not(near())),
                _ => query.filter(cases::ended_status.eq(status)),
            };
        }
        for part in search.map(search_parts).unwrap_or_default() {
            let beginning = |word: &str| {
                case_words::table
                    .filter(case_words::word.ge(word.to_owned()))
                    .filter(case_words::word.lt(after_all_that_begin_with(word)))
                    .select(case_words::case_id)
            };
            // Each piece is the beginning of a word; or all of them together are.
            let mut pieces = part.pieces.iter();
            if let Some(first) = pieces.next() {
                let mut found: Box<
                    dyn diesel::BoxableExpression<_, crate::db::MultiBackend, SqlType = diesel::sql_types::Bool>,
                > = Box::new(cases::id.eq_any(beginning(first)));
                for piece in pieces {
                    found = Box::new(found.and(cases::id.eq_any(beginning(piece))));
                }
                if part.pieces.len() > 1 {
                    found = Box::new(found.or(cases::id.eq_any(beginning(&part.whole))));
                }
                query = query.filter(found);
            }
        }
        query
    };
    let order = filter.sort.map_or(CaseOrder::DueOn, |order| order.0);
    let mut query = filtered();
    query = match (order, &window.after) {
        (_, None) => query,
        (CaseOrder::DueOn, Some(Key::Day(day, id))) => {
            query.filter(cases::next_due_on.gt(*day).or(cases::next_due_on.eq(*day).and(cases::id.gt(*id))))
        }
        (CaseOrder::DueOnDown, Some(Key::Day(day, id))) if *day == NOTHING_DUE => {
            query.filter(cases::next_due_on.eq(*day).and(cases::id.lt(*id)))
        }
        (CaseOrder::DueOnDown, Some(Key::Day(day, id))) => query.filter(
            cases::next_due_on
                .lt(*day)
                .or(cases::next_due_on.eq(*day).and(cases::id.lt(*id)))
                .or(cases::next_due_on.eq(NOTHING_DUE)),
        ),
        (CaseOrder::ReceivedOn, Some(Key::Day(day, id))) => {
            query.filter(cases::received_on.gt(*day).or(cases::received_on.eq(*day).and(cases::id.gt(*id))))
        }
        (CaseOrder::ReceivedOnDown, Some(Key::Day(day, id))) => {
            query.filter(cases::received_on.lt(*day).or(cases::received_on.eq(*day).and(cases::id.lt(*id))))
        }
        (CaseOrder::Reference, Some(Key::Reference(reference, _))) => {
            query.filter(cases::reference.gt(reference.clone()))
        }
        (CaseOrder::ReferenceDown, Some(Key::Reference(reference, _))) => {
            query.filter(cases::reference.lt(reference.clone()))
        }
        _ => {
            let detail = "This cursor belongs to a list in another order.";
            return Err(Fault::new("/cursor", Code::InvalidCursor, detail).into());
        }
    };
    query = match order {
        CaseOrder::DueOn => query.order((cases::next_due_on.asc(), cases::id.asc())),
        // What has nothing due comes last in either direction.
        CaseOrder::DueOnDown => {
            query.order((cases::next_due_on.eq(NOTHING_DUE).asc(), cases::next_due_on.desc(), cases::id.desc()))
        }
        CaseOrder::ReceivedOn => query.order((cases::received_on.asc(), cases::id.asc())),
        CaseOrder::ReceivedOnDown => query.order((cases::received_on.desc(), cases::id.desc())),
        CaseOrder::Reference => query.order(cases::reference.asc()),
        CaseOrder::ReferenceDown => query.order(cases::reference.desc()),
    };
    let found: Vec<Found> = query
        .limit(window.fetch())
        .select((
            Case::as_select(),
            (people::forename, people::surname, people::date_of_birth),
            (organisations::id, organisations::name, organisations::urn).nullable(),
            (users::id, users::name).nullable(),
        ))
        .load(conn)?;
    let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
    let rows = found.into_iter().map(|(case, person, setting, caseworker)| Row { case, person, setting, caseworker });
    Ok(window.page(rows.collect(), total, |row| match order {
        CaseOrder::DueOn | CaseOrder::DueOnDown => Key::Day(row.case.next_due_on, row.case.id),
        CaseOrder::ReceivedOn | CaseOrder::ReceivedOnDown => Key::Day(row.case.received_on, row.case.id),
        CaseOrder::Reference | CaseOrder::ReferenceDown => Key::Reference(row.case.reference.clone(), row.case.id),
    }))
}

/// One blank-separated part of what was typed.
struct Part {
    pieces: Vec<String>,
    whole: String,
}

fn search_parts(typed: &str) -> Vec<Part> {
    let folded = text::fold(typed);
    // A number of ten digits is an NHS number however it is spaced.
    let digits: String = folded.chars().filter(char::is_ascii_alphanumeric).collect();
    if digits.len() == 10 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return vec![Part { pieces: vec![digits.clone()], whole: digits }];
    }
    folded
        .split_whitespace()
        .map(|part| {
            let pieces: Vec<String> = part
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|piece| !piece.is_empty())
                .map(str::to_owned)
                .collect();
            Part { whole: pieces.concat(), pieces }
        })
        .filter(|part| !part.pieces.is_empty())
        .collect()
}

/// The first text after all that begin with `word`, which is of folded letters and digits.
fn after_all_that_begin_with(word: &str) -> String {
    format!("{word}\u{7f}")
}
