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

mod advice;
mod calendar;
mod clock;
mod deadline;
mod exception;
mod facts;
mod history;
mod notice;
mod plan;
mod refusal;
mod request;
mod rules;
mod stage;
mod text;

pub use advice::{AdviceKind, AdviceStatus, ExistingAdvice, in_or_beyond_year_9, statutory_set};
pub use calendar::Calendar;
pub use clock::{Clock, ClockStatus, Next, Summary, summarise};
pub use deadline::{Deadline, DeadlineStatus, Subject, SubjectKind, derive};
pub use exception::{Closure, Exception, Ground, Suggestion, check_ground, suggest_closures};
pub use facts::{
    AdviceFacts, AssessmentDecision, AssessmentOutcome, AssessmentRefusalReason, CaseFacts, ConsultationFacts, End,
    EndKind, FinalPlanFacts, PlanDecision, PlanOutcome, ServedDraft,
};
pub use history::{Inconsistent, Step};
pub use notice::{Notice, NoticeKind, RefusalGrounds, check_notice};
pub use plan::{
    DifferingSection, EducationOtherwise, Placement, PlanKind, PlanStatus, PreparingForAdulthood, Section,
    check_advice_settled, check_differences, check_draft_names_no_setting, check_placement,
    check_preparing_for_adulthood, check_representations_over, earliest_final_on,
};
pub use refusal::{Code, Refusal};
pub use request::{RequestSource, Warning, WarningCode, no_duty_warning, qualified_teacher_warning, too_old};
pub use rules::{Basis, Counting, Holder, Period, RULES, RULES_VERSION, Rule, RuleId, advice_basis, rule};
pub use stage::{
    AssessmentRefused, AwaitingDecision, DayFault, DraftServed, DraftService, Drafting, Ended, FinalPlan,
    GatheringAdvice, PlanIssued, PlanRefused, Progress, Stage, check_day,
};
