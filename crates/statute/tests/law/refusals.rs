//! Every refusal with its sentence and its citation, on a page that a lawyer can read: `docs/refusals.md`.
//!
//! After a change of words, `RENEW_REFUSALS=1 cargo test -p statute refusals` writes the page anew; then read what changed.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use statute::{
    AdviceKind, AdviceStatus, AssessmentOutcome, CaseFacts, Choice, Code, DayBasis, Decided, DifferingSection,
    Disputed, End, EndKind, ExistingAdvice, Ground, HealthAgreement, Mistake, Notice, NoticeAbout, NoticeKind,
    NoticesDue, OrderFacts, OrderKind, OrderSource, PassedOver, Placement, PlanContent, PlanKind, PlanOutcome,
    PlanStatus, PreparingForAdulthood, Recipient, Refusal, RuleId, Section, Track, check_advice_settled,
    check_can_ask_for_information, check_concession, check_consulted, check_day_basis, check_differences,
    check_disputable, check_draft_names_no_setting, check_entered_in_error, check_evidence, check_ground,
    check_health_agreement, check_notice, check_order, check_placement, check_preparing_for_adulthood,
    check_representations_over, check_requests_answered, check_s61_family_consulted, check_s61_finding, check_written,
    findings, section_to_write,
};

use crate::support::{
    assessment, complete_notice, content_of, day_zero, draft, final_plan, grounds, issued, lawful_draft, lawful_final,
    on_day, plan_decision, progress, received,
};

/// What is refused, as a heading, and the refusal.
type Row = (&'static str, Refusal);

fn refused<T: std::fmt::Debug>(what: &'static str, answer: Result<T, Refusal>) -> Row {
    (what, answer.unwrap_err())
}

fn assessing() -> CaseFacts {
    CaseFacts { assessment: Some(assessment(AssessmentOutcome::Assess, 30)), ..received() }
}

fn ordered(kind: OrderKind, about: Disputed) -> CaseFacts {
    let order = OrderFacts {
        id: "order".to_owned(),
        label: "order".to_owned(),
        kind,
        about,
        source: OrderSource::Tribunal,
        on: on_day(90),
        appeal: None,
        days: Vec::new(),
    };
    CaseFacts {
        assessment: Some(assessment(AssessmentOutcome::Refuse, 30)),
        tracks: vec![Track::opened_by(order)],
        ..received()
    }
}

fn steps() -> Vec<Row> {
    let withdrawn = CaseFacts { ended: Some(End { kind: EndKind::Withdrawn, on: on_day(20) }), ..received() };
    let refuse = assessment(AssessmentOutcome::Refuse, 95);
    let ordered = || progress(&ordered(OrderKind::Assess, Disputed::RefusalToAssess));
    vec![
        refused("A draft before the decision whether to assess", progress(&received()).check_can_draft()),
        refused("A draft before the decision whether to issue a plan", progress(&assessing()).check_can_draft()),
        refused(
            "A second decision whether to assess",
            progress(&assessing()).decide_to_assess(assessment(AssessmentOutcome::Assess, 31), None),
        ),
        refused("A step after the end of the case", progress(&withdrawn).check_can_seek_advice()),
        refused("Another final plan after the final plan", progress(&issued(100)).issue_final_plan(&lawful_final(120))),
        refused(
            "A refusal without reasons",
            progress(&received()).decide_to_assess(assessment(AssessmentOutcome::Refuse, 30), None),
        ),
        refused("A refusal of an assessment that is ordered", ordered().decide_to_assess(refuse, Some(grounds()))),
        refused(
            "A decision on a plan before the family was told of an ordered assessment",
            ordered().decide_on_plan(plan_decision(PlanOutcome::Issue, 95), None),
        ),
        refused("The reversal of what is no refusal", progress(&assessing()).reverse_refusal(on_day(40))),
        refused(
            "A request for information after the decision",
            check_can_ask_for_information(&assessing(), on_day(35)),
        ),
        refused("A mistake where nothing is on record", check_entered_in_error(&received(), Mistake::FinalPlan, &[])),
        refused(
            "A mistake on which something rests",
            check_entered_in_error(&issued(100), Mistake::AssessmentDecision, &[]),
        ),
    ]
}

fn notices_and_exceptions() -> Vec<Row> {
    vec![
        refused(
            "An incomplete notice of a refusal to assess",
            check_notice(NoticeKind::RefusalToAssess, &Notice::default()),
        ),
        refused(
            "An incomplete notice of a refusal to issue",
            check_notice(NoticeKind::RefusalToIssue, &Notice::default()),
        ),
        refused(
            "An incomplete notice with a final plan",
            check_notice(NoticeKind::FinalPlan, &Notice { mediation: false, ..complete_notice() }),
        ),
        refused(
            "A ground that the rule does not know",
            check_ground(RuleId::IssueFinalPlan, Ground::MissedAppointment, day_zero()),
        ),
        refused(
            "An exception to a rule that has none",
            check_ground(RuleId::SendDraftPlan, Ground::AbsentFromArea, day_zero()),
        ),
        refused(
            "A notice of what has not happened",
            NoticesDue::of(day_zero(), Decided::default(), true, false).check(NoticeAbout::PlanRefusal),
        ),
        refused(
            "A notice of a decision to the family, which has its day with the decision",
            NoticesDue::check_recipients(NoticeAbout::AssessmentDecision, &[Recipient::Family]),
        ),
        refused("An exception without its evidence", check_evidence(&[RuleId::IssueFinalPlan], None, day_zero())),
    ]
}

fn of_plans() -> Vec<Row> {
    let changed = [DifferingSection { section: Section::F, names_representation: false }];
    let needs_alone = PlanContent {
        health_agreement: HealthAgreement::Agreed,
        ..content_of(&[Section::A, Section::B, Section::C, Section::E, Section::F, Section::I])
    };
    let unanswered = findings(PlanKind::Draft, &needs_alone)
        .into_iter()
        .find(|finding| finding.rule == Code::NeedsUnanswered)
        .map(|finding| Refusal { code: finding.rule, sentence: finding.sentence, citation: finding.citation });
    let serving = |change: &dyn Fn(&mut PlanContent)| {
        let mut draft = lawful_draft(90);
        change(&mut draft.content);
        let drafting = CaseFacts { plan: Some(plan_decision(PlanOutcome::Issue, 80)), ..assessing() };
        progress(&drafting).serve_draft(&draft)
    };
    let served =
        CaseFacts { plan: Some(plan_decision(PlanOutcome::Issue, 80)), drafts: vec![draft(90)], ..assessing() };
    let named = |setting_not_consulted, authority_not_consulted| Choice {
        setting_not_consulted,
        authority_not_consulted,
        ..Choice::default()
    };
    vec![
        refused("A draft that names a setting", check_draft_names_no_setting(false)),
        refused(
            "A draft with a setting in section I",
            serving(&|content| {
                content.written.insert(Section::I);
            }),
        ),
        refused("A section that there is none of", section_to_write("L")),
        refused("Section K", section_to_write("K")),
        refused("A blank section", check_written(Section::B, false)),
        ("Needs without provision (a finding)", unanswered.unwrap()),
        refused("A draft while advice is not settled", check_advice_settled(2, false)),
        refused("A final plan within the fifteen days", progress(&served).issue_final_plan(&lawful_final(95))),
        refused(
            "The same, as the check tells it",
            check_representations_over(on_day(90), None, on_day(95), day_zero()),
        ),
        refused("A final plan without a placement", check_placement(None)),
        refused("A setting without its type", check_placement(Some(Placement::Setting { type_given: false }))),
        refused("Education otherwise without the finding", check_s61_finding(false)),
        refused("Education otherwise without the family", check_s61_family_consulted(false)),
        refused("A setting that nobody consulted", check_consulted(&named(true, false))),
        refused("A setting whose authority nobody consulted", check_consulted(&named(false, true))),
        refused(
            "A school that the family asked for, passed over without a ground",
            check_requests_answered(&[PassedOver { can_be_requested: true, answered: false }]),
        ),
        refused("Section G without an agreement", check_health_agreement(true, HealthAgreement::Unrecorded)),
        refused("Section G against a refusal", check_health_agreement(true, HealthAgreement::Refused)),
        refused("A change after the draft that answers nothing", check_differences(&changed)),
        refused(
            "No preparation for adulthood from year 9",
            check_preparing_for_adulthood(PreparingForAdulthood::Missing),
        ),
        refused("A change of a served draft", PlanStatus::Served.check_editable()),
    ]
}

fn of_disputes() -> Vec<Row> {
    let plan = final_plan(100);
    vec![
        refused(
            "A dispute about what is not in force",
            check_disputable(Disputed::Plan, progress(&received()).stage(), None),
        ),
        refused("An order that this appeal can't lead to", check_order(Disputed::RefusalToAssess, OrderKind::MakePlan)),
        refused(
            "An order to reconsider a refusal to assess",
            check_order(Disputed::RefusalToAssess, OrderKind::Reconsider),
        ),
        refused("A concession after the response", check_concession(plan.issued_on, Some(on_day(99)))),
        refused(
            "Another day by agreement for what the Tribunal ordered",
            check_day_basis(OrderSource::Tribunal, DayBasis::WrittenAgreement),
        ),
    ]
}

fn of_advice() -> Vec<Row> {
    let cover = |kind, agreements| AdviceStatus::Requested.cover(kind, agreements);
    let none = ExistingAdvice { adviser_agreed_on: None, authority_agreed_on: None, family_agreed_on: None };
    vec![
        refused("A step of advice out of its order", AdviceStatus::Accepted.submit()),
        refused("Existing advice without the three agreements", cover(AdviceKind::Medical, none)),
        refused("Existing advice in place of the family's views", cover(AdviceKind::Family, none)),
        refused(
            "No advice from somebody else than the family",
            AdviceStatus::Requested.not_provided(AdviceKind::Medical),
        ),
        refused(
            "Declining by a body that is none of section 31",
            AdviceStatus::Requested.decline(AdviceKind::Other, false),
        ),
        refused("Declining in the family's place", AdviceStatus::Requested.decline(AdviceKind::Family, true)),
    ]
}

fn page(parts: &[(&str, Vec<Row>)]) -> String {
    let mut page = "# What the service refuses\n\n\
        Each refusal as a caseworker reads it, with the code that programs read and the law behind it. Where no law is named, \
        it is this service's own policy or the order of steps. A test makes this page from the refusals themselves \
        (`crates/statute/tests/law/refusals.rs`); days and sections are examples.\n"
        .to_owned();
    for (title, rows) in parts {
        write!(page, "\n## {title}\n").unwrap();
        for (what, refusal) in rows {
            let law = refusal.citation.unwrap_or("none: policy, or the order of steps");
            write!(page, "\n**{what}** (`{}`)\n\n> {}\n\nLaw: {law}\n", refusal.code, refusal.sentence).unwrap();
        }
    }
    page
}

#[test]
#[expect(clippy::disallowed_methods, reason = "whoever changes words asks for the page by the environment")]
fn every_refusal_stands_on_the_page_with_its_sentence_and_its_law() {
    let parts = [
        ("Steps", steps()),
        ("Notices and exceptions", notices_and_exceptions()),
        ("Plans", of_plans()),
        ("Mediation, appeals and orders", of_disputes()),
        ("Advice", of_advice()),
    ];
    let shown: BTreeSet<Code> = parts.iter().flat_map(|(_, rows)| rows).map(|(_, refusal)| refusal.code).collect();
    let missing: Vec<&Code> = Code::ALL.iter().filter(|code| !shown.contains(code)).collect();
    assert!(missing.is_empty(), "no refusal shows {missing:?}");
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/refusals.md");
    let page = page(&parts);
    if std::env::var_os("RENEW_REFUSALS").is_some() {
        std::fs::write(path, &page).unwrap();
    }
    assert!(std::fs::read_to_string(path).unwrap() == page, "the page is old: RENEW_REFUSALS=1 writes it anew");
}
