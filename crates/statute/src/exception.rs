//! Lawful exceptions: grounds on which a time limit need not be met.
//!
//! An exception stops no clock. The last day in time stays where it is and the step is still owed as
//! soon as practicable; what changes is how a late step is judged. So nothing here returns a day on
//! which something is due.

use chrono::{Days, NaiveDate};

use crate::{
    refusal::{Code, Refusal},
    request::{Warning, WarningCode},
    rules::{Rule, RuleId, rule},
    text::{list, long, text_enum},
};

/// How long a school or provider must be closed for its closure to count: four weeks.
const CLOSED_DAYS: i64 = 28;

/// How far before the closing and before the re-opening the window for asking lies: one week.
const ONE_WEEK: Days = Days::new(7);

text_enum! {
    /// Why a time limit need not be met. Which rule knows which ground stands in [`crate::RULES`].
    pub enum Ground {
        /// Advice was asked of a school around a closure of four weeks or more: Regulation 5(4)(a) and its like.
        SchoolClosed => "school_closed",
        /// The same for an early-years provider: (b).
        EarlyYearsProviderClosed => "early_years_provider_closed",
        /// Exceptional personal circumstances of the child, parent or young person: (c).
        ExceptionalPersonalCircumstances => "exceptional_personal_circumstances",
        /// Child, parent or young person away from the area: (d), and Regulation 8(2) for advice.
        AbsentFromArea => "absent_from_area",
        /// An adviser's ground: Regulation 8(2).
        ExceptionalCircumstances => "exceptional_circumstances",
        /// An adviser's ground: an appointment made by that body was missed, Regulation 8(2).
        MissedAppointment => "missed_appointment",
    }
}

impl Ground {
    /// The ground as it stands in a sentence.
    pub const fn description(self) -> &'static str {
        match self {
            Self::SchoolClosed => "advice was asked of a school closed for at least four weeks",
            Self::EarlyYearsProviderClosed => {
                "advice was asked of an early-years provider closed for at least four weeks"
            }
            Self::ExceptionalPersonalCircumstances => "exceptional personal circumstances affect the family",
            Self::AbsentFromArea => "the family is away from the area",
            Self::ExceptionalCircumstances => "exceptional circumstances affect the family",
            Self::MissedAppointment => "an appointment for an examination or test was missed",
        }
    }

    /// Whether the ground rests on a closure, whose days are compared with the day advice was asked for.
    pub const fn is_closure(self) -> bool {
        matches!(self, Self::SchoolClosed | Self::EarlyYearsProviderClosed)
    }
}

/// Days on which a school or early-years provider is closed: from `closed_from` up to the day before `reopens_on`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closure {
    /// The first closed day.
    pub closed_from: NaiveDate,
    /// The first open day after it.
    pub reopens_on: NaiveDate,
}

impl Closure {
    /// The first and last day on which asking for advice falls under the exception, both included:
    /// from one week before the closing to one week before the re-opening. `None` when closed for
    /// less than four weeks. Regulations 5(4)(a), 10(4)(a), 13(3)(a).
    pub fn window(&self) -> Option<(NaiveDate, NaiveDate)> {
        if days_between(self.closed_from, self.reopens_on) < CLOSED_DAYS {
            return None;
        }
        Some((self.closed_from.checked_sub_days(ONE_WEEK)?, self.reopens_on.checked_sub_days(ONE_WEEK)?))
    }

    /// Whether advice asked for on that day was asked for within the window.
    pub fn applies(&self, advice_requested_on: NaiveDate) -> bool {
        self.window().is_some_and(|(first, last)| first <= advice_requested_on && advice_requested_on <= last)
    }
}

text_enum! {
    /// What the head of a school, or an early-years provider or principal, was asked for.
    pub enum AskedFor {
        /// Information for the decision whether to assess. It is not the advice of Regulation 6.
        Information => "information",
        /// Education advice for the assessment.
        Advice => "advice",
    }
}

/// A day on which the child's setting was asked, as closures are compared with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingAsked {
    /// What for.
    pub what: AskedFor,
    /// The day it was asked.
    pub asked_on: NaiveDate,
    /// The day it answered; `None` while it has not.
    pub answered_on: Option<NaiveDate>,
}

impl SettingAsked {
    /// Whether a closure made it impractical to meet a limit that runs from `starts_on` to `due_on`: the setting was asked
    /// within the closure's window and within the limit, both ends included, and had not answered before it closed. An
    /// answer on the day of closing came before. Information serves the six weeks alone. Regulations 5(4)(a), 10(4)(a),
    /// 13(3)(a).
    fn is_held_up_by(&self, closure: Closure, id: RuleId, starts_on: NaiveDate, due_on: NaiveDate) -> bool {
        let serves = self.what == AskedFor::Advice || id == RuleId::DecideToAssess;
        let within = starts_on <= self.asked_on && self.asked_on <= due_on;
        let unanswered = self.answered_on.is_none_or(|on| on > closure.closed_from);
        serves && within && unanswered && closure.applies(self.asked_on)
    }
}

/// Refuses a ground that the rule, as in force on the case's day zero, does not know.
pub fn check_ground(id: RuleId, ground: Ground, received_on: NaiveDate) -> Result<(), Refusal> {
    let rule = rule(id, received_on);
    if rule.knows(ground) {
        return Ok(());
    }
    let known: Vec<&str> = rule.grounds.iter().map(|known| known.as_str()).collect();
    let sentence = if known.is_empty() {
        format!("No exception is provided for {id}: the step keeps its time limit.")
    } else {
        format!("{ground} is not a ground for {id}; the grounds are {}.", list(&known))
    };
    Err(Refusal::lawful(Code::GroundNotAvailable, rule.exceptions_citation.unwrap_or(rule.citation), sentence))
}

/// Refuses to confirm an exception that nothing shows: it takes a late step out of the published figures. The rules are
/// those that it is to relieve.
pub fn check_evidence(rules: &[RuleId], evidence: Option<&str>, received_on: NaiveDate) -> Result<(), Refusal> {
    if evidence.is_some_and(|evidence| !evidence.trim().is_empty()) {
        return Ok(());
    }
    let mut citations = rules.iter().map(|id| rule(*id, received_on)).filter_map(|rule| rule.exceptions_citation);
    Err(Refusal::lawful(
        Code::EvidenceRequired,
        citations.next().unwrap_or("Regulation 13(3) SEND Regulations 2014"),
        "An exception is confirmed with what shows it, such as a letter: say what the evidence is.",
    ))
}

/// Warns where it is not on record that the family was told of a confirmed exception.
pub fn exception_not_told_warning(family_told_on: Option<NaiveDate>) -> Option<Warning> {
    family_told_on.is_none().then(|| Warning {
        code: WarningCode::ExceptionNotTold,
        sentence: "An exception is confirmed, and no day is on record on which the family was told of it: tell the family, and record the day."
            .to_owned(),
        citation: "Code of Practice 9.43",
    })
}

/// An exception that a person with the authority has confirmed; proposals and lifted ones are not handed to this crate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exception {
    /// The limits it was confirmed for.
    pub rules: Vec<RuleId>,
    /// Why.
    pub ground: Ground,
    /// The first day of the circumstance, absence or closure; `None` when not known: open towards the past.
    pub from_on: Option<NaiveDate>,
    /// Its last day; for a closure the day of re-opening. `None`: it goes on.
    pub to_on: Option<NaiveDate>,
    /// Taken over from a record made before the service knew the case: what it does not say is believed.
    pub from_history: bool,
}

impl Exception {
    /// Whether it relieves a deadline that runs from `starts_on` to `due_on`.
    ///
    /// Circumstances and missed appointments do when their days touch the period. An absence does when
    /// enough of its days lie within the period (28, or 14 after an order). A closure does when the setting was
    /// asked within its window and within the period, and had not answered before it closed. In history a closure
    /// is believed where its days or the day of asking aren't known: whoever confirmed it had the evidence.
    pub fn relieves(
        &self,
        rule: &Rule,
        starts_on: NaiveDate,
        due_on: NaiveDate,
        setting_asked: &[SettingAsked],
    ) -> bool {
        if !self.rules.contains(&rule.id) || !rule.knows(self.ground) {
            return false;
        }
        let days_within = self.days_within(starts_on, due_on);
        match self.ground {
            Ground::ExceptionalPersonalCircumstances | Ground::ExceptionalCircumstances | Ground::MissedAppointment => {
                days_within > 0
            }
            Ground::AbsentFromArea => days_within >= rule.absence_days,
            Ground::SchoolClosed | Ground::EarlyYearsProviderClosed => {
                let closure = match (self.from_on, self.to_on) {
                    (Some(closed_from), Some(reopens_on)) => Some(Closure { closed_from, reopens_on }),
                    _ => None,
                };
                match closure {
                    Some(closure) if setting_asked.is_empty() => self.from_history && closure.window().is_some(),
                    Some(closure) => {
                        setting_asked.iter().any(|asked| asked.is_held_up_by(closure, rule.id, starts_on, due_on))
                    }
                    None => self.from_history,
                }
            }
        }
    }

    /// How many of its days lie from `first` to `last`, both included; 0 or less when none does.
    fn days_within(&self, first: NaiveDate, last: NaiveDate) -> i64 {
        let from = self.from_on.map_or(first, |from| from.max(first));
        let to = self.to_on.map_or(last, |to| to.min(last));
        days_between(from, to).saturating_add(1)
    }
}

/// A ground that the calendar of closures gives by itself; a person accepts or dismisses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// [`Ground::SchoolClosed`] or [`Ground::EarlyYearsProviderClosed`].
    pub ground: Ground,
    /// The closure it rests on.
    pub closure: Closure,
    /// The limits of the case that know the ground.
    pub rules: Vec<RuleId>,
    /// Why it is suggested, with its days.
    pub because: String,
}

/// A limit that a closure may relieve: its rule, the day from which it runs and its last day in time.
pub type RunningLimit = (RuleId, NaiveDate, NaiveDate);

/// The exceptions that closures of the child's setting give, by the days on which it was asked.
///
/// Each closure comes with the ground its kind of setting would give. Of the limits, which may be those of orders too, one
/// is named only where the closure relieves it.
pub fn suggest_closures(
    closures: &[(Ground, Closure)],
    setting_asked: &[SettingAsked],
    limits: &[RunningLimit],
    received_on: NaiveDate,
) -> Vec<Suggestion> {
    let mut found = Vec::new();
    for (ground, closure) in closures.iter().filter(|(ground, _)| ground.is_closure()) {
        let relieved = |asked: &SettingAsked| -> Vec<RuleId> {
            let held_up = |(id, starts_on, due_on): &&RunningLimit| {
                rule(*id, received_on).knows(*ground) && asked.is_held_up_by(*closure, *id, *starts_on, *due_on)
            };
            limits.iter().filter(held_up).map(|(id, ..)| *id).collect()
        };
        let mut rules: Vec<RuleId> = setting_asked.iter().flat_map(relieved).collect();
        rules.sort_unstable();
        rules.dedup();
        let Some(asked) = setting_asked.iter().find(|asked| !relieved(asked).is_empty()) else {
            continue;
        };
        found.push(Suggestion {
            ground: *ground,
            closure: *closure,
            rules,
            because: format!(
                "{} requested on {}; the setting is closed from {} and re-opens on {}.",
                match asked.what {
                    AskedFor::Information => "Information was",
                    AskedFor::Advice => "Education advice was",
                },
                long(asked.asked_on),
                long(closure.closed_from),
                long(closure.reopens_on),
            ),
        });
    }
    found
}

fn days_between(from: NaiveDate, to: NaiveDate) -> i64 {
    to.signed_duration_since(from).num_days()
}
