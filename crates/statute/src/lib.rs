//! The statutory clock of an Education, Health and Care needs assessment, as pure functions.
//!
//! What the law says of time limits, exceptions, stages and plans stands here and nowhere else. The crate
//! does no I/O and cannot read the time: every function takes its days as arguments, and the same facts
//! always give the same deadlines. "Regulation" means the Special Educational Needs and Disability
//! Regulations 2014, "Act" the Children and Families Act 2014, "Code" the SEND Code of Practice 2015.
//!
//! # From facts to a clock
//!
//! ```
//! use chrono::NaiveDate;
//! use statute::{Calendar, CaseFacts, ClockStatus, derive, summarise};
//!
//! let day = |text: &str| text.parse::<NaiveDate>().unwrap();
//! let facts = CaseFacts::received(day("2026-01-05"));
//! let deadlines = derive(&facts, &Calendar::new([day("2026-05-25")]));
//! let summary = summarise(&facts, &deadlines);
//!
//! assert_eq!(summary.final_due_on, day("2026-05-25"));
//! assert_eq!(summary.status(day("2026-02-16"), day("2026-02-16")), ClockStatus::DueSoon);
//! assert_eq!(summary.status(day("2026-02-17"), day("2026-02-17")), ClockStatus::Overdue);
//! ```
//!
//! # Index
//!
//! Where each rule of law is decided, and the test that shows it (`tests/law/<module>.rs`).
//!
//! | source | function | test |
//! |---|---|---|
//! | Act s.31(2), (3) declined advice | [`AdviceStatus::decline`] | `advice::only_a_body_of_section_31_may_decline` |
//! | Act ss.36(6), 44(2) an earlier plan or assessment | [`earlier_case_warning`] | `plans::a_plan_or_an_assessment_within_six_months_is_warned_about` |
//! | Act s.80, Regs 63 to 65 rights of young people | [`rights_pass_on`], [`rights_pass_warning`] | `young::rights_pass_on_the_saturday_after_the_last_friday_in_june` |
//! | the same, whom a notice goes to | [`addressee`], [`addressee_missing_warning`] | `young::a_notice_goes_to_the_parent_until_the_friday_and_to_the_young_person_from_the_saturday` |
//! | Act s.36(8) under 25 | [`too_old`] | `plans::at_25_a_person_is_too_old` |
//! | Act s.38(5) no setting in a draft | [`check_draft_names_no_setting`] | `plans::a_draft_that_names_a_setting_is_not_served` |
//! | Act ss.39, 40 placement | [`check_placement`] | `plans::a_final_plan_says_where_education_takes_place` |
//! | Act ss.39(2), 40(3) a named setting is consulted | [`check_consulted`] | `plans::a_setting_that_nobody_consulted_is_not_named_unless_a_manager_overrides` |
//! | Act ss.38(3), 39(3), (4) a setting that the family asked for | [`check_requests_answered`] | `plans::a_setting_that_the_family_asked_for_is_named_or_a_ground_is_given` |
//! | Act s.40 changes that the authority thinks necessary | [`Progress::overridable`] | `plans::a_manager_overrides_changes_that_nothing_explains` |
//! | Act s.61 education elsewhere | [`check_s61_finding`], [`check_s61_family_consulted`] | `plans::education_arranged_elsewhere_leaves_section_i_blank_with_finding_and_consultation` |
//! | Regs 4(1), 5(1) six weeks | [`rule`], [`derive()`] | `clock::a_decision_to_assess_counts_on_the_day_it_was_notified` |
//! | Regs 5(4) information asked of a setting before the decision | [`check_can_ask_for_information`] | `stages::a_setting_is_asked_for_information_only_until_it_is_decided_whether_to_assess` |
//! | Regs 5(3), 10, 14 notices | [`check_notice`], [`Progress`] | `stages::each_part_of_the_notice_is_looked_at` |
//! | Regs 5(4), 10(4), 13(3) exceptions | [`check_ground`], [`Exception::relieves`] | `exceptions::each_rule_knows_its_own_grounds` |
//! | the same, an exception is shown and told (Code 9.43) | [`check_evidence`], [`exception_not_told_warning`] | `exceptions::an_exception_is_confirmed_only_with_its_evidence` |
//! | the same, (a) and (b) closures | [`Closure::window`], [`suggest_closures`] | `vectors::every_closure_counts_on_the_days_of_the_oracle` |
//! | the same, because of the closure | [`SettingAsked`] | `exceptions::a_closure_relieves_only_what_the_setting_was_asked_for_in_time_and_had_not_answered` |
//! | the same, (c) circumstances | [`Exception::relieves`] | `exceptions::circumstances_relieve_when_their_days_touch_the_period` |
//! | the same, (d) absence | [`Exception::relieves`] | `exceptions::an_absence_relieves_from_28_continuous_days_within_the_period` |
//! | Act s.36(7), Regs 4(2), 5(2), 10(2) who else is notified | [`NoticesDue`] | `given_notices::who_is_not_on_record_as_notified_is_warned_about` |
//! | Regs 6(1) advice to be sought | [`statutory_set`], [`in_or_beyond_year_9`] | `advice::from_year_9_the_statutory_set_prepares_for_adulthood` |
//! | the same, of which no request stands | [`advice_not_sought_warning`] | `advice::advice_that_has_to_be_sought_and_is_not_is_warned_about` |
//! | the same, school years | [`RecordedYear`], [`curriculum_year`] | `advice::a_recorded_school_year_ages_each_september` |
//! | the same, only once an assessment is made | [`Progress::check_can_seek_advice`] | `stages::each_step_is_possible_only_in_its_stage` |
//! | Regs 6(1)(b)(iv) the Secretary of State for Defence | [`statutory_set`] | `advice::where_a_parent_serves_in_the_armed_forces_the_secretary_of_state_for_defence_is_asked_too` |
//! | Regs 6(2) qualified teacher | [`qualified_teacher_warning`] | `advice::impaired_sight_or_hearing_calls_for_a_qualified_teacher` |
//! | Regs 6(4) existing advice | [`AdviceStatus::cover`] | `advice::existing_advice_stands_in_only_where_all_three_agreed` |
//! | Regs 8(1) advice in six weeks | [`advice_basis`], [`derive()`] | `clock::advice_is_due_six_weeks_after_the_body_had_the_request` |
//! | Regs 8(2) an adviser's exceptions | [`check_ground`] | `exceptions::a_ground_the_rule_does_not_know_is_refused_with_those_it_knows` |
//! | Regs 10(1) sixteen weeks, refusals only | [`derive()`], [`summarise`] | `clock::past_day_112_an_undecided_case_shows_overdue_but_breaches_nothing` |
//! | Regs 12 sections that can be written | [`section_to_write`] | `plans::every_section_but_that_of_the_advice_is_for_somebody_to_write` |
//! | Regs 12(1) sections that must be there | [`check_written`] | `plans::a_plan_without_views_needs_outcomes_or_provision_is_neither_served_nor_issued` |
//! | Act s.37(2) needs answered by provision | [`findings`] | `plans::health_and_social_care_needs_without_provision_are_warned_about` |
//! | Regs 12(1)(i) name and type | [`check_type_given`] | `plans::a_named_setting_has_a_type` |
//! | Regs 12(2) health provision is agreed | [`check_health_agreement`] | `plans::health_provision_that_is_not_agreed_warns_in_a_draft_and_stops_a_final_plan` |
//! | Regs 12(3) preparing for adulthood | [`check_preparing_for_adulthood`] | `plans::from_year_9_a_plan_without_preparation_for_adulthood_is_neither_served_nor_issued` |
//! | the same, on the day of issue | [`expected_final_on`] | `plans::a_draft_is_judged_by_the_day_on_which_its_final_plan_is_expected` |
//! | Regs 13(1)(a) fifteen days | [`check_representations_over`], [`earliest_final_on`] | `plans::the_final_plan_waits_until_the_fifteen_days_are_over` |
//! | Act s.38, Regs 13(1)(b) what goes with a draft | [`draft_service_warnings`] | `plans::a_draft_served_without_how_or_with_what_notice_is_warned_about` |
//! | Regs 13(2) twenty weeks | [`derive()`], [`summarise`] | `clock::a_final_plan_on_day_141_is_late` |
//! | Regs 14 the family's rights with their dates | [`appeal_rights`] | `plans::the_rights_to_mediation_and_appeal_last_two_months_from_the_notice` |
//! | Regs 33, HESC Rules r.20(1)(c) mediation and appeal | [`derive()`] | `clock::each_refusal_and_the_final_plan_open_mediation_and_appeal` |
//! | Regs 35 to 38 the authority's duties around mediation | [`derive()`] | `orders::mediation_is_arranged_within_thirty_days_and_about_health_alone_by_the_nhs_commissioner` |
//! | the same, the NHS commissioner is told | [`derive()`] | `orders::the_nhs_commissioner_is_told_of_mediation_about_health_within_three_working_days` |
//! | Regs 42(3) agreements on what cannot be appealed | [`derive()`] | `orders::an_agreement_on_what_cannot_be_appealed_is_carried_out_within_two_weeks` |
//! | Regs 42(5), 44(1) another day for a limit | [`check_day_basis`], [`OrderFacts::day_of`] | `orders::a_direction_or_a_written_agreement_sets_another_day_in_the_place_of_the_limit` |
//! | HESC Rules r.21 the response to an appeal | [`derive()`] | `orders::an_appeal_is_responded_to_within_thirty_working_days_without_those_of_august_and_christmas` |
//! | SI 2017/1306 recommendations on health and social care | [`derive()`] | `orders::recommendations_on_health_and_social_care_are_answered_within_five_weeks` |
//! | Regs 43 what can be ordered | [`check_order`] | `orders::only_what_the_dispute_is_about_can_be_ordered` |
//! | Regs 44 time limits after an order | [`RULES`], [`derive()`] | `orders::each_order_opens_its_own_limits_and_the_first_decision_stays` |
//! | Regs 43(2)(d), 44(2)(d) reconsideration | [`check_order`], [`derive()`] | `orders::after_an_order_to_reconsider_a_case_is_open_for_two_weeks_for_the_decision_and_the_draft_or_notice` |
//! | Regs 44(2)(a), (g), (h) a plan that was to cease | [`derive()`] | `orders::a_plan_that_was_to_cease_goes_on_at_once_or_may_end` |
//! | Regs 45 conceded appeals | [`check_concession`], [`derive()`] | `orders::a_conceded_appeal_has_the_limits_of_regulation_45_counted_from_the_notice` |
//! | duties of a dispute on the lists | [`summarise`] | `orders::a_duty_of_a_dispute_keeps_an_ended_case_on_the_lists` |
//! | Regs 44 a second final plan only by an order | [`Progress`] | `orders::a_second_final_plan_follows_only_an_order` |
//! | Code 9.83 consulted settings | [`derive()`] | `clock::a_consulted_setting_has_fifteen_days_the_day_it_heard_not_counted` |
//! | Code 9.125 changes after a draft | [`check_differences`], [`PlanStatus::check_editable`] | `plans::a_changed_section_names_the_representation_it_answers_or_is_served_again` |
//! | policy: advice settled before a draft | [`check_advice_settled`] | `plans::a_draft_is_not_served_while_advice_is_unsettled_unless_a_manager_overrides` |
//! | the bands of the published figures (SEN2) | [`is_in_longest_band`] | `publication::the_longest_band_begins_after_52_weeks` |
//! | the authority reverses its own refusal | [`Progress::reverse_refusal`], [`Reversals`] | `reversals::a_reversed_refusal_to_assess_is_the_decision_to_assess_on_that_day` |
//! | the same, for what disputes it | [`derive()`] | `reversals::what_disputes_a_reversed_refusal_is_overtaken` |
//! | policy: a step entered in error is undone while nothing rests on it | [`check_entered_in_error`] | `reversals::a_step_is_undone_only_while_nothing_rests_on_it` |
//! | any limit, without a case | [`due_date`] | `calculator::each_limit_takes_its_own_days_and_no_others` |
//! | every refusal, on one page | [`Refusal`] | `refusals::every_refusal_stands_on_the_page_with_its_sentence_and_its_law` |
//! | the order of steps | [`Progress`], [`check_day`] | `stages::each_step_is_possible_only_in_its_stage` |
//!
//! # To change a limit
//!
//! 1. In `table.rs`, close the row in force with `applies_to` and add a row beginning the day after.
//! 2. Give [`RULES_VERSION`] a new value.
//! 3. Add the new limit's dates to the tests; `rules::every_rule_is_in_force_on_every_day_without_gap_or_overlap` holds the table together.

mod advice;
mod calculator;
mod calendar;
mod clock;
mod deadline;
mod exception;
mod facts;
mod given_notice;
mod history;
mod notice;
mod order;
mod plan;
mod plan_life;
mod publication;
mod refusal;
mod request;
mod rules;
mod stage;
mod table;
mod text;
mod tribunal;
mod undo;
mod young;

pub use advice::{
    AdviceKind, AdviceStatus, ExistingAdvice, RecordedYear, advice_not_sought_warning, curriculum_year,
    in_or_beyond_year_9, school_year, statutory_set,
};
pub use calculator::{CountedFrom, DueDate, NoDueDate, due_date};
pub use calendar::Calendar;
pub use clock::{Clock, ClockStatus, Next, Summary, summarise};
pub use deadline::{Deadline, DeadlineStatus, Subject, SubjectKind, derive};
pub use exception::{
    AskedFor, Closure, Exception, Ground, RunningLimit, SettingAsked, Suggestion, check_evidence, check_ground,
    exception_not_told_warning, suggest_closures,
};
pub use facts::{
    AdviceFacts, AssessmentDecision, AssessmentOutcome, AssessmentRefusalReason, CaseFacts, ConsultationFacts, End,
    EndKind, FinalPlanFacts, PlanDecision, PlanOutcome, Reversals, ServedDraft,
};
pub use given_notice::{Decided, GivenNotice, NoticeAbout, NoticesDue, Recipient};
pub use history::{Inconsistent, Step};
pub use notice::{
    AppealRights, DraftNotice, Notice, NoticeKind, RefusalGrounds, appeal_rights, check_notice, draft_service_warnings,
    last_day_to_appeal,
};
pub use order::{
    AppealFacts, DayBasis, Disputed, HealthIssues, MediationFacts, OrderFacts, OrderKind, OrderSource, PlanParts,
    SetDay, Track, can_be_agreed, check_concession, check_day_basis, check_disputable, check_order,
};
pub use plan::{
    Choice, DifferingSection, EducationOtherwise, Finding, HealthAgreement, PassedOver, Placement, PlacementGround,
    Places, PlanContent, PlanKind, PlanStatus, PreparingForAdulthood, Section, SettingKind, Severity, asked_in_time,
    can_be_requested, check_advice_settled, check_consulted, check_differences, check_draft_names_no_setting,
    check_health_agreement, check_placement, check_preparing_for_adulthood, check_representations_over,
    check_requests_answered, check_s61_family_consulted, check_s61_finding, check_type_given, check_written,
    earliest_final_on, expected_final_on, findings, health_agreement_warning, places_of, request_warning,
    section_to_write, unexplained,
};
pub use plan_life::{Phase, phase_transfer_due_on, post_16_transfer_due_on, transfer_in_review_due_on};
pub use publication::is_in_longest_band;
pub use refusal::{Code, Refusal};
pub use request::{
    RequestSource, Warning, WarningCode, check_can_ask_for_information, earlier_case_warning,
    qualified_teacher_warning, too_old,
};
pub use rules::{Basis, Counting, Due, Holder, Period, Rule, RuleId, TribunalTime, advice_basis, rule};
pub use stage::{
    AssessmentRefused, AwaitingDecision, DayFault, DraftServed, DraftService, Drafting, Ended, FinalPlan,
    GatheringAdvice, PlanIssued, PlanRefused, Progress, Stage, check_day,
};
pub use table::{RULES, RULES_VERSION};
pub use tribunal::{Moved, MovedBecause, uncertain_day_warning};
pub use undo::{Mistake, check_entered_in_error};
pub use young::{
    Addressee, addressee, addressee_missing_warning, rights_pass_on, rights_pass_warning, turns_25_warning,
};
