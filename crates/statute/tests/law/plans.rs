//! What must hold before a plan is served or issued, and of a request before it is considered.

use statute::{
    AdviceKind, Code, DifferingSection, Disputed, DraftNotice, EducationOtherwise, FinalPlan, HealthAgreement,
    OrderFacts, OrderKind, OrderSource, PassedOver, Placement, PlanKind, PlanStatus, PreparingForAdulthood, Progress,
    RequestSource, Section, SettingKind, Severity, Track, WarningCode, appeal_rights, asked_in_time, can_be_requested,
    check_differences, check_representations_over, draft_service_warnings, earlier_case_warning, earliest_final_on,
    expected_final_on, findings, health_agreement_warning, places_of, request_warning, too_old,
};

use crate::support::{
    after, assessment, content_of, day, day_zero, draft, england, issued, lawful_draft, lawful_final, on_day,
    plan_decision, progress, received,
};

fn drafting() -> Progress {
    let mut facts = received();
    facts.assessment = Some(assessment(statute::AssessmentOutcome::Assess, 30));
    facts.plan = Some(plan_decision(statute::PlanOutcome::Issue, 80));
    progress(&facts)
}

fn served(finished_after: Option<u64>) -> Progress {
    let mut facts = received();
    let mut draft = draft(90);
    draft.finished_on = finished_after.map(on_day);
    facts.drafts = vec![draft];
    progress(&facts)
}

#[test]
fn every_section_but_that_of_the_advice_is_for_somebody_to_write() {
    for section in Section::ALL {
        let written = statute::section_to_write(section.as_str());
        assert_eq!(written.is_ok(), *section != Section::K, "{section}");
    }
    for (name, code) in [
        ("K", Code::SectionNotWritten),
        ("H", Code::UnknownSection),
        ("a", Code::UnknownSection),
        ("", Code::UnknownSection),
    ] {
        assert_eq!(statute::section_to_write(name).unwrap_err().code, code);
    }
}

#[test]
fn a_draft_that_names_a_setting_is_not_served() {
    let mut draft = lawful_draft(90);
    draft.content.written.insert(Section::I);
    let refusal = drafting().serve_draft(&draft).unwrap_err();
    assert_eq!(refusal.code, Code::SettingNamedInDraft);
    assert!(refusal.citation.unwrap().contains("38(5)"));
}

#[test]
fn a_draft_is_not_served_while_advice_is_unsettled_unless_a_manager_overrides() {
    let mut draft = lawful_draft(90);
    draft.content.unsettled_advice = 2;
    let refusal = drafting().serve_draft(&draft).unwrap_err();
    assert_eq!(refusal.code, Code::AdviceOutstanding);
    assert_eq!(refusal.citation, None, "policy, not law");
    assert!(refusal.sentence.starts_with("2 requests"));
    draft.override_given = true;
    assert!(drafting().serve_draft(&draft).is_ok());
}

#[test]
fn a_plan_without_views_needs_outcomes_or_provision_is_neither_served_nor_issued() {
    for (section, sign) in [(Section::A, "(a)"), (Section::B, "(b)"), (Section::E, "(e)"), (Section::F, "(f)")] {
        let (mut draft, mut plan) = (lawful_draft(90), lawful_final(105));
        draft.content.written.remove(&section);
        plan.content.written.remove(&section);
        for refusal in [drafting().serve_draft(&draft).unwrap_err(), served(None).issue_final_plan(&plan).unwrap_err()]
        {
            assert_eq!(refusal.code, Code::SectionBlank);
            assert!(refusal.citation.unwrap().contains(&format!("12(1){sign}")), "{refusal:?}");
            assert!(refusal.sentence.contains(&format!("Section {section} is blank")), "{refusal}");
        }
    }
    let mut nothing = lawful_draft(90);
    nothing.content.written.clear();
    let refusal = drafting().serve_draft(&nothing).unwrap_err();
    assert_eq!(refusal.sentence.matches("is blank").count(), 4, "every fault at once: {refusal}");
}

#[test]
fn health_and_social_care_needs_without_provision_are_warned_about() {
    let codes = |written: &[Section]| {
        let mut content = content_of(&[Section::A, Section::B, Section::E, Section::F]);
        content.written.extend(written);
        let found = findings(PlanKind::Draft, &content);
        found.iter().map(|one| (one.section, one.rule, one.severity)).collect::<Vec<_>>()
    };
    let warned = |section| (Some(section), Code::NeedsUnanswered, Severity::Warns);
    assert_eq!(codes(&[]), []);
    assert_eq!(codes(&[Section::C, Section::D]), [warned(Section::C), warned(Section::D)]);
    let not_agreed = (Some(Section::G), Code::HealthProvisionNotAgreed, Severity::Warns);
    assert_eq!(codes(&[Section::C, Section::D, Section::G, Section::H1]), [not_agreed]);
    assert_eq!(codes(&[Section::D, Section::H2]), []);
    assert_eq!(codes(&[Section::D, Section::G]), [not_agreed, warned(Section::D)]);
    let mut draft = lawful_draft(90);
    draft.content.written.insert(Section::C);
    assert!(drafting().serve_draft(&draft).is_ok(), "a warning hinders nothing");
}

#[test]
fn findings_name_section_rule_and_citation_the_gravest_first() {
    let mut content = content_of(&[Section::B, Section::C, Section::F, Section::I]);
    content.unsettled_advice = 1;
    content.preparing_for_adulthood = PreparingForAdulthood::Missing;
    let found = findings(PlanKind::AmendedDraft, &content);
    let short: Vec<_> = found.iter().map(|one| (one.section, one.rule, one.severity)).collect();
    assert_eq!(
        short,
        [
            (Some(Section::I), Code::SettingNamedInDraft, Severity::Refuses),
            (Some(Section::F), Code::PreparingForAdulthoodMissing, Severity::Refuses),
            (Some(Section::A), Code::SectionBlank, Severity::Refuses),
            (Some(Section::E), Code::SectionBlank, Severity::Refuses),
            (None, Code::AdviceOutstanding, Severity::Policy),
            (Some(Section::C), Code::NeedsUnanswered, Severity::Warns),
        ]
    );
    for one in &found {
        assert_eq!(one.citation.is_none(), one.rule == Code::AdviceOutstanding, "{one:?}");
    }
    content.written.remove(&Section::I);
    let of_final = findings(PlanKind::Final, &content);
    assert_eq!((of_final[0].section, of_final[0].rule), (Some(Section::I), Code::PlacementMissing));
}

#[test]
fn what_a_report_says_belongs_where_its_kind_belongs() {
    let places = |kind| {
        let places = places_of(kind);
        (places.summary, places.needs, places.outcomes, places.provision)
    };
    assert_eq!(places(AdviceKind::Family), (Some(Section::A), Section::B, Section::E, Section::F));
    assert_eq!(places(AdviceKind::Psychological), (None, Section::B, Section::E, Section::F));
    assert_eq!(places(AdviceKind::Medical), (None, Section::C, Section::E, Section::G));
    assert_eq!(places(AdviceKind::SocialCare), (None, Section::D, Section::E, Section::H2));
}

#[test]
fn the_rights_to_mediation_and_appeal_last_two_months_from_the_notice() {
    let rights = appeal_rights(day("2026-12-31"), day_zero(), &england());
    assert_eq!((rights.contact_mediation_adviser_by, rights.appeal_by), (day("2027-02-28"), day("2027-03-01")));
    assert!(rights.mediation_citation.contains("33") && rights.appeal_citation.contains("20(1)(c)"));
}

#[test]
fn from_year_9_a_plan_without_preparation_for_adulthood_is_neither_served_nor_issued() {
    let missing = PreparingForAdulthood::judge(true, false);
    let mut draft = lawful_draft(90);
    draft.content.preparing_for_adulthood = missing;
    let mut plan = lawful_final(105);
    plan.content.preparing_for_adulthood = missing;
    for refusal in [drafting().serve_draft(&draft).unwrap_err(), served(None).issue_final_plan(&plan).unwrap_err()] {
        assert_eq!(refusal.code, Code::PreparingForAdulthoodMissing);
        assert!(refusal.citation.unwrap().contains("12(3)"));
    }
    for provision in [
        PreparingForAdulthood::judge(true, true),
        PreparingForAdulthood::judge(false, true),
        PreparingForAdulthood::judge(false, false),
    ] {
        draft.content.preparing_for_adulthood = provision;
        assert!(drafting().serve_draft(&draft).is_ok(), "{provision:?}");
    }
}

#[test]
fn the_final_plan_waits_until_the_fifteen_days_are_over() {
    assert_eq!(earliest_final_on(on_day(90), day_zero()), on_day(90 + 15));
    let refusal = served(None).issue_final_plan(&lawful_final(90 + 14)).unwrap_err();
    assert_eq!(refusal.code, Code::RepresentationPeriodOpen);
    assert!(refusal.citation.unwrap().contains("13(1)(a)"));
    assert!(refusal.sentence.contains("20 April 2026"), "{refusal}");
    assert!(served(None).issue_final_plan(&lawful_final(90 + 15)).is_ok());
}

#[test]
fn a_family_that_has_finished_in_writing_need_not_be_waited_for() {
    assert!(served(Some(95)).issue_final_plan(&lawful_final(95)).is_ok());
    assert!(served(Some(96)).issue_final_plan(&lawful_final(95)).is_err(), "it had not finished yet");
}

#[test]
fn an_amended_draft_gives_the_family_its_days_again() {
    let amended = served(Some(95)).serve_draft(&lawful_draft(100)).unwrap();
    let refusal = amended.clone().issue_final_plan(&lawful_final(105)).unwrap_err();
    assert_eq!(refusal.code, Code::RepresentationPeriodOpen);
    assert!(amended.issue_final_plan(&lawful_final(115)).is_ok());
    assert!(check_representations_over(on_day(100), None, on_day(115), day_zero()).is_ok());
}

#[test]
fn a_changed_section_names_the_representation_it_answers_or_is_served_again() {
    let differing = |section, names_representation| DifferingSection { section, names_representation };
    let mut plan = lawful_final(105);
    plan.differing = vec![
        differing(Section::B, false),
        differing(Section::E, true),
        differing(Section::F, false),
        differing(Section::I, false),
    ];
    let refusal = served(None).issue_final_plan(&plan).unwrap_err();
    assert_eq!(refusal.code, Code::AmendedDraftNeeded);
    assert!(refusal.citation.unwrap().contains("9.125"));
    assert!(refusal.sentence.contains("sections B and F "), "{refusal}");
    for section in Section::ALL {
        assert!(check_differences(&[differing(*section, true)]).is_ok());
        assert_eq!(
            check_differences(&[differing(*section, false)]).is_ok(),
            matches!(section, Section::I | Section::K),
            "{section}"
        );
    }
}

#[test]
fn a_final_plan_says_where_education_takes_place() {
    let mut plan = lawful_final(105);
    plan.content.placement = None;
    let refusal = served(None).issue_final_plan(&plan).unwrap_err();
    assert_eq!(refusal.code, Code::PlacementMissing);
    for placement in [
        Placement::Setting { type_given: true },
        Placement::SettingType,
        Placement::AuthorityS61 { finding_given: true, family_consulted: true },
        Placement::Family,
    ] {
        plan.content.placement = Some(placement);
        assert!(served(None).issue_final_plan(&plan).is_ok(), "{placement:?}");
    }
}

#[test]
fn a_named_setting_has_a_type() {
    let mut plan = lawful_final(105);
    plan.content.placement = Some(Placement::Setting { type_given: false });
    let refusal = served(None).issue_final_plan(&plan).unwrap_err();
    assert_eq!(refusal.code, Code::PlacementMissing);
    assert!(refusal.citation.unwrap().contains("12(1)(i)"));
    assert!(refusal.sentence.contains("name and the type"), "{refusal}");
}

#[test]
fn education_arranged_elsewhere_leaves_section_i_blank_with_finding_and_consultation() {
    assert_eq!(EducationOtherwise::AuthorityS61.in_words(), None);
    assert!(EducationOtherwise::Family.in_words().is_some_and(|words| words.contains("by the family")));
    let mut plan = lawful_final(105);
    plan.content.written.remove(&Section::I);
    for (finding_given, family_consulted, citation) in
        [(false, true, Some("61(2)")), (true, false, Some("61(3)")), (true, true, None)]
    {
        plan.content.placement = Some(Placement::AuthorityS61 { finding_given, family_consulted });
        let refusal = served(None).issue_final_plan(&plan).err();
        assert_eq!(refusal.is_some(), citation.is_some());
        if let (Some(refusal), Some(citation)) = (refusal, citation) {
            assert_eq!(refusal.code, Code::PlacementMissing);
            assert!(refusal.citation.unwrap().contains(citation), "{refusal:?}");
        }
    }
}

#[test]
fn a_setting_that_nobody_consulted_is_not_named_unless_a_manager_overrides() {
    for (setting, authority, word) in
        [(true, false, "The setting"), (true, true, "The setting"), (false, true, "Another authority")]
    {
        let mut plan = lawful_final(105);
        plan.choice.setting_not_consulted = setting;
        plan.choice.authority_not_consulted = authority;
        let refusal = served(None).issue_final_plan(&plan).unwrap_err();
        assert_eq!(refusal.code, Code::SettingNotConsulted);
        assert!(refusal.citation.unwrap().contains("39(2)"));
        assert!(refusal.sentence.starts_with(word), "{refusal}");
        plan.overridden.insert(Code::AmendedDraftNeeded);
        assert!(served(None).issue_final_plan(&plan).is_err(), "another reason overrides nothing of this");
        plan.overridden.insert(Code::SettingNotConsulted);
        assert!(served(None).issue_final_plan(&plan).is_ok());
    }
}

#[test]
fn a_concession_or_an_agreement_consults_the_setting_that_it_names_and_an_order_has_chosen_it() {
    for (source, may_name) in [
        (OrderSource::Tribunal, true),
        (OrderSource::Consent, true),
        (OrderSource::Concession, false),
        (OrderSource::Agreement, false),
    ] {
        let mut facts = issued(100);
        let order = OrderFacts {
            id: "order".to_owned(),
            label: "order".to_owned(),
            kind: OrderKind::AmendPlacement,
            about: Disputed::Plan,
            source,
            on: on_day(150),
            appeal: None,
            days: Vec::new(),
        };
        facts.tracks = vec![Track::opened_by(order)];
        let mut plan = lawful_final(160);
        plan.choice.setting_not_consulted = true;
        let answer = progress(&facts).issue_final_plan(&plan);
        assert_eq!(answer.is_ok(), may_name, "{source}: {answer:?}");
        if !may_name {
            assert_eq!(answer.unwrap_err().code, Code::SettingNotConsulted);
        }
    }
}

#[test]
fn a_setting_that_the_family_asked_for_is_named_or_a_ground_is_given() {
    for kind in SettingKind::ALL {
        let can = can_be_requested(Some(*kind), false);
        assert_eq!(can, *kind != SettingKind::Independent, "{kind}");
        assert_eq!(can_be_requested(Some(*kind), true), can, "{kind}");
    }
    assert!(can_be_requested(None, false), "of a school of which nobody said the kind, no right is passed over");
    assert!(!can_be_requested(None, true));
    let one = |can_be_requested, answered| PassedOver { can_be_requested, answered };
    let mut plan = lawful_final(105);
    plan.choice.passed_over = vec![one(true, false), one(true, true), one(false, false)];
    let refusal = served(None).issue_final_plan(&plan).unwrap_err();
    assert_eq!(refusal.code, Code::RequestedSettingNotNamed);
    assert!(refusal.citation.unwrap().contains("39(3) and (4)"));
    assert!(refusal.sentence.starts_with("The family asked for a setting "), "{refusal}");
    plan.overridden = Code::ALL.iter().copied().collect();
    assert!(served(None).issue_final_plan(&plan).is_err(), "no manager overrides it");
    plan.choice.passed_over.push(one(true, false));
    assert!(served(None).issue_final_plan(&plan).unwrap_err().sentence.contains("2 settings"));
    plan.choice.passed_over = vec![one(true, true), one(false, false)];
    assert!(served(None).issue_final_plan(&plan).is_ok());
}

#[test]
fn a_setting_is_asked_for_in_the_time_of_the_notice() {
    assert!(asked_in_time(on_day(90 + 14), on_day(90), day_zero()));
    assert!(!asked_in_time(on_day(90 + 15), on_day(90), day_zero()));
}

#[test]
fn what_the_family_asks_for_and_need_not_be_named_is_warned_about() {
    let code = |known, can| request_warning(known, can).map(|warning| warning.code);
    assert_eq!(code(true, true), None);
    assert_eq!(code(true, false), Some(WarningCode::RequestedSettingIndependent));
    assert_eq!(code(false, true), Some(WarningCode::RequestedSettingUnknown));
    assert!(request_warning(true, false).unwrap().citation.contains("38(3)"));
}

#[test]
fn a_manager_overrides_changes_that_nothing_explains() {
    let mut plan = lawful_final(105);
    plan.differing = vec![DifferingSection { section: Section::B, names_representation: false }];
    let codes = |plan: &FinalPlan| served(None).overridable(plan).iter().map(|one| one.code).collect::<Vec<_>>();
    assert_eq!(codes(&plan), [Code::AmendedDraftNeeded]);
    let refusal = served(None).issue_final_plan(&plan).unwrap_err();
    assert_eq!(refusal.code, Code::AmendedDraftNeeded);
    assert!(refusal.sentence.ends_with("A manager may override this with a reason."), "{refusal}");
    plan.overridden.insert(Code::AmendedDraftNeeded);
    assert!(served(None).issue_final_plan(&plan).is_ok());
    plan.differing.clear();
    assert_eq!(codes(&plan), []);
}

#[test]
fn health_provision_that_is_not_agreed_warns_in_a_draft_and_stops_a_final_plan() {
    for (agreement, word) in [
        (HealthAgreement::Unrecorded, Some("no agreement")),
        (HealthAgreement::Refused, Some("has refused")),
        (HealthAgreement::Agreed, None),
    ] {
        let (mut draft, mut plan) = (lawful_draft(90), lawful_final(105));
        for content in [&mut draft.content, &mut plan.content] {
            content.health_agreement = agreement;
            assert_eq!(findings(PlanKind::Draft, content).len(), usize::from(content.written.contains(&Section::I)));
            content.written.insert(Section::G);
        }
        let of_draft: Vec<_> = findings(PlanKind::Draft, &draft.content)
            .into_iter()
            .map(|one| (one.section, one.rule, one.severity))
            .collect();
        let warned = (Some(Section::G), Code::HealthProvisionNotAgreed, Severity::Warns);
        assert_eq!(of_draft, if word.is_some() { vec![warned] } else { vec![] });
        assert!(drafting().serve_draft(&draft).is_ok(), "a draft is served with it");
        let warning = health_agreement_warning(true, agreement);
        assert_eq!(warning.as_ref().map(|one| one.code), word.map(|_| WarningCode::HealthProvisionNotAgreed));
        assert_eq!(health_agreement_warning(false, agreement), None);
        let of_final = findings(PlanKind::Final, &plan.content);
        assert_eq!(of_final.first().map(|one| one.severity), word.map(|_| Severity::Policy));
        let refusal = served(None).issue_final_plan(&plan).err();
        assert_eq!(refusal.as_ref().map(|one| one.code), word.map(|_| Code::HealthProvisionNotAgreed));
        if let (Some(refusal), Some(word)) = (refusal, word) {
            assert!(refusal.citation.unwrap().contains("12(2)"));
            assert!(refusal.sentence.contains(word), "{refusal}");
        }
        plan.overridden.insert(Code::HealthProvisionNotAgreed);
        assert!(served(None).issue_final_plan(&plan).is_ok());
    }
}

#[test]
fn preparing_for_adulthood_may_stand_in_every_section_of_provision() {
    let provision: Vec<_> = Section::ALL.iter().copied().filter(|section| section.is_provision()).collect();
    assert_eq!(provision, [Section::F, Section::G, Section::H1, Section::H2]);
}

#[test]
fn a_draft_is_judged_by_the_day_on_which_its_final_plan_is_expected() {
    let (served_on, received_on) = (day("2026-08-20"), day_zero());
    assert_eq!(expected_final_on(served_on, received_on, day("2026-08-20")), day("2026-09-04"));
    assert_eq!(expected_final_on(served_on, received_on, day("2026-09-04")), day("2026-09-04"));
    assert_eq!(expected_final_on(served_on, received_on, day("2026-09-20")), day("2026-09-20"));
}

#[test]
fn a_draft_served_without_how_or_with_what_notice_is_warned_about() {
    let whole =
        DraftNotice { representations: true, request_setting: true, meeting: true, where_to_find_settings: true };
    assert_eq!(draft_service_warnings(true, &whole), []);
    let codes = |way, notice: DraftNotice| {
        draft_service_warnings(way, &notice).into_iter().map(|one| one.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(false, whole), [WarningCode::DraftSendingUnrecorded]);
    assert_eq!(
        codes(false, DraftNotice::default()),
        [WarningCode::DraftSendingUnrecorded, WarningCode::DraftNoticeIncomplete]
    );
    for (notice, missing) in [
        (DraftNotice { representations: false, ..whole }, "representations"),
        (DraftNotice { request_setting: false, ..whole }, "ask for a school"),
        (DraftNotice { meeting: false, ..whole }, "meeting"),
        (DraftNotice { where_to_find_settings: false, ..whole }, "where to find"),
    ] {
        let warnings = draft_service_warnings(true, &notice);
        assert_eq!(warnings.len(), 1);
        assert!(warnings[0].sentence.contains(missing) && warnings[0].citation.contains("38"), "{warnings:?}");
    }
}

#[test]
fn a_final_plan_goes_with_the_notice_of_appeal_rights() {
    let mut plan = lawful_final(105);
    plan.notice.reasons = false;
    assert!(served(None).issue_final_plan(&plan).is_ok(), "reasons are not looked at");
    plan.notice.appeal_rights = false;
    let refusal = served(None).issue_final_plan(&plan).unwrap_err();
    assert_eq!(refusal.code, Code::NoticeIncomplete);
    assert!(refusal.citation.unwrap().contains("Regulation 14"));
}

#[test]
fn a_served_or_issued_plan_is_fixed() {
    assert_eq!(PlanStatus::Editing.serve(), Ok(PlanStatus::Served));
    for status in [PlanStatus::Served, PlanStatus::Issued] {
        assert_eq!(status.check_editable().unwrap_err().code, Code::PlanIsFixed);
        assert_eq!(status.serve().unwrap_err().code, Code::PlanIsFixed);
    }
}

#[test]
fn at_25_a_person_is_too_old() {
    assert!(!too_old(day("2001-01-06"), day("2026-01-05")));
    assert!(too_old(day("2001-01-05"), day("2026-01-05")));
    assert!(too_old(day("1999-12-31"), day("2026-01-05")));
    assert!(!too_old(day("2004-02-29"), day("2029-02-28")));
    assert!(too_old(day("2004-02-29"), day("2029-03-01")));
    assert!(!too_old(day("2020-05-05"), day("2026-01-05")));
}

#[test]
fn a_plan_or_an_assessment_within_six_months_is_warned_about() {
    let received_on = day("2026-08-31");
    let code = |plan, assessed: Option<&str>| {
        earlier_case_warning(plan, assessed.map(day), received_on).map(|warning| warning.code)
    };
    assert_eq!(code(true, None), Some(WarningCode::PlanExists));
    assert_eq!(code(false, None), None);
    assert_eq!(code(false, Some("2026-03-01")), Some(WarningCode::AssessedRecently));
    assert_eq!(code(false, Some("2026-02-28")), None);
    let on_first_of_september = earlier_case_warning(false, Some(day("2026-03-01")), day("2026-09-01"));
    assert_eq!(on_first_of_september, None, "six months are over");
    assert_eq!(
        earlier_case_warning(false, Some(after(received_on, 1)), received_on),
        None,
        "an assessment made later is no reason"
    );
}

#[test]
fn the_national_return_has_five_sources() {
    let sources: Vec<_> = (0..=6).map(RequestSource::from_return_code).collect();
    assert_eq!(sources[0], None);
    assert_eq!(sources[6], None);
    let known: Vec<_> = sources.into_iter().flatten().collect();
    assert_eq!(known, RequestSource::ALL);
}
