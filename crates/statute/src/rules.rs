//! What a time limit is: how long, from when, counted how, on whom it falls and by which law.
//!
//! The limits themselves are data: see [`RULES`].

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::{
    calendar::Calendar,
    exception::Ground,
    table::RULES,
    text::{capital, long, text_enum},
    tribunal::{self, Moved},
};

text_enum! {
    /// A time limit.
    pub enum RuleId {
        /// Decide whether to assess, and notify: Regulations 4(1) and 5(1).
        DecideToAssess => "decide_to_assess",
        /// A body asked for advice replies: Regulation 8(1), or guidance for bodies outside section 31.
        Advice => "advice",
        /// Notify that no plan will be issued: Regulation 10(1). Binds a refusal only.
        DecideOnPlan => "decide_on_plan",
        /// The service's own target for the draft; the law sets no day for it.
        SendDraftPlan => "send_draft_plan",
        /// The family comments on the draft: Regulation 13(1)(a).
        Representations => "representations",
        /// A consulted school or college replies: Code of Practice 9.83.
        SettingConsultation => "setting_consultation",
        /// Send the final plan: Regulation 13(2).
        IssueFinalPlan => "issue_final_plan",
        /// The family contacts a mediation adviser: Regulation 33.
        ContactMediationAdviser => "contact_mediation_adviser",
        /// The family appeals: Tribunal Procedure Rules 2008, rule 20(1)(c).
        Appeal => "appeal",
        /// The family appeals after a mediation certificate, where that is later.
        MediationCertificateAppeal => "mediation_certificate_appeal",
        /// After an order to assess: tell the family so. Regulation 44.
        OrderAssessNotify => "order_assess_notify",
        /// After an order to assess: notify that no plan will be issued. Regulation 44. Binds a refusal only.
        OrderAssessRefusePlan => "order_assess_refuse_plan",
        /// After an order to assess: the final plan. Regulation 44.
        OrderAssessIssueFinal => "order_assess_issue_final",
        /// After an order to make a plan: the draft. Regulation 44.
        OrderMakePlanDraft => "order_make_plan_draft",
        /// After an order to make a plan: the final plan. Regulation 44.
        OrderMakePlanFinal => "order_make_plan_final",
        /// After an order to reconsider a refusal to issue: the decision, and the draft or the notice of no plan. Regulation 44(2)(d).
        OrderReconsider => "order_reconsider",
        /// The service's own target for the final plan after an order to reconsider; the law sets no day for it.
        OrderReconsiderFinal => "order_reconsider_final",
        /// After an order to amend the plan's contents. Regulation 44.
        OrderAmendContents => "order_amend_contents",
        /// After an order to amend the placement. Regulation 44.
        OrderAmendPlacement => "order_amend_placement",
        /// After an order to maintain a plan that was to cease. Regulation 44.
        OrderContinue => "order_continue",
        /// After an order that upholds the end of a plan. Regulation 44(2)(a).
        OrderCeaseUpheld => "order_cease_upheld",
        /// Tell the NHS commissioner that the family wants mediation about health: Regulations 35 to 38.
        TellIcbOfMediation => "tell_icb_of_mediation",
        /// Arrange mediation once the family has asked for it: Regulations 35 to 38.
        ArrangeMediation => "arrange_mediation",
        /// Carry out a mediation agreement on what cannot be appealed: Regulation 42(3).
        CarryOutAgreement => "carry_out_agreement",
        /// Respond to an appeal: Tribunal Procedure Rules 2008, rule 21.
        RespondToAppeal => "respond_to_appeal",
        /// Answer the Tribunal's recommendations on health and social care: SI 2017/1306.
        RespondToRecommendations => "respond_to_recommendations",
        /// Review a plan in force: Act section 44(1).
        Review => "review",
        /// Decide after a review meeting to keep, amend or cease the plan, and notify: Regulations 20(10) and 21(9).
        ReviewDecide => "review_decide",
        /// The family comments on the amendments: Regulation 22(2)(c).
        ReviewRepresentations => "review_representations",
        /// Send the plan as amended after a review, or the notice that it is not amended: Regulation 22(3) and (4).
        ReviewFinal => "review_final",
        /// The same for an amendment outside a review: Regulation 28.
        AmendFinal => "amend_final",
        /// Name the next setting before a transfer between phases of education: Regulation 18.
        PhaseTransfer => "phase_transfer",
        /// Decide whether to re-assess, and notify: Regulation 25(1).
        ReassessDecide => "reassess_decide",
        /// Send the final plan after a re-assessment: Regulation 27(2).
        ReassessFinal => "reassess_final",
        /// Send the plan to the authority the person has moved to: Regulation 15(2).
        TransferOut => "transfer_out",
        /// The new authority tells the family that it has the plan: Regulation 15(4).
        TransferInTell => "transfer_in_tell",
        /// The new authority reviews the plan: Regulation 15(5).
        TransferInReview => "transfer_in_review",
    }
}

text_enum! {
    /// What stands behind a time limit. Only a statutory one can be breached.
    pub enum Basis {
        /// An Act, regulations or tribunal rules.
        Statutory => "statutory",
        /// The SEND Code of Practice 2015.
        Guidance => "guidance",
        /// The service's own planning.
        Target => "target",
    }
}

text_enum! {
    /// Whose time runs.
    pub enum Holder {
        /// The local authority.
        LocalAuthority => "local_authority",
        /// A body or person asked for advice.
        Adviser => "adviser",
        /// The child's parent, or the young person. Their windows close; they are never overdue.
        Family => "family",
        /// A school or college consulted about a place.
        Setting => "setting",
    }
}

/// The length of a time limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Weeks of seven days.
    Weeks(u32),
    /// Calendar days.
    Days(u32),
    /// Calendar months: the corresponding date, or the month's last day where it has no such date.
    Months(u32),
    /// Working days: Monday to Friday without bank holidays.
    WorkingDays(u32),
}

/// Whether the day of the event is part of the period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counting {
    /// "Within ... of": the day of the event is not counted.
    After,
    /// "Beginning with": the day of the event is the first day.
    BeginningWith,
}

/// Whether a limit runs in Tribunal time: Tribunal Procedure Rules 2008, rule 12. Apart from it nothing moves for
/// weekends, bank holidays or closed periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TribunalTime {
    /// It does not.
    No,
    /// For a notice that starts proceedings: a last day that is not a working day, or lies in August or between
    /// 25 December and 1 January, moves on (rule 12(2) and (3)(a)).
    LastDayMoves,
    /// For any other act: the days of August and of 25 December to 1 January are not counted (rule 12(3)(b)).
    ClosedDaysNotCounted,
}

/// One time limit as it stood between two dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which limit.
    pub id: RuleId,
    /// How long. `None` where no single length says it: at once, or see `note`.
    pub period: Option<Period>,
    /// How the first day counts.
    pub counting: Counting,
    /// Whether it runs in Tribunal time.
    pub tribunal_time: TribunalTime,
    /// What stands behind it. For advice this is the basis for section 31 bodies; see [`advice_basis`].
    pub basis: Basis,
    /// Whose time runs.
    pub holder: Holder,
    /// Where the limit is written, as a letter would cite it.
    pub citation: &'static str,
    /// The first day of receipt it applies to; `None` when it goes back to the beginning.
    pub applies_from: Option<NaiveDate>,
    /// The last day of receipt it applies to; `None` while in force.
    pub applies_to: Option<NaiveDate>,
    /// The grounds on which it need not be met.
    pub grounds: &'static [Ground],
    /// Where those grounds are written; `None` when there are none.
    pub exceptions_citation: Option<&'static str>,
    /// For [`Ground::AbsentFromArea`]: how many continuous days of absence within the period it takes.
    pub absence_days: i64,
    /// The limit is on saying no; saying yes later breaches nothing.
    pub binds_refusal_only: bool,
    /// What must, or may, happen within the period, as it stands in a sentence.
    pub what: &'static str,
    /// What a reader of the deadline should know besides.
    pub note: Option<&'static str>,
}

/// The version of a limit that a case keeps: the one in force on its day zero, the day of receipt.
///
/// A request received before the first version (history taken over from a council's own records) is
/// shown under that first version. A test holds that every id has a row and that its versions leave no gap.
pub fn rule(id: RuleId, received_on: NaiveDate) -> &'static Rule {
    let [any, ..] = &RULES;
    let versions = || RULES.iter().filter(|rule| rule.id == id);
    versions().find(|rule| rule.in_force(received_on)).or_else(|| versions().next()).unwrap_or(any)
}

/// What stands behind a request for advice: the regulations where the body is one of section 31 of the
/// Act (health bodies by default), the Code of Practice for everybody else.
pub const fn advice_basis(section_31_body: bool) -> (Basis, &'static str) {
    if section_31_body {
        (Basis::Statutory, "Regulation 8(1) SEND Regulations 2014")
    } else {
        (Basis::Guidance, "SEND Code of Practice 2015, chapter 9")
    }
}

/// The last day in time, and how it was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The last day in time.
    pub on: NaiveDate,
    /// Where Tribunal time moved it: from which day, and why.
    pub moved: Option<Moved>,
}

impl Rule {
    /// Whether what began on that day is under this version: a request received, or for the life of a plan the event
    /// that the limit runs from.
    pub fn in_force(&self, received_on: NaiveDate) -> bool {
        self.applies_from.is_none_or(|from| from <= received_on) && self.applies_to.is_none_or(|to| received_on <= to)
    }

    /// Whether the last day in time depends on bank holidays: it is counted in working days, or runs in Tribunal time. The
    /// holidays that matter lie after the first day and not after the last.
    pub fn depends_on_bank_holidays(&self) -> bool {
        matches!(self.period, Some(Period::WorkingDays(_))) || self.tribunal_time != TribunalTime::No
    }

    /// The last day in time when the event happened on `starts_on`. What must happen at once, and what no single length
    /// can say, is due on that day itself. `calendar` holds the bank holidays, which only working days and Tribunal time
    /// look at.
    pub fn due_on(&self, starts_on: NaiveDate, calendar: &Calendar) -> NaiveDate {
        self.due(starts_on, calendar).on
    }

    /// The last day in time, and whether Tribunal time moved it.
    pub fn due(&self, starts_on: NaiveDate, calendar: &Calendar) -> Due {
        let counted = self.counted(starts_on, calendar).unwrap_or(NaiveDate::MAX);
        match self.tribunal_time {
            TribunalTime::No | TribunalTime::ClosedDaysNotCounted => Due { on: counted, moved: None },
            TribunalTime::LastDayMoves => tribunal::last_day(counted, calendar),
        }
    }

    /// The end of the period before Tribunal time moves it.
    fn counted(&self, starts_on: NaiveDate, calendar: &Calendar) -> Option<NaiveDate> {
        let first_counts = self.counting == Counting::BeginningWith;
        // Counting begins with the day after `from`.
        let from = if first_counts { starts_on.pred_opt()? } else { starts_on };
        match self.period {
            None => Some(starts_on),
            Some(Period::Weeks(weeks)) => from.checked_add_days(Days::new(u64::from(weeks).saturating_mul(7))),
            Some(Period::Days(days)) => from.checked_add_days(Days::new(u64::from(days))),
            Some(Period::Months(months)) if first_counts => months_beginning_with(starts_on, months),
            Some(Period::Months(months)) => starts_on.checked_add_months(Months::new(months)),
            Some(Period::WorkingDays(days)) => Some(match self.tribunal_time {
                TribunalTime::ClosedDaysNotCounted => tribunal::add_working_days(from, days, calendar),
                TribunalTime::No | TribunalTime::LastDayMoves => calendar.add_working_days(from, days),
            }),
        }
    }

    /// Whether this rule knows the ground.
    pub fn knows(&self, ground: Ground) -> bool {
        self.grounds.contains(&ground)
    }

    /// How long the period is, as a letter puts it: "6 weeks"; "at once" where no single length says it.
    pub fn length_in_words(&self) -> String {
        match self.period {
            None => "at once".to_owned(),
            Some(Period::Weeks(n)) => unit(n, "week"),
            Some(Period::Days(n)) => unit(n, "day"),
            Some(Period::Months(n)) => unit(n, "month"),
            Some(Period::WorkingDays(n)) => unit(n, "working day"),
        }
    }

    /// What the limit asks for and its last day, in sentences fit for a letter. `citation` is the rule's own, or where
    /// the same limit is written elsewhere for this event.
    pub fn explain(&self, due: Due, citation: &str) -> Vec<String> {
        let counted = due.moved.map_or(due.on, |moved| moved.from);
        let what = match self.period {
            None => format!("{}: {} ({citation}).", capital(self.what), long(counted)),
            Some(_) => format!("Within {} {}: by {} ({citation}).", self.period_in_words(), self.what, long(counted)),
        };
        let moved = due.moved.map(|moved| moved.explain(due.on));
        [Some(what), moved, self.note.map(str::to_owned)].into_iter().flatten().collect()
    }

    /// The period as the derivation of a deadline puts it, with the way of counting.
    fn period_in_words(&self) -> String {
        let counted = match self.counting {
            Counting::After => "that day not counted",
            Counting::BeginningWith => "that day counted as the first",
        };
        match (self.period, self.counting) {
            (Some(Period::Weeks(n)), _) => {
                format!("{} ({} days, {counted})", unit(n, "week"), n.saturating_mul(7))
            }
            (Some(Period::Months(n)), Counting::After) => format!(
                "{} (to the same date of the month, or to its last day where it has no such date)",
                unit(n, "month")
            ),
            (Some(Period::Months(n)), Counting::BeginningWith) => format!(
                "{} ({counted}: to the day before the same date of the month, or to its last day where it has no such date)",
                unit(n, "month")
            ),
            (Some(Period::WorkingDays(n)), _) if self.tribunal_time == TribunalTime::ClosedDaysNotCounted => format!(
                "{} ({counted}, nor the days of August and of 25 December to 1 January)",
                unit(n, "working day")
            ),
            (None | Some(Period::Days(_) | Period::WorkingDays(_)), _) => {
                format!("{} ({counted})", self.length_in_words())
            }
        }
    }
}

/// The last day of so many months that begin with a day: the day before the same date of the month, or the month's last
/// day where it has no such date.
pub(crate) fn months_beginning_with(first: NaiveDate, months: u32) -> Option<NaiveDate> {
    let same_date = first.checked_add_months(Months::new(months))?;
    if same_date.day() == first.day() { same_date.pred_opt() } else { Some(same_date) }
}

fn unit(n: u32, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}
