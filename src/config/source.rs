//! The keys and values that settings are read from.

use std::collections::BTreeMap;
use std::path::Path;
use std::str::FromStr;

use crate::words::{Vocabulary, one_of};

/// A setting that stops the start: its name and what was expected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: {expected}")]
pub struct SettingError {
    /// The setting's name.
    pub name: String,
    /// What was expected.
    pub expected: String,
}

impl SettingError {
    /// A complaint about the setting `name`.
    pub fn new(name: &str, expected: impl Into<String>) -> Self {
        Self { name: name.to_owned(), expected: expected.into() }
    }
}

/// Settings as they were given, each taken out by the section that knows it.
#[derive(Debug, Default)]
pub struct Source {
    values: BTreeMap<String, String>,
}

impl Source {
    /// The settings of a file, overridden by those of the environment.
    #[expect(clippy::disallowed_methods, reason = "the one place where the environment is read")]
    pub fn from_environment(file: Option<&Path>) -> Result<Self, SettingError> {
        let mut source = match file {
            Some(file) => Self::from_toml(file)?,
            None => Self::default(),
        };
        source.values.extend(std::env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with("EHCP_"))?;
            Some((name, value.to_string_lossy().into_owned()))
        }));
        // An empty variable is one that is not set: that is how a shell or a unit file clears it.
        source.values.retain(|_, value| !value.is_empty());
        Ok(source)
    }

    /// The settings of a list of pairs.
    pub fn from_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self { values: pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    fn from_toml(file: &Path) -> Result<Self, SettingError> {
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file)
            .map_err(|fault| SettingError::new(&name, format!("the settings file can't be read: {fault}")))?;
        let table: toml::Table = text.parse().map_err(|fault: toml::de::Error| {
            SettingError::new(&name, format!("the settings file is not TOML: {}", fault.message()))
        })?;
        let values = table
            .into_iter()
            .map(|(key, value)| match value {
                toml::Value::String(text) => Ok((key, text)),
                toml::Value::Integer(number) => Ok((key, number.to_string())),
                toml::Value::Boolean(flag) => Ok((key, flag.to_string())),
                toml::Value::Datetime(day) => Ok((key, day.to_string())),
                _ => Err(SettingError::new(&key, "expected a text, a number, true or false, or a day")),
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { values })
    }

    /// Takes the text of a setting.
    pub fn text(&mut self, name: &str) -> Option<String> {
        self.values.remove(name)
    }

    /// Takes a setting that has a form of its own.
    pub fn parsed<T: FromStr>(&mut self, name: &str, expected: &str) -> Result<Option<T>, SettingError> {
        self.text(name).map(|text| text.parse().map_err(|_fault| SettingError::new(name, expected))).transpose()
    }

    /// Takes a setting that is one word of a vocabulary.
    pub fn word<T: Vocabulary>(&mut self, name: &str) -> Result<Option<T>, SettingError> {
        self.text(name).map(|text| T::parse(&text).ok_or_else(|| SettingError::new(name, one_of::<T>()))).transpose()
    }

    /// Complains of a setting that no section took.
    pub fn finish(self) -> Result<(), SettingError> {
        match self.values.into_keys().next() {
            None => Ok(()),
            Some(name) => Err(SettingError::new(&name, "there is no such setting; the README lists those there are")),
        }
    }
}
