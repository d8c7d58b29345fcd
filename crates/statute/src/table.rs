//! The time limits as data.
//!
//! One table, [`RULES`], holds all of them. When the law changes, the row in force gets an `applies_to`
//! and a new row with the next day as `applies_from`; no code changes, and a case keeps the limits that
//! were in force on the day its request was received. The relaxation of 1 May to 25 September 2020 is
//! not modelled: the ordinary limits are shown for cases of those months. The reform that the White Paper
//! of February 2026 announces for September 2029 changes nothing here until it is law.
//!
//! A comment marks what could not be checked against the official text.

use crate::{
    exception::Ground,
    order::ORDER,
    rules::{Basis, Counting, Holder, Period, Rule, RuleId, TribunalTime},
};

/// Names the content of [`RULES`]; published figures quote it. Changes whenever a row does, or what is derived by one:
/// then every case is derived anew.
pub const RULES_VERSION: &str = "send-2014.3";

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

const TRIBUNAL_RULES: &str = "Rules 12 and 20(1)(c) Tribunal Procedure (First-tier Tribunal) (Health, Education and Social Care Chamber) Rules 2008";

/// The paragraphs could not be checked against the official text.
const MEDIATION: &str = "Regulations 35 to 38 SEND Regulations 2014";

/// What most rows share; a row names only what is its own.
const PLAIN: Rule = Rule {
    id: RuleId::DecideToAssess,
    period: None,
    counting: Counting::After,
    tribunal_time: TribunalTime::No,
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
pub static RULES: [Rule; 37] = [
    // Written out whole: it shows all that a row can say.
    Rule {
        // Regulation 5(4) relieves the six weeks whichever way the decision goes, since Regulation 5(1) says "whether or not".
        // Regulation 4(1) names the same six weeks for a refusal without an exception of its own: somebody may argue that a
        // refusal is not relieved.
        id: RuleId::DecideToAssess,
        period: Some(Period::Weeks(6)),
        counting: Counting::After,
        tribunal_time: TribunalTime::No,
        basis: Basis::Statutory,
        holder: Holder::LocalAuthority,
        citation: "Regulations 4(1) and 5(1) SEND Regulations 2014",
        applies_from: None,
        applies_to: None,
        grounds: AUTHORITY_GROUNDS,
        exceptions_citation: Some("Regulation 5(4) SEND Regulations 2014"),
        absence_days: FOUR_WEEKS,
        binds_refusal_only: false,
        what: "the local authority must decide whether to assess and notify the family",
        note: None,
    },
    Rule {
        id: RuleId::Advice,
        period: Some(Period::Weeks(6)),
        holder: Holder::Adviser,
        citation: "Regulation 8(1) SEND Regulations 2014",
        grounds: ADVISER_GROUNDS,
        exceptions_citation: Some("Regulation 8(2) SEND Regulations 2014"),
        what: "the advice is due",
        ..PLAIN
    },
    Rule {
        id: RuleId::DecideOnPlan,
        period: Some(Period::Weeks(16)),
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
        period: Some(Period::Days(125)),
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
        period: Some(Period::Days(15)),
        counting: Counting::BeginningWith,
        holder: Holder::Family,
        citation: "Regulation 13(1)(a) SEND Regulations 2014",
        what: "the family may comment on the draft, ask for a school and ask for a meeting",
        ..PLAIN
    },
    Rule {
        id: RuleId::SettingConsultation,
        period: Some(Period::Days(15)),
        basis: Basis::Guidance,
        holder: Holder::Setting,
        citation: "SEND Code of Practice 2015, paragraph 9.83",
        what: "the setting should reply",
        ..PLAIN
    },
    Rule {
        id: RuleId::IssueFinalPlan,
        period: Some(Period::Weeks(20)),
        citation: "Regulation 13(2) SEND Regulations 2014",
        grounds: AUTHORITY_GROUNDS,
        exceptions_citation: Some("Regulation 13(3) SEND Regulations 2014"),
        what: "the final plan must be sent",
        ..PLAIN
    },
    Rule {
        id: RuleId::ContactMediationAdviser,
        period: Some(Period::Months(2)),
        holder: Holder::Family,
        citation: "Regulation 33 SEND Regulations 2014",
        what: "the family may contact a mediation adviser",
        ..PLAIN
    },
    Rule {
        id: RuleId::Appeal,
        period: Some(Period::Months(2)),
        holder: Holder::Family,
        citation: TRIBUNAL_RULES,
        tribunal_time: TribunalTime::LastDayMoves,
        what: "the family may appeal to the First-tier Tribunal",
        ..PLAIN
    },
    Rule {
        id: RuleId::MediationCertificateAppeal,
        period: Some(Period::Months(1)),
        holder: Holder::Family,
        citation: TRIBUNAL_RULES,
        tribunal_time: TribunalTime::LastDayMoves,
        what: "the family may appeal to the First-tier Tribunal",
        note: Some("Where the time to appeal counted from the notice ends later, that later day stands."),
        ..PLAIN
    },
    Rule {
        id: RuleId::OrderAssessNotify,
        period: Some(Period::Weeks(2)),
        what: "the local authority must tell the family that it will assess",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderAssessRefusePlan,
        period: Some(Period::Weeks(10)),
        binds_refusal_only: true,
        what: "a decision not to issue a plan must be notified to the family",
        note: Some("This limit binds only a refusal: a decision to issue a plan may be taken later."),
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderAssessIssueFinal,
        period: Some(Period::Weeks(14)),
        what: "the final plan must be sent",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderMakePlanDraft,
        period: Some(Period::Weeks(5)),
        what: "the draft plan must be sent",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderMakePlanFinal,
        period: Some(Period::Weeks(11)),
        what: "the final plan must be sent",
        ..AFTER_ORDER
    },
    Rule {
        // Paragraph (2)(d), and that it covers the draft or the notice, could not be checked against the official text.
        id: RuleId::OrderReconsider,
        period: Some(Period::Weeks(2)),
        what: "the local authority must reconsider its decision, and send the draft plan or notify that no plan will be issued",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderReconsiderFinal,
        period: Some(Period::Days(15)),
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
        period: Some(Period::Weeks(5)),
        what: "the amended plan must be sent",
        ..AFTER_ORDER
    },
    Rule {
        id: RuleId::OrderAmendPlacement,
        period: Some(Period::Weeks(2)),
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
        period: Some(Period::WorkingDays(3)),
        citation: MEDIATION,
        what: "the local authority must tell each NHS commissioner (ICB) of the health issues in the mediation",
        ..PLAIN
    },
    Rule {
        // Thirty days could not be checked against the official text.
        id: RuleId::ArrangeMediation,
        period: Some(Period::Days(30)),
        citation: MEDIATION,
        what: "the local authority must arrange the mediation",
        note: Some("About health alone the NHS commissioner (ICB) arranges it."),
        ..PLAIN
    },
    Rule {
        id: RuleId::CarryOutAgreement,
        period: Some(Period::Weeks(2)),
        citation: "Regulation 42(3) SEND Regulations 2014",
        what: "the local authority must carry out what was agreed at mediation on matters that cannot be appealed",
        ..PLAIN
    },
    Rule {
        // Thirty working days could not be checked against the official text.
        id: RuleId::RespondToAppeal,
        period: Some(Period::WorkingDays(30)),
        tribunal_time: TribunalTime::ClosedDaysNotCounted,
        citation: "Rules 12 and 21 Tribunal Procedure (First-tier Tribunal) (Health, Education and Social Care Chamber) Rules 2008",
        what: "the local authority must send the Tribunal its response to the appeal",
        note: Some("A date that the Tribunal directs stands in its place."),
        ..PLAIN
    },
    Rule {
        // Five weeks could not be checked against the official text.
        id: RuleId::RespondToRecommendations,
        period: Some(Period::Weeks(5)),
        citation: "Special Educational Needs and Disability (First-tier Tribunal Recommendations Power) Regulations 2017 (SI 2017/1306)",
        what: "the Tribunal's recommendations on health and social care must be answered",
        ..PLAIN
    },
    Rule {
        id: RuleId::Review,
        period: Some(Period::Months(12)),
        counting: Counting::BeginningWith,
        citation: "Section 44(1) Children and Families Act 2014",
        what: "the local authority must review the plan, counted from the day it was made or last reviewed",
        ..PLAIN
    },
    Rule {
        id: RuleId::ReviewDecide,
        period: Some(Period::Weeks(4)),
        citation: "Regulations 20(10), 21(9) and 22(2) SEND Regulations 2014; L v Devon [2022] EWHC 493 (Admin)",
        what: "the local authority must decide to keep, amend or cease the plan, and notify the family and the head or principal",
        note: Some(
            "A decision to amend is sent with the plan, the notice of the amendments and the evidence within the same time.",
        ),
        ..PLAIN
    },
    Rule {
        id: RuleId::ReviewRepresentations,
        period: Some(Period::Days(15)),
        counting: Counting::BeginningWith,
        holder: Holder::Family,
        citation: "Regulation 22(2)(c) SEND Regulations 2014",
        what: "the family may comment on the amendments",
        ..PLAIN
    },
    Rule {
        id: RuleId::ReviewFinal,
        period: Some(Period::Weeks(8)),
        citation: "Regulation 22(3) and (4) SEND Regulations 2014",
        what: "the amended plan must be sent, or the notice that the plan is not amended",
        ..PLAIN
    },
    Rule {
        id: RuleId::AmendFinal,
        period: Some(Period::Weeks(8)),
        citation: "Regulations 22 and 28 SEND Regulations 2014",
        what: "the amended plan must be sent, or the notice that the plan is not amended",
        ..PLAIN
    },
    Rule {
        id: RuleId::PhaseTransfer,
        citation: "Regulation 18 SEND Regulations 2014",
        what: "the plan must have been reviewed and amended so that it names the next setting or its type",
        note: Some(
            "In the calendar year of the transfer: before 31 March from secondary school to post-16, before 15 February at every other transfer; from one post-16 institution to another at least five months before.",
        ),
        ..PLAIN
    },
    Rule {
        id: RuleId::ReassessDecide,
        period: Some(Period::Days(15)),
        citation: "Regulation 25(1) SEND Regulations 2014",
        what: "the local authority must decide whether to re-assess and notify the family",
        ..PLAIN
    },
    Rule {
        id: RuleId::ReassessFinal,
        period: Some(Period::Weeks(14)),
        citation: "Regulation 27(2) SEND Regulations 2014",
        grounds: AUTHORITY_GROUNDS,
        exceptions_citation: Some("Regulation 27(3) SEND Regulations 2014"),
        what: "the final plan must be sent",
        ..PLAIN
    },
    Rule {
        id: RuleId::TransferOut,
        period: Some(Period::WorkingDays(15)),
        counting: Counting::BeginningWith,
        citation: "Regulation 15(2) SEND Regulations 2014",
        what: "the old authority must send the plan to the new one, counted from the day it became aware of the move",
        note: Some(
            "An authority that knew of the move at least 15 working days before it sends the plan on the day of the move.",
        ),
        ..PLAIN
    },
    Rule {
        id: RuleId::TransferInTell,
        period: Some(Period::Weeks(6)),
        citation: "Regulation 15(4) SEND Regulations 2014",
        what: "the new authority must tell the family that it has the plan, whether it will assess, and when it will review the plan",
        ..PLAIN
    },
    Rule {
        id: RuleId::TransferInReview,
        citation: "Regulation 15(5) SEND Regulations 2014",
        what: "the new authority must review the plan",
        note: Some(
            "The later of 12 months beginning with the day the plan was made or last reviewed, and 3 months beginning with the transfer.",
        ),
        ..PLAIN
    },
];

/// [`RuleId::OrderAmendPlacement`] where the authority concedes an appeal that is about the contents of the plan too. Where
/// that is written is said of every conceded appeal: see `OrderSource::citation`.
pub(crate) static CONCEDED_WITH_CONTENTS: Rule = Rule {
    id: RuleId::OrderAmendPlacement,
    period: Some(Period::Weeks(5)),
    what: "the plan with the amended placement must be sent",
    note: Some("The placement alone would be due within 2 weeks: this appeal is about the contents of the plan too."),
    ..AFTER_ORDER
};
