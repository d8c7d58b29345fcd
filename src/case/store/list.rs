//! The list that a caseworker lives in, and the search.
//!
//! Each filter by stage, status or caseworker has an index for each order (`migrations/*/2026-11-25-000010_case_list`), so
//! that a page costs what it shows, not what it is taken from. A test below holds that.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::sql_types::Bool;
use diesel::{
    BoolExpressionMethods, BoxableExpression, ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl,
    SelectableHelper,
};
use serde::{Deserialize, Serialize};
use statute::ClockStatus;

use super::Sight;
use crate::auth::Acting;
use crate::case::model::{Case, CaseFilter, CaseOrder, NOTHING_DUE};
use crate::codes::Code;
use crate::db::schema::{case_viewers, case_words, cases, organisations, people, users};
use crate::db::{Conn, MultiBackend, OneOf, Page, Window};
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

type Query<'a> = cases::BoxedQuery<'a, MultiBackend>;

type Condition = Box<dyn BoxableExpression<cases::table, MultiBackend, SqlType = Bool>>;

/// A page of the cases that the actor may see. `soon` is the last day that counts as due soon.
///
/// The ids of the page are found first, and only its rows are looked up whole: where the database has to sort after all,
/// it sorts ids and no people, settings and caseworkers.
pub fn list(
    conn: &mut Conn,
    acting: &Acting,
    filter: &CaseFilter,
    search: Option<&str>,
    soon: NaiveDate,
    window: &Window<Key>,
) -> Result<Page<Row>, Error> {
    let search = search.map(|typed| Search::of(conn, typed)).transpose()?;
    let filtered = || filtered(acting, filter, search.as_ref(), soon);
    let mut ids: Vec<Id> = Vec::new();
    for part in in_order(filter, acting.today, window.after.as_ref(), filtered)? {
        let missing = window.fetch().saturating_sub(i64::try_from(ids.len()).unwrap_or(i64::MAX));
        if missing > 0 {
            ids.extend(part.limit(missing).select(cases::id).load::<Id>(conn)?);
        }
    }
    let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
    let order = filter.sort.map_or(CaseOrder::DueOn, |order| order.0);
    Ok(window.page(rows(conn, &ids)?, total, |row| match order {
        CaseOrder::DueOn | CaseOrder::DueOnDown => Key::Day(row.case.next_due_on, row.case.id),
        CaseOrder::ReceivedOn | CaseOrder::ReceivedOnDown => Key::Day(row.case.received_on, row.case.id),
        CaseOrder::Reference | CaseOrder::ReferenceDown => Key::Reference(row.case.reference.clone(), row.case.id),
    }))
}

/// What the list shows of these cases, in their order.
fn rows(conn: &mut Conn, ids: &[Id]) -> Result<Vec<Row>, Error> {
    let found: Vec<Found> = cases::table
        .inner_join(people::table)
        .left_join(organisations::table)
        .left_join(users::table)
        .filter(cases::id.one_of(ids))
        .select((
            Case::as_select(),
            (people::forename, people::surname, people::date_of_birth),
            (organisations::id, organisations::name, organisations::urn).nullable(),
            (users::id, users::name).nullable(),
        ))
        .load(conn)?;
    let mut rows: HashMap<Id, Row> = found
        .into_iter()
        .map(|(case, person, setting, caseworker)| (case.id, Row { case, person, setting, caseworker }))
        .collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// The cases that the actor may see and that the filter and the search let through, in no order.
fn filtered<'a>(acting: &Acting, filter: &'a CaseFilter, search: Option<&Search>, soon: NaiveDate) -> Query<'a> {
    let today = acting.today;
    let mut query = cases::table.into_boxed();
    match Sight::of(acting) {
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
    match filter.open {
        Some(true) => query = query.filter(cases::ended_status.is_null()),
        Some(false) => query = query.filter(cases::ended_status.is_not_null()),
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
        query = match status.0 {
            ClockStatus::Overdue => query.filter(open).filter(overdue()),
            ClockStatus::OverdueExcepted => query.filter(open).filter(diesel::dsl::not(overdue())).filter(excepted()),
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
    let Some(search) = search else {
        return query;
    };
    if let Some(few) = &search.few {
        query = query.filter(cases::id.one_of(few));
    }
    for part in &search.parts {
        // Each piece is the beginning of a word; or all of them together are.
        let mut pieces = part.pieces.iter();
        if let Some(first) = pieces.next() {
            let mut found = search.has(first);
            for piece in pieces {
                found = Box::new(found.and(search.has(piece)));
            }
            if part.pieces.len() > 1 {
                found = Box::new(found.or(search.has(&part.whole)));
            }
            query = query.filter(found);
        }
    }
    query
}

/// The list in its order, after a key: one part after the other.
fn in_order<'a>(
    filter: &CaseFilter,
    today: NaiveDate,
    after: Option<&Key>,
    filtered: impl Fn() -> Query<'a>,
) -> Result<Vec<Query<'a>>, Error> {
    let by_day = || match after {
        None => Ok(None),
        Some(Key::Day(day, id)) => Ok(Some((*day, *id))),
        Some(Key::Reference(..)) => Err(of_another_order()),
    };
    let by_reference = || match after {
        None => Ok(None),
        Some(Key::Reference(reference, _)) => Ok(Some(reference.clone())),
        Some(Key::Day(..)) => Err(of_another_order()),
    };
    // What is next is due no later than what is late. Said here, it lets the database stop where nothing is late any more.
    let late =
        matches!(filter.status.map(|status| status.0), Some(ClockStatus::Overdue | ClockStatus::OverdueExcepted));
    let by_due = || if late { filtered().filter(cases::next_due_on.lt(today)) } else { filtered() };
    // "Later, or the same day and a greater id" in one condition would make SQLite sort. Each half is in an index's order.
    let (due_on, received_on) = (cases::next_due_on, cases::received_on);
    Ok(match filter.sort.map_or(CaseOrder::DueOn, |order| order.0) {
        CaseOrder::DueOn => match by_day()? {
            None => vec![by_due().order((due_on.asc(), cases::id.asc()))],
            Some((day, id)) => vec![
                by_due().filter(due_on.eq(day)).filter(cases::id.gt(id)).order(cases::id.asc()),
                by_due().filter(due_on.gt(day)).order((due_on.asc(), cases::id.asc())),
            ],
        },
        // What has nothing due comes last in either direction.
        CaseOrder::DueOnDown => {
            let nothing_due = || by_due().filter(due_on.eq(NOTHING_DUE)).order(cases::id.desc());
            match by_day()? {
                None => vec![
                    by_due().filter(due_on.lt(NOTHING_DUE)).order((due_on.desc(), cases::id.desc())),
                    nothing_due(),
                ],
                Some((day, id)) if day == NOTHING_DUE => vec![nothing_due().filter(cases::id.lt(id))],
                Some((day, id)) => vec![
                    by_due().filter(due_on.eq(day)).filter(cases::id.lt(id)).order(cases::id.desc()),
                    by_due().filter(due_on.lt(day)).order((due_on.desc(), cases::id.desc())),
                    nothing_due(),
                ],
            }
        }
        CaseOrder::ReceivedOn => match by_day()? {
            None => vec![filtered().order((received_on.asc(), cases::id.asc()))],
            Some((day, id)) => vec![
                filtered().filter(received_on.eq(day)).filter(cases::id.gt(id)).order(cases::id.asc()),
                filtered().filter(received_on.gt(day)).order((received_on.asc(), cases::id.asc())),
            ],
        },
        CaseOrder::ReceivedOnDown => match by_day()? {
            None => vec![filtered().order((received_on.desc(), cases::id.desc()))],
            Some((day, id)) => vec![
                filtered().filter(received_on.eq(day)).filter(cases::id.lt(id)).order(cases::id.desc()),
                filtered().filter(received_on.lt(day)).order((received_on.desc(), cases::id.desc())),
            ],
        },
        CaseOrder::Reference => {
            let mut query = filtered();
            if let Some(reference) = by_reference()? {
                query = query.filter(cases::reference.gt(reference));
            }
            vec![query.order(cases::reference.asc())]
        }
        CaseOrder::ReferenceDown => {
            let mut query = filtered();
            if let Some(reference) = by_reference()? {
                query = query.filter(cases::reference.lt(reference));
            }
            vec![query.order(cases::reference.desc())]
        }
    })
}

fn of_another_order() -> Error {
    Fault::new("/cursor", Code::InvalidCursor, "This cursor belongs to a list in another order.").into()
}

/// How many cases are few: of these each is asked about the other parts of what was typed.
const FEW: usize = 500;

/// What was typed.
struct Search {
    parts: Vec<Part>,
    /// The cases that have the part which fewest have, where those are few. Without it SQLite gathers every case of every
    /// part: all the Olivias of a county, to find the one whose surname only she has.
    few: Option<Vec<Id>>,
}

impl Search {
    fn of(conn: &mut Conn, typed: &str) -> Result<Self, Error> {
        let parts = search_parts(typed);
        let mut few: Option<Vec<Id>> = None;
        if parts.len() > 1 {
            // A part of several pieces is found by its whole as well, so that none of them tells all of its cases.
            for piece in parts.iter().filter(|part| part.pieces.len() == 1).flat_map(|part| &part.pieces) {
                let most = few.as_ref().map_or(FEW, Vec::len);
                let found: Vec<Id> =
                    beginning(piece).limit(i64::try_from(most.saturating_add(1)).unwrap_or(i64::MAX)).load(conn)?;
                if found.len() <= most {
                    few = Some(found);
                }
            }
        }
        Ok(Self { parts, few })
    }

    /// Whether a case has a word that begins so.
    fn has(&self, word: &str) -> Condition {
        match &self.few {
            Some(few) => Box::new(cases::id.eq_any(beginning(word).filter(case_words::case_id.one_of(few)))),
            None => Box::new(cases::id.eq_any(beginning(word))),
        }
    }
}

/// The cases that have a word which begins so.
#[diesel::dsl::auto_type(no_type_alias)]
fn beginning(word: &str) -> _ {
    let from: String = word.to_owned();
    let to: String = after_all_that_begin_with(word);
    case_words::table.filter(case_words::word.ge(from)).filter(case_words::word.lt(to)).select(case_words::case_id)
}

/// How many pieces of what was typed are looked for. Each is a search of its own, and no name or number has more.
const MOST_PIECES: usize = 8;

/// One blank-separated part of what was typed.
#[derive(Debug, PartialEq, Eq)]
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
    let (mut parts, mut pieces_left) = (Vec::<Part>::new(), MOST_PIECES);
    for part in folded.split_whitespace() {
        let all: Vec<&str> =
            part.split(|c: char| !c.is_ascii_alphanumeric()).filter(|piece| !piece.is_empty()).collect();
        let whole = all.concat();
        let mut pieces = Vec::<String>::new();
        for piece in all {
            if pieces.len() < pieces_left && pieces.iter().all(|known| known != piece) {
                pieces.push(piece.to_owned());
            }
        }
        if !pieces.is_empty() && parts.iter().all(|known| known.whole != whole) {
            pieces_left = pieces_left.saturating_sub(pieces.len());
            parts.push(Part { pieces, whole });
        }
    }
    parts
}

/// The first text after all that begin with `word`, which is of folded letters and digits.
fn after_all_that_begin_with(word: &str) -> String {
    format!("{word}\u{7f}")
}

#[cfg(test)]
mod tests {
    use diesel::query_builder::{AstPass, Query as Ask, QueryFragment, QueryId};
    use diesel::sql_types::{Integer, Text};

    use super::*;
    use crate::auth::{Actor, Principal, Role};
    use crate::case::model::CaseOrderWord;
    use crate::db::{DatabaseUrl, Db};
    use crate::time::Clock;
    use crate::words::Vocabulary;

    #[test]
    fn what_is_typed_is_looked_for_once_and_in_eight_pieces_at_most() {
        let part = |pieces: &[&str]| Part {
            pieces: pieces.iter().map(|piece| (*piece).to_owned()).collect(),
            whole: pieces.concat(),
        };
        assert_eq!(search_parts("Ann ann  O'Neil ANN"), [part(&["ann"]), part(&["o", "neil"])]);
        assert_eq!(search_parts(&"a ".repeat(100)), [part(&["a"])]);
        let pieces = |typed: &str| search_parts(typed).iter().map(|part| part.pieces.len()).sum::<usize>();
        let letters: Vec<String> = ('a'..='z').map(String::from).collect();
        assert_eq!((pieces(&letters.join(" ")), pieces(&letters.join("-")), pieces(&"a-".repeat(50))), (8, 8, 1));
        assert_eq!(pieces(&format!("ash {}", letters.join("-"))), 8);
    }

    /// How SQLite would run a query.
    #[derive(QueryId)]
    struct Plan<Q>(Q);

    impl<Q: QueryFragment<MultiBackend>> QueryFragment<MultiBackend> for Plan<Q> {
        fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, MultiBackend>) -> diesel::QueryResult<()> {
            out.push_sql("EXPLAIN QUERY PLAN ");
            self.0.walk_ast(out.reborrow())
        }
    }

    impl<Q> Ask for Plan<Q> {
        type SqlType = (Integer, Integer, Integer, Text);
    }

    impl<Q> RunQueryDsl<Conn> for Plan<Q> {}

    fn plan(conn: &mut Conn, acting: &Acting, filter: &CaseFilter, after: Option<&Key>) -> Vec<String> {
        let soon = acting.today;
        let parts = in_order(filter, acting.today, after, || filtered(acting, filter, None, soon)).unwrap();
        let mut steps = Vec::new();
        for part in parts {
            let plan: Vec<(i32, i32, i32, String)> = Plan(part.limit(51).select(cases::id)).load(conn).unwrap();
            steps.extend(plan.into_iter().map(|(_, _, _, step)| step));
        }
        steps
    }

    #[test]
    fn a_page_of_every_filter_comes_in_the_order_of_an_index() {
        let folder = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(folder.path().join("cases.db"));
        crate::db::migrate(&url).unwrap();
        let db = Db::open(&url, 1).unwrap();
        let system = Acting::system("a test", Clock::default().read());
        let principal = Principal {
            user_id: Id::new(),
            session_id: Id::new(),
            name: "Kim".to_owned(),
            role: Role::Caseworker,
            organisation_id: None,
        };
        let caseworker = Acting { actor: Actor::User(principal), ..system.clone() };
        let all = CaseFilter::default();
        let mut filters = vec![
            all.clone(),
            CaseFilter { caseworker_id: Some(Id::new()), ..all.clone() },
            CaseFilter { unassigned: Some(true), ..all.clone() },
            CaseFilter { unassigned: Some(false), ..all.clone() },
            CaseFilter { open: Some(true), ..all.clone() },
            CaseFilter { open: Some(false), ..all.clone() },
            CaseFilter { open: Some(true), caseworker_id: Some(Id::new()), ..all.clone() },
        ];
        filters
            .extend(statute::Stage::ALL.iter().map(|stage| CaseFilter { stage: Some((*stage).into()), ..all.clone() }));
        filters
            .extend(ClockStatus::ALL.iter().map(|status| CaseFilter { status: Some((*status).into()), ..all.clone() }));
        let day = Key::Day(system.today, Id::new());
        let reference = Key::Reference("EHC-2026-000123".to_owned(), Id::new());
        db.read(|conn| {
            for (acting, filter, order) in [&system, &caseworker]
                .into_iter()
                .flat_map(|acting| filters.iter().map(move |filter| (acting, filter)))
                .flat_map(|(acting, filter)| CaseOrder::all().iter().map(move |order| (acting, filter, *order)))
            {
                let filter = CaseFilter { sort: Some(CaseOrderWord::from(order)), ..filter.clone() };
                let key = if order.as_str().ends_with("reference") { &reference } else { &day };
                for after in [None, Some(key)] {
                    let steps = plan(conn, acting, &filter, after);
                    let sorted = steps.iter().any(|step| step.contains("TEMP B-TREE"));
                    assert!(!sorted && steps.iter().any(|step| step.contains("USING")), "{filter:?}: {steps:#?}");
                }
            }
            Ok(())
        })
        .unwrap();
    }
}
