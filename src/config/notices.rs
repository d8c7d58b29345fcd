//! `EHCP_NOTICES_FILE` (none): a file in TOML with the rules of mails that differ from those of `docs/notices.toml`, which
//! is the documentation and the default in one.

use chrono::{NaiveTime, Weekday};
use serde::{Deserialize, Deserializer};

use super::{SettingError, Source};

/// The setting that names a council's own rules.
const NAME: &str = "EHCP_NOTICES_FILE";

/// The rules that hold where nothing else is said.
const DEFAULTS: &str = include_str!("../../docs/notices.toml");

/// When mail goes out, to whom, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeRules {
    /// When mails of casework leave.
    pub hours: Hours,
    /// What caseworkers get.
    pub caseworkers: CaseworkerRules,
    /// What those get who are asked for advice.
    pub advice: AdviceRules,
    /// What a setting gets that is asked for information before it is decided whether to assess.
    pub information: InformationRules,
    /// What managers get.
    pub managers: ManagerRules,
    /// What families get.
    pub family: FamilyRules,
}

/// The hours in which mails of casework leave, in London.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// From when on.
    #[serde(deserialize_with = "time")]
    pub opens: NaiveTime,
    /// Until when.
    #[serde(deserialize_with = "time")]
    pub closes: NaiveTime,
}

/// What caseworkers get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseworkerRules {
    /// Whether they get a mail each working day.
    pub digest: bool,
    /// How many working days ahead a day counts as soon.
    pub due_within_working_days: u32,
    /// How many lines a list has at most.
    pub lines: usize,
}

/// What those get who are asked for advice.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdviceRules {
    /// Whether they are told that they are asked.
    pub request: bool,
    /// How many days before the last one they are reminded, the longest time first.
    pub remind_days_before: Vec<u16>,
    /// How many days after the last one they are chased first.
    pub chase_after_days: u16,
    /// After how many working days they are chased again.
    pub chase_every_working_days: u16,
    /// From which chase on the escalation mailbox hears of it too.
    pub escalate_from_chase: u16,
}

/// What a setting gets that is asked for information. It is reminded and chased by the rules of advice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InformationRules {
    /// Whether it is told that it is asked.
    pub request: bool,
    /// How many days it has to answer, where a request says nothing else.
    pub reply_within_days: u16,
}

/// What managers get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManagerRules {
    /// Whether they get a mail each working day about cases that nobody works on.
    pub digest: bool,
    /// Whether they get a mail each week about limits that were or will be broken.
    pub weekly: bool,
    /// On which day of the week.
    #[serde(deserialize_with = "weekday")]
    pub weekly_on: Weekday,
}

/// What families get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FamilyRules {
    /// Whether they are written to at all.
    pub notices: bool,
    /// After how many weeks they are told that the date is at risk; 0 for never.
    pub warn_after_weeks: u16,
}

impl NoticeRules {
    pub(super) fn read(source: &mut Source) -> Result<Self, SettingError> {
        let Some(path) = source.text(NAME) else {
            return Self::with("").map_err(|fault| SettingError::new("docs/notices.toml", fault));
        };
        let complain = |fault: String| SettingError::new(NAME, format!("{path}: {fault}"));
        let own = std::fs::read_to_string(&path).map_err(|fault| complain(format!("it can't be read: {fault}")))?;
        Self::with(&own).map_err(complain)
    }

    /// The default rules with those of `own` in their place.
    fn with(own: &str) -> Result<Self, String> {
        let table = |text: &str| text.parse::<toml::Table>().map_err(|fault| fault.message().to_owned());
        let mut rules = table(DEFAULTS)?;
        lay_over(&mut rules, table(own)?);
        let mut rules: Self = serde_path_to_error::deserialize(toml::Value::Table(rules)).map_err(|fault| {
            let at = fault.path().to_string();
            let what = fault.into_inner().message().to_owned();
            if at == "." { what } else { format!("{at}: {what}") }
        })?;
        rules.check()?;
        rules.advice.remind_days_before.sort_unstable_by(|one, other| other.cmp(one));
        rules.advice.remind_days_before.dedup();
        Ok(rules)
    }

    fn check(&self) -> Result<(), String> {
        let faults = [
            (self.hours.opens >= self.hours.closes, "hours: expected that it opens before it closes"),
            (
                !(1..=250).contains(&self.caseworkers.due_within_working_days),
                "caseworkers.due_within_working_days: expected from 1 to 250",
            ),
            (!(1..=1000).contains(&self.caseworkers.lines), "caseworkers.lines: expected from 1 to 1000"),
            (
                self.advice.remind_days_before.len() > 20
                    || !self.advice.remind_days_before.iter().all(|days| (1..=365).contains(days)),
                "advice.remind_days_before: expected at most 20 numbers of days, each from 1 to 365",
            ),
            (!(1..=365).contains(&self.advice.chase_after_days), "advice.chase_after_days: expected from 1 to 365"),
            (
                !(1..=250).contains(&self.advice.chase_every_working_days),
                "advice.chase_every_working_days: expected from 1 to 250",
            ),
            (
                !(1..=365).contains(&self.information.reply_within_days),
                "information.reply_within_days: expected from 1 to 365",
            ),
            (self.advice.escalate_from_chase == 0, "advice.escalate_from_chase: expected 1 or more"),
            (
                matches!(self.managers.weekly_on, Weekday::Sat | Weekday::Sun),
                "managers.weekly_on: expected a day from monday to friday",
            ),
            (self.family.warn_after_weeks > 520, "family.warn_after_weeks: expected from 0 to 520"),
        ];
        match faults.into_iter().find(|(faulty, _)| *faulty) {
            Some((_, what)) => Err(what.to_owned()),
            None => Ok(()),
        }
    }
}

/// Puts what `own` says in the place of what was said before, key by key.
fn lay_over(rules: &mut toml::Table, own: toml::Table) {
    for (key, value) in own {
        match (rules.get_mut(&key), value) {
            (Some(toml::Value::Table(section)), toml::Value::Table(own)) => lay_over(section, own),
            (_, value) => {
                rules.insert(key, value);
            }
        }
    }
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(deserializer)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map_err(|_fault| serde::de::Error::custom("expected a time in quotes, such as \"08:00\""))
}

fn weekday<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Weekday, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(|_fault| serde::de::Error::custom("expected a day in quotes, such as \"monday\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_rules_are_the_default() {
        let rules = NoticeRules::with("").unwrap();
        assert_eq!(rules.advice.remind_days_before, [14, 7, 1]);
        assert_eq!((rules.advice.chase_after_days, rules.advice.chase_every_working_days), (1, 5));
        assert_eq!(rules.advice.escalate_from_chase, 3);
        assert_eq!((rules.information.request, rules.information.reply_within_days), (true, 14));
        assert_eq!(rules.hours.opens, NaiveTime::from_hms_opt(8, 0, 0).unwrap());
        assert_eq!(rules.hours.closes, NaiveTime::from_hms_opt(18, 0, 0).unwrap());
        assert_eq!(rules.caseworkers.due_within_working_days, 10);
        assert_eq!(rules.managers.weekly_on, Weekday::Mon);
        assert_eq!((rules.family.notices, rules.family.warn_after_weeks), (false, 14));
    }

    #[test]
    fn what_a_file_leaves_out_stays_as_it_is_documented() {
        let rules = NoticeRules::with("[advice]\nremind_days_before = [3, 10, 3]\n[family]\nnotices = true").unwrap();
        assert_eq!(rules.advice.remind_days_before, [10, 3]);
        assert_eq!(rules.advice.chase_every_working_days, 5);
        assert!(rules.family.notices);
    }

    #[test]
    fn a_fault_is_told_with_the_name_of_its_key() {
        for (text, named) in [
            ("[advice]\nremind = [3]", "advice.remind: unknown field `remind`"),
            ("[famly]\nnotices = true", "famly: unknown field `famly`"),
            ("[hours]\nopens = 8", "hours.opens: "),
            ("[hours]\nopens = \"8 o'clock\"", "hours.opens: expected a time in quotes"),
            ("[hours]\nopens = \"19:00\"", "hours: expected that it opens before it closes"),
            ("[managers]\nweekly_on = \"someday\"", "managers.weekly_on: expected a day in quotes"),
            ("[managers]\nweekly_on = \"sunday\"", "managers.weekly_on: expected a day from monday to friday"),
            ("[advice]\nremind_days_before = [0]", "advice.remind_days_before: "),
            ("[advice]\nchase_every_working_days = -1", "advice.chase_every_working_days: "),
            ("[information]\nreply_within_days = 0", "information.reply_within_days: "),
            ("[advice", ""),
        ] {
            let fault = NoticeRules::with(text).unwrap_err();
            assert!(fault.starts_with(named), "{text}: {fault}");
        }
    }
}
