//! Deadlines, derived from the facts of a case. Nothing is stored here and nothing is judged "now":
//! [`derive()`] says which days there are, [`Deadline::status`] compares them with a day the caller gives.

use chrono::NaiveDate;

use crate::{
    advice::{AdviceKind, AdviceStatus},
    calendar::Calendar,
    exception::Exception,
    facts::{AdviceFacts, CaseFacts, ConsultationFacts, PlanOutcome, ServedDraft},
    order::{
        AppealFacts, DayBasis, Disputed, HealthIssues, MediationFacts, OrderFacts, OrderKind, OrderSource, PlanParts,
        SetDay, Track,
    },
    rules::{Basis, Holder, Rule, RuleId, advice_basis, rule},
    stage::Stage,
    table::CONCEDED_WITH_CONTENTS,
    text::{long, text_enum},
};

text_enum! {
    /// What a deadline is about, where a case has several under one rule.
    pub enum SubjectKind {
        /// A request for advice.
        AdviceRequest => "advice_request",
        /// A draft or the final plan.
        Plan => "plan",
        /// A consultation of a setting.
        Consultation => "consultation",
        /// A refusal, to assess or to issue.
        Decision => "decision",
        /// An order of the tribunal, or what counts as one.
        Order => "order",
        /// Mediation.
        Mediation => "mediation",
        /// An appeal.
        Appeal => "appeal",
    }
}

/// The thing a deadline is about; `id` and `label` are the caller's own. Refusals, of which a case has one of each kind,
/// are called `assessment_decision` and `plan_decision`; one that follows an order also bears its id, after a slash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// What it is.
    pub kind: SubjectKind,
    /// The caller's id.
    pub id: String,
    /// The caller's words for it.
    pub label: String,
}

text_enum! {
    /// How a deadline stands on a day.
    pub enum DeadlineStatus {
        /// Open, with time left.
        Pending => "pending",
        /// Open, and soon due.
        DueSoon => "due_soon",
        /// Open, and past its last day.
        Overdue => "overdue",
        /// Done in time.
        Met => "met",
        /// Done after its last day.
        MetLate => "met_late",
        /// Nothing is owed: the case went another way, has ended, or the window has closed.
        NotApplicable => "not_applicable",
    }
}

/// One time limit of one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deadline {
    /// The rule.
    pub rule: RuleId,
    /// What stands behind it; only a statutory one can be breached.
    pub basis: Basis,
    /// Whose time runs.
    pub holder: Holder,
    /// The legal rule.
    pub citation: &'static str,
    /// What it is about, where a case can have several.
    pub subject: Option<Subject>,
    /// The day of the event it runs from.
    pub starts_on: NaiveDate,
    /// The last day in time, by which breach is judged.
    pub due_on: NaiveDate,
    /// The last working day by then, by which people plan.
    pub act_by: NaiveDate,
    /// The day it was done.
    pub met_on: Option<NaiveDate>,
    /// Whether anything is owed.
    pub applicable: bool,
    /// A confirmed exception relieves it: late is not a breach. Its days are the same as without.
    pub excepted: bool,
    /// The deadline explained, in sentences fit for a letter.
    pub derivation: String,
}

impl Deadline {
    /// How it stands on `today`. `soon` is the last day that counts as soon: an `act_by` on or before it is `due_soon`.
    ///
    /// A family's window is never overdue or late: once over, it no longer applies.
    pub fn status(&self, today: NaiveDate, soon: NaiveDate) -> DeadlineStatus {
        if !self.applicable {
            return DeadlineStatus::NotApplicable;
        }
        let family = self.holder == Holder::Family;
        match self.met_on {
            Some(met_on) if met_on <= self.due_on || family => DeadlineStatus::Met,
            Some(_) => DeadlineStatus::MetLate,
            None if today > self.due_on && family => DeadlineStatus::NotApplicable,
            None if today > self.due_on => DeadlineStatus::Overdue,
            None if self.act_by <= soon => DeadlineStatus::DueSoon,
            None => DeadlineStatus::Pending,
        }
    }

    /// Applies and is not met: it stands in somebody's work.
    pub const fn is_open(&self) -> bool {
        self.applicable && self.met_on.is_none()
    }
}

/// Every deadline of a case, in the order in which a case meets them.
///
/// Those of the first course of the case stay as they were when it ended; what an order opens has deadlines of its own,
/// about that order.
pub fn derive(facts: &CaseFacts, calendar: &Calendar) -> Vec<Deadline> {
    let stage = Stage::of(facts);
    let case = Case { facts, calendar, open: stage.is_open(), at_first: stage.is_open() && facts.tracks.is_empty() };
    let mut deadlines = vec![case.decide_to_assess()];
    deadlines.extend(facts.advice.iter().filter_map(|advice| case.advice(advice)));
    deadlines.push(case.decide_on_plan());
    deadlines.push(case.send_draft_plan());
    deadlines.extend(facts.drafts.iter().map(|draft| case.representations(draft)));
    deadlines.extend(facts.consultations.iter().map(|consultation| case.setting_consultation(consultation)));
    deadlines.push(case.issue_final_plan());
    for track in &facts.tracks {
        deadlines.extend(case.of_track(track));
        deadlines.extend(track.drafts.iter().map(|draft| case.representations(draft)));
    }
    deadlines.extend(facts.of_ceasing.iter().filter_map(|order| case.of_ceasing(order)));
    deadlines.extend(facts.mediations.iter().flat_map(|mediation| case.of_mediation(mediation)));
    deadlines.extend(facts.appeals.iter().flat_map(|appeal| case.of_appeal(appeal)));
    let notices = case.notices();
    deadlines.extend(notices.iter().map(|notice| case.contact_mediation_adviser(notice)));
    deadlines.extend(notices.iter().map(|notice| case.appeal(notice)));
    deadlines.extend(notices.iter().filter_map(|notice| case.appeal_after_certificate(notice)));
    deadlines
}

/// How far a deadline has come.
enum State {
    Open,
    Met(NaiveDate),
    /// With the reason, as the last sentence of the derivation.
    NotApplicable(&'static str),
}

const CASE_ENDED: &str = "It no longer applies: the case has ended.";
const ORDERED: &str = "It no longer applies: an order has opened limits of its own.";
const TRACK_ENDED: &str = "It no longer applies: what was ordered has come to its end.";
const MAY_CEASE: &str = "It has no last day.";
const CERTIFIED: &str = "It no longer applies: the mediation adviser has issued the certificate.";
const ADVISER_TOLD: &str =
    "It no longer applies: the mediation adviser has been told that mediation cannot be arranged.";
const DISPUTE_ENDED: &str = "It no longer applies: an order has ended the dispute.";
const APPEAL_ENDED: &str = "It no longer applies: the appeal has ended.";
const PLAN_TO_BE_ISSUED: &str = "It does not apply: a plan is to be issued.";
const REVERSED: &str =
    "It no longer applies: the authority has reversed the refusal, so what disputes it is overtaken.";
const DAY_NOT_KNOWN: &str = "The step has been taken, but its day is not known, so it is not judged.";

/// What a deadline runs from.
struct Event<'a> {
    on: NaiveDate,
    /// As a sentence begins that ends with the day.
    happened: &'a str,
    subject: Option<Subject>,
    /// Where it differs from the rule's own.
    basis: Option<(Basis, &'static str)>,
    /// Those that may relieve the deadline.
    exceptions: &'a [Exception],
    /// Where the rule's own row is not the one that counts.
    rule: Option<&'static Rule>,
    /// Where another day is set in the place of the one that the rule gives.
    set_day: Option<&'a SetDay>,
}

impl<'a> Event<'a> {
    fn on(on: NaiveDate, happened: &'a str) -> Self {
        Self { on, happened, subject: None, basis: None, exceptions: &[], rule: None, set_day: None }
    }

    fn about(self, kind: SubjectKind, id: &str, label: &str) -> Self {
        Self { subject: Some(Subject { kind, id: id.to_owned(), label: label.to_owned() }), ..self }
    }
}

struct Case<'a> {
    facts: &'a CaseFacts,
    calendar: &'a Calendar,
    /// Whether steps can still follow.
    open: bool,
    /// Whether they follow receipt, and not an order.
    at_first: bool,
}

/// A notice that opens the ways to mediation and appeal.
struct Sent<'a> {
    on: NaiveDate,
    happened: &'static str,
    about: Disputed,
    kind: SubjectKind,
    id: String,
    label: &'a str,
    /// The day of the next notice of the same kind: from then on that one is disputed.
    until: Option<NaiveDate>,
    /// The authority took it back.
    reversed: bool,
}

impl Sent<'_> {
    /// Whether what was disputed on a day was this notice, and not another of its kind.
    fn is_disputed_by(&self, about: Disputed, on: NaiveDate) -> bool {
        about == self.about && on >= self.on && self.until.is_none_or(|until| on < until)
    }

    /// How far a window of the family's has come that it used on a day, or not yet.
    fn window_used(&self, used_on: Option<NaiveDate>) -> State {
        match used_on {
            _ if self.reversed => State::NotApplicable(REVERSED),
            Some(on) => State::Met(on),
            None => State::Open,
        }
    }
}

impl Case<'_> {
    fn decide_to_assess(&self) -> Deadline {
        let state = match self.facts.assessment {
            Some(decision) => State::Met(decision.notified_on),
            None if self.went_past_assessment() => State::NotApplicable(DAY_NOT_KNOWN),
            None => self.open_at_first(),
        };
        self.of_case(RuleId::DecideToAssess, state)
    }

    fn decide_on_plan(&self) -> Deadline {
        let state = match self.facts.plan {
            Some(decision) => match (decision.outcome, decision.notified_on) {
                (PlanOutcome::Issue, _) => State::NotApplicable(PLAN_TO_BE_ISSUED),
                (PlanOutcome::Refuse, Some(notified_on)) => State::Met(notified_on),
                (PlanOutcome::Refuse, None) => State::NotApplicable(DAY_NOT_KNOWN),
            },
            None if self.facts.final_plan.is_some() || !self.facts.drafts.is_empty() => {
                State::NotApplicable(PLAN_TO_BE_ISSUED)
            }
            None => self.open_at_first(),
        };
        self.of_case(RuleId::DecideOnPlan, state)
    }

    fn send_draft_plan(&self) -> Deadline {
        let state = match self.facts.first_draft() {
            Some(draft) => State::Met(draft.served_on),
            None if self.facts.final_plan.is_some() => State::NotApplicable(DAY_NOT_KNOWN),
            None => self.open_at_first(),
        };
        self.of_case(RuleId::SendDraftPlan, state)
    }

    fn issue_final_plan(&self) -> Deadline {
        let state = match &self.facts.final_plan {
            Some(plan) => State::Met(plan.issued_on),
            None => self.open_at_first(),
        };
        self.of_case(RuleId::IssueFinalPlan, state)
    }

    /// None for the family's own views, which are never due.
    fn advice(&self, advice: &AdviceFacts) -> Option<Deadline> {
        if advice.kind == AdviceKind::Family {
            return None;
        }
        let state = match (advice.status, advice.submitted_on) {
            (AdviceStatus::CoveredByExistingAdvice, _) => {
                State::NotApplicable("It does not apply: existing advice stands in.")
            }
            (AdviceStatus::Cancelled, _) => State::NotApplicable("It does not apply: the request was cancelled."),
            (AdviceStatus::NotProvided, _) => State::NotApplicable("It does not apply: none was provided."),
            (AdviceStatus::Declined, _) => {
                State::NotApplicable("It does not apply: the body declined, with written reasons.")
            }
            (AdviceStatus::Submitted | AdviceStatus::Accepted, Some(submitted_on)) => State::Met(submitted_on),
            (AdviceStatus::Submitted | AdviceStatus::Accepted, None) => State::NotApplicable(DAY_NOT_KNOWN),
            (AdviceStatus::Requested | AdviceStatus::Acknowledged | AdviceStatus::Returned, _) => {
                self.open_unless_followed(advice.received_by_body_on)
            }
        };
        let happened = format!("The request for {} reached those asked", advice.kind.description());
        let request = Event {
            basis: Some(advice_basis(advice.section_31_body)),
            exceptions: &advice.exceptions,
            ..Event::on(advice.received_by_body_on, &happened)
        }
        .about(SubjectKind::AdviceRequest, &advice.id, &advice.label);
        Some(self.build(RuleId::Advice, request, state))
    }

    fn representations(&self, draft: &ServedDraft) -> Deadline {
        let state = match draft.finished_on {
            Some(finished_on) => State::Met(finished_on),
            None => self.open_unless_ended(),
        };
        let service =
            Event::on(draft.served_on, "The draft plan was served").about(SubjectKind::Plan, &draft.id, &draft.label);
        self.build(RuleId::Representations, service, state)
    }

    fn setting_consultation(&self, consultation: &ConsultationFacts) -> Deadline {
        let state = match consultation.responded_on {
            Some(responded_on) => State::Met(responded_on),
            None => self.open_unless_followed(consultation.received_on),
        };
        let arrival = Event::on(consultation.received_on, "The consultation reached the setting").about(
            SubjectKind::Consultation,
            &consultation.id,
            &consultation.label,
        );
        self.build(RuleId::SettingConsultation, arrival, state)
    }

    /// The limits that the orders of a track open.
    fn of_track(&self, track: &Track) -> Vec<Deadline> {
        let ended = !track.stage().is_open() || !self.open;
        let or_ended = |met: Option<NaiveDate>| match met {
            Some(on) => State::Met(on),
            None if ended => State::NotApplicable(TRACK_ENDED),
            None => State::Open,
        };
        let issued_on = track.final_plan.as_ref().map(|plan| plan.issued_on);
        let told_on = track.assessment.map(|decision| decision.notified_on);
        let drafted_on = track.first_draft().map(|draft| draft.served_on);
        let refused_on = track.plan.filter(|decision| decision.outcome == PlanOutcome::Refuse);
        let refused_on = refused_on.map(|decision| decision.notified_on.unwrap_or(decision.decided_on));
        let mut deadlines = Vec::new();
        for order in track.orders() {
            for id in order.kind.limits().iter().copied() {
                let state = match id {
                    RuleId::OrderAssessNotify => or_ended(told_on),
                    RuleId::OrderAssessRefusePlan if refused_on.is_none() && track.plan.is_some() => {
                        State::NotApplicable(PLAN_TO_BE_ISSUED)
                    }
                    RuleId::OrderAssessRefusePlan => or_ended(refused_on),
                    RuleId::OrderMakePlanDraft => or_ended(drafted_on),
                    // In older records a refusal to assess was reconsidered as well.
                    RuleId::OrderReconsider if order.about == Disputed::RefusalToAssess => or_ended(told_on),
                    // It is not enough to have decided: the draft is sent, or the refusal notified, in the same time.
                    RuleId::OrderReconsider => or_ended(refused_on.or(drafted_on)),
                    _ => or_ended(issued_on),
                };
                deadlines.push(self.of_order(order, id, state));
            }
            if order.kind == OrderKind::Reconsider
                && let Some(draft) = track.latest_draft()
            {
                let service = Event::on(draft.served_on, "The draft plan was served after the reconsideration").about(
                    SubjectKind::Order,
                    &order.id,
                    &order.label,
                );
                deadlines.push(self.build(RuleId::OrderReconsiderFinal, service, or_ended(issued_on)));
            }
        }
        deadlines
    }

    /// A limit that an order opens.
    fn of_order(&self, order: &OrderFacts, id: RuleId, state: State) -> Deadline {
        let to_do = order.kind.to_do();
        let happened = match order.source {
            OrderSource::Tribunal => format!("The {} was made", order.kind.in_words()),
            OrderSource::Consent => format!("The {} was made by consent", order.kind.in_words()),
            OrderSource::Concession => {
                format!("The authority's notice that it concedes the appeal, and is to {to_do}, was given")
            }
            OrderSource::Agreement => format!("The agreement at mediation to {to_do} was reached"),
        };
        let limits = (Basis::Statutory, order.source.citation());
        let event = Event {
            exceptions: &self.facts.exceptions,
            basis: matches!(order.source, OrderSource::Concession | OrderSource::Agreement).then_some(limits),
            rule: self.concedes_placement_with_contents(order).then_some(&CONCEDED_WITH_CONTENTS),
            set_day: order.day_of(id),
            ..Event::on(order.on, &happened)
        };
        self.build(id, event.about(SubjectKind::Order, &order.id, &order.label), state)
    }

    /// Whether the authority concedes the placement in an appeal that is about the contents of the plan too.
    fn concedes_placement_with_contents(&self, order: &OrderFacts) -> bool {
        let of_appeal = |one: &OrderFacts| one.appeal.is_some() && one.appeal == order.appeal;
        let said = |one: &AppealFacts| {
            Some(&one.id) == order.appeal.as_ref() && matches!(one.parts, Some(PlanParts::Contents | PlanParts::Both))
        };
        let amends_contents = |one: &OrderFacts| of_appeal(one) && one.kind == OrderKind::AmendContents;
        order.source == OrderSource::Concession
            && order.kind == OrderKind::AmendPlacement
            && (self.facts.appeals.iter().any(said)
                || self.facts.tracks.iter().flat_map(Track::orders).any(amends_contents))
    }

    /// What follows an order about a plan that was to cease. It goes on at once, since it was in force while the appeal was
    /// open; or it may end at once, which nobody has to do by a day.
    fn of_ceasing(&self, order: &OrderFacts) -> Option<Deadline> {
        let (id, state) = match order.kind {
            OrderKind::Continue => (RuleId::OrderContinue, State::Met(order.on)),
            OrderKind::CeaseUpheld => (RuleId::OrderCeaseUpheld, State::NotApplicable(MAY_CEASE)),
            _ => return None,
        };
        Some(self.of_order(order, id, state))
    }

    /// The duties of the authority around mediation, each from the day of what asks for it.
    fn of_mediation(&self, mediation: &MediationFacts) -> Vec<Deadline> {
        let label = format!("mediation about the {}", mediation.about.in_words());
        let mut deadlines = Vec::new();
        let mut add = |id, on, happened, state| {
            let event = Event::on(on, happened).about(SubjectKind::Mediation, &mediation.id, &label);
            deadlines.push(self.build(id, event, state));
        };
        let told = "The family told the local authority that it wants mediation";
        if let Some(told_on) = mediation.told_on {
            let overtaken = self.overtaken(mediation.about, told_on);
            if matches!(mediation.about_health, Some(HealthIssues::InPart | HealthIssues::Alone)) {
                add(RuleId::TellIcbOfMediation, told_on, told, self.duty(mediation.icb_told_on, overtaken));
            }
            if mediation.about_health != Some(HealthIssues::Alone) {
                let arranged_on = mediation.arranged_on.or(mediation.held_on).or(mediation.agreed_on);
                let certified = mediation.certificate_on.map(|_| CERTIFIED);
                let adviser_told = mediation.adviser_told_on.map(|_| ADVISER_TOLD);
                let ended = self.facts.appeals.iter().any(|appeal| {
                    appeal.about == mediation.about && appeal.ended_on.is_some_and(|ended_on| ended_on >= told_on)
                });
                let not_owed = certified.or(adviser_told).or(overtaken).or(ended.then_some(DISPUTE_ENDED));
                add(RuleId::ArrangeMediation, told_on, told, self.duty(arranged_on, not_owed));
            }
        }
        if let Some(agreed_on) = mediation.other_agreed_on {
            let happened = "What cannot be appealed against was agreed at mediation";
            add(RuleId::CarryOutAgreement, agreed_on, happened, self.duty(mediation.carried_out_on, None));
        }
        deadlines
    }

    /// The duties of the authority around an appeal.
    fn of_appeal(&self, appeal: &AppealFacts) -> Vec<Deadline> {
        let label = format!("appeal against the {}", appeal.about.in_words());
        let mut deadlines = Vec::new();
        let directed = appeal.respond_by.map(|(due_on, dated_on)| SetDay {
            rule: RuleId::RespondToAppeal,
            due_on,
            basis: DayBasis::Direction,
            dated_on,
        });
        let mut add = |id, on, happened, state| {
            let event = Event::on(on, happened).about(SubjectKind::Appeal, &appeal.id, &label);
            let set_day = directed.as_ref().filter(|day| day.rule == id);
            deadlines.push(self.build(id, Event { set_day, ..event }, state));
        };
        if let Some(received_on) = appeal.received_on {
            let ended = appeal.ended_on.map(|_| APPEAL_ENDED);
            let ended = ended.or_else(|| self.overtaken(appeal.about, appeal.registered_on));
            let happened = "The local authority received the appeal";
            add(RuleId::RespondToAppeal, received_on, happened, self.duty(appeal.responded_on, ended));
        }
        if let Some(on) = appeal.recommendations_on {
            let happened = "The tribunal made recommendations on health or social care";
            add(RuleId::RespondToRecommendations, on, happened, self.duty(appeal.answered_on, None));
        }
        deadlines
    }

    /// Why nothing is owed around a dispute of a day about a refusal that the authority has reversed itself.
    fn overtaken(&self, about: Disputed, on: NaiveDate) -> Option<&'static str> {
        let reversed = self.notices().iter().any(|notice| notice.reversed && notice.is_disputed_by(about, on));
        reversed.then_some(REVERSED)
    }

    /// A duty that stands beside the course of the case: an end by a decision or a plan does not end it.
    fn duty(&self, met_on: Option<NaiveDate>, not_owed: Option<&'static str>) -> State {
        let ended = self.facts.ended.map(|_| CASE_ENDED);
        match (met_on, not_owed.or(ended)) {
            (Some(on), _) => State::Met(on),
            (None, Some(why)) => State::NotApplicable(why),
            (None, None) => State::Open,
        }
    }

    /// The notices against which a family may go to mediation and appeal: those of the first course, then those of
    /// each track.
    fn notices(&self) -> Vec<Sent<'_>> {
        let mut notices = Vec::new();
        for course in self.facts.courses() {
            let decision = |name: &str| course.order.map_or(name.to_owned(), |order| format!("{name}/{order}"));
            for about in Disputed::ALL.iter().copied() {
                let Some(on) = course.told_on(about) else {
                    continue;
                };
                let refusal = (SubjectKind::Decision, about.in_words());
                let (happened, id, (kind, label)) = match (about, course.final_plan) {
                    (Disputed::RefusalToAssess, _) => {
                        ("The refusal to assess was notified", decision("assessment_decision"), refusal)
                    }
                    (Disputed::RefusalToIssue, _) => {
                        ("The refusal to issue a plan was notified", decision("plan_decision"), refusal)
                    }
                    (Disputed::Plan, Some(plan)) => {
                        ("The final plan was sent", plan.id.clone(), (SubjectKind::Plan, plan.label.as_str()))
                    }
                    // The notice that a plan is to cease is not on record here.
                    (Disputed::Plan, None) | (Disputed::Ceasing, _) => continue,
                };
                let reversed = course.reversed_on(about).is_some();
                notices.push(Sent { on, happened, about, kind, id, label, until: None, reversed });
            }
        }
        let sent: Vec<_> = notices.iter().map(|notice| (notice.about, notice.on)).collect();
        for notice in &mut notices {
            let later = |(about, on): &&(Disputed, NaiveDate)| *about == notice.about && *on > notice.on;
            notice.until = sent.iter().filter(later).map(|(_, on)| *on).min();
        }
        notices
    }

    fn contact_mediation_adviser(&self, notice: &Sent<'_>) -> Deadline {
        let first = self.certificates(notice).min();
        self.window(RuleId::ContactMediationAdviser, notice, first)
    }

    fn appeal(&self, notice: &Sent<'_>) -> Deadline {
        let deadline = self.window(RuleId::Appeal, notice, self.appealed(notice, notice.on));
        match self.certificates(notice).max() {
            Some(on) => {
                let after_certificate = self.due_on(RuleId::MediationCertificateAppeal, on);
                let why = format!("The time counted from the mediation certificate of {}", long(on));
                self.ends_later(deadline, after_certificate, &why)
            }
            None => deadline,
        }
    }

    /// The month after a mediation certificate, the last where there are several; `None` where there is none.
    fn appeal_after_certificate(&self, notice: &Sent<'_>) -> Option<Deadline> {
        let on = self.certificates(notice).max()?;
        let event = Event::on(on, "The mediation certificate was issued").about(notice.kind, &notice.id, notice.label);
        let state = notice.window_used(self.appealed(notice, on));
        let deadline = self.build(RuleId::MediationCertificateAppeal, event, state);
        Some(self.ends_later(deadline, self.due_on(RuleId::Appeal, notice.on), "The time counted from the notice"))
    }

    fn due_on(&self, id: RuleId, starts_on: NaiveDate) -> NaiveDate {
        rule(id, self.facts.received_on).due_on(starts_on, self.calendar)
    }

    /// A window for an appeal that stays open until the later of two days, compared after Tribunal time moved each.
    fn ends_later(&self, deadline: Deadline, other: NaiveDate, why: &str) -> Deadline {
        if other <= deadline.due_on || !deadline.applicable {
            return deadline;
        }
        Deadline {
            due_on: other,
            act_by: self.calendar.last_working_day_on_or_before(other),
            derivation: format!("{} {why} ends later: the last day to appeal is {}.", deadline.derivation, long(other)),
            ..deadline
        }
    }

    /// The days of the mediation certificates about a notice.
    fn certificates(&self, notice: &Sent<'_>) -> impl Iterator<Item = NaiveDate> {
        let of_it = |one: &MediationFacts| {
            one.certificate_on.filter(|certificate_on| notice.is_disputed_by(one.about, *certificate_on))
        };
        self.facts.mediations.iter().filter_map(of_it)
    }

    /// The day of the first appeal against a notice from a day on.
    fn appealed(&self, notice: &Sent<'_>, from: NaiveDate) -> Option<NaiveDate> {
        let of_it =
            |one: &&AppealFacts| notice.is_disputed_by(one.about, one.registered_on) && one.registered_on >= from;
        self.facts.appeals.iter().filter(of_it).map(|one| one.registered_on).min()
    }

    fn window(&self, id: RuleId, notice: &Sent<'_>, used_on: Option<NaiveDate>) -> Deadline {
        let event = Event::on(notice.on, notice.happened).about(notice.kind, &notice.id, notice.label);
        self.build(id, event, notice.window_used(used_on))
    }

    fn went_past_assessment(&self) -> bool {
        self.facts.plan.is_some() || !self.facts.drafts.is_empty() || self.facts.final_plan.is_some()
    }

    fn open_unless_ended(&self) -> State {
        if self.open { State::Open } else { State::NotApplicable(CASE_ENDED) }
    }

    /// For what was asked of others on a day: an order is carried out with what is asked for anew.
    fn open_unless_followed(&self, asked_on: NaiveDate) -> State {
        if self.open && self.facts.is_of_earlier_course(asked_on) {
            State::NotApplicable(ORDERED)
        } else {
            self.open_unless_ended()
        }
    }

    fn open_at_first(&self) -> State {
        match (self.at_first, self.facts.tracks.is_empty()) {
            (true, _) => State::Open,
            (false, true) => State::NotApplicable(CASE_ENDED),
            (false, false) => State::NotApplicable(ORDERED),
        }
    }

    fn of_case(&self, id: RuleId, state: State) -> Deadline {
        let receipt = Event {
            exceptions: &self.facts.exceptions,
            ..Event::on(self.facts.received_on, "The request was received")
        };
        self.build(id, receipt, state)
    }

    fn build(&self, id: RuleId, event: Event<'_>, state: State) -> Deadline {
        let rule = event.rule.unwrap_or_else(|| rule(id, self.facts.received_on));
        let (basis, citation) = event.basis.unwrap_or((rule.basis, rule.citation));
        let starts_on = event.on;
        let due = rule.due(starts_on, self.calendar);
        let due_on = event.set_day.map_or(due.on, |day| day.due_on);
        let exception = event
            .exceptions
            .iter()
            .find(|exception| exception.relieves(rule, starts_on, due_on, &self.facts.setting_asked));
        let mut sentences = vec![format!("{} on {}.", event.happened, long(starts_on))];
        sentences.extend(rule.explain(due, citation));
        if let Some(day) = event.set_day {
            sentences.push(format!(
                "{} {}, sets another day in the place of {}: {} ({}).",
                day.basis.in_words(),
                long(day.dated_on),
                long(due.on),
                long(day.due_on),
                day.basis.citation()
            ));
        }
        let citation = event.set_day.map_or(citation, |day| day.basis.citation());
        if let Some(exception) = exception {
            sentences.push(format!(
                "A lawful exception is on record: {} ({}). It moves no date: the step must be taken as soon as practicable.",
                exception.ground.description(),
                rule.exceptions_citation.unwrap_or(citation)
            ));
        }
        let (met_on, applicable) = match state {
            State::Open => (None, true),
            State::Met(on) => (Some(on), true),
            State::NotApplicable(why) => {
                sentences.push(why.to_owned());
                (None, false)
            }
        };
        Deadline {
            rule: rule.id,
            basis,
            holder: rule.holder,
            citation,
            subject: event.subject,
            starts_on,
            due_on,
            act_by: self.calendar.last_working_day_on_or_before(due_on),
            met_on,
            applicable,
            excepted: exception.is_some(),
            derivation: sentences.join(" "),
        }
    }
}
