//! What a request for advice is.

use chrono::NaiveDate;
use diesel::{AsChangeset, Identifiable, Insertable, Queryable, Selectable};
use serde::{Deserialize, Serialize};
use statute::{AdviceKind, AdviceStatus, AskedFor, SettingAsked};
use utoipa::{IntoParams, ToSchema};

use crate::auth::Acting;
use crate::db::columns::Doc;
use crate::db::schema::{advice_links, advice_requests, advice_submissions};
use crate::ids::Id;
use crate::time::Instant;
use crate::words::{AdviceKindWord, AdviceStatusWord, GroundWord};

/// A request for advice as it is kept. Its due day is a projection of the law's, rewritten with the case's deadlines.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset, Identifiable)]
#[diesel(table_name = advice_requests, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct AdviceRequest {
    /// Its id.
    pub id: Id,
    /// The case it is for.
    pub case_id: Id,
    /// What is asked for.
    pub kind: AdviceKindWord,
    /// Of whom; none is something to fix, or the family.
    pub organisation_id: Option<Id>,
    /// Whether section 31 of the Act binds the body, as it stood when it was asked.
    pub section_31_body: bool,
    /// Where it stands.
    pub status: AdviceStatusWord,
    /// What is asked in particular.
    pub questions: Option<String>,
    /// The day it was asked.
    pub requested_on: NaiveDate,
    /// The day the body had it: its day zero.
    pub received_by_body_on: NaiveDate,
    /// The last day in time; none for the family's own.
    pub due_on: Option<NaiveDate>,
    /// The last working day by then.
    pub act_by: Option<NaiveDate>,
    /// The day the body said that it had it.
    pub acknowledged_on: Option<NaiveDate>,
    /// The day of the submission that stands.
    pub submitted_on: Option<NaiveDate>,
    /// The day it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// Whether a confirmed exception relieves it.
    pub excepted: bool,
    /// Whether something is still owed by somebody who can be late with it.
    pub outstanding: bool,
    /// How it came to an end, where it was not by acceptance.
    pub closing: Option<Doc<Closing>>,
    /// Raised by every change.
    pub version: i32,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it was last changed.
    pub updated_at: Instant,
}

impl AdviceRequest {
    /// A request of an organisation, which section 31 of the Act may bind; or one that still has to be addressed.
    pub fn new(
        case_id: Id,
        kind: AdviceKind,
        organisation: Option<(Id, bool)>,
        requested_on: NaiveDate,
        acting: &Acting,
    ) -> Self {
        Self {
            id: Id::new(),
            case_id,
            kind: kind.into(),
            organisation_id: organisation.map(|(id, _)| id),
            section_31_body: organisation.is_some_and(|(_, bound)| bound),
            status: AdviceStatus::Requested.into(),
            questions: None,
            requested_on,
            received_by_body_on: requested_on,
            due_on: None,
            act_by: None,
            acknowledged_on: None,
            submitted_on: None,
            accepted_on: None,
            excepted: false,
            outstanding: kind != AdviceKind::Family,
            closing: None,
            version: 1,
            created_at: acting.at,
            updated_at: acting.at,
        }
    }

    /// When education advice was asked for, and answered: what closures are compared with. An answer that was returned
    /// is none; to decline, or to be covered by existing advice, is one.
    pub fn education_asked<'a>(requests: impl IntoIterator<Item = &'a Self>) -> Vec<SettingAsked> {
        requests
            .into_iter()
            .filter(|one| one.kind.0 == AdviceKind::Education && one.status.0 != AdviceStatus::Cancelled)
            .map(|one| SettingAsked {
                what: AskedFor::Advice,
                asked_on: one.requested_on.max(one.received_by_body_on),
                answered_on: match &one.closing {
                    Some(Doc(closing)) => Some(closing.on),
                    None => one.submitted_on.filter(|_| !one.status.0.is_outstanding()),
                },
            })
            .collect()
    }

    /// Whether the body owes an answer and its last day in time is over. Judged on `today`, never stored.
    pub fn is_overdue(&self, today: NaiveDate) -> bool {
        self.outstanding && self.due_on.is_some_and(|due_on| due_on < today)
    }

    /// How many days late the answer that stands came, 0 in time; while overdue, how many days late it is by now.
    /// `None` where lateness is not known yet or is nobody's: the family's own views, a request that has been settled
    /// without an answer.
    pub fn days_late(&self, today: NaiveDate) -> Option<i64> {
        let due_on = self.due_on?;
        match (self.status.0, self.submitted_on) {
            (AdviceStatus::Submitted | AdviceStatus::Accepted, Some(submitted_on)) => {
                Some(submitted_on.signed_duration_since(due_on).num_days().max(0))
            }
            _ if self.is_overdue(today) => Some(today.signed_duration_since(due_on).num_days()),
            _ => None,
        }
    }
}

/// How a request came to an end, where it was not by acceptance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Closing {
    /// The day.
    pub on: NaiveDate,
    /// Why.
    pub reason: Option<String>,
    /// The earlier advice that stands in.
    pub existing_advice: Option<ExistingAdvice>,
}

/// Earlier advice that stands in for new: only where adviser, authority and family are all satisfied that it is
/// sufficient (Regs 6(4)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExistingAdvice {
    /// The document that holds it, among those of the case.
    pub document_id: Option<Id>,
    /// Who wrote it.
    #[schema(max_length = 200)]
    pub author: Option<String>,
    /// The day it bears.
    pub dated: Option<NaiveDate>,
    /// When the adviser agreed that it is sufficient.
    pub adviser_agreed_on: Option<NaiveDate>,
    /// When the local authority did.
    pub authority_agreed_on: Option<NaiveDate>,
    /// When the family did.
    pub family_agreed_on: Option<NaiveDate>,
}

/// A submission as it is kept: numbered within its request, never changed but for its return.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = advice_submissions)]
pub struct Submission {
    /// Its id.
    pub id: Id,
    /// The request that it answers.
    pub advice_request_id: Id,
    /// 1 for the first.
    pub number: i32,
    /// The day it came.
    pub submitted_on: NaiveDate,
    /// The day it was recorded.
    pub recorded_on: NaiveDate,
    /// Who recorded it.
    pub recorded_by: Option<Id>,
    /// Whether the authority recorded it for the body.
    pub on_behalf: bool,
    /// What it says.
    pub content: Doc<SubmissionContent>,
    /// The day it was returned.
    pub returned_on: Option<NaiveDate>,
    /// Why it was returned.
    pub return_reason: Option<String>,
}

/// What a submission says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubmissionContent {
    /// The advice in short, or whole.
    pub summary: Option<String>,
    /// Needs, one a text.
    pub needs: Vec<String>,
    /// Outcomes, one a text.
    pub outcomes: Vec<String>,
    /// Provision, one a text.
    pub provision: Vec<String>,
    /// Who wrote it.
    pub author: Option<Author>,
    /// The qualified teacher who was involved.
    pub qualified_teacher: Option<QualifiedTeacher>,
    /// The documents that belong to it.
    pub documents: Vec<Id>,
}

/// A secure link as it is kept: it lets whoever reads an organisation's shared mailbox answer one request without an
/// account. Its token is never kept, only the token's digest.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, Identifiable)]
#[diesel(table_name = advice_links)]
pub struct AdviceLink {
    /// Its id.
    pub id: Id,
    /// The request that it opens.
    pub advice_request_id: Id,
    /// The organisation that was asked when it was made: once another is, it opens nothing.
    pub organisation_id: Id,
    /// The mailbox that it was sent to.
    pub mailed_to: String,
    /// The digest of its token.
    pub token_hash: String,
    /// Who had it mailed; none where the service did.
    pub created_by: Option<Id>,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it is good.
    pub expires_at: Instant,
    /// When there was nothing left to answer: the request was settled or asked of another body, or the case ended.
    pub spent_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

impl AdviceLink {
    /// Whether it still opens the request.
    pub fn stands(&self, at: Instant) -> bool {
        self.revoked_at.is_none() && self.spent_at.is_none() && at < self.expires_at
    }
}

/// Who wrote advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = AdviceAuthor)]
pub struct Author {
    /// Name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// What they are.
    #[schema(max_length = 200)]
    pub role: Option<String>,
}

/// The qualified teacher who must be involved where sight or hearing is impaired (Regs 6(2)).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QualifiedTeacher {
    /// Name.
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    /// The day they were involved.
    pub on: Option<NaiveDate>,
}

/// A request for advice to be made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceRequestBody {
    /// What is asked for.
    pub kind: AdviceKindWord,
    /// Of whom. Left out, it is whoever is asked by default: the child's own setting for education, else the organisation
    /// configured for the kind; null, or where there is none, nobody yet, which shows as something to fix. Not for the
    /// family's own views.
    #[serde(default, deserialize_with = "crate::body::nullable")]
    #[schema(value_type = Option<Id>)]
    pub organisation_id: Option<Option<Id>>,
    /// The day it is asked; today unless told. Not before the decision to assess was notified.
    pub requested_on: Option<NaiveDate>,
    /// The day the body has it, its day zero; `requested_on` unless told.
    pub received_by_body_on: Option<NaiveDate>,
    /// What is asked in particular.
    #[schema(max_length = 20000)]
    pub questions: Option<String>,
    /// Documents of the case that are shared with advisers; all of them unless told.
    #[schema(max_items = 100)]
    pub shared_documents: Option<Vec<Id>>,
}

/// A change to a request for advice: what is left out stays as it is.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceRequestChange {
    /// Of whom; null for nobody yet. Whoever is asked anew has not acknowledged it, and has it from today unless
    /// `requested_on` or `received_by_body_on` says otherwise.
    #[serde(default, deserialize_with = "crate::body::nullable")]
    #[schema(value_type = Option<Id>)]
    pub organisation_id: Option<Option<Id>>,
    /// The day it was asked. The day the body had it follows, if it was the same and is not given.
    pub requested_on: Option<NaiveDate>,
    /// The day the body had it.
    pub received_by_body_on: Option<NaiveDate>,
    /// What is asked in particular; null for nothing.
    #[serde(default, deserialize_with = "crate::body::nullable")]
    #[schema(value_type = Option<String>, max_length = 20000)]
    pub questions: Option<Option<String>>,
    /// Documents of the case that are shared with advisers, all of them.
    #[schema(max_items = 100)]
    pub shared_documents: Option<Vec<Id>>,
}

/// The day of a step.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceDayBody {
    /// The day; today unless told.
    pub on: Option<NaiveDate>,
}

/// Advice as it comes. It says something: a summary, a need, an outcome, provision or a document.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmissionBody {
    /// The day it came; today unless told. An adviser's own comes today; a caseworker who records it for the body may give
    /// an earlier day.
    pub submitted_on: Option<NaiveDate>,
    /// The advice in short, or whole.
    #[schema(max_length = 100000)]
    pub summary: Option<String>,
    /// Needs, one a text of at most 5000 characters.
    #[schema(max_items = 100)]
    pub needs: Option<Vec<String>>,
    /// Outcomes, one a text of at most 5000 characters.
    #[schema(max_items = 100)]
    pub outcomes: Option<Vec<String>>,
    /// Provision, one a text of at most 5000 characters.
    #[schema(max_items = 100)]
    pub provision: Option<Vec<String>>,
    /// Who wrote it; the adviser who submits it unless told.
    pub author: Option<Author>,
    /// The qualified teacher who was involved, where sight or hearing is impaired (Regs 6(2)).
    pub qualified_teacher: Option<QualifiedTeacher>,
    /// The documents that belong to it: of the case; an adviser's own are those of this request.
    #[schema(max_items = 100)]
    pub documents: Option<Vec<Id>>,
}

/// The last submission is not good enough.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReturnBody {
    /// The day; today unless told.
    pub on: Option<NaiveDate>,
    /// What it lacks.
    #[schema(min_length = 1, max_length = 5000)]
    pub reason: String,
}

/// The request is no longer made.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancellationBody {
    /// Why.
    #[schema(min_length = 1, max_length = 5000)]
    pub reason: String,
}

/// The body declines, which only one of section 31 of the Act may (s.31(2), (3)).
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclinationBody {
    /// The day; today unless told. A body's own is today's; a caseworker who records it for the body may give an earlier
    /// day.
    pub declined_on: Option<NaiveDate>,
    /// Its written reasons.
    #[schema(min_length = 1, max_length = 5000)]
    pub reasons: String,
}

/// The family gave no views.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NotProvidedBody {
    /// The day; today unless told.
    pub on: Option<NaiveDate>,
    /// Why, or what was tried.
    #[schema(max_length = 5000)]
    pub reason: Option<String>,
}

/// An adviser's exception (Regs 8(2)): proposed by the adviser or a caseworker, and confirmed by a caseworker.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceExceptionBody {
    /// The ground: `exceptional_circumstances`, `absent_from_area` or `missed_appointment`.
    pub ground: GroundWord,
    /// Its first day.
    pub from_on: NaiveDate,
    /// Its last day, where it has one.
    pub to_on: Option<NaiveDate>,
    /// What shows it; required once it is confirmed.
    #[schema(max_length = 5000)]
    pub evidence: Option<String>,
    /// The day the family was told; a warning where it is nowhere said.
    pub family_told_on: Option<NaiveDate>,
}

/// Confirming an adviser's exception.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AdviceExceptionConfirmationBody {
    /// What shows it; required where the proposal does not say, and else in its place.
    #[schema(max_length = 5000)]
    pub evidence: Option<String>,
    /// The day the family was told; a warning where it is nowhere said.
    pub family_told_on: Option<NaiveDate>,
}

/// Which requests for advice to list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AdviceFilter {
    /// Only those that stand so.
    #[param(inline)]
    pub status: Option<AdviceStatusWord>,
    /// Only those that are overdue today; `false` for the others.
    pub overdue: Option<bool>,
    /// Only those of this organisation.
    pub organisation_id: Option<Id>,
    /// Only those of this kind.
    #[param(inline)]
    pub kind: Option<AdviceKindWord>,
    /// Only those that nobody is asked for yet although somebody must be; `false` for the others.
    pub unaddressed: Option<bool>,
    /// How many, 50 unless told, 200 at most.
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
    /// Where to go on.
    pub cursor: Option<String>,
    /// Also answer how many there are in all.
    pub count: Option<bool>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Clock;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn due(status: AdviceStatus, submitted_on: Option<&str>) -> AdviceRequest {
        let acting = Acting::system("a test", Clock::default().read());
        let mut request = AdviceRequest::new(Id::new(), AdviceKind::Medical, None, day("2026-01-05"), &acting);
        request.status = status.into();
        request.outstanding = status.is_outstanding();
        request.due_on = Some(day("2026-02-16"));
        request.submitted_on = submitted_on.map(day);
        request
    }

    #[test]
    fn lateness_is_judged_by_the_answer_that_stands() {
        let late = |status, submitted_on, today| due(status, submitted_on).days_late(day(today));
        assert_eq!(late(AdviceStatus::Requested, None, "2026-02-16"), None, "the last day is in time");
        assert_eq!(late(AdviceStatus::Requested, None, "2026-02-17"), Some(1));
        assert_eq!(late(AdviceStatus::Submitted, Some("2026-02-16"), "2026-03-01"), Some(0));
        assert_eq!(late(AdviceStatus::Submitted, Some("2026-02-01"), "2026-03-01"), Some(0));
        assert_eq!(late(AdviceStatus::Accepted, Some("2026-02-19"), "2026-03-01"), Some(3));
        assert_eq!(late(AdviceStatus::Returned, None, "2026-02-18"), Some(2), "it is owed again");
        assert_eq!(late(AdviceStatus::CoveredByExistingAdvice, None, "2026-03-01"), None);
        assert_eq!(late(AdviceStatus::Cancelled, Some("2026-02-19"), "2026-03-01"), None);
    }

    #[test]
    fn what_is_no_longer_owed_is_not_overdue() {
        let mut request = due(AdviceStatus::Requested, None);
        assert!(!request.is_overdue(day("2026-02-16")));
        assert!(request.is_overdue(day("2026-02-17")));
        request.outstanding = false;
        assert!(!request.is_overdue(day("2026-02-17")));
        assert_eq!(request.days_late(day("2026-02-17")), None, "the case has ended");
    }
}
