//! Looking after an installation: `doctor` and `backup`, as an operator runs them beside the service.

mod backup;
mod doctor;

use std::process::Command;

use crate::support::TestApp;

/// What a command did.
#[derive(Debug)]
pub struct Outcome {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

/// Runs a command with the settings of the running service, and further ones.
pub fn run(app: &TestApp, arguments: &[&str], settings: &[(&str, &str)]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_ehcp-tracker"))
        .args(arguments)
        .current_dir(app.data_dir())
        .env_clear()
        .envs(app.settings())
        .envs(settings.iter().copied())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Outcome { code: output.status.code().unwrap(), stdout: text(output.stdout), stderr: text(output.stderr) }
}
