//! `import cases FILE.csv [--dry-run]`: takes a caseload over from a spreadsheet. `import benchmarks FILE.csv`: puts newer
//! published figures in the place of those that there are.
//!
//! Faults come on standard output as they are found, one a line, as `row,column,code,what`; then the sum. Where there
//! was a fault nothing is written and the exit code is 1.

use std::fs::File;
use std::io::{Read, Stdout, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use super::{Failure, open};
use crate::codes::Code;
use crate::config::Settings;
use crate::error::Error;
use crate::figures::commands::{Refreshed, import_benchmarks};
use crate::figures::store::benchmarks;
use crate::import::commands::{Mode, import_cases};
use crate::import::model::{Outcome, Pass, SheetFault, Watch};

#[derive(Debug, Args)]
pub(super) struct Import {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Takes cases over, one a row; either all of them or, where there is a fault, none.
    Cases(Cases),
    /// Puts the published figures of a sheet in the place of those that there are; where there is a fault, changes nothing.
    Benchmarks(Benchmarks),
}

#[derive(Debug, Args)]
struct Benchmarks {
    /// A sheet of the Department for Education's figures, as CSV in UTF-8 with the headings in its first row.
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
}

#[derive(Debug, Args)]
struct Cases {
    /// A sheet as CSV in UTF-8 with the headings in its first row.
    #[arg(value_name = "FILE.csv")]
    file: PathBuf,
    /// Tells every fault and writes nothing.
    #[arg(long)]
    dry_run: bool,
}

impl Import {
    pub(super) fn run(self, settings: Settings) -> Result<(), Failure> {
        match self.command {
            Command::Cases(cases) => cases.run(settings),
            Command::Benchmarks(benchmarks) => benchmarks.run(settings),
        }
    }
}

impl Benchmarks {
    fn run(self, settings: Settings) -> Result<(), Failure> {
        let mut bytes = Vec::new();
        sheet(&self.file)?.read_to_end(&mut bytes).map_err(Failure::failed)?;
        let app = open(settings)?;
        let acting = app.system("import");
        let mut teller = Teller::new(0);
        match app.db().write(|tx| import_benchmarks(tx, &acting, &bytes))? {
            Refreshed::Replaced(rows) => {
                writeln!(teller.out, "rows: {rows}").map_err(Failure::failed)?;
                // Whoever is not there any more would be missed in a board's paper, not here.
                let casework = &app.settings().casework;
                let codes: Vec<String> = casework.authority_code.iter().chain(&casework.comparators).cloned().collect();
                let published = app.db().read(|conn| benchmarks(conn, &codes))?;
                for code in codes.iter().filter(|code| published.iter().all(|one| one.code != **code)) {
                    writeln!(teller.out, "no figures of authority: {code}").map_err(Failure::failed)?;
                }
                Ok(())
            }
            Refreshed::Faults(faults) => {
                for fault in &faults {
                    teller
                        .fault_line(&fault.row.to_string(), &fault.column, fault.code, &fault.what)
                        .map_err(Failure::failed)?;
                }
                Err(nothing_written(u32::try_from(faults.len()).unwrap_or(u32::MAX)))
            }
        }
    }
}

/// Says that faults kept everything from being written.
fn nothing_written(faults: u32) -> Failure {
    Failure::Failed(match faults {
        1 => "nothing was written, for there is a fault in the sheet".to_owned(),
        n => format!("nothing was written, for there are {n} faults in the sheet"),
    })
}

impl Cases {
    fn run(self, settings: Settings) -> Result<(), Failure> {
        // A file that is not there must not cost a migration.
        let length = sheet(&self.file)?.metadata().map_or(0, |data| data.len());
        let app = open(settings)?;
        let mode = if self.dry_run { Mode::DryRun } else { Mode::Write };
        let mut teller = Teller::new(length);
        let outcome = import_cases(app.db(), &app.system("import"), mode, || sheet(&self.file), &mut teller)?;
        if outcome.created > 0 && mode == Mode::Write {
            app.db().empty_log()?;
        }
        teller.sum(&outcome, mode).map_err(Failure::failed)?;
        match outcome.faults {
            0 => Ok(()),
            faults => Err(nothing_written(faults)),
        }
    }
}

fn sheet(file: &Path) -> Result<File, Error> {
    let unreadable = |why: String| Error::Malformed(format!("the sheet {} can't be read: {why}", file.display()));
    let opened = File::open(file).map_err(|fault| unreadable(fault.to_string()))?;
    // Opening a folder succeeds; reading it does not, with a sentence that helps less.
    match opened.metadata() {
        Ok(data) if data.is_dir() => Err(unreadable("it is a folder".to_owned())),
        _ => Ok(opened),
    }
}

/// Tells the operator how it goes.
struct Teller {
    out: Stdout,
    headed: bool,
    length: u64,
    pass: Option<Pass>,
    bar: ProgressBar,
}

impl Teller {
    fn new(length: u64) -> Self {
        Self { out: std::io::stdout(), headed: false, length, pass: None, bar: ProgressBar::hidden() }
    }

    fn line(&mut self, cells: &[&str]) -> std::io::Result<()> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(cells)?;
        let line = writer.into_inner().map_err(csv::IntoInnerError::into_error)?;
        let out = &self.out;
        self.bar.suspend(|| out.lock().write_all(&line))
    }

    /// One fault, under headings that come before the first.
    fn fault_line(&mut self, row: &str, column: &str, code: Code, what: &str) -> std::io::Result<()> {
        if !self.headed {
            self.line(&["row", "column", "code", "what"])?;
            self.headed = true;
        }
        self.line(&[row, column, code.as_str(), what])
    }

    fn sum(&mut self, outcome: &Outcome, mode: Mode) -> std::io::Result<()> {
        self.bar.finish_and_clear();
        let note = if mode == Mode::DryRun { " (dry run: nothing was written)" } else { "" };
        writeln!(
            self.out,
            "rows read: {}\ncreated: {}{note}\nunchanged: {}\nfaults: {}",
            outcome.read, outcome.created, outcome.unchanged, outcome.faults
        )?;
        self.out.flush()
    }
}

impl Watch for Teller {
    fn fault(&mut self, fault: &SheetFault) -> Result<(), Error> {
        self.fault_line(&fault.row.to_string(), &fault.column, fault.code, &fault.what)
            .map_err(|fault| Error::internal(format!("the faults can't be written to standard output: {fault}")))
    }

    fn progress(&mut self, pass: Pass, bytes: u64) {
        if self.pass != Some(pass) {
            self.pass = Some(pass);
            self.bar.finish_and_clear();
            // On standard error, and only where that is a terminal.
            self.bar = ProgressBar::new(self.length).with_message(match pass {
                Pass::Checking => "checking",
                Pass::Writing => "writing",
            });
            if let Ok(style) = ProgressStyle::with_template("{msg:>8} [{wide_bar}] {percent:>3} % {eta} left") {
                self.bar.set_style(style);
            }
        }
        self.bar.set_position(bytes);
    }
}
