//! Who else is to be notified, and what is said where it is not on record.

use statute::{
    AssessmentDecision, AssessmentOutcome, Code, Decided, GivenNotice, NoticeAbout, NoticesDue, PlanDecision,
    PlanOutcome, Recipient, Reversals, WarningCode,
};

use crate::support::{day_zero, on_day};

const UNDECIDED: Decided = Decided { assessment: None, plan: None, reversals: Reversals::NONE };

fn decided(outcome: AssessmentOutcome, days: u64) -> Decided {
    let decision = AssessmentDecision { outcome, decided_on: on_day(days), notified_on: on_day(days + 1) };
    Decided { assessment: Some(decision), ..UNDECIDED }
}

fn refused_plan(days: u64) -> Decided {
    let on = on_day(days);
    let plan = PlanDecision { outcome: PlanOutcome::Refuse, decided_on: on, notified_on: Some(on) };
    Decided { plan: Some(plan), ..decided(AssessmentOutcome::Assess, 30) }
}

/// Of a child with a setting and an earlier case, so that nothing is due to the family.
fn due(decided: Decided) -> NoticesDue {
    NoticesDue::of(day_zero(), decided, true, true)
}

fn notified(about: NoticeAbout, recipients: &[Recipient], days: u64) -> Vec<GivenNotice> {
    recipients.iter().map(|recipient| GivenNotice { about, recipient: *recipient, on: on_day(days) }).collect()
}

const ALL_BUT_FAMILY: [Recipient; 3] = [Recipient::Icb, Recipient::SocialCare, Recipient::Setting];

#[test]
fn who_is_not_on_record_as_notified_is_warned_about() {
    let warnings = due(UNDECIDED).warnings(&[]);
    assert_eq!(warnings.len(), 1);
    assert_eq!(
        (warnings[0].code, warnings[0].citation),
        (WarningCode::ReceiptNotNotified, "Regulation 4(2) SEND Regulations 2014")
    );
    assert_eq!(
        warnings[0].sentence,
        "Not on record as notified that an assessment is being considered: the ICB, the officers of social care and the \
         school, college or provider. Notify them, and record the day."
    );
    let some = due(UNDECIDED).warnings(&notified(NoticeAbout::Receipt, &[Recipient::Icb, Recipient::Setting], 3));
    assert!(some[0].sentence.contains(": the officers of social care. Notify"), "{}", some[0].sentence);
    assert_eq!(due(UNDECIDED).warnings(&notified(NoticeAbout::Receipt, &ALL_BUT_FAMILY, 0)), []);
}

#[test]
fn the_same_people_are_notified_of_the_decision_and_not_before_it() {
    for outcome in [AssessmentOutcome::Assess, AssessmentOutcome::Refuse] {
        let decided = due(decided(outcome, 30));
        let mut known = notified(NoticeAbout::Receipt, &ALL_BUT_FAMILY, 3);
        let missing = decided.warnings(&known);
        assert_eq!(missing.len(), 1);
        assert_eq!(
            (missing[0].code, missing[0].citation),
            (WarningCode::AssessmentDecisionNotNotified, "Regulation 5(2) SEND Regulations 2014")
        );
        assert!(
            missing[0].sentence.starts_with("Not on record as notified of the decision whether to assess: the ICB,")
        );
        known.extend(notified(NoticeAbout::AssessmentDecision, &ALL_BUT_FAMILY, 30));
        assert_eq!(decided.warnings(&known), []);
    }
}

#[test]
fn whoever_was_notified_of_a_refusal_is_notified_of_its_reversal_too() {
    let refused = decided(AssessmentOutcome::Refuse, 30);
    let mut known = notified(NoticeAbout::Receipt, &ALL_BUT_FAMILY, 3);
    known.extend(notified(NoticeAbout::AssessmentDecision, &ALL_BUT_FAMILY, 30));
    assert_eq!(due(refused).warnings(&known), []);
    let reversed = Decided { reversals: Reversals { assessment: Some(on_day(60)), plan: None }, ..refused };
    assert_eq!(due(reversed).warnings(&known)[0].code, WarningCode::AssessmentDecisionNotNotified);
    known.extend(notified(NoticeAbout::AssessmentDecision, &ALL_BUT_FAMILY, 60));
    assert_eq!(due(reversed).warnings(&known), []);
}

#[test]
fn of_a_refusal_to_issue_social_care_need_not_be_notified() {
    let refused = due(refused_plan(100));
    let mut known = notified(NoticeAbout::Receipt, &ALL_BUT_FAMILY, 3);
    known.extend(notified(NoticeAbout::AssessmentDecision, &ALL_BUT_FAMILY, 31));
    let missing = refused.warnings(&known);
    assert_eq!(missing.len(), 1);
    assert_eq!(
        (missing[0].code, missing[0].citation),
        (WarningCode::PlanRefusalNotNotified, "Regulation 10(2) SEND Regulations 2014")
    );
    assert_eq!(
        missing[0].sentence,
        "Not on record as notified that no plan will be issued: the ICB and the school, college or provider. Notify them, \
         and record the day."
    );
    known.extend(notified(NoticeAbout::PlanRefusal, &[Recipient::Icb, Recipient::Setting], 100));
    assert_eq!(refused.warnings(&known), []);
    let reversed = Decided { reversals: Reversals { assessment: None, plan: Some(on_day(120)) }, ..refused_plan(100) };
    assert_eq!(due(reversed).from_day(NoticeAbout::PlanRefusal), None, "it no longer stands");
    let issues = PlanDecision { outcome: PlanOutcome::Issue, decided_on: on_day(100), notified_on: None };
    let issues = Decided { plan: Some(issues), ..decided(AssessmentOutcome::Assess, 30) };
    assert_eq!(due(issues).from_day(NoticeAbout::PlanRefusal), None, "no refusal");
}

#[test]
fn a_child_without_a_setting_has_no_head_to_be_notified() {
    let alone = NoticesDue::of(day_zero(), UNDECIDED, false, true);
    let known = notified(NoticeAbout::Receipt, &[Recipient::Icb, Recipient::SocialCare], 0);
    assert_eq!(alone.warnings(&known), []);
}

#[test]
fn the_family_is_told_of_its_right_to_give_views_only_where_it_has_one() {
    let mut known = notified(NoticeAbout::Receipt, &ALL_BUT_FAMILY, 3);
    known.extend(notified(NoticeAbout::AssessmentDecision, &ALL_BUT_FAMILY, 31));
    let none_due = [
        NoticesDue::of(day_zero(), UNDECIDED, true, false),
        NoticesDue::of(day_zero(), decided(AssessmentOutcome::Refuse, 30), true, false),
        NoticesDue::of(day_zero(), decided(AssessmentOutcome::Assess, 30), true, true),
    ];
    for none in none_due {
        assert_eq!(none.warnings(&known), [], "{none:?}");
    }
    let due = NoticesDue::of(day_zero(), decided(AssessmentOutcome::Assess, 30), true, false);
    let missing = due.warnings(&known);
    assert_eq!(missing.len(), 1);
    assert_eq!(
        (missing[0].code, missing[0].citation),
        (WarningCode::FamilyViewsNotInvited, "Section 36(7) Children and Families Act 2014")
    );
    assert!(missing[0].sentence.contains("the family was told of its right to give views and evidence"));
    known.extend(notified(NoticeAbout::Receipt, &[Recipient::Family], 10));
    assert_eq!(due.warnings(&known), []);
}

#[test]
fn nobody_is_notified_of_what_has_not_happened() {
    let new = due(UNDECIDED);
    assert_eq!(
        (new.check(NoticeAbout::Receipt), NoticesDue::check_recipients(NoticeAbout::Receipt, Recipient::ALL)),
        (Ok(()), Ok(()))
    );
    for (about, what) in [
        (NoticeAbout::AssessmentDecision, "Whether to assess is not decided yet"),
        (NoticeAbout::PlanRefusal, "No refusal to issue a plan is on record"),
    ] {
        let refusal = new.check(about).unwrap_err();
        assert_eq!(refusal.code, Code::NotInStage);
        assert!(refusal.sentence.starts_with(what), "{}", refusal.sentence);
        assert!(refusal.citation.is_some());
    }
    let both = due(refused_plan(100));
    for about in [NoticeAbout::AssessmentDecision, NoticeAbout::PlanRefusal] {
        assert_eq!((both.check(about), NoticesDue::check_recipients(about, &ALL_BUT_FAMILY)), (Ok(()), Ok(())));
        let refusal = NoticesDue::check_recipients(about, &[Recipient::Icb, Recipient::Family]).unwrap_err();
        assert_eq!(refusal.code, Code::FamilyNotifiedByDecision, "that is notified_on");
    }
    let days = NoticeAbout::ALL.iter().map(|about| both.from_day(*about)).collect::<Vec<_>>();
    assert_eq!(days, [Some(day_zero()), Some(on_day(30)), Some(on_day(100))]);
}
