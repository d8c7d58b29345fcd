//! Every time limit as data: how long, from when, counted how, on whom it falls and by which law.
//!
//! One table, [`RULES`], holds all of them. When the law changes, the row in force gets an `applies_to`
//! and a new row with the next day as `applies_from`; no code changes, and a case keeps the limits that
//! were in force on the day its request was received. The relaxation of 1 May to 25 September 2020 is
//! not modelled: the ordinary limits are shown for cases of those months.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::{
    calendar::Calendar,
    exception::Ground,
    order::{CONCEDED, ORDER},
    text::{long, text_enum},
};

/// Names the content of [`RULES`]; published figures quote it. Changes whenever a row does.
pub const RULES_VERSION: &str = "send-2014.2";

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

/// The length of a time limit. Nothing moves for weekends or holidays, but where the law counts working days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Weeks of seven days.
    Weeks(u32),
    /// Days.
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

/// One time limit as it stood between two dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Which limit.
    pub id: RuleId,
    /// How long.
    pub period: Period,
    /// How the first day counts.
    pub counting: Counting,
    /// Whether the days of August and of 25 December to 1 January are not counted: Tribunal Procedure Rules 2008, rule
    /// 12(3)(b).
    pub closed_days_not_counted: bool,
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

/// A new plan's grounds, the same in Regulations 5(4), 10(4) and 13(3).
const AUTHORITY_GROUNDS: &[Ground] = &[
    Ground::SchoolClosed,
    Ground::EarlyYearsProviderClosed,
    Ground::ExceptionalPersonalCircumstances,
    Ground::AbsentFromArea,
];

/// An adviser's grounds in Regulation 8(2): a closed school is not one of them.
const ADVISER_GROUNDS: &[Ground] =
    &[Ground::ExceptionalCircumstances, Ground::AbsentFromArea, Ground::MissedAppointment];

const FOUR_WEEKS: i64 = 28;
const TWO_WEEKS: i64 = 14;

const TRIBUNAL_RULES: &str =
    "Rule 20(1)(c) Tribunal Procedure (First-tier Tribunal) (Health, Education and Social Care Chamber) Rules 2008";

/// The paragraphs could not be checked against the official text.
const MEDIATION: &str = "Regulations 35 to 38 SEND Regulations 2014";

/// What most rows share; a row names only what is its own.
const PLAIN: Rule = Rule {
    id: RuleId::DecideToAssess,
    period: Period::Days(0),
    counting: Counting::After,
    closed_days_not_counted: false,
    basis: Basis::Statutory,
    holder: Holder::LocalAuthority,
    citation: "",
    applies_from: None,
    applies_to: None,
    grounds: &[],
    exceptions_citation: None,
    absence_days: FOUR_WEEKS,
    binds_refusal_only: false,
    what: "",
    note: None,
};

/// What the rules for carrying out an order share.
///
/// That Regulation 44(3) gives these grounds for every order, and two weeks for an absence, could not be
/// checked against the official text: it is data here, to be corrected in one place.
const AFTER_ORDER: Rule = Rule {
    citation: ORDER,
    grounds: AUTHORITY_GROUNDS,
    exceptions_citation: Some("Regulation 44(3) SEND Regulations 2014"),
    absence_days: TWO_WEEKS,
    ..PLAIN
};

/// Every limit there is and was, in the order in which a case meets them.
pub static RULES: [Rule; 26] = [
    Rule {
        id: RuleId::DecideToAssess,
        period: Period::Weeks(6),
        citation: "Regulations 4(1) and 5(1) SEND Regulations 2014",
        grounds: AUTHORITY_GROUNDS,
        exceptions_citation: Some("Regulation 5(4) SEND Regulations 2014"),
        what: "the local authority must decide whether to assess and notify the family",
        ..PLAIN
    },
    Rule {
        id: RuleId::Advice,
        period: Period::Weeks(6),
        holder: Holder::Adviser,
        citation: "Regulation 8(1) SEND Regulations 2014",
        grounds: ADVISER_GROUNDS,
        exceptions_citation: Some("Regulation 8(2) SEND Regulations 2014"),
        what: "the advice is due",
        ..PLAIN
    },
    Rule {
        id: RuleId::DecideOnPlan,
        period: Period::Weeks(16),
        citation: "Regulation 10(1) SEND Regulations 2014",
        grounds: AUTHORITY_GROUNDS,
        exceptions_citation: Some("Regulation 10(4) SEND Regulations 2014"),
        binds_refusal_only: true,
        what: "a decision not to issue a plan must be notified to the family",
        note: Some("This limit binds only a refusal: a decision to issue a plan may be taken later."),
        ..PLAIN
    },
    Rule {
        id: RuleId::SendDraftPlan,
        period: Period::Days(125),
        basis: Basis::Target,
        citation: "planning target, no statutory date",
        what: "the draft plan should be sent",
        note: Some(
            "The law sets no date for the draft: this is the last day on which it leaves the family its full time to comment before the final plan is due.",
        ),
        ..PLAIN
    },
    Rule {
        id: RuleId::Representations,
        period: Period::Days(15),
        counting: Counting::BeginningWith,
        holder: Holder::Family,
        citation: "Regulation 13(1)(a) SEND Regulations 2014",
        what: "the family may comment on the draft, ask for a school and ask for a meeting",
        ..PLAIN
    },
    Rule {
        id: RuleId::SettingConsultation,
        period: Period::Days(15),
        basis: Basis::Guidance,
        holder: Holder::Setting,
        citation: "SEND Code of Practice 2015, paragraph 9.83",
        what: "the setting should reply",
        ..PLAIN
    },
    Rule {
        id: RuleId::IssueFinalPlan,
        period: Period::Weeks(20),
        citation: "Regulation 13(2) SEND Regulations 2014",
        grounds: AUTHORITY_GROUNDS,
        exceptions_citation: Some("Regulation 13(3) SEND Regulations 2014"),
        what: "the final plan must be sent",
        ..PLAIN
    },
    Rule {
        id: RuleId::ContactMediationAdviser,
        period: Period::Months(2),
        holder: Holder::Family,
        citation: "Regulation 33 SEND Regulations 2014",
        what: "the family may contact a mediation adviser",
        ..PLAIN
    },
    Rule {
        id: RuleId::Appeal,
        period: Period::Months(2),
        holder: Holder::Family,
        citation: TRIBUNAL_RULES,
        what: "the family may appeal to the First-tier Tribunal",
        ..PLAIN
    },
    Rule {
        id: RuleId::MediationCertificateAppeal,
        period: Period::Months(1),
        holder: Holder::Family,
        citation: TRIBUNAL_RULES,
        what: "the family may appeal to the First-tier Tribunal",
        note: Some("Where the time to appeal counted from the notice ends later, that later day stands."),
        ..PLAIN
    },
    Rule {
        id: RuleId::OrderAssessNotify,
        period: Period::Weeks(2),
        what: "the local authority must tell the family that it will assess",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderAssessRefusePlan,
        period: Period::Weeks(10),
        binds_refusal_only: true,
        what: "a decision not to issue a plan must be notified to the family",
        note: Some("This limit binds only a refusal: a decision to issue a plan may be taken later."),
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderAssessIssueFinal,
        period: Period::Weeks(14),
        what: "the final plan must be sent",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderMakePlanDraft,
        period: Period::Weeks(5),
        what: "the draft plan must be sent",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderMakePlanFinal,
        period: Period::Weeks(11),
        what: "the final plan must be sent",
        ..AFTER_ORDER
    },
    Rule {
        // Paragraph (2)(d), and that it covers the draft or the notice, could not be checked against the official text.
        id: RuleId::OrderReconsider,
        period: Period::Weeks(2),
        what: "the local authority must reconsider its decision, and send the draft plan or notify that no plan will be issued",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderReconsiderFinal,
        period: Period::Days(15),
        basis: Basis::Target,
        citation: "planning target, no statutory date",
        what: "the final plan should be sent",
        note: Some(
            "The law sets no date for the final plan after a reconsideration: this is the first day on which the family has had its full time to comment on the draft.",
        ),
        ..PLAIN
    },
    Rule {
        id: RuleId::OrderAmendContents,
        period: Period::Weeks(5),
        what: "the amended plan must be sent",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderAmendPlacement,
        period: Period::Weeks(2),
        what: "the plan with the amended placement must be sent",
        ..AFTER_ORDER
    },
    Rule {
        // Paragraph (2)(g) and (h) could not be checked against the official text.
        id: RuleId::OrderContinue,
        what: "the local authority must continue to maintain the plan",
        note: Some("The plan continues at once. Where amendments are ordered as well, they have a limit of their own."),
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderCeaseUpheld,
        what: "the local authority may cease to maintain the plan",
        note: Some("Nothing is owed: the plan may end at once."),
        ..AFTER_ORDER
    },
    Rule {
        // Three working days could not be checked against the official text.
        id: RuleId::TellIcbOfMediation,
        period: Period::WorkingDays(3),
        citation: MEDIATION,
        what: "the local authority must tell each NHS commissioner (ICB) of the health issues in the mediation",
        ..PLAIN
    },
    Rule {
        // Thirty days could not be checked against the official text.
        id: RuleId::ArrangeMediation,
        period: Period::Days(30),
        citation: MEDIATION,
        what: "the local authority must arrange the mediation",
        note: Some("About health alone the NHS commissioner (ICB) arranges it."),
        ..PLAIN
    },
    Rule {
        id: RuleId::CarryOutAgreement,
        period: Period::Weeks(2),
        citation: "Regulation 42(3) SEND Regulations 2014",
        what: "the local authority must carry out what was agreed at mediation on matters that cannot be appealed",
        ..PLAIN
    },
    Rule {
        // Thirty working days could not be checked against the official text.
        id: RuleId::RespondToAppeal,
        period: Period::WorkingDays(30),
        closed_days_not_counted: true,
        citation: "Rules 12 and 21 Tribunal Procedure (First-tier Tribunal) (Health, Education and Social Care Chamber) Rules 2008",
        what: "the local authority must send the Tribunal its response to the appeal",
        note: Some("A date that the Tribunal directs stands in its place."),
        ..PLAIN
    },
    Rule {
        // Five weeks could not be checked against the official text.
        id: RuleId::RespondToRecommendations,
        period: Period::Weeks(5),
        citation: "Special Educational Needs and Disability (First-tier Tribunal Recommendations Power) Regulations 2017 (SI 2017/1306)",
        what: "the Tribunal's recommendations on health and social care must be answered",
        ..PLAIN
    },
];

/// [`RuleId::OrderAmendPlacement`] where the authority concedes an appeal that is about the contents of the plan too.
pub(crate) static CONCEDED_WITH_CONTENTS: Rule = Rule {
    id: RuleId::OrderAmendPlacement,
    period: Period::Weeks(5),
    citation: CONCEDED,
    what: "the plan with the amended placement must be sent",
    note: Some("The placement alone would be due within 2 weeks: this appeal is about the contents of the plan too."),
    ..AFTER_ORDER
};

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

impl Rule {
    /// Whether requests received on that day are under this version.
    pub fn in_force(&self, received_on: NaiveDate) -> bool {
        self.applies_from.is_none_or(|from| from <= received_on) && self.applies_to.is_none_or(|to| received_on <= to)
    }

    /// The last day in time when the event happened on `starts_on`. `calendar` holds the bank holidays, which only working
    /// days look at.
    pub fn due_by(&self, starts_on: NaiveDate, calendar: &Calendar) -> NaiveDate {
        match self.period {
            Period::WorkingDays(days) if self.closed_days_not_counted => {
                calendar.add_counted_days(starts_on, days, |day| !is_closed(day))
            }
            Period::WorkingDays(days) => calendar.add_working_days(starts_on, days),
            Period::Weeks(_) | Period::Days(_) | Period::Months(_) => self.due_on(starts_on),
        }
    }

    /// The same without bank holidays.
    pub fn due_on(&self, starts_on: NaiveDate) -> NaiveDate {
        let after = match self.period {
            Period::Weeks(weeks) => starts_on.checked_add_days(Days::new(u64::from(weeks).saturating_mul(7))),
            Period::Days(days) => starts_on.checked_add_days(Days::new(u64::from(days))),
            Period::Months(months) => starts_on.checked_add_months(Months::new(months)),
            Period::WorkingDays(_) => return self.due_by(starts_on, &Calendar::default()),
        }
        .unwrap_or(NaiveDate::MAX);
        match self.counting {
            Counting::After => after,
            Counting::BeginningWith => after.pred_opt().unwrap_or(starts_on),
        }
    }

    /// Whether this rule knows the ground.
    pub fn knows(&self, ground: Ground) -> bool {
        self.grounds.contains(&ground)
    }

    /// How long the period is, as a letter puts it: "6 weeks".
    pub fn length_in_words(&self) -> String {
        match self.period {
            Period::Weeks(n) => unit(n, "week"),
            Period::Days(n) => unit(n, "day"),
            Period::Months(n) => unit(n, "month"),
            Period::WorkingDays(n) => unit(n, "working day"),
        }
    }

    /// The period as the derivation of a deadline puts it, with the way of counting.
    fn period_in_words(&self) -> String {
        let counted = match self.counting {
            Counting::After => "that day not counted",
            Counting::BeginningWith => "that day counted as the first",
        };
        match self.period {
            Period::Weeks(n) => {
                format!("{} ({} days, {counted})", unit(n, "week"), n.saturating_mul(7))
            }
            Period::Days(n) => format!("{} ({counted})", unit(n, "day")),
            Period::Months(n) => format!(
                "{} (to the same date of the month, or to its last day where it has no such date)",
                unit(n, "month")
            ),
            Period::WorkingDays(n) if self.closed_days_not_counted => format!(
                "{} ({counted}, nor the days of August and of 25 December to 1 January)",
                unit(n, "working day")
            ),
            Period::WorkingDays(n) => format!("{} ({counted})", unit(n, "working day")),
        }
    }

    /// What the limit asks for and its last day, in a sentence fit for a letter.
    pub(crate) fn explain(&self, due_on: NaiveDate, citation: &str) -> String {
        match self.period {
            Period::Days(0) => format!("At once {}: {} ({citation}).", self.what, long(due_on)),
            _ => format!("Within {} {}: by {} ({citation}).", self.period_in_words(), self.what, long(due_on)),
        }
    }
}

/// Whether a day lies in August, or between 25 December and 1 January.
fn is_closed(day: NaiveDate) -> bool {
    matches!((day.month(), day.day()), (8, _) | (12, 25..) | (1, 1))
}

fn unit(n: u32, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}
