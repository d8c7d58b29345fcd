//! What a case is.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use statute::{Addressee, Disputed, Notice, RuleId, Summary, check_evidence};
use utoipa::{IntoParams, ToSchema};

use crate::codes::Code;
use crate::db::columns::Doc;
use crate::db::schema::{case_ends, cases, decisions, exceptions, notes};
use crate::error::{Error, Faults};
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{
    AddresseeWord, AssessmentOutcomeWord, AssessmentRefusalReasonWord, ClockStatusWord, EndKindWord, GroundWord,
    MistakeWord, PlanOutcomeWord, RequestSourceWord, RuleIdWord, StageWord, vocabulary,
};

/// Where a list sorts what has nothing due: after everything that has. A year of four digits sorts as text as it does
/// as a day.
pub const NOTHING_DUE: NaiveDate = match NaiveDate::from_ymd_opt(9999, 12, 31) {
    Some(day) => day,
    None => NaiveDate::MAX,
};

/// A case as it is kept: what was said of it, and the projection of its clock.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = cases, treat_none_as_null = true)]
pub struct Case {
    /// Its id.
    pub id: Id,
    /// What people call it: `EHC-2026-000123`.
    pub reference: String,
    /// How far it has come.
    pub stage: StageWord,
    /// Whether it has not ended.
    pub open: bool,
    /// Whom it is about.
    pub person_id: Id,
    /// Day zero.
    pub received_on: NaiveDate,
    /// Who asked.
    pub request_source: RequestSourceWord,
    /// Who asked, by name.
    pub requester: Option<Doc<Requester>>,
    /// Whom to write to.
    pub contacts: Doc<Vec<Contact>>,
    /// The child's school, college or provider.
    pub setting_id: Option<Id>,
    /// Who works on it.
    pub caseworker_id: Option<Id>,
    /// Whether only named viewers and managers see it.
    pub restricted: bool,
    /// Raised by every change to it or to a part of it.
    pub version: i32,
    /// When it was logged, which is not when the request was received.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
    /// The last day for the final plan.
    pub final_due_on: NaiveDate,
    /// What the authority owes next.
    pub next_rule: Option<RuleIdWord>,
    /// By when; [`NOTHING_DUE`] where nothing is.
    pub next_due_on: NaiveDate,
    /// The last working day by then.
    pub next_act_by: Option<NaiveDate>,
    /// The earliest last day of its open limits without an exception.
    pub open_due_on: Option<NaiveDate>,
    /// The earliest last day of those with one.
    pub excepted_due_on: Option<NaiveDate>,
    /// The earliest working day by which one of both is to be met.
    pub soonest_act_by: Option<NaiveDate>,
    /// How it ended; none while it is open, or something is owed on it around a dispute.
    pub ended_status: Option<ClockStatusWord>,
    /// How many requests for advice there are, but for the cancelled.
    pub advice_requested: i32,
    /// How many of them have an answer.
    pub advice_received: i32,
    /// How many answers are accepted.
    pub advice_accepted: i32,
}

impl Case {
    /// The projection as the law's crate knows it.
    pub fn summary(&self) -> Summary {
        let next = match (self.next_rule, self.next_act_by) {
            (Some(rule), Some(act_by)) => Some(statute::Next { rule: rule.0, due_on: self.next_due_on, act_by }),
            _ => None,
        };
        Summary {
            next,
            due_on: self.open_due_on,
            excepted_due_on: self.excepted_due_on,
            act_by: self.soonest_act_by,
            open: self.open,
            ended: self.ended_status.map(|status| status.0),
            final_due_on: self.final_due_on,
        }
    }

    /// Whom a notice of a day goes to. Of the person it takes the birth date, and the day since which they are known to
    /// lack capacity.
    pub fn addressee(&self, person: (NaiveDate, Option<NaiveDate>), on: NaiveDate) -> Addressee {
        addressee(person, &self.contacts.0, on)
    }

    /// Takes a new projection over.
    pub fn project(&mut self, summary: &Summary) {
        self.final_due_on = summary.final_due_on;
        self.next_rule = summary.next.map(|next| next.rule.into());
        self.next_due_on = summary.next.map_or(NOTHING_DUE, |next| next.due_on);
        self.next_act_by = summary.next.map(|next| next.act_by);
        self.open_due_on = summary.due_on;
        self.excepted_due_on = summary.excepted_due_on;
        self.soonest_act_by = summary.act_by;
        self.ended_status = summary.ended.map(Into::into);
    }
}

/// Who asked for the assessment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requester {
    /// Name.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// E-mail address.
    #[schema(max_length = 254, format = "email")]
    pub email: Option<String>,
    /// Telephone number.
    #[schema(max_length = 50)]
    pub phone: Option<String>,
    /// How they are related to the child or young person.
    #[schema(max_length = 100)]
    pub relationship: Option<String>,
}

/// Whom to write to: the parent, the young person, or the representative of one who lacks capacity.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Contact {
    /// Name.
    #[schema(max_length = 200)]
    pub name: Option<String>,
    /// How they are related to the child or young person.
    #[schema(max_length = 100)]
    pub relationship: Option<String>,
    /// E-mail address.
    #[schema(max_length = 254, format = "email")]
    pub email: Option<String>,
    /// Telephone number.
    #[schema(max_length = 50)]
    pub phone: Option<String>,
    /// Postal address.
    #[schema(max_length = 500)]
    pub address: Option<String>,
    /// Who they are where notices are concerned: the parent until the rights pass to the young person. A contact without
    /// it is written to as whoever notices go to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<AddresseeWord>,
}

/// Whom a notice of a day goes to: the parent before the rights pass, the young person after; where they lack capacity
/// their representative, else the parent.
///
/// Of the person it takes the birth date, and the day since which they are known to lack capacity.
pub fn addressee(
    (date_of_birth, lacking_since): (NaiveDate, Option<NaiveDate>),
    contacts: &[Contact],
    on: NaiveDate,
) -> Addressee {
    let represented = is_named(contacts, Addressee::Representative);
    statute::addressee(date_of_birth, lacking_since, represented, on)
}

/// Whether a contact is marked as theirs.
pub fn is_named(contacts: &[Contact], whose: Addressee) -> bool {
    contacts.iter().any(|contact| contact.role.is_some_and(|role| role.0 == whose))
}

/// Where a notice to the family goes.
#[derive(Debug, Clone)]
pub struct Mailbox {
    /// Whom it is for.
    pub addressee: Addressee,
    /// The e-mail address.
    pub address: String,
}

impl Mailbox {
    /// The first address that is marked as the addressee's, else the first that nobody marked.
    pub fn of(addressee: Addressee, contacts: &[Contact]) -> Option<Self> {
        let theirs = contacts.iter().filter(|contact| contact.role.is_some_and(|role| role.0 == addressee));
        let unmarked = contacts.iter().filter(|contact| contact.role.is_none());
        let address = theirs.chain(unmarked).find_map(|contact| contact.email.clone())?;
        Some(Self { addressee, address })
    }
}

/// A change to a case: what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseChange {
    /// Who works on it; null for nobody. A caseworker can take a case in their own name.
    #[serde(default, deserialize_with = "crate::body::nullable")]
    #[schema(value_type = Option<Id>)]
    pub caseworker_id: Option<Option<Id>>,
    /// The child's school, college or provider; null for none.
    #[serde(default, deserialize_with = "crate::body::nullable")]
    #[schema(value_type = Option<Id>)]
    pub setting_id: Option<Option<Id>>,
    /// Whom to write to, all of them.
    #[schema(max_items = 20)]
    pub contacts: Option<Vec<Contact>>,
    /// Only named viewers and managers see it.
    pub restricted: Option<bool>,
    /// Who sees it while it is restricted, all of them.
    #[schema(max_items = 100)]
    pub viewers: Option<Vec<Id>>,
}

vocabulary! {
    /// In what order a list of cases comes.
    CaseOrder as CaseOrderWord {
        /// The next due first; what has nothing due last.
        DueOn = "due_on",
        /// The next due last.
        DueOnDown = "-due_on",
        /// The longest with us first.
        ReceivedOn = "received_on",
        /// The newest first.
        ReceivedOnDown = "-received_on",
        /// By reference.
        Reference = "reference",
        /// By reference, the last first.
        ReferenceDown = "-reference",
    }
}

/// Which cases to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseFilter {
    /// Only at this stage.
    #[param(inline)]
    pub stage: Option<StageWord>,
    /// Only those whose clock shows this.
    #[param(inline)]
    pub status: Option<ClockStatusWord>,
    /// Only this caseworker's.
    pub caseworker_id: Option<Id>,
    /// Only those that nobody works on.
    pub unassigned: Option<bool>,
    /// Only those that are open, as the caseload counts them, and those that have ended and on which something is owed around
    /// a dispute; or, with `false`, only those that have ended.
    pub open: Option<bool>,
    /// Only of this school, college or provider.
    pub setting_id: Option<Id>,
    /// Only the one of this reference.
    pub reference: Option<String>,
    /// Received on this day or later.
    pub received_from: Option<NaiveDate>,
    /// Received on this day or earlier.
    pub received_to: Option<NaiveDate>,
    /// Next due on this day or later.
    pub due_from: Option<NaiveDate>,
    /// Next due on this day or earlier.
    pub due_to: Option<NaiveDate>,
    /// In what order; `due_on` unless told.
    #[param(inline)]
    pub sort: Option<CaseOrderWord>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

/// What to search for. Names don't stand in addresses, so a search is a POST.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseSearch {
    /// A name or the beginning of one, a reference, a UPN or an NHS number, as a person would type it.
    #[schema(min_length = 1, max_length = 200)]
    pub q: String,
    /// Only at this stage.
    pub stage: Option<StageWord>,
    /// Only those whose clock shows this.
    pub status: Option<ClockStatusWord>,
    /// Only this caseworker's.
    pub caseworker_id: Option<Id>,
    /// Only those that nobody works on.
    pub unassigned: Option<bool>,
    /// Only those that are open, as the caseload counts them, and those that have ended and on which something is owed around
    /// a dispute; or, with `false`, only those that have ended.
    pub open: Option<bool>,
    /// Only of this school, college or provider.
    pub setting_id: Option<Id>,
    /// Only the one of this reference.
    pub reference: Option<String>,
    /// Received on this day or later.
    pub received_from: Option<NaiveDate>,
    /// Received on this day or earlier.
    pub received_to: Option<NaiveDate>,
    /// Next due on this day or later.
    pub due_from: Option<NaiveDate>,
    /// Next due on this day or earlier.
    pub due_to: Option<NaiveDate>,
    /// In what order; `due_on` unless told.
    pub sort: Option<CaseOrderWord>,
    /// How many, 50 unless told, 200 at most.
    #[schema(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

impl From<CaseSearch> for CaseFilter {
    fn from(search: CaseSearch) -> Self {
        Self {
            stage: search.stage,
            status: search.status,
            caseworker_id: search.caseworker_id,
            unassigned: search.unassigned,
            open: search.open,
            setting_id: search.setting_id,
            reference: search.reference,
            received_from: search.received_from,
            received_to: search.received_to,
            due_from: search.due_from,
            due_to: search.due_to,
            sort: search.sort,
            limit: search.limit,
            cursor: search.cursor,
            count: search.count,
        }
    }
}

/// What a notice told the family (Regs 5(3), 10, 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Notice)]
pub struct NoticeBody {
    /// The reasons. Not looked at for a final plan.
    #[serde(default)]
    pub reasons: bool,
    /// The right of appeal.
    #[serde(default)]
    pub appeal_rights: bool,
    /// The time limits of an appeal.
    #[serde(default)]
    pub time_limits: bool,
    /// Mediation.
    #[serde(default)]
    pub mediation: bool,
    /// Disagreement resolution.
    #[serde(default)]
    pub disagreement_resolution: bool,
    /// Where to get advice and information.
    #[serde(default)]
    pub advice_and_information: bool,
}

impl From<NoticeBody> for Notice {
    fn from(body: NoticeBody) -> Self {
        Self {
            reasons: body.reasons,
            appeal_rights: body.appeal_rights,
            time_limits: body.time_limits,
            mediation: body.mediation,
            disagreement_resolution: body.disagreement_resolution,
            advice_and_information: body.advice_and_information,
        }
    }
}

/// The decision whether to assess.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssessmentDecisionBody {
    /// What was decided.
    pub outcome: AssessmentOutcomeWord,
    /// The day it was decided.
    pub decided_on: NaiveDate,
    /// The day the family was told: the day that counts.
    pub notified_on: NaiveDate,
    /// Who decided.
    #[schema(max_length = 200)]
    pub decided_by: Option<String>,
    /// The day of the panel.
    pub panel_on: Option<NaiveDate>,
    /// The reasons, required when refusing.
    #[schema(max_length = 20000)]
    pub reasons: Option<String>,
    /// The main reason as one word, required when refusing.
    pub refusal_reason: Option<AssessmentRefusalReasonWord>,
    /// What the notice told the family, required when refusing.
    pub notice: Option<NoticeBody>,
    /// Whether to ask for the advice of Regs 6(1) in the same step; true unless told.
    pub request_advice: Option<bool>,
}

/// The decision whether to issue a plan.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanDecisionBody {
    /// What was decided.
    pub outcome: PlanOutcomeWord,
    /// The day it was decided.
    pub decided_on: NaiveDate,
    /// The day the family was told; required when refusing.
    pub notified_on: Option<NaiveDate>,
    /// Who decided.
    #[schema(max_length = 200)]
    pub decided_by: Option<String>,
    /// The day of the panel.
    pub panel_on: Option<NaiveDate>,
    /// The reasons, required when refusing.
    #[schema(max_length = 20000)]
    pub reasons: Option<String>,
    /// What the notice told the family, required when refusing.
    pub notice: Option<NoticeBody>,
}

vocabulary! {
    /// What a decision is about.
    DecisionAbout as DecisionAboutWord {
        /// Whether to assess.
        Assessment = "assessment",
        /// Whether to issue a plan.
        Plan = "plan",
    }
}

vocabulary! {
    /// What was decided.
    DecisionOutcome as DecisionOutcomeWord {
        /// To assess.
        Assess = "assess",
        /// To issue a plan.
        Issue = "issue",
        /// To refuse.
        Refuse = "refuse",
    }
}

/// A decision as it is kept.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = decisions, treat_none_as_null = true)]
pub struct Decision {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// What it is about.
    pub about: DecisionAboutWord,
    /// What was decided.
    pub outcome: DecisionOutcomeWord,
    /// The day it was decided.
    pub decided_on: NaiveDate,
    /// The day the family was told; of a decision whether to assess that an import did not tell it of, none, and then
    /// that of the decision counts.
    pub notified_on: Option<NaiveDate>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// The day of the panel.
    pub panel_on: Option<NaiveDate>,
    /// The reasons.
    pub reasons: Option<String>,
    /// The main reason of a refusal to assess.
    pub refusal_reason: Option<AssessmentRefusalReasonWord>,
    /// What the notice told the family.
    pub notice: Option<Doc<NoticeBody>>,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// The order in whose track it was taken; none for the first.
    pub order_id: Option<Id>,
    /// The day on which the authority reversed it, of a refusal.
    pub reversed_on: Option<NaiveDate>,
    /// Why it was reversed.
    pub reversal_reason: Option<String>,
    /// When the reversal was found to have been entered in error: the refusal stands again.
    pub reversal_in_error_at: Option<Instant>,
    /// When it was found to have been entered in error: from then on it counts for nothing.
    pub entered_in_error_at: Option<Instant>,
}

impl Decision {
    /// The day of the reversal that stands.
    pub fn reversal(&self) -> Option<NaiveDate> {
        self.reversed_on.filter(|_| self.reversal_in_error_at.is_none())
    }

    /// The day on which a dispute of a day about this decision was overtaken, since the authority reversed it.
    pub fn overtook(&self, about: Disputed, on: NaiveDate) -> Option<NaiveDate> {
        let of_it = match about {
            Disputed::RefusalToAssess => self.about.0 == DecisionAbout::Assessment,
            Disputed::RefusalToIssue => self.about.0 == DecisionAbout::Plan,
            Disputed::Plan | Disputed::Ceasing => false,
        };
        let told_on = self.notified_on.unwrap_or(self.decided_on);
        self.reversal().filter(|reversed_on| of_it && told_on <= on && on <= *reversed_on)
    }
}

/// The authority reverses its own refusal.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReversalBody {
    /// The day: that of the decision to assess, or to issue a plan.
    pub on: NaiveDate,
    /// Why.
    #[schema(min_length = 1, max_length = 20000)]
    pub reason: String,
}

/// A step that was entered by mistake.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EnteredInErrorBody {
    /// Which step: the one of its kind that was taken last.
    pub step: MistakeWord,
    /// Why it was a mistake.
    #[schema(min_length = 1, max_length = 5000)]
    pub reason: String,
}

vocabulary! {
    /// How a withdrawal reached the authority.
    WithdrawalHow as WithdrawalHowWord {
        /// A letter.
        Letter = "letter",
        /// An e-mail.
        Email = "email",
        /// A telephone call.
        Telephone = "telephone",
        /// A meeting.
        Meeting = "meeting",
    }
}

impl Decision {
    /// The day the family was told, where it is known or has to be assumed: a decision whether to assess counts on the
    /// day it was notified, and an import need not say it.
    pub fn told_on(&self) -> Option<NaiveDate> {
        self.notified_on.or_else(|| self.is_told_day_assumed().then_some(self.decided_on))
    }

    /// Whether nobody said on which day the family was told of a decision whether to assess.
    pub fn is_told_day_assumed(&self) -> bool {
        self.about.0 == DecisionAbout::Assessment && self.notified_on.is_none()
    }
}

/// The requester withdraws, or the assessment ceases.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WithdrawalBody {
    /// The day.
    pub on: NaiveDate,
    /// Who withdrew it; a warning where it is left out.
    #[schema(max_length = 200)]
    pub withdrawn_by: Option<String>,
    /// How the authority learnt of it; a warning where it is left out.
    pub how: Option<WithdrawalHowWord>,
    /// Why; a warning where it is left out.
    #[schema(max_length = 5000)]
    pub reason: Option<String>,
}

/// Another authority becomes responsible.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TransferBody {
    /// The day.
    pub on: NaiveDate,
    /// Its 3-digit code.
    pub to_local_authority: String,
}

/// How a case ended without a decision or a plan.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable, AsChangeset)]
#[diesel(table_name = case_ends, treat_none_as_null = true)]
pub struct CaseEnd {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// How.
    pub kind: EndKindWord,
    /// The day.
    pub ended_on: NaiveDate,
    /// Why.
    pub reason: Option<String>,
    /// Where it went.
    pub to_local_authority: Option<String>,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// When it was recorded.
    pub recorded_at: Instant,
    /// Who withdrew.
    pub withdrawn_by: Option<String>,
    /// How the authority learnt of it.
    pub withdrawn_how: Option<WithdrawalHowWord>,
    /// When it was found to have been entered in error: from then on it counts for nothing.
    pub entered_in_error_at: Option<Instant>,
}

vocabulary! {
    /// How far an exception has come: only a confirmed one counts.
    ExceptionState as ExceptionStateWord {
        /// A caseworker proposes it.
        Proposed = "proposed",
        /// A manager confirmed it.
        Confirmed = "confirmed",
        /// It no longer stands.
        Lifted = "lifted",
    }
}

/// An exception as it is kept: of the case, or of one request for advice.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = exceptions, treat_none_as_null = true)]
pub struct Exception {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// The request for advice whose adviser it relieves.
    pub advice_request_id: Option<Id>,
    /// The rules that it is to relieve.
    pub rules: Doc<Vec<RuleIdWord>>,
    /// The ground.
    pub ground: GroundWord,
    /// Its first day, where known.
    pub from_on: Option<NaiveDate>,
    /// Its last day, where it has one; for a closure the day the setting re-opens.
    pub to_on: Option<NaiveDate>,
    /// What shows it.
    pub evidence: Option<String>,
    /// The day the family was told.
    pub family_told_on: Option<NaiveDate>,
    /// How far it has come.
    pub state: ExceptionStateWord,
    /// Who proposed it.
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

impl Exception {
    /// Whether it can be confirmed: it is proposed, and something shows it, be it said then or now.
    pub fn check_can_be_confirmed(
        &self,
        evidence: Option<&str>,
        received_on: NaiveDate,
        faults: &mut Faults,
    ) -> Result<(), Error> {
        if self.state.0 != ExceptionState::Proposed {
            return Err(Error::conflict(Code::NotNow, "Only an exception that is proposed can be confirmed."));
        }
        let rules: Vec<RuleId> = self.rules.0.iter().map(|rule| rule.0).collect();
        faults.lawful("/evidence", check_evidence(&rules, evidence.or(self.evidence.as_deref()), received_on));
        Ok(())
    }

    /// The exception as the law's crate takes it.
    pub fn to_statute(&self) -> statute::Exception {
        statute::Exception {
            rules: self.rules.0.iter().map(|rule| rule.0).collect(),
            ground: self.ground.0,
            from_on: self.from_on,
            to_on: self.to_on,
            // Nobody proposed what came in with a spreadsheet.
            from_history: self.proposed_by.is_none(),
        }
    }
}

/// An exception that is proposed, or by a manager confirmed at once.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExceptionBody {
    /// The rules that it is to relieve.
    #[schema(min_items = 1)]
    pub rules: Vec<RuleIdWord>,
    /// The ground.
    pub ground: GroundWord,
    /// Its first day; for a closure the first day closed.
    pub from_on: NaiveDate,
    /// Its last day, where it has one; for a closure the day the setting re-opens.
    pub to_on: Option<NaiveDate>,
    /// What shows it; required once it is confirmed, so of a manager at once.
    #[schema(max_length = 5000)]
    pub evidence: Option<String>,
    /// The day the family was told; a warning where it is left out.
    pub family_told_on: Option<NaiveDate>,
}

/// Confirming a proposed exception.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExceptionConfirmationBody)]
pub struct ConfirmationBody {
    /// What shows it; required where the proposal does not say, and else in its place.
    #[schema(max_length = 5000)]
    pub evidence: Option<String>,
    /// The day the family was told; a warning where it is nowhere said.
    pub family_told_on: Option<NaiveDate>,
}

/// Lifting an exception.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LiftBody {
    /// Why.
    #[schema(min_length = 1, max_length = 5000)]
    pub reason: String,
}

/// What a person answers to a suggested exception.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SuggestionBody {
    /// Whether it is to be an exception.
    pub accept: bool,
    /// Why.
    #[schema(min_length = 1, max_length = 5000)]
    pub reason: String,
    /// The day the family was told of an exception that is accepted; a warning where it is left out.
    pub family_told_on: Option<NaiveDate>,
}

/// A note on a case: internal, never shown to advisers.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = notes)]
pub struct Note {
    /// Its id.
    pub id: Id,
    /// The case.
    pub case_id: Id,
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub created_by: Id,
    /// When.
    pub created_at: Instant,
}

/// A note to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    /// The text.
    #[schema(min_length = 1, max_length = 20000)]
    pub text: String,
}

vocabulary! {
    /// What a correction mends.
    CorrectedStep as CorrectedStepWord {
        /// The request: `received_on`, `request_source`.
        Request = "request",
        /// The decision whether to assess: `decided_on`, `notified_on`, `panel_on`, `decided_by`, `reasons`, `refusal_reason`.
        AssessmentDecision = "assessment_decision",
        /// The decision whether to issue a plan: `decided_on`, `notified_on`, `panel_on`, `decided_by`, `reasons`.
        PlanDecision = "plan_decision",
        /// The service of a draft: `served_on`.
        DraftService = "service",
        /// A family's representation: `received_on`.
        Representation = "representation",
        /// A consultation of a setting: `sent_on`, `received_on`, `responded_on`.
        Consultation = "consultation",
        /// A final plan: `issued_on`.
        FinalPlan = "final_plan",
        /// A confirmed exception of the case: `evidence`, `family_told_on`.
        Exception = "exception",
        /// The withdrawal: `on`, `reason`, `withdrawn_by`, `how`.
        Withdrawal = "withdrawal",
        /// The transfer: `on`, `to_local_authority`.
        Transfer = "transfer",
        /// Mediation: `certificate_on`, `held_on`, `told_on`, `about_health`, `icb_told_on`, `arranged_on`, `other_agreed_on`,
        /// `carried_out_on`.
        Mediation = "mediation",
        /// An appeal: `registered_on`, `plan_parts`, `received_on`, `responded_on`, `recommendations_on`, `answered_on`.
        Appeal = "appeal",
        /// An order, a concession or an agreement at mediation: `ordered_on`.
        Order = "order",
        /// The reversal of a refusal: `on`, `reason`.
        Reversal = "reversal",
    }
}

/// A mistyped day or text, mended by a manager. The old value stays on record.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CorrectionBody {
    /// Which step.
    pub step: CorrectedStepWord,
    /// Which one, where the case has several: the id of the decision (of a reversal, that of the refusal), the version of
    /// the plan, the representation, the consultation, the exception, the mediation, the appeal or the
    /// order; the latest unless told.
    pub subject_id: Option<Id>,
    /// Which of its fields.
    pub field: String,
    /// The right value: a day, or a text.
    #[schema(max_length = 20000)]
    pub value: String,
    /// Why it is mended.
    #[schema(min_length = 1, max_length = 5000)]
    pub reason: String,
}
