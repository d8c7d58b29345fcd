//! How a case is shown. The clock is judged against today at the moment of reading; nothing here is stored.

mod plans;

use chrono::NaiveDate;
use serde::Serialize;
use statute::{Addressee, Calendar, Closure, Disputed, Ground, RuleId, RunningLimit, SettingAsked, Stage, SubjectKind};
use utoipa::ToSchema;

use self::warnings::{Known, incomplete_withdrawal, warn_of_disputes, warnings_of};
use crate::advice;
use crate::advice::model::AdviceRequest;
use crate::app::{Answer, App};
use crate::appeal::model::{AppealView, MediationView, OrderDayView};
use crate::auth::Acting;
use crate::calendar;
use crate::case::model::{
    Case, CaseEnd, Contact, Decision, DecisionAbout, DecisionOutcomeWord, Exception, ExceptionState,
    ExceptionStateWord, NoticeBody, Requester, WithdrawalHowWord,
};
use crate::case::store::{self, Derived, Row};
use crate::db::Conn;
use crate::error::Error;
use crate::given_notice;
use crate::given_notice::model::GivenNoticeView;
use crate::ids::Id;
use crate::information;
use crate::information::model::InformationRequest;
use crate::organisation::model::{Organisation, OrganisationInShort, OrganisationKind};
use crate::person::model::PersonView;
use crate::time::Instant;
use crate::words::{
    AddresseeWord, AssessmentRefusalReasonWord, BasisWord, ClockStatusWord, DeadlineStatusWord, DisputedWord,
    GroundWord, HolderWord, OrderKindWord, OrderSourceWord, PlanKindWord, RequestSourceWord, RuleIdWord, StageWord,
    SubjectKindWord,
};

mod warnings;

pub use warnings::WarningView;

/// By which days a case is judged.
#[derive(Debug, Clone, Copy)]
pub struct Judged {
    /// Today.
    pub today: NaiveDate,
    /// The last day that counts as due soon.
    pub soon: NaiveDate,
}

impl Judged {
    /// Today, and what is soon: so many working days ahead.
    pub fn new(today: NaiveDate, calendar: &Calendar, due_soon_days: u32) -> Self {
        Self { today, soon: calendar.add_working_days(today, due_soon_days) }
    }
}

/// What the authority owes next, targets included.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Next)]
pub struct NextView {
    /// The rule.
    pub rule: RuleIdWord,
    /// Its last day in time.
    pub due_on: NaiveDate,
    /// The last working day by then.
    pub act_by: NaiveDate,
}

/// The clock of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Clock)]
pub struct ClockView {
    /// The day it was read.
    pub today: NaiveDate,
    /// Days since receipt, which is day 0.
    pub day: i64,
    /// Whole weeks since receipt.
    pub week: i64,
    /// The last day for the final plan.
    pub final_due_on: NaiveDate,
    /// Days left until then, negative when late; null once ended.
    pub days_left: Option<i64>,
    /// How it stands.
    pub status: ClockStatusWord,
    /// What is next; null once ended.
    pub next: Option<NextView>,
}

impl ClockView {
    /// The clock of a case on a day.
    pub fn new(case: &Case, judged: Judged) -> Self {
        let clock = case.summary().clock(case.received_on, judged.today, judged.soon);
        Self {
            today: clock.today,
            day: clock.day,
            week: clock.week,
            final_due_on: clock.final_due_on,
            days_left: clock.days_left,
            status: clock.status.into(),
            next: clock.next.map(|next| NextView { rule: next.rule.into(), due_on: next.due_on, act_by: next.act_by }),
        }
    }
}

/// How much of the advice that was asked for has come.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
#[schema(as = AdviceCounts)]
pub struct AdviceCountsView {
    /// All requests but the cancelled ones, the family's too.
    pub requested: i64,
    /// Those that have an answer.
    pub received: i64,
    /// Those that are overdue today.
    pub overdue: i64,
    /// Those whose answer is accepted.
    pub accepted: i64,
}

impl AdviceCountsView {
    fn new(case: &Case, overdue: i64) -> Self {
        Self {
            requested: case.advice_requested.into(),
            received: case.advice_received.into(),
            overdue,
            accepted: case.advice_accepted.into(),
        }
    }
}

/// A school, college or provider in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SettingSummary)]
pub struct SettingView {
    /// Its id.
    pub id: Id,
    /// Its name.
    pub name: String,
    /// Its unique reference number.
    pub urn: Option<String>,
}

/// A user in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = UserSummary)]
pub struct UserView {
    /// Their id.
    pub id: Id,
    /// Their name.
    pub name: String,
}

/// A person in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PersonSummary)]
pub struct PersonInShort {
    /// Forename.
    pub forename: String,
    /// Surname.
    pub surname: String,
    /// Date of birth.
    pub date_of_birth: NaiveDate,
}

/// A row of the list of cases.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = CaseRow)]
pub struct CaseRowView {
    /// Its id.
    pub id: Id,
    /// What people call it.
    pub reference: String,
    /// How far it has come.
    pub stage: StageWord,
    /// Whom it is about.
    pub person: PersonInShort,
    /// Day zero.
    pub received_on: NaiveDate,
    /// The child's school, college or provider.
    pub setting: Option<SettingView>,
    /// Who works on it.
    pub caseworker: Option<UserView>,
    /// Whether only named viewers and managers see it.
    pub restricted: bool,
    /// Its clock.
    pub clock: ClockView,
    /// How much of the advice has come.
    pub advice: AdviceCountsView,
    /// Raised by every change.
    pub version: i32,
}

impl CaseRowView {
    /// A row as it stands on a day.
    pub fn new(row: Row, overdue: i64, judged: Judged) -> Self {
        let Row { case, person: (forename, surname, date_of_birth), setting, caseworker } = row;
        Self {
            id: case.id,
            stage: case.stage,
            person: PersonInShort { forename, surname, date_of_birth },
            received_on: case.received_on,
            setting: setting.map(|(id, name, urn)| SettingView { id, name, urn }),
            caseworker: caseworker.map(|(id, name)| UserView { id, name }),
            restricted: case.restricted,
            clock: ClockView::new(&case, judged),
            advice: AdviceCountsView::new(&case, overdue),
            version: case.version,
            reference: case.reference,
        }
    }
}

/// What a deadline is about, where a case can have several.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Subject)]
pub struct SubjectView {
    /// What kind of thing.
    #[serde(rename = "type")]
    pub kind: SubjectKindWord,
    /// Which.
    pub id: String,
    /// In words.
    pub label: String,
}

/// One time limit of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Deadline)]
pub struct DeadlineView {
    /// Its id.
    pub id: Id,
    /// The rule.
    pub rule: RuleIdWord,
    /// What stands behind it; only a statutory one can be breached.
    pub basis: BasisWord,
    /// Whose time runs.
    pub holder: HolderWord,
    /// The legal rule.
    pub citation: String,
    /// What it is about.
    pub subject: Option<SubjectView>,
    /// The day of the event it runs from.
    pub starts_on: NaiveDate,
    /// The last day in time, by which breach is judged.
    pub due_on: NaiveDate,
    /// The last working day by then, by which people plan.
    pub act_by: NaiveDate,
    /// The day it was done.
    pub met_on: Option<NaiveDate>,
    /// How it stands today.
    pub status: DeadlineStatusWord,
    /// A confirmed exception relieves it: late is not a breach. Its days are the same as without.
    pub excepted: bool,
    /// The deadline explained, in sentences fit for a letter.
    pub derivation: String,
}

impl DeadlineView {
    fn new(row: Derived, judged: Judged) -> Self {
        // The status is the law's to judge; it looks at days, holder and basis alone.
        let deadline = statute::Deadline {
            rule: row.rule.0,
            basis: row.basis.0,
            holder: row.holder.0,
            citation: "",
            subject: None,
            starts_on: row.starts_on,
            due_on: row.due_on,
            act_by: row.act_by,
            met_on: row.met_on,
            applicable: row.applicable,
            excepted: row.excepted,
            derivation: String::new(),
        };
        let subject = match (row.subject_kind, row.subject_id, row.subject_label) {
            (Some(kind), Some(id), Some(label)) => Some(SubjectView { kind, id, label }),
            _ => None,
        };
        Self {
            id: row.id,
            rule: row.rule,
            basis: row.basis,
            holder: row.holder,
            citation: row.citation,
            subject,
            starts_on: row.starts_on,
            due_on: row.due_on,
            act_by: row.act_by,
            met_on: row.met_on,
            status: deadline.status(judged.today, judged.soon).into(),
            excepted: row.excepted,
            derivation: row.derivation,
        }
    }
}

/// An exception of a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Exception)]
pub struct ExceptionView {
    /// Its id.
    pub id: Id,
    /// How far it has come: only a confirmed one counts.
    pub state: ExceptionStateWord,
    /// The rules that it is to relieve.
    pub rules: Vec<RuleIdWord>,
    /// The ground.
    pub ground: GroundWord,
    /// Its first day.
    pub from_on: Option<NaiveDate>,
    /// Its last day; for a closure the day the setting re-opens.
    pub to_on: Option<NaiveDate>,
    /// What shows it.
    pub evidence: Option<String>,
    /// The day the family was told.
    pub family_told_on: Option<NaiveDate>,
    /// Who proposed it; null for an import.
    pub proposed_by: Option<Id>,
    /// When.
    pub proposed_at: Instant,
    /// Who confirmed it.
    pub confirmed_by: Option<Id>,
    /// When.
    pub confirmed_at: Option<Instant>,
    /// Who lifted it.
    pub lifted_by: Option<Id>,
    /// When.
    pub lifted_at: Option<Instant>,
    /// Why.
    pub lift_reason: Option<String>,
}

impl From<Exception> for ExceptionView {
    fn from(row: Exception) -> Self {
        Self {
            id: row.id,
            state: row.state,
            rules: row.rules.0,
            ground: row.ground,
            from_on: row.from_on,
            to_on: row.to_on,
            evidence: row.evidence,
            family_told_on: row.family_told_on,
            proposed_by: row.proposed_by,
            proposed_at: row.proposed_at,
            confirmed_by: row.confirmed_by,
            confirmed_at: row.confirmed_at,
            lifted_by: row.lifted_by,
            lifted_at: row.lifted_at,
            lift_reason: row.lift_reason,
        }
    }
}

/// An exception that the calendar of closures gives by itself; a person accepts or dismisses it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = SuggestedException)]
pub struct SuggestionView {
    /// Its id.
    pub id: Id,
    /// The ground.
    pub ground: GroundWord,
    /// The rules that it would relieve.
    pub rules: Vec<RuleIdWord>,
    /// Why it is suggested.
    pub because: String,
    /// The closure, for those who act on it.
    #[serde(skip)]
    pub closure: Closure,
}

/// Information that a setting is asked for before it is decided whether to assess.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = InformationRequest)]
pub struct InformationRequestView {
    /// Its id.
    pub id: Id,
    /// The setting that is asked.
    pub organisation: OrganisationInShort,
    /// The day it was asked.
    pub asked_on: NaiveDate,
    /// By which day it is asked to answer; no law sets it.
    pub reply_by: NaiveDate,
    /// The day it answered.
    pub answered_on: Option<NaiveDate>,
    /// Whether the answer is awaited, that day is over, and nothing is decided yet.
    pub overdue: bool,
    /// The day it was cancelled; from then on it counts for nothing.
    pub cancelled_on: Option<NaiveDate>,
    /// Why.
    pub cancellation_reason: Option<String>,
    /// When it was recorded.
    pub recorded_at: Instant,
}

impl InformationRequestView {
    /// A request of a case as it stands on a day.
    pub fn new((row, setting): information::store::Asked, case: &Case, today: NaiveDate) -> Self {
        Self {
            id: row.id,
            organisation: OrganisationInShort::from(&setting),
            asked_on: row.asked_on,
            reply_by: row.reply_by,
            answered_on: row.answered_on,
            overdue: row.is_owed() && row.reply_by < today && case.stage.0 == Stage::AwaitingDecision,
            cancelled_on: row.cancelled_on,
            cancellation_reason: row.cancellation_reason,
            recorded_at: row.recorded_at,
        }
    }
}

/// The plan of a case in short: the one in force, else the latest.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = PlanSummary)]
pub struct PlanInShort {
    /// Its id.
    pub id: Id,
    /// The number of the document.
    pub number: i32,
    /// What it is.
    pub kind: PlanKindWord,
    /// The day of service.
    pub served_on: Option<NaiveDate>,
    /// The day it was sent.
    pub issued_on: Option<NaiveDate>,
    /// Whom it was for on the day it was sent, or served; null before.
    pub addressee: Option<AddresseeWord>,
    /// Until when the family may go to mediation and appeal against it (Regs 14); null until it is issued.
    pub appeal_rights: Option<AppealRightsInShort>,
}

/// Until when the family may go to mediation and appeal.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AppealRightsInShort {
    /// The last day on which it may contact a mediation adviser.
    pub contact_mediation_adviser_by: NaiveDate,
    /// The last day of an appeal, but for the later one that a mediation certificate may give.
    pub appeal_by: NaiveDate,
}

/// A decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Decision)]
pub struct DecisionView {
    /// Its id.
    pub id: Id,
    /// What was decided.
    pub outcome: DecisionOutcomeWord,
    /// The day it was decided.
    pub decided_on: NaiveDate,
    /// The day the family was told.
    pub notified_on: Option<NaiveDate>,
    /// Whom the notice of that day was for.
    pub addressee: Option<AddresseeWord>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// The day of the panel.
    pub panel_on: Option<NaiveDate>,
    /// The reasons.
    pub reasons: Option<String>,
    /// The main reason of a refusal to assess.
    pub refusal_reason: Option<AssessmentRefusalReasonWord>,
    /// What the notice told the family.
    pub notice: Option<NoticeBody>,
    /// The authority's reversal of it, of a refusal.
    pub reversal: Option<ReversalView>,
}

/// The authority's reversal of its own refusal: that day's decision is to assess, or to issue a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Reversal)]
pub struct ReversalView {
    /// The day.
    pub on: NaiveDate,
    /// Why.
    pub reason: Option<String>,
}

impl DecisionView {
    fn new(row: Decision, addressee: impl Fn(NaiveDate) -> Addressee) -> Self {
        let reversed_on = row.reversal();
        Self {
            addressee: row.told_on().map(|on| addressee(on).into()),
            id: row.id,
            outcome: row.outcome,
            decided_on: row.decided_on,
            notified_on: row.told_on(),
            decided_by: row.decided_by,
            panel_on: row.panel_on,
            reasons: row.reasons,
            refusal_reason: row.refusal_reason,
            notice: row.notice.map(|notice| notice.0),
            reversal: reversed_on.map(|on| ReversalView { on, reason: row.reversal_reason }),
        }
    }
}

/// The decisions of a case.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[schema(as = Decisions)]
pub struct DecisionsView {
    /// Whether to assess.
    pub assessment: Option<DecisionView>,
    /// Whether to issue a plan.
    pub plan: Option<DecisionView>,
}

/// An order of the tribunal, or what counts as one: an agreement at mediation, or a conceded appeal.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Order)]
pub struct OrderView {
    /// Its id; the subject of the deadlines that it opens.
    pub id: Id,
    /// What is ordered.
    pub order: OrderKindWord,
    /// What was disputed.
    pub about: DisputedWord,
    /// Its day zero: the day of the order, of the agreement, or of the notice that the appeal is conceded.
    pub ordered_on: NaiveDate,
    /// Whence it comes.
    pub source: OrderSourceWord,
    /// The appeal that it ends.
    pub appeal_id: Option<Id>,
    /// The mediation at which it was agreed.
    pub mediation_id: Option<Id>,
    /// Other days that were set for its limits, in the order in which they were recorded: the last one of a limit counts.
    pub days: Vec<OrderDayView>,
    /// What was decided after it.
    pub decisions: DecisionsView,
}

/// How a case ended without a decision or a plan.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = End)]
pub struct EndView {
    /// The day.
    pub on: NaiveDate,
    /// Who withdrew.
    pub withdrawn_by: Option<String>,
    /// How the authority learnt of it.
    pub how: Option<WithdrawalHowWord>,
    /// Why.
    pub reason: Option<String>,
    /// Where it went: a 3-digit code.
    pub to_local_authority: Option<String>,
}

impl From<CaseEnd> for EndView {
    fn from(row: CaseEnd) -> Self {
        Self {
            on: row.ended_on,
            withdrawn_by: row.withdrawn_by,
            how: row.withdrawn_how,
            reason: row.reason,
            to_local_authority: row.to_local_authority,
        }
    }
}

/// A case, whole.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Case)]
pub struct CaseView {
    /// Its id.
    pub id: Id,
    /// What people call it.
    pub reference: String,
    /// How far it has come.
    pub stage: StageWord,
    /// Whom it is about.
    pub person: PersonView,
    /// Day zero.
    pub received_on: NaiveDate,
    /// Who asked.
    pub request_source: RequestSourceWord,
    /// Who asked, by name.
    pub requester: Option<Requester>,
    /// Whom to write to.
    pub contacts: Vec<Contact>,
    /// Whom a notice of today is for.
    pub addressee: AddresseeWord,
    /// The child's school, college or provider.
    pub setting: Option<SettingView>,
    /// Who works on it.
    pub caseworker: Option<UserView>,
    /// Whether only named viewers and managers see it.
    pub restricted: bool,
    /// Who sees it while it is restricted.
    pub viewers: Vec<Id>,
    /// Raised by every change to it or to a part of it; the `ETag`.
    pub version: i32,
    /// When it was logged.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// Its clock.
    pub clock: ClockView,
    /// Every time limit.
    pub deadlines: Vec<DeadlineView>,
    /// The exceptions of the case.
    pub exceptions: Vec<ExceptionView>,
    /// Exceptions that the calendar of closures gives.
    pub suggested_exceptions: Vec<SuggestionView>,
    /// What settings were asked before it was decided whether to assess. It is no advice.
    pub information_requests: Vec<InformationRequestView>,
    /// Who else was told of the request and of what was decided on it.
    pub given_notices: Vec<GivenNoticeView>,
    /// How much of the advice has come.
    pub advice: AdviceCountsView,
    /// Its plan.
    pub plan: Option<PlanInShort>,
    /// Its first decisions. What is decided again after an order stands with that order.
    pub decisions: DecisionsView,
    /// Mediation, in the order in which it was recorded.
    pub mediations: Vec<MediationView>,
    /// Appeals, in the order in which they were recorded.
    pub appeals: Vec<AppealView>,
    /// Orders, and what counts as one; each that is not a dismissal opens deadlines of its own.
    pub orders: Vec<OrderView>,
    /// Its withdrawal or transfer.
    pub end: Option<EndView>,
    /// What somebody should look at.
    pub warnings: Vec<WarningView>,
}

/// The whole case as it stands today, as a step answers it.
pub fn answer(app: &App, conn: &mut Conn, acting: &Acting, case: Case) -> Result<Answer, Error> {
    let calendar = app.calendar(conn)?;
    let judged = Judged::new(acting.today, &calendar, app.settings().casework.due_soon_days);
    let view = case_view(conn, acting, case, judged)?;
    Answer::versioned(view.version, &view)
}

/// Puts a case together as it stands on a day.
pub fn case_view(conn: &mut Conn, acting: &Acting, case: Case, judged: Judged) -> Result<CaseView, Error> {
    let (person, setting, caseworker_name) = store::surroundings(conn, &case)?;
    let of_person = store::of_person(conn, person.id)?;
    // A protected address must not show through another case of the same person.
    let hidden_case = store::is_one_hidden(conn, acting, &of_person)?;
    let requests = advice::store::of_case(conn, case.id)?;
    let overdue =
        requests.iter().filter(|one| one.outstanding && one.due_on.is_some_and(|due_on| due_on < judged.today)).count();
    let (exceptions, of_advisers): (Vec<Exception>, Vec<Exception>) =
        store::exceptions(conn, case.id)?.into_iter().partition(|one| one.advice_request_id.is_none());
    let rows = store::deadlines(conn, case.id)?;
    let information = information::store::of_case(conn, case.id)?;
    let asked: Vec<&InformationRequest> = information.iter().map(|(one, _)| one).collect();
    let suggested_exceptions = suggestions(conn, &case, &exceptions, (&requests, &asked), &rows, setting.as_ref())?;
    let information_requests: Vec<_> =
        information.into_iter().map(|asked| InformationRequestView::new(asked, &case, judged.today)).collect();
    // Only the time to appeal looks at bank holidays.
    let appealable = rows.iter().any(|row| row.rule.0 == RuleId::Appeal);
    let calendar = if appealable { calendar::store::working_days(conn)? } else { Calendar::EMPTY };
    let decided = store::decisions(conn, case.id)?;
    let given_notices = given_notice::store::of_case(conn, case.id)?;
    let addressee = |on| case.addressee((person.date_of_birth, person.lacks_capacity_since()), on);
    let known = Known {
        person: &person,
        information: &information_requests,
        decisions: &decided,
        given_notices: &given_notices,
        requests: &requests,
        exceptions: &exceptions,
        of_advisers: &of_advisers,
        deadlines: &rows,
    };
    let mut warnings = warnings_of(conn, acting, &case, &known, of_person, judged, &calendar)?;
    plans::warn(conn, &case, &mut warnings)?;
    let decisions_of = |order: Option<Id>| {
        let mut decisions = DecisionsView::default();
        for decision in decided.iter().filter(|decision| decision.order_id == order) {
            match decision.about.0 {
                DecisionAbout::Assessment => {
                    decisions.assessment = Some(DecisionView::new(decision.clone(), addressee))
                }
                DecisionAbout::Plan => decisions.plan = Some(DecisionView::new(decision.clone(), addressee)),
            }
        }
        decisions
    };
    // What nobody was refused and no plan says is not disputed: such a case need not be asked about.
    let disputable = !case.open
        || rows.iter().any(|row| {
            row.subject_kind.is_some_and(|kind| kind.0 == SubjectKind::Order)
                || row.rule.0 == RuleId::ContactMediationAdviser
        });
    let (mut mediations, mut appeals, mut orders, mut days) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    if disputable {
        mediations = store::mediations(conn, case.id)?;
        appeals = store::appeals(conn, case.id)?;
        orders = store::orders(conn, case.id)?;
        if !orders.is_empty() {
            days = store::order_days(conn, case.id)?;
        }
    }
    warn_of_disputes(&case, &mediations, &appeals, (&orders, &days), &mut warnings);
    let overtaken = |about: Disputed, on: NaiveDate| decided.iter().find_map(|one| one.overtook(about, on));
    let mediations = mediations.into_iter().map(|row| {
        let on = [row.told_on, row.certificate_on, row.held_on, row.agreed_on].into_iter().flatten().min();
        let overtaken_on = on.and_then(|on| overtaken(row.about.0, on));
        MediationView { overtaken_on, ..MediationView::from(row) }
    });
    let mediations = mediations.collect();
    let appeals = appeals.into_iter().map(|row| {
        let ended = orders.iter().any(|order| order.appeal_id == Some(row.id));
        let overtaken_on = overtaken(row.about.0, row.registered_on).filter(|_| !ended);
        AppealView { overtaken_on, ..AppealView::from(row) }
    });
    let appeals = appeals.collect();
    let orders = orders.into_iter().map(|order| OrderView {
        id: order.id,
        order: order.kind,
        about: order.about,
        ordered_on: order.ordered_on,
        source: order.source().into(),
        appeal_id: order.appeal_id,
        mediation_id: order.mediation_id,
        days: days.iter().filter(|day| day.order_id == order.id).cloned().map(OrderDayView::from).collect(),
        decisions: decisions_of(Some(order.id)),
    });
    let orders = orders.collect();
    let caseworker = case.caseworker_id.zip(caseworker_name).map(|(id, name)| UserView { id, name });
    let end = if case.open { None } else { store::end(conn, case.id)? };
    warnings.extend(end.as_ref().and_then(incomplete_withdrawal));
    Ok(CaseView {
        id: case.id,
        stage: case.stage,
        person: PersonView {
            postcode: person.postcode.clone().filter(|_| !hidden_case),
            ..PersonView::from(person.clone())
        },
        received_on: case.received_on,
        request_source: case.request_source,
        requester: case.requester.clone().map(|requester| requester.0),
        contacts: case.contacts.0.clone(),
        addressee: addressee(judged.today).into(),
        setting: setting.map(|setting| SettingView { id: setting.id, name: setting.name, urn: setting.urn }),
        caseworker,
        restricted: case.restricted,
        viewers: store::viewers(conn, case.id)?,
        version: case.version,
        created_at: case.created_at,
        updated_at: case.updated_at,
        clock: ClockView::new(&case, judged),
        deadlines: rows.into_iter().map(|row| DeadlineView::new(row, judged)).collect(),
        exceptions: exceptions.into_iter().map(ExceptionView::from).collect(),
        suggested_exceptions,
        information_requests,
        given_notices: given_notices.into_iter().map(GivenNoticeView::from).collect(),
        advice: AdviceCountsView::new(&case, i64::try_from(overdue).unwrap_or(i64::MAX)),
        plan: crate::plan::store::in_short(conn, case.id)?.map(|(id, number, kind, served_on, issued_on)| {
            PlanInShort {
                id,
                number,
                kind,
                served_on,
                issued_on,
                addressee: issued_on.or(served_on).map(|on| addressee(on).into()),
                appeal_rights: issued_on.map(|on| {
                    let rights = statute::appeal_rights(on, case.received_on, &calendar);
                    AppealRightsInShort {
                        contact_mediation_adviser_by: rights.contact_mediation_adviser_by,
                        appeal_by: rights.appeal_by,
                    }
                }),
            }
        }),
        decisions: decisions_of(None),
        mediations,
        appeals,
        orders,
        end: end.map(EndView::from),
        warnings,
        reference: case.reference,
    })
}

/// The exceptions that closures of the child's setting give and that nobody has answered yet.
pub fn suggestions(
    conn: &mut Conn,
    case: &Case,
    exceptions: &[Exception],
    (requests, information): (&[AdviceRequest], &[&InformationRequest]),
    rows: &[Derived],
    setting: Option<&Organisation>,
) -> Result<Vec<SuggestionView>, Error> {
    let Some(setting) = setting else {
        return Ok(Vec::new());
    };
    // What another body was asked for, or nobody yet, was not held up by this setting.
    let mut asked: Vec<SettingAsked> =
        AdviceRequest::education_asked(requests.iter().filter(|one| one.organisation_id == Some(setting.id)));
    let of_setting = information.iter().copied().filter(|one| one.organisation_id == setting.id);
    asked.extend(InformationRequest::asked(of_setting));
    // Once a case has ended, what was late is still to be explained.
    let runs = |row: &&Derived| row.applicable && (case.open || row.met_on.is_some_and(|met_on| met_on > row.due_on));
    let limits: Vec<RunningLimit> =
        rows.iter().filter(runs).map(|row| (row.rule.0, row.starts_on, row.due_on)).collect();
    let first = asked.iter().map(|asked| asked.asked_on).min().filter(|_| !limits.is_empty());
    let Some(first) = first else {
        return Ok(Vec::new());
    };
    let ground = match setting.kind.0 {
        OrganisationKind::EarlyYearsProvider => Ground::EarlyYearsProviderClosed,
        _ => Ground::SchoolClosed,
    };
    let answered = store::answered_suggestions(conn, case.id)?;
    let rows = store::closures_of(conn, setting.id, first)?;
    let mut found = Vec::new();
    for row in rows {
        let closure = Closure { closed_from: row.closed_from, reopens_on: row.reopens_on };
        let claimed = exceptions.iter().any(|one| {
            one.state.0 != ExceptionState::Lifted
                && one.ground.0 == ground
                && one.from_on == Some(closure.closed_from)
                && one.to_on == Some(closure.reopens_on)
        });
        if answered.contains(&row.id) || claimed {
            continue;
        }
        for suggestion in statute::suggest_closures(&[(ground, closure)], &asked, &limits, case.received_on) {
            found.push(SuggestionView {
                id: row.id,
                ground: suggestion.ground.into(),
                rules: suggestion.rules.into_iter().map(Into::into).collect(),
                because: suggestion.because,
                closure,
            });
        }
    }
    Ok(found)
}
