//! Many who decide the same case at once, through two replicas: one of them wins.

use std::collections::BTreeMap;

use super::assert_whole;
use crate::support::cases::{a_case, to_assess, to_refuse_assessment};
use crate::support::replica::Replica;
use crate::support::{both, json};

/// How many cases are fought over.
const CASES: usize = 100;

/// How many want each of them.
const CLIENTS: usize = 32;

both! {
    fn of_conflicting_decisions_exactly_one_wins(app: &TestApp) {
        let officer = app.caseworker();
        let cases: Vec<(String, String)> = (0..CASES)
            .map(|n| {
                let made = officer.open_case(a_case().of("Robin", &format!("Ash{n}"), "2016-03-04"));
                (made.id(), made.etag)
            })
            .collect();
        let replicas = [Replica::start(app), Replica::start(app)];
        let outcomes: Vec<(usize, u16, String)> = std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|client| {
                    let (replicas, cases, officer) = (&replicas, &cases, &officer);
                    scope.spawn(move || {
                        let decision = if client % 4 < 2 { to_assess("2026-01-05") } else { to_refuse_assessment("2026-01-05") };
                        let ask = |(number, (case, etag)): (usize, &(String, String))| {
                            let path = format!("/api/v1/cases/{case}/assessment-decision");
                            // Half of them saw the case as it was; the others will not look.
                            let seen = if client % 2 == 0 { etag.as_str() } else { "*" };
                            let replica = &replicas[(client / 4) % 2];
                            let decide = || replica.ask("POST", &path, Some(officer), &[("If-Match", seen)], Some(&decision)).unwrap();
                            // Where too many want to write at once, one is told to come again.
                            let mut answer = decide();
                            while answer.status == 503 && answer.retry_after.is_some() {
                                std::thread::sleep(std::time::Duration::from_millis(200));
                                answer = decide();
                            }
                            (number, answer.status, answer.json["code"].as_str().unwrap_or_default().to_owned())
                        };
                        cases.iter().enumerate().map(ask).collect::<Vec<_>>()
                    })
                })
                .collect();
            clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
        });
        let mut won: BTreeMap<usize, usize> = BTreeMap::new();
        for (case, status, code) in &outcomes {
            match status {
                200 => *won.entry(*case).or_default() += 1,
                412 | 409 => {}
                other => panic!("case {case}: {other} {code}"),
            }
        }
        assert_eq!(outcomes.len(), CASES * CLIENTS);
        assert_eq!(won, (0..CASES).map(|case| (case, 1)).collect(), "one decision each");
        assert_eq!(app.count("decisions"), i64::try_from(CASES).unwrap());
        for (case, _) in &cases {
            let case = officer.case(case).json;
            let stage = if case["decisions"]["assessment"]["outcome"] == "assess" { "gathering_advice" } else { "assessment_refused" };
            assert_eq!(case["stage"], json!(stage));
        }
        assert_whole(app);
    }
}
