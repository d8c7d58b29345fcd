//! One row: what it says, as far as that can be judged without looking at anything else.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use statute::{
    AdviceKind, AssessmentDecision, AssessmentOutcome, AssessmentRefusalReason, CaseFacts, End, EndKind,
    FinalPlanFacts, Ground, Inconsistent, PlanDecision, PlanOutcome, Progress, RequestSource, RuleId, ServedDraft,
    Stage, Step, check_ground,
};

use super::cells::{Cells, capitalised};
use crate::codes::Code;
use crate::config::is_authority_code;
use crate::error::Faults;
use crate::import::model::{Column, Layout, Line, SheetFault};
use crate::person::model::{Person, PersonBody, Sex};
use crate::time::Reading;
use crate::words::{SocialCareStatus, Vocabulary, Word};

/// The longest name that is taken, in characters, as in the API.
const NAME: usize = 200;

/// The longest text of other kinds.
const SHORT: usize = 100;

/// The decision whether to assess, as a row says it.
#[derive(Debug, Clone)]
pub struct AssessmentSaid {
    /// What was decided, and when.
    pub decision: AssessmentDecision,
    /// The day the family was told, where the row says it; that of the decision counts where it does not.
    pub told_on: Option<NaiveDate>,
    /// The main reason of a refusal, where known.
    pub refusal_reason: Option<AssessmentRefusalReason>,
}

/// A request for advice, as a row says it.
#[derive(Debug, Clone, Copy)]
pub struct AdviceSaid {
    /// What was asked for.
    pub kind: AdviceKind,
    /// The day it was asked.
    pub requested_on: NaiveDate,
    /// The day it came, which counts as submitted and accepted.
    pub received_on: Option<NaiveDate>,
}

/// The decision whether to issue a plan, as a row says it.
pub type PlanSaid = PlanDecision;

/// An exception of the 20 weeks, as a row says it.
#[derive(Debug, Clone, Copy)]
pub struct ExceptionSaid {
    /// The ground.
    pub ground: Ground,
    /// Its first day, where known.
    pub from_on: Option<NaiveDate>,
    /// Its last day, where it has one.
    pub to_on: Option<NaiveDate>,
}

/// A withdrawal or transfer, as a row says it.
#[derive(Debug, Clone)]
pub struct EndSaid {
    /// Which, and when.
    pub end: End,
    /// Where the case went.
    pub to_local_authority: Option<String>,
}

/// What a row says. Where a cell can't be read, it is as if it were not there, and where it can't be missing, something
/// stands in that is at odds with nothing: such a row is judged, never written.
#[derive(Debug, Clone)]
pub struct Row {
    /// The council's own number.
    pub external_reference: String,
    /// The person, as they would be kept if they are new.
    pub person: Person,
    /// Day zero.
    pub received_on: NaiveDate,
    /// Who asked.
    pub request_source: RequestSource,
    /// The decision whether to assess.
    pub assessment: Option<AssessmentSaid>,
    /// The requests for advice, in the order of Regulation 6(1).
    pub advice: Vec<AdviceSaid>,
    /// The decision whether to issue a plan.
    pub plan: Option<PlanSaid>,
    /// The day the draft was served.
    pub draft_served_on: Option<NaiveDate>,
    /// The day the final plan was sent.
    pub final_issued_on: Option<NaiveDate>,
    /// The name of the setting.
    pub setting_name: Option<String>,
    /// Its unique reference number.
    pub setting_urn: Option<String>,
    /// The exception.
    pub exception: Option<ExceptionSaid>,
    /// The withdrawal or transfer.
    pub end: Option<EndSaid>,
    /// Whether mediation took place.
    pub mediation: bool,
    /// Whether a tribunal was involved.
    pub tribunal: bool,
    /// The e-mail address of who works on it, in lower case.
    pub caseworker_email: Option<String>,
    /// Whether the case is open as the row tells it.
    pub open: bool,
    /// A digest of all it says, the same however it is written.
    pub digest: String,
}

/// A row as far as it could be read.
#[derive(Debug, Clone)]
pub struct Parsed {
    /// The row as a spreadsheet numbers it.
    pub number: u32,
    /// The council's own number, whatever else is wrong.
    pub external_reference: Option<String>,
    /// The columns whose cells can't be read, or are missing and required.
    pub unread: BTreeSet<Column>,
    /// What it says.
    pub row: Row,
    /// Everything that is wrong with it by itself.
    pub faults: Vec<SheetFault>,
}

impl Parsed {
    /// Reads a line as it is judged at a reading of the clock.
    pub fn read(layout: &Layout, line: &Line, now: Reading) -> Self {
        let mut cells = Cells::of(layout, line, now.today);
        if line.record.len() != layout.width() {
            let what = format!("The row has {} cells, the headings are {}.", line.record.len(), layout.width());
            cells.faults.push(SheetFault { row: line.row, column: "row".into(), code: Code::InvalidFormat, what });
        }
        let external_reference = cells.required(Column::ExternalReference, |cells, column| cells.text(column, NAME));
        let row = read_row(&mut cells, external_reference.clone().unwrap_or_default(), now);
        Self { number: line.row, external_reference, unread: cells.unread, row, faults: cells.faults }
    }

    /// What the row says, if every cell could be read.
    pub fn whole(&self) -> Option<&Row> {
        self.unread.is_empty().then_some(&self.row)
    }

    /// The same, for good.
    pub fn into_whole(self) -> Option<Row> {
        self.unread.is_empty().then_some(self.row)
    }

    /// The person, where what they are recognised by could be read.
    pub fn person(&self) -> Option<&Person> {
        let by = [Column::Forename, Column::Surname, Column::DateOfBirth, Column::NhsNumber, Column::Upn];
        by.iter().all(|column| !self.unread.contains(column)).then_some(&self.row.person)
    }

    /// Whether the case is surely open: every cell that could tell otherwise could be read.
    pub fn is_open(&self) -> bool {
        let ends = [
            Column::AssessmentDecision,
            Column::AssessmentDecidedOn,
            Column::PlanDecision,
            Column::PlanDecidedOn,
            Column::FinalIssuedOn,
            Column::WithdrawnOn,
            Column::TransferredOn,
        ];
        self.row.open && ends.iter().all(|column| !self.unread.contains(column))
    }
}

/// A day before all that a sheet tells of, where it does not say which.
const LONG_AGO: NaiveDate = match NaiveDate::from_ymd_opt(1900, 1, 1) {
    Some(day) => day,
    None => NaiveDate::MIN,
};

fn read_row(cells: &mut Cells<'_>, external_reference: String, now: Reading) -> Row {
    let received_on = cells.required(Column::ReceivedOn, Cells::past);
    let request_source = cells.required(Column::RequestSource, Cells::source);
    let person = person(cells, now);
    let assessment = assessment(cells);
    let advice = advice(cells, received_on);
    let plan = plan(cells);
    let draft_served_on = cells.past(Column::DraftServedOn);
    let final_issued_on = cells.past(Column::FinalIssuedOn);
    let setting_name = cells.text(Column::SettingName, NAME);
    let setting_urn = urn(cells);
    let exception = exception(cells, received_on);
    let end = end(cells);
    let mediation = cells.flag(Column::Mediation);
    let tribunal = cells.flag(Column::Tribunal);
    let caseworker_email = cells.text(Column::CaseworkerEmail, NAME).map(|email| email.to_lowercase());
    if let Some(email) = &caseworker_email {
        cells.say(Column::CaseworkerEmail, email.clone());
    }
    if let Some(received_on) = received_on.filter(|_| !cells.unread.contains(&Column::DateOfBirth)) {
        if received_on < person.date_of_birth {
            cells.fault(Column::ReceivedOn, Code::DateBeforeBirth, "Give a day no earlier than the birth.");
        } else if statute::too_old(person.date_of_birth, received_on) {
            let what = "Whoever is 25 or over when the request is received cannot be assessed (section 36 of the Act).";
            cells.fault(Column::DateOfBirth, Code::TooOld, what);
        }
    }
    let mut row = Row {
        external_reference,
        person,
        received_on: received_on.unwrap_or(LONG_AGO),
        request_source: request_source.unwrap_or(RequestSource::Other),
        assessment,
        advice,
        plan,
        draft_served_on,
        final_issued_on,
        setting_name,
        setting_urn,
        exception,
        end,
        mediation,
        tribunal,
        caseworker_email,
        open: true,
        digest: String::new(),
    };
    row.open = Stage::of(&row.steps()).is_open();
    contradictions(cells, &row);
    row.digest = cells.digest();
    row
}

impl Row {
    /// The steps that it tells of, as the law's crate judges whether they can all be true.
    fn steps(&self) -> CaseFacts {
        let mut facts = CaseFacts::received(self.received_on);
        facts.assessment = self.assessment.as_ref().map(|said| said.decision);
        facts.plan = self.plan;
        facts.drafts.extend(self.draft_served_on.map(|served_on| ServedDraft {
            id: String::new(),
            label: String::new(),
            served_on,
            finished_on: None,
        }));
        facts.final_plan =
            self.final_issued_on.map(|issued_on| FinalPlanFacts { id: String::new(), label: String::new(), issued_on });
        facts.ended = self.end.as_ref().map(|said| said.end);
        facts.mediation_or_tribunal = self.mediation || self.tribunal;
        facts
    }
}

fn person(cells: &mut Cells<'_>, now: Reading) -> Person {
    let forename = cells.required(Column::Forename, |cells, column| cells.text(column, NAME));
    let surname = cells.required(Column::Surname, |cells, column| cells.text(column, NAME));
    let date_of_birth = cells.required(Column::DateOfBirth, Cells::date);
    let body = PersonBody {
        sex: cells.word::<Sex>(Column::Sex).map(Word),
        ethnicity: cells.text(Column::Ethnicity, SHORT),
        postcode: cells.text(Column::Postcode, SHORT),
        social_care_status: cells.word::<SocialCareStatus>(Column::SocialCareStatus).map(Word),
        upn: cells.text(Column::Upn, SHORT),
        uln: cells.text(Column::Uln, SHORT),
        nhs_number: cells.text(Column::NhsNumber, SHORT),
        national_curriculum_year: curriculum_year(cells),
        forename: forename.unwrap_or_default(),
        surname: surname.unwrap_or_default(),
        date_of_birth: date_of_birth.unwrap_or(LONG_AGO),
        ..PersonBody::default()
    };
    let person = Person::new(body, now.at, now.today);
    let mut faults = Faults::default();
    person.check("", now.today, &mut faults);
    for fault in faults.into_vec() {
        let column = fault.pointer.strip_prefix('/').and_then(Column::parse);
        if let Some(column) = column.filter(|column| !cells.unread.contains(column)) {
            cells.fault(column, fault.code, fault.detail);
        }
    }
    // A number is the same with and without its spaces.
    let numbers = [
        (Column::Postcode, &person.postcode),
        (Column::Upn, &person.upn),
        (Column::Uln, &person.uln),
        (Column::NhsNumber, &person.nhs_number),
    ];
    for (column, number) in numbers {
        if let Some(number) = number {
            cells.say(column, number.clone());
        }
    }
    person
}

fn curriculum_year(cells: &mut Cells<'_>) -> Option<i32> {
    let text = cells.text(Column::NationalCurriculumYear, SHORT)?;
    let year = text.parse().ok().filter(|year: &i32| (0..=14).contains(year));
    match year {
        Some(year) => cells.say(Column::NationalCurriculumYear, year.to_string()),
        None => {
            let what = "Expected a whole number from 0 (reception) to 14.";
            cells.unreadable(Column::NationalCurriculumYear, Code::OutOfRange, what);
        }
    }
    year
}

fn assessment(cells: &mut Cells<'_>) -> Option<AssessmentSaid> {
    let outcome = cells.word::<AssessmentOutcome>(Column::AssessmentDecision);
    let decided_on = cells.past(Column::AssessmentDecidedOn);
    let notified_on = cells.past(Column::AssessmentNotifiedOn);
    let refusal_reason = cells.word::<AssessmentRefusalReason>(Column::RefusalReason);
    let refused = outcome == Some(AssessmentOutcome::Refuse) || cells.unread.contains(&Column::AssessmentDecision);
    if refusal_reason.is_some() && !refused {
        cells.fault(Column::RefusalReason, Code::Contradiction, "Only a refusal to assess has one.");
    }
    let (outcome, decided_on) = cells.both(
        (Column::AssessmentDecision, outcome),
        (Column::AssessmentDecidedOn, decided_on),
        Column::AssessmentNotifiedOn,
    )?;
    let told_on = notified_on;
    let notified_on = told_on.unwrap_or(decided_on);
    cells.say(Column::AssessmentNotifiedOn, notified_on.to_string());
    let decision = AssessmentDecision { outcome, decided_on, notified_on };
    Some(AssessmentSaid { decision, told_on, refusal_reason })
}

fn plan(cells: &mut Cells<'_>) -> Option<PlanSaid> {
    let outcome = cells.word::<PlanOutcome>(Column::PlanDecision);
    let decided_on = cells.past(Column::PlanDecidedOn);
    let notified_on = cells.past(Column::PlanNotifiedOn);
    let (outcome, decided_on) =
        cells.both((Column::PlanDecision, outcome), (Column::PlanDecidedOn, decided_on), Column::PlanNotifiedOn)?;
    Some(PlanDecision { outcome, decided_on, notified_on })
}

fn advice(cells: &mut Cells<'_>, case_received_on: Option<NaiveDate>) -> Vec<AdviceSaid> {
    let mut all = Vec::new();
    for kind in AdviceKind::ALL {
        let (requested, received) = Column::of_advice(*kind);
        let received_on = cells.past(received);
        let Some(requested_on) = cells.past(requested) else {
            if received_on.is_some() && !cells.has(requested) {
                cells.fault(requested, Code::MissingField, "Advice that came was asked for: give the day.");
            }
            continue;
        };
        if case_received_on.is_some_and(|on| requested_on < on) {
            let what = "Give a day no earlier than that on which the request for the assessment was received.";
            cells.fault(requested, Code::DateBeforePreviousStep, what);
        }
        if received_on.is_some_and(|on| on < requested_on) {
            let what = "Give a day no earlier than that on which the advice was asked for.";
            cells.fault(received, Code::DateBeforePreviousStep, what);
        }
        all.push(AdviceSaid { kind: *kind, requested_on, received_on });
    }
    all
}

fn urn(cells: &mut Cells<'_>) -> Option<String> {
    let urn = cells.text(Column::SettingUrn, SHORT)?;
    let fine = (5..=8).contains(&urn.len()) && urn.bytes().all(|byte| byte.is_ascii_digit());
    if !fine {
        let what = "Expected the digits of a unique reference number.";
        cells.unreadable(Column::SettingUrn, Code::InvalidFormat, what);
    }
    fine.then_some(urn)
}

fn exception(cells: &mut Cells<'_>, received_on: Option<NaiveDate>) -> Option<ExceptionSaid> {
    let ground = cells.word::<Ground>(Column::ExceptionGround);
    let from_on = cells.date(Column::ExceptionFrom);
    let to_on = cells.date(Column::ExceptionTo);
    if !cells.has(Column::ExceptionGround) && (from_on.is_some() || to_on.is_some()) {
        cells.fault(Column::ExceptionGround, Code::MissingField, "An exception has a ground.");
    }
    if let (Some(from_on), Some(to_on)) = (from_on, to_on)
        && to_on < from_on
    {
        cells.fault(Column::ExceptionTo, Code::OutOfRange, "Give a last day that is not before the first.");
    }
    let ground = ground?;
    if let Err(refusal) = check_ground(RuleId::IssueFinalPlan, ground, received_on.unwrap_or(cells.today)) {
        cells.fault(Column::ExceptionGround, Code::Law(refusal.code), refusal.sentence);
    }
    Some(ExceptionSaid { ground, from_on, to_on })
}

fn end(cells: &mut Cells<'_>) -> Option<EndSaid> {
    let withdrawn_on = cells.past(Column::WithdrawnOn);
    let transferred_on = cells.past(Column::TransferredOn);
    let to_local_authority = cells.text(Column::TransferredTo, SHORT);
    if to_local_authority.as_deref().is_some_and(|code| !is_authority_code(code)) {
        cells.fault(Column::TransferredTo, Code::InvalidFormat, "Expected the 3-digit code of an authority.");
    }
    if to_local_authority.is_some() && !cells.has(Column::TransferredOn) {
        cells.fault(Column::TransferredOn, Code::MissingField, "A transfer has a day.");
    }
    match (withdrawn_on, transferred_on) {
        (None, None) => None,
        (Some(on), None) => Some(EndSaid { end: End { kind: EndKind::Withdrawn, on }, to_local_authority: None }),
        (None, Some(on)) => Some(EndSaid { end: End { kind: EndKind::Transferred, on }, to_local_authority }),
        (Some(_), Some(_)) => {
            let what = "A case is withdrawn or transferred, not both.";
            cells.fault(Column::TransferredOn, Code::Contradiction, what);
            None
        }
    }
}

/// Adds a fault for every step that can't be true beside those before it.
fn contradictions(cells: &mut Cells<'_>, row: &Row) {
    let decided_on = |on: NaiveDate| on < row.received_on;
    let what = "Give a day no earlier than that on which the request was received.";
    // The law's crate looks at the notice; the decision itself must follow the request as well.
    if let Some(AssessmentSaid { decision, .. }) = &row.assessment
        && decided_on(decision.decided_on)
    {
        cells.fault(Column::AssessmentDecidedOn, Code::DateBeforePreviousStep, what);
        if decision.notified_on == decision.decided_on {
            return rest_of_contradictions(cells, row, true);
        }
    }
    rest_of_contradictions(cells, row, false);
}

/// Each step that is found wrong is left out, and what remains is judged again, so that all of them are told.
fn rest_of_contradictions(cells: &mut Cells<'_>, row: &Row, without_assessment: bool) {
    let mut facts = row.steps();
    if without_assessment {
        facts.assessment = None;
    }
    for _ in Step::ALL {
        let Err(found) = Progress::from_facts(&facts) else {
            return;
        };
        let what = format!("{found}.");
        let (step, code) = match found {
            Inconsistent::OutOfOrder { later, .. } | Inconsistent::NotifiedBeforeDecided(later) => {
                (later, Code::DateBeforePreviousStep)
            }
            Inconsistent::AfterRefusal { later, .. } => (later, Code::Contradiction),
            Inconsistent::WithdrawnAfter(_) => (Step::End, Code::Contradiction),
        };
        let column = match step {
            // A sheet knows neither orders nor reversals.
            Step::Receipt | Step::Order | Step::Reversal => Column::ReceivedOn,
            Step::AssessmentDecision if cells.has(Column::AssessmentNotifiedOn) => Column::AssessmentNotifiedOn,
            Step::AssessmentDecision => Column::AssessmentDecidedOn,
            Step::PlanDecision if matches!(found, Inconsistent::NotifiedBeforeDecided(_)) => Column::PlanNotifiedOn,
            Step::PlanDecision => Column::PlanDecidedOn,
            Step::Draft => Column::DraftServedOn,
            Step::FinalPlan => Column::FinalIssuedOn,
            Step::End if facts.ended.is_some_and(|end| end.kind == EndKind::Transferred) => Column::TransferredOn,
            Step::End => Column::WithdrawnOn,
        };
        cells.fault(column, code, capitalised(&what));
        match step {
            Step::Receipt | Step::Order | Step::Reversal => return,
            Step::AssessmentDecision => facts.assessment = None,
            Step::PlanDecision => facts.plan = None,
            Step::Draft => facts.drafts.clear(),
            Step::FinalPlan => facts.final_plan = None,
            Step::End => facts.ended = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::model::Sheet;
    use crate::time::Clock;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// A row with these cells beside those that every row needs.
    fn parsed(cells: &[(&str, &str)]) -> Parsed {
        let mut all = vec![
            ("external_reference", "A-1"),
            ("forename", "Ines"),
            ("surname", "Example"),
            ("date_of_birth", "2015-03-02"),
            ("received_on", "2026-01-05"),
            ("request_source", "family"),
        ];
        for (name, value) in cells {
            all.retain(|(known, _)| known != name);
            all.push((name, value));
        }
        let line = |which: fn(&(&str, &str)) -> String| all.iter().map(which).collect::<Vec<_>>().join(",");
        let text = format!("{}\n{}\n", line(|(name, _)| (*name).to_owned()), line(|(_, value)| (*value).to_owned()));
        let mut sheet = Sheet::open(text.as_bytes()).unwrap().unwrap();
        let line = sheet.next_line().unwrap().unwrap();
        Parsed::read(sheet.layout(), &line, Clock::new(Some(day("2026-11-20"))).read())
    }

    fn faults(cells: &[(&str, &str)]) -> Vec<(String, &'static str)> {
        let told = parsed(cells).faults;
        // A word of a vocabulary may be told; what else is sent may not.
        for (_, value) in cells.iter().filter(|(_, value)| value.len() > 6 && Ground::parse(value).is_none()) {
            assert!(told.iter().all(|fault| !fault.what.contains(value)), "what was sent is not repeated: {told:?}");
        }
        told.into_iter().map(|fault| (fault.column.into_owned(), fault.code.as_str())).collect()
    }

    fn one(column: &str, code: &'static str) -> Vec<(String, &'static str)> {
        vec![(column.to_owned(), code)]
    }

    #[test]
    fn a_plain_row_has_no_fault() {
        assert_eq!(faults(&[]), []);
        assert!(parsed(&[]).is_open());
    }

    #[test]
    fn the_digest_is_that_of_what_is_said_not_of_how_it_is_written() {
        let digest = |cells: &[(&str, &str)]| {
            let parsed = parsed(cells);
            assert_eq!(parsed.faults, []);
            parsed.into_whole().unwrap().digest
        };
        let plain = digest(&[("nhs_number", "9434765919"), ("postcode", "BS1 4ST")]);
        let alike = [
            ("nhs_number", "943 476 5919"),
            ("postcode", "bs14st"),
            ("received_on", "05/01/2026"),
            ("request_source", "1"),
            ("mediation", "FALSE"),
            ("upn", ""),
        ];
        assert_eq!(plain, digest(&alike));
        assert_ne!(plain, digest(&[]));
        assert_ne!(digest(&[("mediation", "true")]), digest(&[("tribunal", "true")]));
        let decided = [("assessment_decision", "assess"), ("assessment_decided_on", "2026-02-02")];
        let notified = [decided[0], decided[1], ("assessment_notified_on", "02/02/2026")];
        assert_eq!(digest(&decided), digest(&notified), "the notice is that of the decision unless told");
    }

    #[test]
    fn each_cell_is_judged_by_itself() {
        for (column, value, code) in [
            ("external_reference", " ", "missing_field"),
            ("forename", "", "missing_field"),
            ("date_of_birth", "2015-02-30", "invalid_date"),
            ("date_of_birth", "2027-01-01", "date_in_future"),
            ("received_on", "2026-11-21", "date_in_future"),
            ("received_on", "2015-03-01", "date_before_birth"),
            ("request_source", "6", "unknown_value"),
            ("request_source", "Parent", "unknown_value"),
            ("sex", "male", "unknown_value"),
            ("social_care_status", "LAC", "unknown_value"),
            ("nhs_number", "9434765918", "invalid_nhs_number"),
            ("upn", "A801200001001", "invalid_upn"),
            ("uln", "1000000042", "invalid_uln"),
            ("postcode", "BRISTOL", "invalid_postcode"),
            ("national_curriculum_year", "15", "out_of_range"),
            ("national_curriculum_year", "Year 3", "out_of_range"),
            ("setting_urn", "12A", "invalid_format"),
            ("mediation", "yes", "unknown_value"),
            ("tribunal", "1", "unknown_value"),
            ("refusal_reason", "other", "contradiction"),
            ("exception_from", "2026-02-01", "missing_field"),
            ("exception_ground", "holiday", "unknown_value"),
            ("exception_ground", "missed_appointment", "ground_not_available"),
        ] {
            let named = if column == "exception_from" { "exception_ground" } else { column };
            // A birth in the future is also after the request.
            let told: Vec<_> = faults(&[(column, value)]).into_iter().filter(|(name, _)| name == named).collect();
            assert_eq!(told, one(named, code), "{column}");
        }
        assert_eq!(faults(&[("date_of_birth", "2001-01-05")]), one("date_of_birth", "too_old"));
        assert_eq!(faults(&[("surname", "a\u{7}b")]), one("surname", "invalid_format"));
    }

    #[test]
    fn a_step_and_its_day_go_together() {
        assert_eq!(faults(&[("assessment_decision", "assess")]), one("assessment_decided_on", "missing_field"));
        assert_eq!(faults(&[("assessment_notified_on", "2026-02-02")]), one("assessment_decision", "missing_field"));
        assert_eq!(faults(&[("plan_decided_on", "2026-05-02")]), one("plan_decision", "missing_field"));
        assert_eq!(faults(&[("transferred_to", "394")]), one("transferred_on", "missing_field"));
        assert_eq!(
            faults(&[("transferred_to", "39"), ("transferred_on", "2026-02-02")]),
            one("transferred_to", "invalid_format")
        );
        assert_eq!(faults(&[("transferred_on", "2026-02-02")]), [], "where it went may be unknown");
        assert_eq!(
            faults(&[("transferred_on", "2026-02-02"), ("withdrawn_on", "2026-02-02")]),
            one("transferred_on", "contradiction")
        );
        assert_eq!(
            faults(&[("advice_medical_received_on", "2026-03-02")]),
            one("advice_medical_requested_on", "missing_field")
        );
        assert_eq!(
            faults(&[("advice_other_requested_on", "2026-03-03"), ("advice_other_received_on", "2026-03-02")]),
            one("advice_other_received_on", "date_before_previous_step")
        );
        assert_eq!(
            faults(&[
                ("exception_ground", "school_closed"),
                ("exception_from", "2026-03-03"),
                ("exception_to", "2026-03-02")
            ]),
            one("exception_to", "out_of_range")
        );
    }

    #[test]
    fn steps_that_cannot_all_be_true_are_each_told() {
        let refused = [("assessment_decision", "refuse"), ("assessment_decided_on", "2026-02-02")];
        let then_a_plan = [
            refused[0],
            refused[1],
            ("plan_decision", "issue"),
            ("plan_decided_on", "2026-04-02"),
            ("final_issued_on", "2026-05-02"),
        ];
        assert_eq!(
            faults(&then_a_plan),
            [("plan_decided_on".to_owned(), "contradiction"), ("final_issued_on".to_owned(), "contradiction")]
        );
        let after_tribunal: Vec<_> = then_a_plan.into_iter().chain([("tribunal", "True")]).collect();
        assert_eq!(faults(&after_tribunal), []);
        assert_eq!(faults(&[("final_issued_on", "2026-01-04")]), one("final_issued_on", "date_before_previous_step"));
        assert_eq!(
            faults(&[
                ("draft_served_on", "2026-05-02"),
                ("final_issued_on", "2026-05-01"),
                ("withdrawn_on", "2026-04-01")
            ]),
            [
                ("final_issued_on".to_owned(), "date_before_previous_step"),
                ("withdrawn_on".to_owned(), "date_before_previous_step"),
            ]
        );
        assert_eq!(
            faults(&[("final_issued_on", "2026-05-01"), ("withdrawn_on", "2026-06-01")]),
            one("withdrawn_on", "contradiction")
        );
        assert_eq!(
            faults(&[("assessment_decision", "assess"), ("assessment_decided_on", "2026-01-02")]),
            one("assessment_decided_on", "date_before_previous_step")
        );
        assert_eq!(
            faults(&[
                ("assessment_decision", "assess"),
                ("assessment_decided_on", "2026-02-02"),
                ("assessment_notified_on", "2026-02-01"),
            ]),
            one("assessment_notified_on", "date_before_previous_step")
        );
        assert_eq!(
            faults(&[
                ("plan_decision", "refuse"),
                ("plan_decided_on", "2026-04-02"),
                ("plan_notified_on", "2026-04-01")
            ]),
            one("plan_notified_on", "date_before_previous_step")
        );
    }

    #[test]
    fn a_final_plan_without_a_draft_is_history() {
        let row = parsed(&[("final_issued_on", "2026-05-01")]);
        assert_eq!(row.faults, []);
        assert!(!row.is_open());
    }

    #[test]
    fn a_row_of_another_width_is_told() {
        let mut sheet = Sheet::open(
            "external_reference,forename,surname,date_of_birth,received_on,request_source\nA,B,C,2015-03-02,2026-01-05\n"
                .as_bytes(),
        )
        .unwrap()
        .unwrap();
        let line = sheet.next_line().unwrap().unwrap();
        let told = Parsed::read(sheet.layout(), &line, Clock::new(Some(day("2026-11-20"))).read()).faults;
        let told: Vec<_> = told.iter().map(|fault| (fault.column.as_ref(), fault.code.as_str())).collect();
        assert_eq!(told, [("row", "invalid_format"), ("request_source", "missing_field")]);
    }

    #[test]
    fn a_cell_that_cannot_be_read_hides_no_other_fault() {
        let told = |unreadable: &[(&str, &str)], further: &[(&str, &str, &str)]| {
            let mut cells = unreadable.to_vec();
            cells.extend(further.iter().map(|(column, value, _)| (*column, *value)));
            let mut found = faults(&cells);
            for (column, _) in unreadable {
                let at = found.iter().position(|(fault, _)| fault == column);
                found.remove(at.unwrap_or_else(|| panic!("no fault at {column}: {found:?}")));
            }
            let mut expected: Vec<_> = further.iter().map(|(column, _, code)| ((*column).to_owned(), *code)).collect();
            found.sort_unstable();
            expected.sort_unstable();
            assert_eq!(found, expected, "{unreadable:?}");
        };
        let further = [
            ("upn", "A801200001001", "invalid_upn"),
            ("postcode", "nowhere", "invalid_postcode"),
            ("final_issued_on", "2026-11-21", "date_in_future"),
            ("withdrawn_on", "2026-02-01", "date_before_previous_step"),
        ];
        for column in ["forename", "surname", "date_of_birth", "received_on", "request_source", "external_reference"] {
            told(&[(column, "")], &further);
        }
        told(&[("date_of_birth", "yesterday"), ("received_on", "2026-02-30"), ("request_source", "9")], &further);
        told(&[("received_on", "soon")], &[("sex", "X", "unknown_value")]);
        // What is compared with a cell that can't be read is not at fault.
        told(&[("date_of_birth", "2026-02-30")], &[]);
        told(&[("received_on", "2026-02-30")], &[]);
        told(&[("assessment_decision", "perhaps"), ("assessment_decided_on", "2026-02-30")], &[]);
    }
}
