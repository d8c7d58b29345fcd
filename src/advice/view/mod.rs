//! How a request for advice is shown. To an adviser a request is all that there is: the child's identity, what was asked
//! of their organisation and what was shared with it; nothing else of the case, and nothing of any other service.

pub mod page;

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::Serialize;
use statute::{AdviceKind, advice_basis};
use utoipa::ToSchema;

use super::model::{AdviceLink, AdviceRequest, Author, Closing, QualifiedTeacher, Submission};
use super::store::{self, OfDocument, Row};
use crate::audit;
use crate::auth::{Acting, Role};
use crate::case::model::{Exception, ExceptionStateWord};
use crate::db::{Conn, Page};
use crate::error::Error;
use crate::ids::Id;
use crate::organisation;
use crate::organisation::model::{Organisation, OrganisationInShort, OrganisationKind};
use crate::outbox;
use crate::outbox::model::Chase;
use crate::text::fold_address;
use crate::time::Instant;
use crate::words::{AdviceKindWord, AdviceStatusWord, BasisWord, GroundWord, RuleIdWord};

/// The case of a request for advice.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AdviceCase)]
pub struct CaseOfAdviceView {
    /// Its id.
    pub id: Id,
    /// What people call it.
    pub reference: String,
}

/// Whom advice is asked about.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AdviceChild)]
pub struct ChildView {
    /// Forename.
    pub forename: String,
    /// Surname.
    pub surname: String,
    /// Date of birth.
    pub date_of_birth: NaiveDate,
    /// The school, college or provider.
    pub setting: Option<OrganisationInShort>,
    /// NHS number, where a health organisation is asked; else null.
    pub nhs_number: Option<String>,
}

/// A document in short.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = DocumentSummary)]
pub struct DocumentInShort {
    /// Its id.
    pub id: Id,
    /// Its title.
    pub title: String,
    /// The name of the file.
    pub file_name: String,
    /// What kind of file it is.
    pub media_type: String,
    /// Its size, in bytes.
    pub size: i64,
}

impl From<&OfDocument> for DocumentInShort {
    fn from(row: &OfDocument) -> Self {
        Self {
            id: row.id,
            title: row.title.clone(),
            file_name: row.file_name.clone(),
            media_type: row.media_type.clone(),
            size: row.size,
        }
    }
}

/// An exception of a request for advice (Regs 8(2)): it moves no day.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AdviceException)]
pub struct AdviceExceptionView {
    /// Its id.
    pub id: Id,
    /// How far it has come: only a confirmed one counts.
    pub state: ExceptionStateWord,
    /// The rules that it is to relieve: `advice`.
    pub rules: Vec<RuleIdWord>,
    /// The ground.
    pub ground: GroundWord,
    /// Its first day.
    pub from_on: Option<NaiveDate>,
    /// Its last day.
    pub to_on: Option<NaiveDate>,
    /// What shows it.
    pub evidence: Option<String>,
    /// When it was proposed.
    pub proposed_at: Instant,
    /// When it was confirmed.
    pub confirmed_at: Option<Instant>,
}

impl From<&Exception> for AdviceExceptionView {
    fn from(row: &Exception) -> Self {
        Self {
            id: row.id,
            state: row.state,
            rules: row.rules.0.clone(),
            ground: row.ground,
            from_on: row.from_on,
            to_on: row.to_on,
            evidence: row.evidence.clone(),
            proposed_at: row.proposed_at,
            confirmed_at: row.confirmed_at,
        }
    }
}

/// Advice as it came.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AdviceSubmission)]
pub struct SubmissionView {
    /// 1 for the first of the request.
    pub number: i32,
    /// The day it came.
    pub submitted_on: NaiveDate,
    /// The day it was recorded.
    pub recorded_on: NaiveDate,
    /// Whether the authority recorded it for the body.
    pub on_behalf: bool,
    /// The advice in short, or whole.
    pub summary: Option<String>,
    /// Needs.
    pub needs: Vec<String>,
    /// Outcomes.
    pub outcomes: Vec<String>,
    /// Provision.
    pub provision: Vec<String>,
    /// Who wrote it.
    pub author: Option<Author>,
    /// The qualified teacher who was involved.
    pub qualified_teacher: Option<QualifiedTeacher>,
    /// The documents that belong to it.
    pub documents: Vec<DocumentInShort>,
    /// The day it was returned as not good enough.
    pub returned_on: Option<NaiveDate>,
    /// What it lacked.
    pub return_reason: Option<String>,
}

/// A chase that was sent.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AdviceChase)]
pub struct ChaseView {
    /// 1 for the first of the request.
    pub number: i32,
    /// When.
    pub sent_at: Instant,
    /// To whom.
    pub to: String,
}

/// A chase that could not be sent: none as evidence, and the next one takes its number.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = FailedAdviceChase)]
pub struct FailedChaseView {
    /// The number it would have had.
    pub number: i32,
    /// When it was given up.
    pub failed_at: Instant,
    /// To whom it would have gone.
    pub to: String,
}

impl ChaseView {
    fn of(chase: &Chase) -> Option<Self> {
        chase.sent.then(|| Self { number: chase.number, sent_at: chase.settled_at, to: chase.to.clone() })
    }
}

impl FailedChaseView {
    fn of(chase: &Chase) -> Option<Self> {
        (!chase.sent).then(|| Self { number: chase.number, failed_at: chase.settled_at, to: chase.to.clone() })
    }
}

/// A request for advice.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AdviceRequest)]
pub struct AdviceRequestView {
    /// Its id.
    pub id: Id,
    /// The case it is for.
    pub case: CaseOfAdviceView,
    /// Whom it is about.
    pub child: ChildView,
    /// What is asked for.
    pub kind: AdviceKindWord,
    /// What stands behind its time limit; null for the family's own views, which have none.
    pub basis: Option<BasisWord>,
    /// Where its time limit is written.
    pub citation: Option<&'static str>,
    /// Of whom; null for the family, and for what still has to be addressed.
    pub organisation: Option<OrganisationInShort>,
    /// Whether the organisation's mailbox has refused mail for good, twice or more: what is mailed there is not tried
    /// until an administrator gives an address anew.
    pub mailbox_bounced: bool,
    /// Where it stands.
    pub status: AdviceStatusWord,
    /// What is asked in particular.
    pub questions: Option<String>,
    /// The documents shared with it.
    pub shared_documents: Vec<DocumentInShort>,
    /// The day it was asked.
    pub requested_on: NaiveDate,
    /// The day the body had it: its day zero.
    pub received_by_body_on: NaiveDate,
    /// The last day in time; null for the family.
    pub due_on: Option<NaiveDate>,
    /// The last working day by then, by which people plan.
    pub act_by: Option<NaiveDate>,
    /// The day the body said that it had it.
    pub acknowledged_on: Option<NaiveDate>,
    /// The day of the submission that stands; null while one is owed.
    pub submitted_on: Option<NaiveDate>,
    /// The day it was accepted.
    pub accepted_on: Option<NaiveDate>,
    /// How many days late the submission that stands came, 0 in time; while overdue, how late it is today; else null.
    pub days_late: Option<i64>,
    /// Whether it is owed and its last day in time is over.
    pub overdue: bool,
    /// A confirmed exception relieves it: late is not a breach. Its days are the same as without.
    pub excepted: bool,
    /// Its exceptions.
    pub exceptions: Vec<AdviceExceptionView>,
    /// Every submission, numbered.
    pub submissions: Vec<SubmissionView>,
    /// The chases that were sent.
    pub chases: Vec<ChaseView>,
    /// The chases that could not be sent.
    pub failed_chases: Vec<FailedChaseView>,
    /// How it came to an end, where it was not by acceptance. Not shown to advisers.
    pub closing: Option<Closing>,
    /// Raised by every change; the `ETag`.
    pub version: i32,
}

/// A page of requests as the actor may see them.
pub fn page(conn: &mut Conn, acting: &Acting, page: Page<Row>) -> Result<Page<AdviceRequestView>, Error> {
    Ok(Page { items: views(conn, acting, page.items)?, next_cursor: page.next_cursor, total: page.total })
}

/// One request as the actor may see it.
pub fn one(conn: &mut Conn, acting: &Acting, request: &AdviceRequest) -> Result<AdviceRequestView, Error> {
    let row = store::row(conn, request.id)?.ok_or(Error::NotFound)?;
    views(conn, acting, vec![row])?.pop().ok_or(Error::NotFound)
}

/// Requests as the actor may see them, with a handful of queries however many there are.
fn views(conn: &mut Conn, acting: &Acting, rows: Vec<Row>) -> Result<Vec<AdviceRequestView>, Error> {
    let ids: Vec<Id> = rows.iter().map(|row| row.request.id).collect();
    let named: Vec<Id> =
        rows.iter().flat_map(|row| [row.request.organisation_id, row.case.setting_id]).flatten().collect();
    let organisations = organisation::store::of_ids(conn, &named)?;
    let mut parts = Parts {
        adviser: acting.is(Role::Adviser),
        today: acting.today,
        bounced: outbox::store::marked(conn, organisations.iter().filter_map(|one| one.mailbox.as_ref()))?,
        organisations: by(organisations, |one| one.id),
        shared: grouped(store::shared_documents(conn, &ids)?),
        exceptions: grouped(
            store::exceptions(conn, &ids)?.into_iter().filter_map(|one| Some((one.advice_request_id?, one))),
        ),
        submissions: grouped(store::submissions(conn, &ids)?.into_iter().map(|one| (one.advice_request_id, one))),
        chases: grouped(outbox::store::chases(conn, &ids)?.into_iter().map(|one| (one.advice_request_id, one))),
        documents: HashMap::new(),
    };
    let attached: Vec<Id> =
        parts.submissions.values().flatten().flat_map(|one| one.content.0.documents.clone()).collect();
    if !attached.is_empty() {
        parts.documents = by(store::documents(conn, &attached)?, |one| one.id);
    }
    Ok(rows.into_iter().map(|row| parts.view(row)).collect())
}

/// What came with a request and belongs to none of its submissions yet.
pub fn uploads(conn: &mut Conn, request: Id) -> Result<Vec<DocumentInShort>, Error> {
    Ok(store::unsubmitted_documents(conn, request)?.iter().map(DocumentInShort::from).collect())
}

/// A secure link, without its token: that is in the mail alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = AdviceLink)]
pub struct AdviceLinkView {
    /// Its id, to revoke it by.
    pub id: Id,
    /// The mailbox that it was sent to.
    pub mailed_to: String,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it is good.
    pub expires_at: Instant,
    /// When it was last opened; null where it was not.
    pub last_opened_at: Option<Instant>,
    /// When there was nothing left to answer: the request was settled or asked of another body, or the case ended.
    pub spent_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
    /// Whether it still opens the request.
    pub stands: bool,
}

/// A page of links, with when they were opened.
pub fn links(conn: &mut Conn, acting: &Acting, page: Page<AdviceLink>) -> Result<Page<AdviceLinkView>, Error> {
    let ids: Vec<Id> = page.items.iter().map(|link| link.id).collect();
    let opened: HashMap<Id, Instant> = audit::store::links_opened(conn, &ids)?.into_iter().collect();
    Ok(page.map(|link| AdviceLinkView {
        last_opened_at: opened.get(&link.id).copied(),
        ..AdviceLinkView::new(&link, acting.at)
    }))
}

impl AdviceLinkView {
    /// A link that nobody has opened yet.
    pub fn new(link: &AdviceLink, at: Instant) -> Self {
        Self {
            id: link.id,
            mailed_to: link.mailed_to.clone(),
            created_at: link.created_at,
            expires_at: link.expires_at,
            last_opened_at: None,
            spent_at: link.spent_at,
            revoked_at: link.revoked_at,
            stands: link.stands(at),
        }
    }
}

/// Everything that the views of some requests are made of.
struct Parts {
    adviser: bool,
    today: NaiveDate,
    organisations: HashMap<Id, Organisation>,
    bounced: HashSet<String>,
    shared: HashMap<Id, Vec<OfDocument>>,
    exceptions: HashMap<Id, Vec<Exception>>,
    submissions: HashMap<Id, Vec<Submission>>,
    chases: HashMap<Id, Vec<Chase>>,
    documents: HashMap<Id, OfDocument>,
}

impl Parts {
    fn view(&self, row: Row) -> AdviceRequestView {
        let Row { request, case, child } = row;
        let organisation = request.organisation_id.and_then(|id| self.organisations.get(&id));
        let setting = case.setting_id.and_then(|id| self.organisations.get(&id));
        let health = organisation.is_some_and(|organisation| organisation.kind.0 == OrganisationKind::Health);
        let limit = (request.kind.0 != AdviceKind::Family).then(|| advice_basis(request.section_31_body));
        AdviceRequestView {
            id: request.id,
            case: CaseOfAdviceView { id: case.id, reference: case.reference },
            child: ChildView {
                forename: child.forename,
                surname: child.surname,
                date_of_birth: child.date_of_birth,
                setting: setting.map(OrganisationInShort::from),
                nhs_number: child.nhs_number.filter(|_| health),
            },
            kind: request.kind,
            basis: limit.map(|(basis, _)| basis.into()),
            citation: limit.map(|(_, citation)| citation),
            organisation: organisation.map(OrganisationInShort::from),
            mailbox_bounced: organisation
                .and_then(|organisation| organisation.mailbox.as_deref())
                .is_some_and(|mailbox| self.bounced.contains(&fold_address(mailbox))),
            status: request.status,
            shared_documents: of(&self.shared, request.id).iter().map(DocumentInShort::from).collect(),
            requested_on: request.requested_on,
            received_by_body_on: request.received_by_body_on,
            due_on: request.due_on,
            act_by: request.act_by,
            acknowledged_on: request.acknowledged_on,
            submitted_on: request.submitted_on,
            accepted_on: request.accepted_on,
            days_late: request.days_late(self.today),
            overdue: request.is_overdue(self.today),
            excepted: request.excepted,
            exceptions: of(&self.exceptions, request.id).iter().map(AdviceExceptionView::from).collect(),
            submissions: of(&self.submissions, request.id).iter().map(|one| self.submission(one)).collect(),
            chases: of(&self.chases, request.id).iter().filter_map(ChaseView::of).collect(),
            failed_chases: of(&self.chases, request.id).iter().filter_map(FailedChaseView::of).collect(),
            closing: request.closing.filter(|_| !self.adviser).map(|closing| closing.0),
            version: request.version,
            questions: request.questions,
        }
    }

    fn submission(&self, row: &Submission) -> SubmissionView {
        let content = row.content.0.clone();
        SubmissionView {
            number: row.number,
            submitted_on: row.submitted_on,
            recorded_on: row.recorded_on,
            on_behalf: row.on_behalf,
            summary: content.summary,
            needs: content.needs,
            outcomes: content.outcomes,
            provision: content.provision,
            author: content.author,
            qualified_teacher: content.qualified_teacher,
            documents: content
                .documents
                .iter()
                .filter_map(|id| self.documents.get(id))
                .filter(|one| !self.adviser || one.is_for_body_of(row.advice_request_id))
                .map(Into::into)
                .collect(),
            returned_on: row.returned_on,
            return_reason: row.return_reason.clone(),
        }
    }
}

fn of<T>(groups: &HashMap<Id, Vec<T>>, id: Id) -> &[T] {
    groups.get(&id).map(Vec::as_slice).unwrap_or_default()
}

fn by<T>(rows: Vec<T>, key: impl Fn(&T) -> Id) -> HashMap<Id, T> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

fn grouped<T>(rows: impl IntoIterator<Item = (Id, T)>) -> HashMap<Id, Vec<T>> {
    let mut groups: HashMap<Id, Vec<T>> = HashMap::new();
    for (id, row) in rows {
        groups.entry(id).or_default().push(row);
    }
    groups
}
