//! The cases that requests are about, looked up in the database that the sheet was taken over into.

use std::collections::HashMap;

use diesel::connection::LoadConnection;
use diesel::query_dsl::methods::LoadQuery;
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};

use super::data::Dice;
use super::workload::Who;

/// How many different cases are read.
const READINGS: usize = 1000;

/// A case.
#[derive(Debug, Clone, Default)]
pub struct Case {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub reference: String,
    /// Whom it is about.
    pub person: String,
    /// The child's setting.
    pub setting: String,
    /// Who works on it.
    pub caseworker: String,
    /// How far it has come.
    pub stage: String,
    /// The ids of its deadlines, by rule; of those only that await a decision.
    pub deadlines: Vec<String>,
}

impl Case {
    /// Its address.
    pub fn path(&self) -> String {
        format!("/api/v1/cases/{}", self.id)
    }
}

/// The cases that requests are about.
#[derive(Debug)]
pub struct Caseload {
    /// Those that are read, in the mix of all.
    pub readings: Vec<Case>,
    /// Those that can be decided, each once. All have as many deadlines.
    pub awaiting: Vec<Case>,
    /// The ids of those who call, by their numbers.
    pub callers: [String; 3],
}

/// A row of three texts.
#[derive(Debug, QueryableByName)]
pub struct Found {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    of: String,
    #[diesel(sql_type = Text)]
    what: String,
}

const CASES: &str = "SELECT CAST(id AS TEXT) AS id, CAST(person_id AS TEXT) AS of, stage || ' ' || reference AS what
    FROM cases ORDER BY id";
const IDS: &str = "SELECT CAST(id AS TEXT) AS id, '' AS of, '' AS what FROM cases ORDER BY id";
const USERS: &str = "SELECT CAST(id AS TEXT) AS id, email AS of, role AS what FROM users";
const WORKED_ON: &str = "SELECT CAST(id AS TEXT) AS id, CAST(setting_id AS TEXT) AS of, CAST(caseworker_id AS TEXT) AS what \
    FROM cases ORDER BY id";
const DEADLINES: &str = "SELECT CAST(deadlines.id AS TEXT) AS id, CAST(case_id AS TEXT) AS of, rule AS what \
    FROM deadlines JOIN cases ON cases.id = case_id WHERE stage = 'awaiting_decision' ORDER BY rule, deadlines.id";

impl Caseload {
    /// Looks them up.
    pub fn of<C>(conn: &mut C) -> Self
    where
        C: LoadConnection,
        for<'q> diesel::query_builder::SqlQuery: LoadQuery<'q, C, Found>,
    {
        let mut deadlines: HashMap<String, Vec<String>> = HashMap::new();
        for found in diesel::sql_query(DEADLINES).load::<Found>(conn).unwrap() {
            deadlines.entry(found.of).or_default().push(found.id);
        }
        let found = diesel::sql_query(CASES).load::<Found>(conn).unwrap();
        let worked_on = diesel::sql_query(WORKED_ON).load::<Found>(conn).unwrap();
        let all: Vec<Case> = found
            .into_iter()
            .zip(worked_on)
            .map(|(found, by)| {
                let deadlines = deadlines.remove(&found.id).unwrap_or_default();
                let (stage, reference) =
                    found.what.split_once(' ').map(|(one, two)| (one.to_owned(), two.to_owned())).unwrap();
                let (person, setting, caseworker) = (found.of, by.of, by.what);
                Case { id: found.id, reference, person, setting, caseworker, stage, deadlines }
            })
            .collect();
        let mut dice = Dice::new(2);
        let readings = (0..READINGS).map(|_| all[dice.below(all.len())].clone()).collect();
        let mut awaiting: Vec<Case> = all.into_iter().filter(|case| case.stage == "awaiting_decision").collect();
        let usual = awaiting.first().map_or(0, |case| case.deadlines.len());
        awaiting.retain(|case| case.deadlines.len() == usual);
        let users = diesel::sql_query(USERS).load::<Found>(conn).unwrap();
        let id = |who: Who| users.iter().find(|user| user.of == who.email()).map(|user| user.id.clone());
        let callers = Who::ALL.map(|who| id(who).unwrap_or_default());
        Self { readings, awaiting, callers }
    }

    /// Only what is read, of a caseload that is too large to look all of it up.
    pub fn to_read<C>(conn: &mut C) -> Self
    where
        C: LoadConnection,
        for<'q> diesel::query_builder::SqlQuery: LoadQuery<'q, C, Found>,
    {
        let all = diesel::sql_query(IDS).load::<Found>(conn).unwrap();
        let mut dice = Dice::new(2);
        let thrown = (0..READINGS).map(|_| &all[dice.below(all.len())].id);
        let case = |id: &String| Case { id: id.clone(), ..Case::default() };
        Self { readings: thrown.map(case).collect(), awaiting: Vec::new(), callers: Default::default() }
    }
}
