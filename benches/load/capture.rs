//! The statements that the service itself sends for a request: taken from the log of a PostgreSQL server, so that what runs
//! raw is what the service runs and not what somebody believes it runs.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use super::cases::{Case, Caseload};
use super::client::Connection;
use super::postgres::Server;
use super::service::Service;
use super::workload::{Kind, Requests, Who};

/// A value of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// The same whichever case it is about.
    Fixed(String),
    /// The case.
    Case,
    /// What people call the case.
    Reference,
    /// Whom the case is about.
    Person,
    /// The setting of the case.
    Setting,
    /// Who works on the case.
    Caseworker,
    /// Who calls, by their number.
    Caller(usize),
    /// A deadline that the case has already.
    Deadline(usize),
    /// An id that is made for this request; each has its number.
    New(usize),
    /// A list of ids, some of which are those of the case or made for this request.
    Ids(Vec<Self>),
}

/// A statement: `$1` stands for the first value.
#[derive(Debug, Clone)]
pub struct Statement {
    /// Its text.
    pub sql: String,
    /// Its values.
    pub values: Vec<Value>,
}

/// What a request sends.
#[derive(Debug, Clone, Default)]
pub struct Captured {
    /// The statements that answer it.
    pub answer: Vec<Statement>,
    /// Those that put a reading on record, which the service commits in groups.
    pub record: Vec<Statement>,
}

impl Captured {
    /// How many statements answer it, those around them left out.
    pub fn count(&self) -> usize {
        let around = |sql: &str| sql == "SELECT 1" || sql == "COMMIT" || sql.starts_with("BEGIN");
        self.answer.iter().filter(|statement| !around(&statement.sql)).count()
    }

    /// How many ids it makes.
    pub fn new_ids(&self) -> usize {
        let values = self.answer.iter().chain(&self.record).flat_map(|statement| &statement.values);
        values
            .filter_map(|value| if let Value::New(number) = value { Some(number + 1) } else { None })
            .max()
            .unwrap_or(0)
    }
}

/// The statements of each kind of request.
#[derive(Debug)]
pub struct Statements {
    /// Reading a case: by stage, since what is read differs a little.
    pub readings: HashMap<String, Captured>,
    /// The others.
    others: HashMap<Kind, Captured>,
    /// The sessions of the callers, by their numbers.
    pub sessions: [String; 3],
}

impl Statements {
    /// The statements of a kind other than reading a case.
    pub fn of(&self, kind: Kind) -> &Captured {
        &self.others[&kind]
    }

    /// How many statements each kind of request takes.
    pub fn counts(&self) -> String {
        let mut readings: Vec<usize> = self.readings.values().map(Captured::count).collect();
        readings.sort_unstable();
        let (least, most) = (readings[0], readings[readings.len() - 1]);
        let [list, search, work_list, timeliness, decision] =
            [Kind::List, Kind::Search, Kind::WorkList, Kind::Timeliness, Kind::Decision]
                .map(|kind| self.of(kind).count());
        format!(
            "{least}–{most} for a case, by its stage; {list} for a page, {search} for a search, {work_list} for a work list, \
             {timeliness} for the timeliness; {decision} for a decision"
        )
    }
}

/// Asks a service for one request of each kind and takes down what reaches its database, which is named `capture` and is
/// of a server that logs in CSV.
pub fn capture(server: &Server, folder: &Path, caseload: &Caseload) -> Statements {
    server.execute("ALTER DATABASE capture SET log_statement = 'all'");
    let service = Service::start_without_jobs(&server.url("capture"), folder);
    let requests = Requests::to(&service.address, caseload, 1);
    let mut connection = Connection::open(&service.address).unwrap();
    let mut log = Log { file: server.folder.join("statements.csv"), read: 0 };
    let mut ask = |request: &[u8]| {
        drop(log.take());
        let status = connection.send(request).unwrap();
        assert_eq!(status, 200, "{}", connection.body());
        log.take()
    };
    let ready = [Kind::List, Kind::Search, Kind::WorkList, Kind::Timeliness];
    let lines = ready.map(|kind| {
        // The first request finds nothing cached.
        drop(ask(&requests.next(kind, 0).unwrap()));
        (kind, ask(&requests.next(kind, 0).unwrap()))
    });
    let callers = Who::ALL.map(|who| {
        let (_, lines) = lines.iter().find(|(kind, _)| kind.asked_by() == who).expect("a request of each of them");
        // Ids begin with the time at which they were made: that of the session is the newest that is there already.
        let mut ids = ids_of_caller(lines);
        ids.sort_unstable();
        let [caller, session] = ids.try_into().expect("the caller and the session");
        Caller { id: caller, session }
    });
    let mut readings = HashMap::new();
    for case in &caseload.readings {
        if !readings.contains_key(&case.stage) {
            let lines = ask(&requests.reading(case));
            readings.insert(case.stage.clone(), captured(lines, Some(case), &callers));
        }
    }
    let case = &caseload.awaiting[0];
    let decided = captured(ask(&requests.decision(case)), Some(case), &callers);
    let mut others: HashMap<Kind, Captured> =
        lines.into_iter().map(|(kind, lines)| (kind, captured(lines, None, &callers))).collect();
    others.insert(Kind::Decision, decided);
    Statements { readings, others, sessions: callers.map(|caller| caller.session) }
}

/// Somebody who calls, and their sign-in.
#[derive(Debug)]
struct Caller {
    id: String,
    session: String,
}

/// A statement as it was logged.
#[derive(Debug)]
struct Line {
    process: String,
    sql: String,
    values: Vec<Option<String>>,
}

struct Log {
    file: std::path::PathBuf,
    read: usize,
}

impl Log {
    /// What has been written since the last time, once nothing more comes.
    fn take(&mut self) -> Vec<Line> {
        let (mut bytes, mut before) = (Vec::new(), usize::MAX);
        while bytes.len() != before {
            before = bytes.len();
            std::thread::sleep(Duration::from_millis(250));
            bytes = std::fs::read(&self.file).unwrap();
        }
        let new = bytes.get(self.read..).unwrap_or_default();
        let records = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(new).into_records();
        let lines = records
            .filter_map(|record| {
                let record = record.unwrap();
                let (database, process, message, detail) = (&record[2], &record[3], &record[13], &record[14]);
                let (kind, sql) = message.split_once(": ")?;
                let sent = kind == "statement" || kind.starts_with("execute ");
                let setting_up = sql.starts_with("SET ");
                (database == "capture" && sent && !setting_up).then(|| Line {
                    process: process.to_owned(),
                    sql: sql.replace('\n', " "),
                    values: values(detail),
                })
            })
            .collect();
        self.read = bytes.len();
        lines
    }
}

/// Reads `parameters: $1 = 'it''s', $2 = NULL`.
fn values(detail: &str) -> Vec<Option<String>> {
    let mut rest = detail;
    let mut values = Vec::new();
    while let Some((_, after)) = rest.split_once(" = ") {
        if let Some(after) = after.strip_prefix("NULL") {
            values.push(None);
            rest = after;
            continue;
        }
        let mut value = String::new();
        let mut left = after.strip_prefix('\'').expect("a quoted value");
        while let Some((piece, after)) = left.split_once('\'') {
            value.push_str(piece);
            left = after;
            match left.strip_prefix('\'') {
                None => break,
                Some(after) => {
                    value.push('\'');
                    left = after;
                }
            }
        }
        values.push(Some(value));
        rest = left;
    }
    values
}

/// Whether a text is an id.
pub fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}

/// The items of a list as PostgreSQL writes it.
pub fn items(list: &str) -> impl Iterator<Item = &str> {
    list.trim_matches(['{', '}']).split(',')
}

/// Whether a value is a list of ids and of nothing else.
pub fn is_list_of_ids(value: &str) -> bool {
    value.starts_with('{') && items(value).all(is_uuid)
}

/// The ids in the statement by which the service finds out who calls.
fn ids_of_caller(lines: &[Line]) -> Vec<String> {
    let find =
        lines.iter().find(|line| line.sql.contains("\"sessions\"")).expect("the statement that finds the caller");
    find.values.iter().flatten().filter(|value| is_uuid(value)).cloned().collect()
}

/// Puts the lines in the order of their transactions, tells the values that differ from request to request, and takes the
/// record of the reading apart.
fn captured(lines: Vec<Line>, case: Option<&Case>, callers: &[Caller; 3]) -> Captured {
    let newest = callers.iter().map(|caller| caller.session.as_str()).max().unwrap_or_default();
    let caller = |value: &str| callers.iter().position(|caller| caller.id == value);
    let mut processes: Vec<(String, Vec<Line>)> = Vec::new();
    for line in lines {
        match processes.iter_mut().find(|(process, _)| *process == line.process) {
            Some((_, lines)) => lines.push(line),
            None => processes.push((line.process.clone(), vec![line])),
        }
    }
    let mut new: Vec<String> = Vec::new();
    let mut captured = Captured::default();
    for (_, lines) in processes {
        let mut unit = Vec::new();
        for line in lines {
            let mut told = |value: String| match case {
                Some(case) if value == case.id => Value::Case,
                Some(case) if value == case.reference => Value::Reference,
                Some(case) if value == case.person => Value::Person,
                Some(case) if case.deadlines.contains(&value) => {
                    Value::Deadline(case.deadlines.iter().position(|one| *one == value).unwrap())
                }
                _ if caller(&value).is_some() => Value::Caller(caller(&value).unwrap()),
                Some(case) if value == case.setting => Value::Setting,
                Some(case) if value == case.caseworker => Value::Caseworker,
                _ if is_uuid(&value) && value.as_str() > newest => {
                    let number = new.iter().position(|one| *one == value).unwrap_or_else(|| {
                        new.push(value);
                        new.len() - 1
                    });
                    Value::New(number)
                }
                _ => Value::Fixed(value),
            };
            let values = line.values.into_iter().map(|value| match value {
                None => Value::Null,
                Some(list) if is_list_of_ids(&list) => {
                    let ids: Vec<Value> = items(&list).map(|id| told(id.to_owned())).collect();
                    let fixed = ids.iter().all(|id| matches!(id, Value::Fixed(_)));
                    if fixed { Value::Fixed(list) } else { Value::Ids(ids) }
                }
                Some(value) => told(value),
            });
            let values = values.collect();
            let ends = line.sql == "COMMIT";
            unit.push(Statement { sql: line.sql, values });
            if ends {
                let record = unit.iter().any(|statement| statement.sql.contains("INSERT INTO \"access_records\""));
                let to = if record { &mut captured.record } else { &mut captured.answer };
                to.append(&mut unit);
            }
        }
        captured.answer.append(&mut unit);
    }
    captured
}
