//! The words and citations that go into letters, lists and plans.

use statute::{
    AdviceFacts, AdviceKind, AdviceStatus, AppealFacts, CaseFacts, Disputed, Holder, OrderFacts, OrderKind,
    OrderSource, PlacementGround, PlanParts, RULES, Rule, RuleId, Section, Track, rule,
};

use crate::support::{day, day_zero, deadline, issued, on_day, received};

fn in_force(id: RuleId) -> &'static Rule {
    rule(id, day_zero())
}

#[test]
fn a_letter_about_advice_names_what_was_asked_for() {
    for (kind, words) in [
        (AdviceKind::Education, "education advice"),
        (AdviceKind::ArmedForces, "armed forces advice"),
        (AdviceKind::Medical, "medical advice"),
        (AdviceKind::Psychological, "psychological advice"),
        (AdviceKind::SocialCare, "social care advice"),
        (AdviceKind::Other, "other advice"),
        (AdviceKind::PreparingForAdulthood, "advice on preparing for adulthood"),
        (AdviceKind::FamilyRequested, "advice the family asked for"),
    ] {
        let advice = AdviceFacts {
            id: String::new(),
            label: String::new(),
            kind,
            status: AdviceStatus::Requested,
            section_31_body: true,
            received_by_body_on: on_day(32),
            submitted_on: None,
            exceptions: Vec::new(),
        };
        let due = deadline(&CaseFacts { advice: vec![advice], ..received() }, RuleId::Advice);
        let said = format!("The request for {words} reached those asked on 6 February 2026. Within 6 weeks ");
        assert!(due.derivation.starts_with(&said), "{}", due.derivation);
    }
    assert_eq!(AdviceKind::Family.description(), "the family's views", "never due, and named in other sentences");
}

#[test]
fn each_section_of_a_plan_has_the_heading_of_its_letter() {
    for (section, words) in [
        (Section::A, "views, interests and aspirations"),
        (Section::B, "Special educational needs"),
        (Section::C, "Health needs"),
        (Section::D, "Social care needs"),
        (Section::E, "Outcomes"),
        (Section::F, "Special educational provision"),
        (Section::G, "Health provision"),
        (Section::H1, "section 2 of the Chronically Sick and Disabled Persons Act 1970"),
        (Section::H2, "Other social care provision"),
        (Section::I, "Placement"),
        (Section::J, "direct payments"),
        (Section::K, "Advice and information"),
    ] {
        assert!(section.title().contains(words), "{section}: {}", section.title());
    }
}

#[test]
fn each_section_of_a_plan_cites_its_letter_of_regulation_12() {
    let cited: Vec<&str> = Section::ALL.iter().map(|section| section.regulation()).collect();
    let letters = ["a", "b", "c", "d", "e", "f", "g", "h", "h", "i", "j"];
    let mut expected: Vec<String> =
        letters.iter().map(|letter| format!("Regulation 12(1)({letter}) SEND Regulations 2014")).collect();
    // The advice gathered is set out in appendices.
    expected.push("Regulation 12(4) SEND Regulations 2014".to_owned());
    assert_eq!(cited, expected);
}

#[test]
fn each_ground_against_a_placement_cites_its_part_of_section_39() {
    let cited: Vec<&str> = PlacementGround::ALL.iter().map(|ground| ground.citation()).collect();
    assert_eq!(
        cited,
        [
            "Section 39(4)(a) Children and Families Act 2014",
            "Section 39(4)(b)(i) Children and Families Act 2014",
            "Section 39(4)(b)(ii) Children and Families Act 2014",
        ]
    );
}

#[test]
fn the_length_of_a_limit_is_told_in_its_own_unit() {
    for (id, length) in [
        (RuleId::DecideToAssess, "6 weeks"),
        (RuleId::Representations, "15 days"),
        (RuleId::Appeal, "2 months"),
        (RuleId::MediationCertificateAppeal, "1 month"),
        (RuleId::RespondToAppeal, "30 working days"),
        (RuleId::OrderContinue, "at once"),
    ] {
        assert_eq!(in_force(id).length_in_words(), length, "{id}");
    }
}

#[test]
fn a_letter_about_a_response_to_an_appeal_tells_the_days_that_do_not_count() {
    let appeal = AppealFacts {
        received_on: Some(day("2026-06-01")),
        ..AppealFacts::registered("appeal".to_owned(), Disputed::Plan, day("2026-06-01"))
    };
    let due = deadline(&CaseFacts { appeals: vec![appeal], ..issued(130) }, RuleId::RespondToAppeal);
    assert!(
        due.derivation.starts_with(
            "The local authority received the appeal on 1 June 2026. Within 30 working days (that day not counted, nor the \
             days of August and of 25 December to 1 January) the local authority must send the Tribunal its response to the \
             appeal: by 13 July 2026 (Rules 12 and 21 "
        ),
        "{}",
        due.derivation
    );
    // Other working days are those of the week and the bank holidays alone.
    let told = in_force(RuleId::TellIcbOfMediation);
    let said = told.explain(told.due(day("2026-03-05"), &crate::support::england()), told.citation);
    assert!(said[0].starts_with("Within 3 working days (that day not counted) the local authority"), "{said:?}");
}

#[test]
fn a_letter_about_what_happens_at_once_names_the_day_and_no_length() {
    let continued = in_force(RuleId::OrderContinue);
    let said = continued.explain(continued.due(day("2026-03-05"), &crate::support::england()), continued.citation);
    assert_eq!(
        said,
        [
            "The local authority must continue to maintain the plan: 5 March 2026 (Regulation 44 SEND Regulations 2014).",
            "The plan continues at once. Where amendments are ordered as well, they have a limit of their own.",
        ]
    );
}

#[test]
fn a_letter_about_a_review_counts_the_day_of_the_last_one_as_the_first() {
    let review = in_force(RuleId::Review);
    let said = review.explain(review.due(day("2026-03-05"), &crate::support::england()), review.citation);
    let counted = "12 months (that day counted as the first: to the day before the same date of the month";
    assert!(said[0].contains(counted) && said[0].contains("by 4 March 2027"), "{said:?}");
}

#[test]
fn the_time_of_a_limit_runs_for_whom_the_law_names() {
    for rule in &RULES {
        let holder = match rule.id {
            RuleId::Advice => Holder::Adviser,
            RuleId::SettingConsultation => Holder::Setting,
            RuleId::Representations
            | RuleId::ContactMediationAdviser
            | RuleId::Appeal
            | RuleId::MediationCertificateAppeal
            | RuleId::ReviewRepresentations => Holder::Family,
            _ => Holder::LocalAuthority,
        };
        assert_eq!(rule.holder, holder, "{}", rule.id);
    }
}

#[test]
fn what_a_reader_must_know_besides_stands_beside_its_limit() {
    for rule in &RULES {
        let words = match rule.id {
            RuleId::DecideOnPlan | RuleId::OrderAssessRefusePlan => Some("binds only a refusal"),
            RuleId::SendDraftPlan => Some("sets no date for the draft"),
            RuleId::MediationCertificateAppeal => Some("that later day stands"),
            RuleId::OrderReconsiderFinal => Some("sets no date for the final plan after a reconsideration"),
            RuleId::OrderContinue => Some("continues at once"),
            RuleId::OrderCeaseUpheld => Some("may end at once"),
            RuleId::ArrangeMediation => Some("About health alone the NHS commissioner"),
            RuleId::RespondToAppeal => Some("A date that the Tribunal directs"),
            RuleId::ReviewDecide => Some("the plan, the notice of the amendments and the evidence"),
            RuleId::PhaseTransfer => Some("before 31 March from secondary school to post-16, before 15 February"),
            RuleId::TransferOut => Some("on the day of the move"),
            RuleId::TransferInReview => Some("The later of 12 months"),
            _ => None,
        };
        assert_eq!(rule.note.is_some(), words.is_some(), "{}", rule.id);
        assert!(words.is_none_or(|words| rule.note.unwrap().contains(words)), "{}: {:?}", rule.id, rule.note);
    }
}

#[test]
fn each_limit_cites_the_law_that_sets_it() {
    for rule in &RULES {
        let cited = match rule.id {
            RuleId::DecideToAssess => "Regulations 4(1) and 5(1) ",
            RuleId::Advice => "Regulation 8(1) ",
            RuleId::DecideOnPlan => "Regulation 10(1) ",
            RuleId::SendDraftPlan | RuleId::OrderReconsiderFinal => "planning target, no statutory date",
            RuleId::Representations => "Regulation 13(1)(a) ",
            RuleId::SettingConsultation => "SEND Code of Practice 2015, paragraph 9.83",
            RuleId::IssueFinalPlan => "Regulation 13(2) ",
            RuleId::ContactMediationAdviser => "Regulation 33 ",
            RuleId::Appeal | RuleId::MediationCertificateAppeal => "Rules 12 and 20(1)(c) Tribunal Procedure ",
            RuleId::OrderAssessNotify
            | RuleId::OrderAssessRefusePlan
            | RuleId::OrderAssessIssueFinal
            | RuleId::OrderMakePlanDraft
            | RuleId::OrderMakePlanFinal
            | RuleId::OrderReconsider
            | RuleId::OrderAmendContents
            | RuleId::OrderAmendPlacement
            | RuleId::OrderContinue
            | RuleId::OrderCeaseUpheld => "Regulation 44 ",
            RuleId::TellIcbOfMediation | RuleId::ArrangeMediation => "Regulations 35 to 38 ",
            RuleId::CarryOutAgreement => "Regulation 42(3) ",
            RuleId::RespondToAppeal => "Rules 12 and 21 Tribunal Procedure ",
            RuleId::RespondToRecommendations => "Special Educational Needs and Disability (First-tier Tribunal Recom",
            RuleId::Review => "Section 44(1) Children and Families Act 2014",
            RuleId::ReviewDecide => "Regulations 20(10), 21(9) and 22(2) ",
            RuleId::ReviewRepresentations => "Regulation 22(2)(c) ",
            RuleId::ReviewFinal => "Regulation 22(3) and (4) ",
            RuleId::AmendFinal => "Regulations 22 and 28 ",
            RuleId::PhaseTransfer => "Regulation 18 ",
            RuleId::ReassessDecide => "Regulation 25(1) ",
            RuleId::ReassessFinal => "Regulation 27(2) ",
            RuleId::TransferOut => "Regulation 15(2) ",
            RuleId::TransferInTell => "Regulation 15(4) ",
            RuleId::TransferInReview => "Regulation 15(5) ",
        };
        assert!(rule.citation.starts_with(cited), "{}: {}", rule.id, rule.citation);
        let excepted = match rule.id {
            RuleId::DecideToAssess => Some("Regulation 5(4) "),
            RuleId::Advice => Some("Regulation 8(2) "),
            RuleId::DecideOnPlan => Some("Regulation 10(4) "),
            RuleId::IssueFinalPlan => Some("Regulation 13(3) "),
            RuleId::ReassessFinal => Some("Regulation 27(3) "),
            _ if cited == "Regulation 44 " => Some("Regulation 44(3) "),
            _ => None,
        };
        let starts = |citation: &str| excepted.is_some_and(|words| citation.starts_with(words));
        assert_eq!(rule.exceptions_citation.is_some_and(starts), excepted.is_some(), "{}", rule.id);
    }
}

#[test]
fn an_agreement_at_mediation_tells_what_is_to_be_done() {
    for (kind, about, to_do) in [
        (OrderKind::Assess, Disputed::RefusalToAssess, "assess"),
        (OrderKind::MakePlan, Disputed::RefusalToIssue, "make a plan"),
        (OrderKind::AmendContents, Disputed::Plan, "amend the plan's contents"),
        (OrderKind::AmendPlacement, Disputed::Plan, "amend the placement"),
    ] {
        let order = OrderFacts {
            id: "order".to_owned(),
            label: String::new(),
            kind,
            about,
            source: OrderSource::Agreement,
            on: on_day(200),
            appeal: None,
            days: Vec::new(),
        };
        let facts = CaseFacts { tracks: vec![Track::opened_by(order)], ..received() };
        let derivation = deadline(&facts, kind.limits()[0]).derivation;
        let said = format!("The agreement at mediation to {to_do} was reached on 24 July 2026. ");
        assert!(derivation.starts_with(&said), "{derivation}");
    }
}

#[test]
fn a_letter_about_a_conceded_placement_tells_why_it_has_five_weeks() {
    let order = OrderFacts {
        id: "order".to_owned(),
        label: String::new(),
        kind: OrderKind::AmendPlacement,
        about: Disputed::Plan,
        source: OrderSource::Concession,
        on: on_day(200),
        appeal: Some("appeal".to_owned()),
        days: Vec::new(),
    };
    let appeal = AppealFacts {
        parts: Some(PlanParts::Both),
        ..AppealFacts::registered("appeal".to_owned(), Disputed::Plan, on_day(190))
    };
    let facts = CaseFacts { tracks: vec![Track::opened_by(order)], appeals: vec![appeal], ..issued(130) };
    assert_eq!(
        deadline(&facts, RuleId::OrderAmendPlacement).derivation,
        "The authority's notice that it concedes the appeal, and is to amend the placement, was given on 24 July 2026. \
         Within 5 weeks (35 days, that day not counted) the plan with the amended placement must be sent: by 28 August 2026 \
         (Regulation 45 SEND Regulations 2014, as amended in 2015). The placement alone would be due within 2 weeks: this \
         appeal is about the contents of the plan too."
    );
}
