//! The import rule and the fences of `src/lib.rs`, read from the code.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders whose files are ranked.
const FEATURES: &[&str] = &[
    "advice",
    "appeal",
    "calendar",
    "case",
    "document",
    "figures",
    "given_notice",
    "governance",
    "import",
    "information",
    "organisation",
    "outbox",
    "person",
    "plan",
    "reminder",
    "rules",
    "user",
];

/// The ranks of their files.
const RANKS: &[(&str, u8)] = &[("model", 1), ("store", 2), ("notices", 2), ("commands", 3), ("view", 3), ("api", 4)];

/// Features that count across others: their stores may read through the stores of others. No circle can come of it, since no
/// other feature's store may name theirs.
const COUNTS_ACROSS: &[&str] = &["figures"];

/// What may know features, and which of their files.
const ABOVE: &[(&str, &[&str])] = &[
    ("cli", &["model", "store", "commands"]),
    ("demo", &["model", "store", "view", "commands"]),
    ("jobs", &["model", "store", "view", "commands"]),
    ("http/routes.rs", &["api"]),
    // The working days, which every command and every reader judges by; and whoever comes by the council's sign-in, who
    // becomes a user before anything else.
    ("app/mod.rs", &["store", "commands"]),
];

/// What may be named in some places only.
struct Fence {
    /// What the paths begin with.
    around: &'static [&'static str],
    /// Whether they may be named in a file.
    open_to: fn(&Source) -> bool,
    rule: &'static str,
}

const FENCES: &[Fence] = &[
    Fence {
        around: &["actix_web", "actix_multipart", "utoipa_actix_web"],
        open_to: |file| {
            file.is_in("http") || file.layer() == Some("api") || file.is("auth/caller.rs") || file.is("cli/serve.rs")
        },
        rule: "actix belongs in http/, api, auth/caller and cli/serve",
    },
    Fence {
        around: &["diesel"],
        open_to: |file| file.is_in("db") || file.has_store_in_its_path(),
        rule: "diesel belongs in db/ and store",
    },
    Fence {
        around: &["std::env", "env"],
        open_to: |file| file.is_in("config"),
        rule: "the environment belongs in config/",
    },
    Fence {
        around: &["krilla", "parley", "skrifa", "notosans"],
        open_to: |file| file.is_in("printing"),
        rule: "how documents are printed belongs in printing/",
    },
    Fence {
        around: &["plotters", "rust_xlsxwriter"],
        open_to: |file| file.is_in("figures/view"),
        rule: "charts and workbooks belong in figures/view",
    },
    Fence {
        around: &["jsonwebtoken", "argon2"],
        open_to: |file| file.is_in("auth"),
        rule: "tokens and passwords belong in auth/",
    },
    Fence {
        around: &["ureq", "totp_rs", "chacha20poly1305", "rustls_native_certs"],
        open_to: |file| file.is_in("auth"),
        rule: "one-time codes and the council's keys belong in auth/",
    },
    Fence { around: &["lettre"], open_to: |file| file.is_in("mail"), rule: "mail servers belong in mail/" },
    Fence {
        around: &["minijinja"],
        open_to: |file| {
            file.is_in("mail") || file.is_in("printing") || file.is("pages.rs") || file.layer() == Some("view")
        },
        rule: "templates belong in mail/, printing/, pages and view",
    },
];

/// What of diesel describes a row or a column's type and asks nothing of a database.
const ROWS: &[&str] = &[
    "AsChangeset",
    "Identifiable",
    "Insertable",
    "Queryable",
    "Selectable",
    "deserialize::FromSqlRow",
    "expression::AsExpression",
    "sql_types",
    "result",
];

/// A file of `src`.
#[derive(Debug)]
struct Source {
    /// Below `src`, with `/`.
    path: String,
    text: String,
}

impl Source {
    fn is(&self, path: &str) -> bool {
        self.path == path
    }

    fn is_in(&self, folder: &str) -> bool {
        self.path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
    }

    fn has_store_in_its_path(&self) -> bool {
        self.module().iter().any(|part| part == "store")
    }

    /// The path of its module.
    fn module(&self) -> Vec<String> {
        let path = self.path.trim_end_matches(".rs").trim_end_matches("/mod");
        path.split('/').filter(|part| *part != "lib" && *part != "main").map(str::to_owned).collect()
    }

    fn feature(&self) -> Option<&str> {
        self.path.split('/').next().filter(|first| FEATURES.contains(first))
    }

    /// Which of a feature's files it is, or belongs to.
    fn layer(&self) -> Option<&str> {
        self.feature()?;
        self.path.split('/').nth(1).map(|name| name.trim_end_matches(".rs")).filter(|name| *name != "mod")
    }

    /// Every path that it names, from the root of the crate where it can be told.
    fn names(&self) -> Vec<Vec<String>> {
        let tokens = tokens(&self.text);
        let mut found = Vec::new();
        let mut at = 0;
        while at < tokens.len() {
            let begins = is_word(&tokens[at]) && (at == 0 || tokens[at - 1] != "::");
            if begins {
                at = read_tree(&tokens, at, &[], &mut found);
            } else {
                at += 1;
            }
        }
        // `mod.rs` is the module of its folder; any other file is a module of its own.
        let module = self.module();
        found
            .into_iter()
            .map(|mut path| {
                if path[0] == "crate" {
                    path.remove(0);
                } else {
                    let up = path.iter().take_while(|part| *part == "super").count();
                    if up > 0 {
                        let kept = module.len().saturating_sub(up);
                        path.splice(..up, module[..kept].iter().cloned());
                    }
                }
                path
            })
            .collect()
    }
}

fn is_word(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Words, `::` and single signs, without comments and without what stands in quotes.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if c == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("'\"'") || rest.starts_with("'\\") {
            rest[2..].find('\'').map_or(rest.len(), |end| end + 3)
        } else if c.is_alphanumeric() || c == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(rest[..length].to_owned());
            length
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !c.is_whitespace() {
                tokens.push(c.to_string());
            }
            c.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// Reads `a::b::{c, d::e}` from `at`; answers where it ends.
fn read_tree(tokens: &[String], mut at: usize, before: &[String], found: &mut Vec<Vec<String>>) -> usize {
    let mut path = before.to_vec();
    loop {
        match tokens.get(at).map(String::as_str) {
            Some("{") if tokens.get(at.wrapping_sub(1)).is_some_and(|token| token == "::") => {
                at += 1;
                while tokens.get(at).is_some_and(|token| token != "}") {
                    at = if is_word(&tokens[at]) { read_tree(tokens, at, &path, found) } else { at + 1 };
                }
                return at + 1;
            }
            Some(word) if is_word(word) => {
                if word != "self" || path.is_empty() {
                    path.push(word.to_owned());
                }
                at += 1;
                if tokens.get(at).is_none_or(|token| token != "::") {
                    break;
                }
                at += 1;
            }
            _ => break,
        }
    }
    found.push(path);
    at
}

/// What is wrong with a file.
fn faults_of(file: &Source) -> BTreeSet<String> {
    let mut faults = BTreeSet::new();
    let mut fault = |why: String| {
        faults.insert(format!("src/{}: {why}", file.path));
    };
    let rank_of = |layer: &str| RANKS.iter().find(|(name, _)| *name == layer).map(|(_, rank)| *rank);
    let own = file.layer().and_then(rank_of);
    if let (Some(layer), None) = (file.layer(), own) {
        fault(format!("a feature has no file of the name {layer}"));
    }
    for path in file.names() {
        let name = path.join("::");
        let at_feature = path.first().is_some_and(|first| FEATURES.contains(&first.as_str()));
        let target = path.get(1).map(String::as_str).filter(|_| at_feature);
        if let Some((layer, rank)) = target.and_then(|layer| Some((layer, rank_of(layer)?))) {
            let allowed = match (file.feature(), own) {
                (Some(feature), Some(own)) => {
                    if path[0] == feature {
                        rank <= own
                    } else {
                        rank < own || (COUNTS_ACROSS.contains(&feature) && (layer, own) == ("store", 2))
                    }
                }
                // `mod.rs` of a feature may re-export what is its own.
                (Some(feature), None) => path[0] == feature,
                (None, _) => {
                    file.is("lib.rs")
                        || ABOVE
                            .iter()
                            .any(|(place, layers)| (file.is(place) || file.is_in(place)) && layers.contains(&layer))
                }
            };
            if !allowed {
                fault(format!("may not name {name}"));
            }
        }
        for fence in FENCES {
            let inside = |beginning: &&str| name == **beginning || name.starts_with(&format!("{beginning}::"));
            let named = fence.around.iter().any(inside);
            let rows = name.strip_prefix("diesel::").is_some_and(|part| ROWS.iter().any(|row| part.starts_with(row)));
            // An attribute, `#[diesel(..)]`, names no path.
            let attribute = name == "diesel" || name == "env";
            if named && !rows && !attribute && !(fence.open_to)(file) {
                fault(format!("names {name}, but {}", fence.rule));
            }
        }
    }
    faults
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                walk(&entry.path(), files);
            } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
                files.push(entry.path());
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    walk(&root, &mut files);
    files
        .into_iter()
        .map(|file| Source {
            path: file.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"),
            text: fs::read_to_string(&file).unwrap(),
        })
        .collect()
}

#[test]
fn every_file_imports_what_its_rank_allows_and_stays_behind_the_fences() {
    let faults: Vec<String> = sources().iter().flat_map(faults_of).collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_folder_is_a_feature_or_known_to_be_none() {
    let other =
        ["app", "audit", "auth", "body", "cli", "config", "content", "db", "demo", "http", "jobs", "mail", "printing"];
    let folders: BTreeSet<String> = sources()
        .iter()
        .filter_map(|file| file.path.split_once('/').map(|(folder, _)| folder.to_owned()))
        .filter(|folder| !other.contains(&folder.as_str()))
        .collect();
    let features: BTreeSet<String> = FEATURES.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(folders, features, "a new folder: is it a feature?");
}

#[test]
fn the_rule_finds_what_breaks_it() {
    let faults = |path: &str, text: &str| faults_of(&Source { path: path.to_owned(), text: text.to_owned() });
    for (path, text) in [
        ("case/store.rs", "use crate::user::commands::create;"),
        ("case/commands.rs", "use crate::user::{model::User, commands};"),
        ("case/commands/decide.rs", "use crate::{error::Error, user::{store, api}};"),
        ("case/commands.rs", "fn f() { crate::plan::commands::serve(); }"),
        ("case/commands.rs", "use crate::plan; fn f() { plan::commands::serve(); }"),
        ("case/commands/decide.rs", "use super::super::super::plan::commands::serve;"),
        ("case/model.rs", "use super::store;"),
        ("case/helpers.rs", ""),
        ("audit/mod.rs", "use crate::case::model::Case;"),
        ("http/extract.rs", "use crate::case::api;"),
        ("cli/serve.rs", "use crate::case::api;"),
        ("case/commands.rs", "use actix_web::web;"),
        ("case/commands.rs", "use diesel::prelude::*;"),
        ("case/model.rs", "use diesel::{Queryable, RunQueryDsl};"),
        ("case/commands.rs", "fn f() { std::env::var(\"X\"); }"),
        ("mail.rs", "use std::env; fn f() { env::vars(); }"),
        ("outbox/commands.rs", "use lettre::Message;"),
        ("mail/render.rs", "use crate::case::store::find;"),
        ("outbox/store.rs", "use crate::case::store::find;"),
        ("case/store/figures.rs", "use crate::figures::store::latest;"),
        ("figures/model/period.rs", "use crate::case::store::find;"),
    ] {
        assert!(!faults(path, text).is_empty(), "{path}: {text}");
    }
    for (path, text) in [
        ("case/commands.rs", "use crate::user::{model::User, store};"),
        ("case/commands/decide.rs", "use super::take; use crate::case::commands::x;"),
        ("case/api.rs", "use super::{commands, store}; use actix_web::get;"),
        ("case/model.rs", "use diesel::{Queryable, Selectable}; #[diesel(table_name = cases)] struct S;"),
        ("case/store.rs", "use diesel::prelude::*; use crate::person::model::Person;"),
        ("case/commands.rs", "//! See `crate::plan::commands`.\nlet s = \"crate::plan::commands\";"),
        ("config/source.rs", "use std::env;"),
        ("figures/store/past.rs", "use crate::case::store::parts_of;"),
    ] {
        assert_eq!(faults(path, text), BTreeSet::new(), "{path}: {text}");
    }
}
