//! How much everybody has to do, and what is late today.

use std::collections::HashMap;

use chrono::NaiveDate;
use diesel::dsl::sql;
use diesel::sql_types::{BigInt, Bool, Date, Nullable, Text};
use diesel::{ExpressionMethods, NullableExpressionMethods, QueryDsl, RunQueryDsl};
use statute::{AdviceKind, Holder, RULES, RuleId};

use super::named;
use crate::db::schema::{advice_requests, cases, consultations, deadlines, organisations, users};
use crate::db::{Conn, MultiBackend, OneOf, Page, Window};
use crate::error::Error;
use crate::figures::model::{CaseName, Counted, Named, Waiting};
use crate::ids::Id;
use crate::words::{AdviceKindWord, ClockStatusWord, HolderWord, RuleIdWord, StageWord, Word};

/// The open cases by caseworker, stage and status. `soon` is the last day that counts as due soon.
pub fn caseload(conn: &mut Conn, today: NaiveDate, soon: NaiveDate) -> Result<Vec<Counted>, Error> {
    // The clock is judged against today, as the list of cases does; the columns stand in one index.
    let rows: Vec<(Option<String>, StageWord, ClockStatusWord, i64)> = sql::<(Nullable<Text>, Text, Text, BigInt)>(
        "SELECT CAST(caseworker_id AS TEXT), stage, CASE WHEN open_due_on < ",
    )
    .bind::<Date, _>(today)
    .sql(" THEN 'overdue' WHEN excepted_due_on < ")
    .bind::<Date, _>(today)
    .sql(" THEN 'overdue_excepted' WHEN soonest_act_by <= ")
    .bind::<Date, _>(soon)
    .sql(" THEN 'due_soon' ELSE 'on_track' END, COUNT(*) FROM cases WHERE ended_status IS NULL GROUP BY 1, 2, 3")
    .load(conn)?;
    let id = |text: Option<String>| text.and_then(|text| text.parse().ok());
    Ok(rows.into_iter().map(|(caseworker, stage, status, count)| (id(caseworker), stage, status, count)).collect())
}

/// A limit that is over and not met.
#[derive(Debug, Clone)]
pub struct BreachRow {
    /// The deadline.
    pub id: Id,
    /// The case.
    pub case: CaseName,
    /// How far it has come.
    pub stage: StageWord,
    /// Who works on it.
    pub caseworker: Option<Named>,
    /// The rule.
    pub rule: RuleIdWord,
    /// The legal rule.
    pub citation: String,
    /// Whose time it is.
    pub holder: HolderWord,
    /// What it is about.
    pub about: Option<String>,
    /// The last day in time.
    pub due_on: NaiveDate,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
}

type Filtered<'a> = deadlines::BoxedQuery<'a, MultiBackend>;

/// The statutory limits that are over today and not met, the longest first. What binds a refusal alone is no breach while
/// nothing has been refused, and a family's window is nobody's duty.
pub fn breaches(
    conn: &mut Conn,
    today: NaiveDate,
    (rule, holder, caseworker): (Option<RuleId>, Option<Holder>, Option<Id>),
    window: &Window<(NaiveDate, Id)>,
) -> Result<Page<BreachRow>, Error> {
    let of_refusals: Vec<RuleIdWord> =
        RULES.iter().filter(|rule| rule.binds_refusal_only).map(|rule| rule.id.into()).collect();
    let filtered = || {
        // In the words of the index, so that a page costs what it shows.
        let mut query: Filtered<'_> = deadlines::table
            .filter(sql::<Bool>(
                "deadlines.basis = 'statutory' AND deadlines.holder <> 'family' AND deadlines.met_on IS NULL AND deadlines.applicable",
            ))
            .filter(deadlines::due_on.lt(today))
            .filter(deadlines::rule.ne_all(of_refusals.clone()))
            .into_boxed();
        if let Some(rule) = rule {
            query = query.filter(deadlines::rule.eq(Word(rule)));
        }
        if let Some(holder) = holder {
            query = query.filter(deadlines::holder.eq(Word(holder)));
        }
        if let Some(caseworker) = caseworker {
            let theirs = cases::table.filter(cases::caseworker_id.eq(caseworker)).filter(cases::ended_status.is_null());
            query = query.filter(deadlines::case_id.eq_any(theirs.select(cases::id)));
        }
        query
    };
    // Each half is in the order of the index; both in one condition would have to be sorted.
    let parts: Vec<Filtered<'_>> = match window.after {
        None => vec![filtered().order((deadlines::due_on.asc(), deadlines::id.asc()))],
        Some((day, id)) => vec![
            filtered().filter(deadlines::due_on.eq(day)).filter(deadlines::id.gt(id)).order(deadlines::id.asc()),
            filtered().filter(deadlines::due_on.gt(day)).order((deadlines::due_on.asc(), deadlines::id.asc())),
        ],
    };
    let mut ids: Vec<Id> = Vec::new();
    for part in parts {
        let missing = window.fetch().saturating_sub(i64::try_from(ids.len()).unwrap_or(i64::MAX));
        if missing > 0 {
            ids.extend(part.limit(missing).select(deadlines::id).load::<Id>(conn)?);
        }
    }
    let total = window.count.then(|| filtered().count().get_result(conn)).transpose()?;
    Ok(window.page(rows(conn, &ids)?, total, |row| (row.due_on, row.id)))
}

type Found = (
    Id,
    (Id, String, StageWord),
    Option<(Id, String)>,
    (RuleIdWord, String, HolderWord, Option<String>),
    NaiveDate,
    bool,
);

fn rows(conn: &mut Conn, ids: &[Id]) -> Result<Vec<BreachRow>, Error> {
    let mut found: HashMap<Id, BreachRow> = HashMap::new();
    for some in ids.chunks(super::AT_ONCE) {
        let rows: Vec<Found> = deadlines::table
            .inner_join(cases::table.left_join(users::table))
            .filter(deadlines::id.one_of(some))
            .select((
                deadlines::id,
                (cases::id, cases::reference, cases::stage),
                (users::id, users::name).nullable(),
                (deadlines::rule, deadlines::citation, deadlines::holder, deadlines::subject_label),
                deadlines::due_on,
                deadlines::excepted,
            ))
            .load(conn)?;
        found.extend(rows.into_iter().map(
            |(id, case, caseworker, (rule, citation, holder, about), due_on, excepted)| {
                let (case, stage) = (CaseName { id: case.0, reference: case.1 }, case.2);
                (
                    id,
                    BreachRow {
                        id,
                        case,
                        stage,
                        caseworker: named(caseworker),
                        rule,
                        citation,
                        holder,
                        about,
                        due_on,
                        excepted,
                    },
                )
            },
        ));
    }
    Ok(ids.iter().filter_map(|id| found.remove(id)).collect())
}

/// What these cases wait for that is in the hands of others: advice, and the answers of settings.
pub fn waiting(conn: &mut Conn, ids: &[Id]) -> Result<HashMap<Id, Vec<Waiting>>, Error> {
    let mut found: HashMap<Id, Vec<Waiting>> = HashMap::new();
    for some in ids.chunks(super::AT_ONCE) {
        type Owed = (Id, AdviceKindWord, Option<(Id, String)>, Option<NaiveDate>);
        let advice: Vec<Owed> = advice_requests::table
            .left_join(organisations::table)
            .filter(advice_requests::case_id.one_of(some))
            .filter(advice_requests::outstanding.eq(true))
            .filter(advice_requests::kind.ne(Word(AdviceKind::Family)))
            .order((advice_requests::due_on, advice_requests::id))
            .select((
                advice_requests::case_id,
                advice_requests::kind,
                (organisations::id, organisations::name).nullable(),
                advice_requests::due_on,
            ))
            .load(conn)?;
        for (case, kind, organisation, due_on) in advice {
            let waiting = Waiting { what: kind.0.description().to_owned(), organisation: named(organisation), due_on };
            found.entry(case).or_default().push(waiting);
        }
        let consulted: Vec<(Id, (Id, String))> = consultations::table
            .inner_join(organisations::table)
            .filter(consultations::case_id.one_of(some))
            .filter(consultations::responded_on.is_null())
            .order(consultations::id)
            .select((consultations::case_id, (organisations::id, organisations::name)))
            .load(conn)?;
        for (case, setting) in consulted {
            let waiting = Waiting {
                what: "answer to a consultation".to_owned(),
                organisation: named(Some(setting)),
                due_on: None,
            };
            found.entry(case).or_default().push(waiting);
        }
    }
    Ok(found)
}
