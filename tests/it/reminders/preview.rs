//! What a run would send, told beforehand: through the API and on the command line.

use super::{TEAM, Value, json};
use crate::support::cases::a_case;
use crate::support::{Persona, both};

impl Persona {
    /// Kinds and addresses of a preview, page by page.
    fn previewed(&self, query: &str) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = self.get(&format!("/notifications/preview?{query}{cursor}")).expect(200).json;
            let text = |item: &Value, name: &str| item[name].as_str().unwrap().to_owned();
            found.extend(page["items"].as_array().unwrap().iter().map(|item| (text(item, "kind"), text(item, "to"))));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return found,
            }
        }
    }
}

both! {
    fn a_preview_tells_what_a_run_on_that_day_queues_and_queues_nothing(app: &TestApp) {
        app.clinic(false);
        app.case_of(&app.caseworker());
        app.manager().open_case(a_case().of("Kim", "Larch", "2015-05-05"));
        app.deliver();
        let mina = app.manager();
        let before = app.count("messages");
        let told = mina.previewed("on=2026-02-17");
        assert_eq!(mina.previewed("on=2026-02-17&limit=2"), told, "in pages as in one");
        assert_eq!(app.count("messages"), before);
        app.remind_on("2026-02-17");
        let mut queued = app.texts("SELECT kind || ' ' || recipient AS text FROM messages WHERE state = 'queued' ORDER BY id");
        let mut expected: Vec<_> = told.iter().map(|(kind, to)| format!("{kind} {to}")).collect();
        queued.sort();
        expected.sort();
        assert_eq!(queued, expected);
        assert_eq!(expected, [
            format!("advice_chase {TEAM}"), format!("caseworker_digest {}", app.caseworker().email),
            format!("managers_digest {}", mina.email),
        ]);
        // What is queued is told as such, once.
        let page = mina.get("/notifications/preview?on=2026-02-17").expect(200).json;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() == 3 && items.iter().all(|item| item["queued"] == true), "{page}");
    }

    fn a_preview_says_why(app: &TestApp) {
        app.clinic(false);
        let case = app.case_of(&app.caseworker());
        app.deliver();
        let page = app.manager().get("/notifications/preview?on=2026-02-13").expect(200).json;
        assert_eq!((&page["on"], &page["working_day"]), (&json!("2026-02-13"), &json!(true)));
        let reminder = &page["items"][0];
        assert_eq!(reminder["why"], "1 day before 16 February 2026, when it is due");
        assert_eq!((&reminder["case"]["id"], &reminder["case"]["reference"], &reminder["queued"]), (&json!(case), &json!("EHC-2026-000001"), &json!(false)));
        let page = app.manager().get("/notifications/preview?on=2026-02-17").expect(200).json;
        assert_eq!((&page["items"][0]["why"], &page["items"][0]["chase_number"]), (&json!("chase 1: it was due on 16 February 2026, 1 day ago"), &json!(1)));
        let page = app.manager().get("/notifications/preview?on=2026-02-14").expect(200).json;
        assert_eq!((&page["working_day"], &page["items"], &page["next_cursor"]), (&json!(false), &json!([]), &json!(null)));
    }

    fn a_preview_is_for_managers(app: &TestApp) {
        app.caseworker().get("/notifications/preview").expect(403);
        app.admin().get("/notifications/preview").expect(403);
        app.request("GET", "/notifications/preview").send().expect(401);
        app.manager().get("/notifications/preview?on=soon").expect(422);
        app.manager().get("/notifications/preview").expect(200);
    }

    fn a_dry_run_says_the_same_and_a_run_does_it(app: &TestApp) {
        app.clinic(false);
        app.case_of(&app.caseworker());
        app.deliver();
        app.on_day("2026-02-17");
        let told = app.manager().get("/notifications/preview").expect(200).json;
        let expected: Vec<String> = told["items"].as_array().unwrap().iter().map(|item| {
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            let about = item["case"]["reference"].as_str().map(|reference| format!(" about {reference}")).unwrap_or_default();
            format!("remind: would queue {} to {}{about}: {}", text(&item["kind"]), text(&item["to"]), text(&item["why"]))
        }).collect();
        let mut place = crate::commands::Place::new();
        for (name, value) in app.settings() {
            place = place.set(&name, &value);
        }
        let dry = place.run(&["jobs", "run", "--once", "--dry-run"], "");
        assert_eq!(dry.code, 0, "{}", dry.stderr);
        let lines: Vec<_> = dry.stdout.lines().filter(|line| line.starts_with("remind: ")).map(str::to_owned).collect();
        assert_eq!(lines, expected);
        app.remind_on("2026-02-17");
        app.execute("UPDATE messages SET attempts = 2, server_answer = 'at the greeting: 421 later' WHERE kind = 'advice_chase'");
        let waits = place.run(&["jobs", "run", "--once", "--dry-run", "--job", "deliver"], "").stdout;
        assert!(waits.contains("would send caseworker_digest to cass.caseworker@example.org: it was queued on 17 February 2026\n"), "{waits}");
        assert!(waits.contains("about EHC-2026-000001: it was queued on 17 February 2026, and was tried 2 times (at the greeting: 421 later)\n"), "{waits}");
        app.execute("DELETE FROM messages WHERE state = 'queued'");
        let before = app.mails().len();
        assert_eq!(app.mails().len(), before, "nothing was sent");
        let run = place.run(&["jobs", "run", "--once"], "");
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert!(run.stdout.contains("remind: 2 queued\ndeliver: 2 sent"), "{}", run.stdout);
        assert_eq!(app.mails().len(), before + 2);
    }
}

#[test]
fn a_rule_that_is_not_known_stops_the_start_with_its_name() {
    let rules = super::Rules::new("[advice]\nremind_days = [14]");
    let place = crate::commands::Place::new().set("EHCP_NOTICES_FILE", rules.path());
    let outcome = place.run(&["serve", "--check"], "");
    assert_eq!(outcome.code, 2, "{}", outcome.stdout);
    assert!(
        outcome.stderr.contains("EHCP_NOTICES_FILE") && outcome.stderr.contains("advice.remind_days"),
        "{}",
        outcome.stderr
    );
}
