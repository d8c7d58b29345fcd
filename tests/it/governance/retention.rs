//! What has been kept as long as the settings say is erased by a job, and by nothing else.

use super::known;
use crate::support::cases::a_case;
use crate::support::{both, json};
use crate::upkeep::run;

both! {
    fn the_job_erases_what_is_due_by_birth_and_outcome(app: &TestApp) {
        let issued = known(app);
        let ended = |name: &str, born: &str| {
            let case = app.caseworker().open_case(a_case().of(name, "Lee", born).received_on("2026-01-05"));
            app.manager().case_step(&case.id(), "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
            case.json["person"]["id"].as_str().unwrap().to_owned()
        };
        let (due, young, held) = (ended("Ada", "2008-03-14"), ended("Bea", "2012-03-14"), ended("Cia", "2008-03-14"));
        app.caseworker().open_case(a_case().of("Dee", "Lee", "2008-03-14"));
        app.manager().put(&format!("/people/{held}/hold"), "*", &json!({"reason": "A complaint."})).expect(200);
        let settings = |day| [("EHCP_FIXED_TODAY", day), ("EHCP_RETENTION_PLAN_YEARS", "35"), ("EHCP_RETENTION_OTHER_YEARS", "25")];
        let dry = ["jobs", "run", "--once", "--job", "retention", "--dry-run"];
        let job = ["jobs", "run", "--once", "--job", "retention"];
        let erased = || app.texts("SELECT CAST(person_id AS text) AS text FROM person_erasures ORDER BY person_id");
        // Nothing is erased unless the settings say so, nor a day too early.
        for (day, settings) in [("2060-01-01", &settings("2060-01-01")[..1]), ("2033-03-13", &settings("2033-03-13")[..])] {
            let outcome = run(app, &job, settings);
            assert!(outcome.code == 0 && outcome.stdout.contains("0 record(s) erased"), "{day}: {outcome:?}");
        }
        let told = run(app, &dry, &settings("2033-03-14"));
        assert!(told.code == 0 && told.stdout.lines().count() == 1 && told.stdout.contains(&format!("would erase person {due} (EHC-2026-")) && told.stdout.contains("no plan was issued"), "{told:?}");
        assert!(!told.stdout.contains("Ada") && erased().is_empty(), "{told:?}");
        run(app, &job, &settings("2033-03-14"));
        assert_eq!(erased(), std::slice::from_ref(&due));
        // Ten years later it is whoever had a plan; the hold still holds.
        run(app, &job, &settings("2043-03-14"));
        let mut both = vec![due, young, issued.person];
        both.sort();
        assert_eq!(erased(), both);
        assert!(!erased().contains(&held));
        assert_eq!(run(app, &["audit", "verify"], &[]).code, 0);
        let unusable = run(app, &job, &[("EHCP_RETENTION_PLAN_YEARS", "0")]);
        assert!(unusable.code == 2 && unusable.stderr.contains("EHCP_RETENTION_PLAN_YEARS"), "{unusable:?}");
    }

    fn whoever_is_not_too_old_for_a_plan_is_kept_whatever_the_settings_say(app: &TestApp) {
        let case = app.caseworker().open_case(a_case().of("Ada", "Lee", "2008-03-14"));
        app.caseworker().case_step(&case.id(), "withdrawal", &json!({"on": "2026-01-05"})).expect(200);
        let outcome = run(app, &["jobs", "run", "--once", "--job", "retention"], &[("EHCP_RETENTION_OTHER_YEARS", "10")]);
        assert!(outcome.code == 0 && outcome.stdout.contains("0 record(s) erased"), "{outcome:?}");
    }
}
