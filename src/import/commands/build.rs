//! What a row becomes: a case with its parts, derived as the service derives every case.

use std::collections::HashMap;

use serde_json::json;
use statute::{
    AdviceKind, AdviceStatus, AssessmentOutcome, Calendar, EndKind, PlanKind, PlanOutcome, PlanStatus, RuleId, Stage,
};

use super::row::{AdviceSaid, Row};
use crate::advice::model::{AdviceRequest, Submission, SubmissionContent};
use crate::audit::Event;
use crate::auth::Acting;
use crate::case::model::{
    Case, CaseEnd, Decision, DecisionAbout, DecisionOutcome, Exception, ExceptionState, NOTHING_DUE,
};
use crate::case::store::{AdviceClock, Counted, Derived, Parts, PlanDays, facts_of, fill};
use crate::db::columns::Doc;
use crate::error::Error;
use crate::ids::Id;
use crate::import::store::{Batch, ImportRow};
use crate::organisation::model::Organisation;
use crate::person::model::{Person, PersonView};
use crate::plan::model::Plan;

/// What every case of a sheet is made with.
pub(super) struct Builder<'a> {
    pub(super) acting: &'a Acting,
    pub(super) calendar: &'a Calendar,
    /// Of whom each kind of advice is asked unless told otherwise.
    pub(super) defaults: HashMap<AdviceKind, Organisation>,
}

/// Where a case belongs.
pub(super) struct Belongs<'a> {
    pub(super) person: &'a Person,
    pub(super) reference: String,
    pub(super) setting: Option<&'a Organisation>,
    pub(super) caseworker_id: Option<Id>,
}

/// What has come of some rows and is to be written.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) batch: Batch,
    pub(super) deadlines: Vec<Derived>,
    pub(super) counted: Vec<Counted>,
    pub(super) events: Vec<Event>,
}

impl Builder<'_> {
    /// Adds the case of a row, with everything that belongs to it but the person and the words it is found by.
    pub(super) fn add(&self, row: &Row, belongs: Belongs<'_>, to: &mut Written) -> Result<Id, Error> {
        let mut case = self.case(row, &belongs);
        let mut parts = self.parts(row, case.id, belongs.setting);
        let facts = facts_of(case.received_on, &parts)?;
        let derived = fill(&mut case, &facts, self.calendar);
        for (request, fact) in parts.advice.iter_mut().map(|(request, _)| request).zip(&facts.advice) {
            let clock = AdviceClock::of(fact, &derived);
            request.due_on = clock.due_on;
            request.act_by = clock.act_by;
            request.excepted = clock.excepted;
            request.outstanding = clock.outstanding;
            to.batch.submissions.extend(self.submission(request));
        }
        to.deadlines.extend(derived.iter().map(|deadline| {
            let mut row = Derived::new(case.id, deadline);
            // What was over before this service knew of it is no news to anybody.
            if row.met_on.is_none() {
                row.judge_breach(None, self.acting.today);
            }
            row
        }));
        to.batch.imports.push(ImportRow {
            case_id: case.id,
            external_reference: row.external_reference.clone(),
            digest: row.digest.clone(),
            mediation: row.mediation,
            tribunal: row.tribunal,
            imported_at: self.acting.at,
        });
        to.counted.push(Counted::of(&case, belongs.person.social_care_status, &parts, &facts, &derived)?);
        to.events.push(self.event(row, &case, belongs.person));
        to.batch.plans.extend(parts.plans.iter().map(|plan| self.plan_row(case.id, plan)));
        to.batch.decisions.append(&mut parts.decisions);
        to.batch.exceptions.append(&mut parts.exceptions);
        to.batch.ends.extend(parts.end);
        to.batch.advice.extend(parts.advice.into_iter().map(|(request, _)| request));
        let id = case.id;
        to.batch.cases.push(case);
        Ok(id)
    }

    fn case(&self, row: &Row, belongs: &Belongs<'_>) -> Case {
        Case {
            id: Id::new(),
            reference: belongs.reference.clone(),
            stage: Stage::AwaitingDecision.into(),
            open: true,
            person_id: belongs.person.id,
            received_on: row.received_on,
            request_source: row.request_source.into(),
            requester: None,
            contacts: Doc(Vec::new()),
            setting_id: belongs.setting.map(|setting| setting.id),
            caseworker_id: belongs.caseworker_id,
            restricted: false,
            version: 1,
            created_at: self.acting.at,
            updated_at: self.acting.at,
            final_due_on: row.received_on,
            next_rule: None,
            next_due_on: NOTHING_DUE,
            next_act_by: None,
            open_due_on: None,
            excepted_due_on: None,
            soonest_act_by: None,
            ended_status: None,
            advice_requested: 0,
            advice_received: 0,
            advice_accepted: 0,
        }
    }

    fn parts(&self, row: &Row, case_id: Id, setting: Option<&Organisation>) -> Parts {
        let plan = |number, status, served_on, issued_on| PlanDays {
            id: Id::new(),
            number,
            status,
            served_on,
            issued_on,
            finished_on: None,
            order_id: None,
        };
        let draft = row.draft_served_on.map(|on| plan(1, PlanStatus::Served, Some(on), None));
        let number = if draft.is_some() { 2 } else { 1 };
        let last = row.final_issued_on.map(|on| plan(number, PlanStatus::Issued, None, Some(on)));
        Parts {
            decisions: self.decisions(row, case_id),
            end: row.end.as_ref().map(|said| CaseEnd {
                id: Id::new(),
                case_id,
                kind: said.end.kind.into(),
                ended_on: said.end.on,
                reason: None,
                to_local_authority: said.to_local_authority.clone().filter(|_| said.end.kind == EndKind::Transferred),
                recorded_by: None,
                recorded_at: self.acting.at,
                withdrawn_by: None,
                withdrawn_how: None,
                entered_in_error_at: None,
            }),
            exceptions: self.exception(row, case_id).into_iter().collect(),
            advice: row.advice.iter().map(|said| self.advice(said, case_id, setting)).collect(),
            plans: draft.into_iter().chain(last).collect(),
            mediation_or_tribunal: row.mediation || row.tribunal,
            ..Parts::default()
        }
    }

    fn decisions(&self, row: &Row, case_id: Id) -> Vec<Decision> {
        let decision = |about: DecisionAbout, outcome: DecisionOutcome, decided_on, notified_on| Decision {
            id: Id::new(),
            case_id,
            about: about.into(),
            outcome: outcome.into(),
            decided_on,
            notified_on,
            decided_by: None,
            panel_on: None,
            reasons: None,
            refusal_reason: None,
            notice: None,
            recorded_by: None,
            recorded_at: self.acting.at,
            order_id: None,
            reversed_on: None,
            reversal_reason: None,
            reversal_in_error_at: None,
            entered_in_error_at: None,
        };
        let assessment = row.assessment.as_ref().map(|said| {
            let outcome = match said.decision.outcome {
                AssessmentOutcome::Assess => DecisionOutcome::Assess,
                AssessmentOutcome::Refuse => DecisionOutcome::Refuse,
            };
            let (decided_on, notified_on) = (said.decision.decided_on, said.told_on);
            Decision {
                refusal_reason: said.refusal_reason.map(Into::into),
                ..decision(DecisionAbout::Assessment, outcome, decided_on, notified_on)
            }
        });
        let plan = row.plan.map(|said| {
            let outcome = match said.outcome {
                PlanOutcome::Issue => DecisionOutcome::Issue,
                PlanOutcome::Refuse => DecisionOutcome::Refuse,
            };
            decision(DecisionAbout::Plan, outcome, said.decided_on, said.notified_on)
        });
        assessment.into_iter().chain(plan).collect()
    }

    fn exception(&self, row: &Row, case_id: Id) -> Option<Exception> {
        let said = row.exception?;
        Some(Exception {
            id: Id::new(),
            case_id,
            advice_request_id: None,
            rules: Doc(vec![RuleId::IssueFinalPlan.into()]),
            ground: said.ground.into(),
            from_on: said.from_on,
            to_on: said.to_on,
            evidence: None,
            family_told_on: None,
            state: ExceptionState::Confirmed.into(),
            proposed_by: None,
            proposed_at: self.acting.at,
            confirmed_by: None,
            confirmed_at: Some(self.acting.at),
            lifted_by: None,
            lifted_at: None,
            lift_reason: None,
        })
    }

    fn advice(
        &self,
        said: &AdviceSaid,
        case_id: Id,
        setting: Option<&Organisation>,
    ) -> (AdviceRequest, Option<String>) {
        let organisation = match (said.kind, setting) {
            (AdviceKind::Family, _) => None,
            (AdviceKind::Education, Some(setting)) => Some(setting),
            (kind, _) => self.defaults.get(&kind),
        };
        let asked = organisation.map(|organisation| (organisation.id, organisation.section_31_body));
        let mut request = AdviceRequest::new(case_id, said.kind, asked, said.requested_on, self.acting);
        if let Some(received_on) = said.received_on {
            request.status = AdviceStatus::Accepted.into();
            request.submitted_on = Some(received_on);
            request.accepted_on = Some(received_on);
        }
        (request, organisation.map(|organisation| organisation.name.clone()))
    }

    /// Only its day is known, so that is all it says.
    fn submission(&self, request: &AdviceRequest) -> Option<Submission> {
        Some(Submission {
            id: Id::new(),
            advice_request_id: request.id,
            number: 1,
            submitted_on: request.submitted_on?,
            recorded_on: self.acting.today,
            recorded_by: None,
            on_behalf: true,
            content: Doc(SubmissionContent::default()),
            returned_on: None,
            return_reason: None,
        })
    }

    /// Only its day is known: no text, nobody it went to.
    fn plan_row(&self, case_id: Id, plan: &PlanDays) -> Plan {
        let kind = if plan.status == PlanStatus::Issued { PlanKind::Final } else { PlanKind::Draft };
        Plan {
            id: plan.id,
            case_id,
            number: plan.number,
            kind: kind.into(),
            status: plan.status.into(),
            preparing_for_adulthood: false,
            served_on: plan.served_on,
            served_to: Doc(Vec::new()),
            override_reason: None,
            issued_on: plan.issued_on,
            issued_to: Doc(Vec::new()),
            placement: None,
            signed_by: None,
            version: 1,
            created_by: None,
            created_at: self.acting.at,
            updated_at: self.acting.at,
            order_id: None,
            printed: None,
            entered_in_error_at: None,
            not_named: None,
            overrides: None,
            sent_by: None,
            draft_notice: None,
            health_agreement: None,
        }
    }

    fn event(&self, row: &Row, case: &Case, person: &Person) -> Event {
        Event::new("case_imported", "case", case.id).case(case.id).on(case.received_on).after(&json!({
            "reference": case.reference,
            "external_reference": row.external_reference,
            "digest": row.digest,
            "stage": case.stage,
            "received_on": case.received_on,
            "request_source": case.request_source,
            "person": PersonView::from(person.clone()),
        }))
    }
}
