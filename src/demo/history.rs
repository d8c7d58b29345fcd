//! The years behind a caseload: what a board would recognise in its own figures.
//!
//! Requests grow from year to year and come in seasons: few in August and at Christmas, many in autumn and before the
//! summer. Whoever asks a school in July hears from it in September. For a year and a half there were too few educational
//! psychologists: it began in a month, grew worse, and ended. Each service has a speed of its own; some requests are
//! refused, some of the refused appeal, a few families withdraw or move.

use chrono::{Datelike, Days, Months, NaiveDate};
use rand::Rng;
use rand::seq::IndexedRandom;
use statute::{
    AdviceKind, AssessmentRefusalReason, Closure, Ground, RequestSource, in_or_beyond_year_9, statutory_set,
};

use super::caseload::{Story, at_work};
use super::words;
use crate::import::model::Column;
use crate::words::{SocialCareStatus, Vocabulary};

/// How many years are behind the caseload.
const YEARS: u64 = 7;

/// How many of a hundred days' requests come in each month, by the busiest.
const SEASONS: [u32; 12] = [75, 85, 95, 70, 90, 100, 85, 30, 60, 90, 95, 50];

/// How much fewer requests came in each year before this one, in hundredths.
const GROWTH: u32 = 9;

/// How long each service takes to answer, in days.
fn speed(kind: AdviceKind) -> (u64, u64) {
    match kind {
        AdviceKind::Family => (5, 30),
        AdviceKind::Education => (14, 40),
        AdviceKind::Medical => (24, 58),
        AdviceKind::Psychological => (26, 46),
        AdviceKind::SocialCare => (12, 44),
        AdviceKind::PreparingForAdulthood => (18, 48),
        AdviceKind::Other | AdviceKind::ArmedForces | AdviceKind::FamilyRequested => (20, 50),
    }
}

/// The time in which there were too few psychologists: the month in which it began and the one in which it ended.
pub(super) fn shortage(today: NaiveDate) -> (NaiveDate, NaiveDate) {
    let month = |before: u32| today.with_day(1).and_then(|day| day.checked_sub_months(Months::new(before)));
    (month(33).unwrap_or(today), month(15).unwrap_or(today))
}

/// How many days more a psychologist takes who is asked on a day of the shortage: the longer it lasts, the more children
/// wait and the longer. Some schools buy a psychologist's time of their own and don't.
fn waiting_list(story: &mut Story<'_>, asked_on: NaiveDate) -> u64 {
    let (began, ended) = shortage(story.today);
    if asked_on < began || asked_on >= ended {
        return 0;
    }
    let part = |all: i64, days: i64| all.saturating_mul(days) / ended.signed_duration_since(began).num_days().max(1);
    let grown = asked_on.signed_duration_since(began).num_days();
    let waits = story.chance(u32::try_from(part(50, grown)).unwrap_or_default().saturating_add(35));
    if waits { u64::try_from(part(120, grown)).unwrap_or_default().saturating_add(40) } else { 0 }
}

/// Schools answer no letters in the summer holidays; the day on which they open again, for one that is asked then.
fn after_the_summer(day: NaiveDate) -> Option<NaiveDate> {
    let begins = NaiveDate::from_ymd_opt(day.year(), 7, 15)?;
    let reopens = NaiveDate::from_ymd_opt(day.year(), 9, 3)?;
    (begins <= day && day < reopens).then_some(reopens)
}

/// A case of these years, lived up to today.
pub(super) fn live(story: &mut Story<'_>) {
    arrive(story);
    know_to_social_care(story);
    let source = asked_by(story);
    if story.chance(3) {
        return story.day(Column::WithdrawnOn, 4, 28);
    }
    let busy = if story.received_on.month() >= 6 && story.received_on.month() <= 8 { 12 } else { 0 };
    let (from, to) = if story.chance(14) { (43, 66 + busy) } else { (24, 41) };
    let refused = story.chance(if source == RequestSource::Family { 32 } else { 18 });
    if refused {
        story.decide("refuse", from, to);
        let reasons: Vec<&str> = AssessmentRefusalReason::ALL.iter().map(|reason| reason.as_str()).collect();
        if story.notified_on.is_some() {
            story.pick(Column::RefusalReason, &reasons);
            // Some appeal, and some of these have a plan in the end; the sheet says that of those alone who have one.
            if story.chance(5)
                && let Some(sent) = story.some_day(300, 460)
            {
                story.say(Column::Tribunal, "true");
                story.say(Column::FinalIssuedOn, sent.to_string());
            }
        }
        return;
    }
    story.assess(from, to);
    let Some(asked_on) = story.notified_on else {
        return;
    };
    if story.chance(1) {
        story.pick(Column::TransferredTo, words::ELSEWHERE);
        return match story.some_day(80, 130) {
            Some(day) => story.say(Column::TransferredOn, day.to_string()),
            None => story.forget(Column::TransferredTo),
        };
    }
    let last = ask_everybody(story, asked_on);
    excuse(story, asked_on);
    let Some(advised_on) = last else {
        return;
    };
    write_the_plan(story, advised_on);
}

/// The day of the request: more of them as the years go by, and in some months more than in others.
fn arrive(story: &mut Story<'_>) {
    let days = YEARS.saturating_mul(365);
    loop {
        let ago = story.rng.random_range(1..=days);
        let Some(day) = story.today.checked_sub_days(Days::new(ago)) else {
            continue;
        };
        let month = usize::try_from(day.month0()).unwrap_or_default();
        let season = SEASONS.get(month).copied().unwrap_or_default();
        let years = u32::try_from(ago / 365).unwrap_or_default();
        let weight = season.saturating_mul(100_u32.saturating_sub(GROWTH.saturating_mul(years)));
        if story.rng.random_range(0..10_000) < weight {
            return story.received(ago, ago);
        }
    }
}

/// Some of the children are in need, protected or in care, as social care knows.
fn know_to_social_care(story: &mut Story<'_>) {
    let known = [
        SocialCareStatus::None,
        SocialCareStatus::ChildInNeed,
        SocialCareStatus::ChildProtection,
        SocialCareStatus::LookedAfter,
    ];
    let status = known.choose_weighted(story.rng, |status| match status {
        SocialCareStatus::None => 84,
        SocialCareStatus::ChildInNeed => 9,
        SocialCareStatus::ChildProtection => 2,
        SocialCareStatus::LookedAfter => 5,
    });
    if let Some(status) = status.ok().filter(|status| **status != SocialCareStatus::None) {
        story.say(Column::SocialCareStatus, status.as_str());
    }
}

fn asked_by(story: &mut Story<'_>) -> RequestSource {
    let sources = [RequestSource::Family, RequestSource::EducationSetting, RequestSource::HealthProfessional];
    let source = sources.choose_weighted(story.rng, |source| match source {
        RequestSource::Family => 45,
        RequestSource::EducationSetting => 50,
        _ => 5,
    });
    let source = source.map_or(RequestSource::Other, |source| *source);
    story.say(Column::RequestSource, source.as_str());
    source
}

/// Asks everybody who must be; answers the day of the last answer, if all have come.
fn ask_everybody(story: &mut Story<'_>, asked_on: NaiveDate) -> Option<NaiveDate> {
    let mut last = Some(asked_on);
    for kind in statutory_set(in_or_beyond_year_9(None, story.born, asked_on), false) {
        let (requested, received) = Column::of_advice(kind);
        story.say(requested, asked_on.to_string());
        let (from, to) = speed(kind);
        let more = if kind == AdviceKind::Psychological { waiting_list(story, asked_on) } else { 0 };
        let took = story.rng.random_range(from..=to).saturating_add(more);
        let mut came_on = asked_on.checked_add_days(Days::new(took)).map_or(asked_on, at_work).max(asked_on);
        if kind == AdviceKind::Education
            && let Some(reopens) = after_the_summer(came_on)
        {
            came_on = reopens.checked_add_days(Days::new(took % 14)).map_or(reopens, at_work);
        }
        if came_on <= story.today {
            story.say(received, came_on.to_string());
            last = last.map(|day| day.max(came_on));
        } else {
            last = None;
        }
    }
    last
}

/// A lawful exception, as some cases have: a school that was asked when it closed, something that happened in the family.
fn excuse(story: &mut Story<'_>, asked_on: NaiveDate) {
    let day = |month, day| NaiveDate::from_ymd_opt(asked_on.year(), month, day);
    let holidays = day(7, 22).zip(day(9, 3)).map(|(closed_from, reopens_on)| Closure { closed_from, reopens_on });
    let holidays = holidays.filter(|closure| closure.applies(asked_on));
    if let Some(Closure { closed_from, reopens_on }) = holidays.filter(|_| story.chance(50)) {
        story.say(Column::ExceptionGround, Ground::SchoolClosed.as_str());
        story.say(Column::ExceptionFrom, closed_from.to_string());
        story.say(Column::ExceptionTo, reopens_on.to_string());
    } else if story.chance(3) {
        story.exception(Ground::ExceptionalPersonalCircumstances, 60, None);
    }
}

/// From the last advice to the final plan, or to the refusal of one.
fn write_the_plan(story: &mut Story<'_>, advised_on: NaiveDate) {
    let next = |story: &mut Story<'_>, day: NaiveDate, from: u64, to: u64| {
        let after = story.rng.random_range(from..=to);
        let next = day.checked_add_days(Days::new(after)).map_or(day, at_work).max(day);
        (next <= story.today).then_some(next)
    };
    let Some(decided_on) = next(story, advised_on, 2, 16) else {
        return;
    };
    let refused = story.chance(6);
    story.say(Column::PlanDecision, if refused { "refuse" } else { "issue" });
    story.say(Column::PlanDecidedOn, decided_on.to_string());
    if refused {
        return story.say(Column::PlanNotifiedOn, decided_on.to_string());
    }
    let Some(served_on) = next(story, decided_on, 4, 22) else {
        return;
    };
    story.say(Column::DraftServedOn, served_on.to_string());
    // Most plans follow the family's fifteen days soon; some wait for a place.
    let (from, to) = if story.chance(18) { (35, 110) } else { (18, 28) };
    if let Some(sent_on) = next(story, served_on, from, to) {
        story.say(Column::FinalIssuedOn, sent_on.to_string());
    }
}
