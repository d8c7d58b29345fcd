//! Calendar feeds, read by a parser that is not the service's own.

use std::collections::BTreeMap;

use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarComponentType, ICalendarValue};
use ehcp_tracker::auth::Role;

use crate::support::advice::a_report;
use crate::support::cases::{CaseBuilder, a_case, to_assess};
use crate::support::{Persona, Response, TestApp, both, json};

/// An event as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Event {
    summary: String,
    starts: String,
    ends: String,
    sequence: u32,
    names: Vec<String>,
}

/// The path of a feed, below `/api/v1`.
fn path_of(made: &Response) -> String {
    made.json["url"].as_str().unwrap().strip_prefix("http://localhost:8080/api/v1").unwrap().to_owned()
}

fn feed(person: &Persona, body: &crate::support::Value) -> String {
    path_of(&person.post("/calendar/feeds", body).expect(201))
}

/// The value of a property as text: a day without a time is eight digits, a moment has a `T`.
fn value(component: &ICalendarComponent, name: &str) -> String {
    let found: Vec<_> = component.entries.iter().filter(|entry| entry.name.as_str() == name).collect();
    assert!(found.len() == 1 && found[0].values.len() == 1, "{name}: {found:?}");
    match &found[0].values[0] {
        ICalendarValue::Text(text) => text.clone(),
        ICalendarValue::Integer(number) => number.to_string(),
        ICalendarValue::PartialDateTime(at) => {
            let day = format!("{:04}{:02}{:02}", at.year.unwrap(), at.month.unwrap(), at.day.unwrap());
            if at.hour.is_some() { format!("{day}T") } else { day }
        }
        ICalendarValue::Method(method) => format!("{method:?}"),
        ICalendarValue::CalendarScale(scale) => format!("{scale:?}"),
        other => panic!("{name}: {other:?}"),
    }
}

/// The events of a calendar, by their UIDs.
fn parse(text: &str) -> BTreeMap<String, Event> {
    for line in text.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains('\n'), "RFC 5545, section 3.1: {line}");
    }
    let calendar = ICalendar::parse(text).unwrap();
    let (whole, events): (Vec<_>, Vec<_>) =
        calendar.components.iter().partition(|one| one.component_type == ICalendarComponentType::VCalendar);
    let of_calendar = |name: &str| value(whole[0], name);
    assert_eq!(whole.len(), 1);
    assert_eq!(
        [of_calendar("VERSION"), of_calendar("METHOD"), of_calendar("CALSCALE")],
        ["2.0", "Publish", "Gregorian"]
    );
    assert!(text.contains("\r\nREFRESH-INTERVAL;VALUE=DURATION:PT1H\r\nX-PUBLISHED-TTL:PT1H\r\n"), "{text}");
    assert!(!of_calendar("PRODID").is_empty() && !of_calendar("NAME").is_empty());
    let read: BTreeMap<_, _> = events
        .iter()
        .map(|event| {
            assert_eq!(event.component_type, ICalendarComponentType::VEvent);
            let stamp = value(event, "DTSTAMP");
            assert!(stamp.contains('T'), "{stamp}");
            let mut names: Vec<_> = event.entries.iter().map(|entry| entry.name.as_str().to_owned()).collect();
            names.sort();
            let read = Event {
                summary: value(event, "SUMMARY"),
                starts: value(event, "DTSTART"),
                ends: value(event, "DTEND"),
                sequence: value(event, "SEQUENCE").parse().unwrap(),
                names,
            };
            (value(event, "UID"), read)
        })
        .collect();
    assert_eq!(read.len(), events.len(), "no UID twice");
    read
}

impl TestApp {
    fn calendar(&self, path: &str) -> BTreeMap<String, Event> {
        let answer = self.request("GET", path).send().expect(200);
        assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
        parse(&answer.text())
    }

    fn summaries(&self, path: &str) -> Vec<String> {
        let mut all: Vec<_> = self.calendar(path).into_values().map(|event| event.summary).collect();
        all.sort();
        all
    }
}

fn own_case(person: &Persona) -> CaseBuilder {
    a_case().with("caseworker_id", json!(person.id))
}

both! {
    fn a_caseworkers_feed_shows_what_is_due_on_their_cases_and_nothing_else(app: &TestApp) {
        app.health("Marlbrook Health");
        let caseworker = app.caseworker();
        let path = feed(&caseworker, &json!({}));
        assert!(path.starts_with("/calendar/feeds/") && path.ends_with(".ics"));
        assert!(app.calendar(&path).is_empty());
        let case = caseworker.open_case(own_case(&caseworker));
        caseworker.open_case(a_case().of("Kim", "Larch", "2015-05-05"));
        let events = app.calendar(&path);
        let shown = case.deadline("decide_to_assess");
        let uid = format!("{}.decide_to_assess@ehcp-tracker", case.id());
        let event = &events[&uid];
        assert_eq!(event.summary, "EHC-2026-000001: decide whether to assess, and notify");
        assert_eq!(event.starts, shown["act_by"].as_str().unwrap().replace('-', ""));
        assert!(event.ends > event.starts);
        assert!(events.values().all(|event| event.summary.starts_with("EHC-2026-000001: ")), "their own cases alone");
        let names = ["CLASS", "DTEND", "DTSTAMP", "DTSTART", "LAST-MODIFIED", "SEQUENCE", "SUMMARY", "TRANSP", "UID",
            "X-MICROSOFT-CDO-ALLDAYEVENT", "X-MICROSOFT-CDO-BUSYSTATUS"];
        assert!(events.values().all(|event| event.names == names), "{events:?}");
        caseworker.case_step(&case.id(), "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let events = app.calendar(&path);
        assert!(!events.contains_key(&uid), "what was done is gone");
        let summaries = app.summaries(&path);
        assert!(summaries.contains(&"EHC-2026-000001: medical advice due".to_owned()), "{summaries:?}");
        assert!(summaries.contains(&"EHC-2026-000001: send the final plan".to_owned()), "{summaries:?}");
        let text = app.request("GET", &path).send().expect(200).text();
        for personal in ["Robin", "Ashdown", "2016", "Marlbrook", "Cass"] {
            assert!(!text.contains(personal), "{personal}: {text}");
        }
    }

    fn a_day_that_moves_keeps_its_uid_and_raises_its_sequence(app: &TestApp) {
        let (caseworker, manager) = (app.caseworker(), app.manager());
        let case = caseworker.open_case(own_case(&caseworker)).id();
        let path = feed(&caseworker, &json!({}));
        let uid = format!("{case}.decide_to_assess@ehcp-tracker");
        let before = app.calendar(&path)[&uid].clone();
        app.on_day("2026-01-20");
        let body = json!({"step": "request", "field": "received_on", "value": "2026-01-12", "reason": "The stamp says the 12th."});
        manager.case_step(&case, "corrections", &body).expect(200);
        let after = app.calendar(&path)[&uid].clone();
        assert!(after.starts > before.starts && after.sequence > before.sequence, "{before:?} {after:?}");
        assert_eq!(after.starts, "20260223");
        // The due day stays; a new bank holiday moves the day to act by.
        let holidays = app.admin().get("/calendar/bank-holidays").expect(200).json;
        let mut events = holidays["england-and-wales"]["events"].as_array().unwrap().clone();
        events.retain(|event| event["date"].as_str().unwrap().starts_with("2026"));
        events.push(json!({"title": "A jubilee", "date": "2026-02-23", "notes": "", "bunting": true}));
        let none = json!({"division": "scotland", "events": []});
        let body = json!({"england-and-wales": {"division": "england-and-wales", "events": events}, "scotland": none, "northern-ireland": {"division": "northern-ireland", "events": []}});
        app.admin().request("PUT", "/calendar/bank-holidays").json(&body).send().expect(200);
        let moved = app.calendar(&path)[&uid].clone();
        assert_eq!(moved.starts, "20260220");
        assert!(moved.sequence > after.sequence);
    }

    fn a_reader_that_has_it_already_is_told_so(app: &TestApp) {
        let caseworker = app.caseworker();
        let case = caseworker.open_case(own_case(&caseworker)).id();
        let path = feed(&caseworker, &json!({}));
        let first = app.request("GET", &path).send().expect(200);
        let (tag, modified) = (first.etag.clone(), first.header("last-modified").unwrap().to_owned());
        assert!(tag.starts_with('"') && first.header("cache-control") == Some("private, no-cache"));
        let with = |name: &str, value: &str| app.request("GET", &path).header(name, value).send();
        assert!(with("If-None-Match", &tag).expect(304).bytes.is_empty());
        with("If-None-Match", &format!("\"other\", W/{tag}")).expect(304);
        with("If-Modified-Since", &modified).expect(304);
        with("If-None-Match", "\"other\"").expect(200);
        app.request("GET", &path).header("If-None-Match", "\"other\"").header("If-Modified-Since", &modified).send().expect(200);
        let readings = || {
            let log = app.manager().get(&format!("/cases/{case}/access-log?limit=200")).expect(200).json;
            log["items"].as_array().unwrap().iter().filter(|one| one["what"] == "calendar_feed").count()
        };
        assert_eq!(readings(), 3, "what was read is on record, and nothing else");
        app.manager().case_step(&case, "assessment-decision", &to_assess("2026-01-05")).expect(200);
        let changed = with("If-None-Match", &tag).expect(200);
        assert_ne!(changed.etag, tag);
        with("If-Modified-Since", &modified).expect(200);
        assert_ne!(changed.header("last-modified").unwrap(), modified, "a second later at least");
    }

    fn a_feed_ends_by_being_revoked_and_its_token_is_kept_nowhere(app: &TestApp) {
        let (caseworker, other) = (app.caseworker(), app.caseworker_named("Bea Caseworker"));
        let (first, second) = (caseworker.post("/calendar/feeds", &json!({})).expect(201), feed(&caseworker, &json!({})));
        let third = feed(&caseworker, &json!({}));
        let theirs = feed(&other, &json!({}));
        let listed = caseworker.get("/calendar/feeds?count=true").expect(200);
        assert_eq!(listed.json["total"], 3);
        assert!(!listed.text().contains("url"));
        let one = first.header("location").unwrap();
        other.delete(one).refused(404, "not_found");
        caseworker.delete(one).expect(204);
        caseworker.delete(one).refused(404, "not_found");
        app.request("GET", &path_of(&first)).send().refused(404, "not_found");
        app.request("GET", &second).send().expect(200);
        caseworker.delete("/calendar/feeds").expect(204);
        for path in [&second, &third] {
            app.request("GET", path).send().refused(404, "not_found");
        }
        app.request("GET", &theirs).send().expect(200);
        app.request("GET", "/calendar/feeds/nothing.ics").send().refused(404, "not_found");
        let kept = app.texts("SELECT token_hash AS text FROM calendar_feeds").concat();
        let audited: String = app.events().into_iter().map(|event| event.details).collect();
        for path in [path_of(&first), second, third, theirs] {
            let token = path.rsplit('/').next().unwrap().trim_end_matches(".ics");
            assert!(token.len() == 43 && !kept.contains(token) && !audited.contains(token));
        }
        // A key must not keep the address either.
        let keyed = caseworker.request("POST", "/calendar/feeds").idempotency_key("one").json(&json!({})).send().expect(201);
        let token = path_of(&keyed);
        assert!(!app.texts("SELECT body AS text FROM idempotency_keys").concat().contains(&token));
    }

    fn a_feed_is_read_with_the_eyes_of_whoever_made_it_as_they_are_now(app: &TestApp) {
        let (manager, caseworker) = (app.manager(), app.caseworker());
        let case = manager.open_case(own_case(&caseworker)).id();
        let (own, team) = (feed(&caseworker, &json!({})), feed(&manager, &json!({})));
        assert!(!app.calendar(&own).is_empty() && !app.calendar(&team).is_empty());
        let etag = manager.case(&case).etag;
        let hidden = manager.patch(&format!("/cases/{case}"), &etag, &json!({"restricted": true})).expect(200);
        assert!(!app.calendar(&own).is_empty(), "a restricted case names whoever works on it");
        app.execute("DELETE FROM case_viewers");
        assert!(app.calendar(&own).is_empty(), "restricted, and they are not named");
        assert!(!app.calendar(&team).is_empty());
        let named = json!({"viewers": [caseworker.id]});
        manager.patch(&format!("/cases/{case}"), &hidden.etag, &named).expect(200);
        assert!(!app.calendar(&own).is_empty());
        manager.case_step(&case, "withdrawal", &json!({"on": "2026-01-05", "reason": "Moved away."})).expect(200);
        assert!(app.calendar(&own).is_empty() && app.calendar(&team).is_empty(), "an ended case drops out");
        let admin = app.admin();
        let change = |person: &Persona, body: &crate::support::Value| {
            let path = format!("/users/{}", person.id);
            let etag = admin.get(&path).expect(200).etag;
            admin.patch(&path, &etag, body).expect(200);
        };
        change(&caseworker, &json!({"active": false}));
        app.request("GET", &own).send().refused(404, "not_found");
        change(&caseworker, &json!({"active": true}));
        app.request("GET", &own).send().refused(404, "not_found");
        let again = app.sign_in(&caseworker.email, crate::support::personas::PASSWORD);
        assert_eq!(again.get("/calendar/feeds").expect(200).json["items"], json!([]));
        change(&manager, &json!({"role": "caseworker"}));
        app.request("GET", &team).send().refused(404, "not_found");
    }

    fn guesses_of_a_feed_are_throttled_and_what_is_a_feed_is_read_all_the_same(app: &TestApp) {
        let own = feed(&app.caseworker(), &json!({}));
        let guess = || app.request("GET", "/calendar/feeds/garbage.ics").send();
        for _ in 0..50 {
            guess().refused(404, "not_found");
        }
        assert!(guess().refused(429, "throttled").header("retry-after").is_some());
        app.request("GET", &own).send().expect(200);
        app.sign_in(&app.caseworker().email, crate::support::personas::PASSWORD);
    }

    fn a_team_is_all_cases_or_those_of_some_caseworkers(app: &TestApp) {
        let (manager, cass, bea) = (app.manager(), app.caseworker(), app.caseworker_named("Bea Caseworker"));
        manager.open_case(own_case(&cass));
        manager.open_case(own_case(&bea).of("Kim", "Larch", "2015-05-05"));
        manager.open_case(a_case().of("Jo", "Beech", "2014-04-04"));
        let cases = |path: &str| {
            let mut cases: Vec<String> = app.summaries(path).iter().map(|one| one[..15].to_owned()).collect();
            cases.dedup();
            cases
        };
        assert_eq!(cases(&feed(&manager, &json!({}))), ["EHC-2026-000001", "EHC-2026-000002", "EHC-2026-000003"]);
        let some = json!({"scope": "team", "caseworker_ids": [bea.id]});
        assert_eq!(cases(&feed(&manager, &some)), ["EHC-2026-000002"]);
        assert_eq!(cases(&feed(&bea, &json!({"scope": "caseworker"}))), ["EHC-2026-000002"]);
        let unknown = json!({"caseworker_ids": [app.admin().id]});
        assert_eq!(manager.post("/calendar/feeds", &unknown).expect(422).faults(), [("/caseworker_ids/0", "unknown_user")]);
        let senseless = json!({"scope": "caseworker", "caseworker_ids": [bea.id]});
        assert_eq!(manager.post("/calendar/feeds", &senseless).expect(422).faults(), [("/caseworker_ids", "contradiction")]);
        cass.post("/calendar/feeds", &json!({"scope": "team"})).refused(403, "forbidden");
        cass.post("/calendar/feeds", &json!({"scope": "organisation"})).refused(403, "forbidden");
        app.admin().post("/calendar/feeds", &json!({})).refused(403, "forbidden");
        app.request("POST", "/calendar/feeds").json(&json!({})).send().refused(401, "unauthenticated");
    }

    fn an_organisations_feed_shows_the_advice_that_it_owes(app: &TestApp) {
        let health = app.health("Marlbrook Health");
        let other = app.organisation("Other Health", "health");
        let adviser = app.adviser_of(&health);
        let path = feed(&adviser, &json!({}));
        assert!(app.calendar(&path).is_empty());
        let case = app.assessed_case();
        assert_eq!(app.summaries(&path), ["EHC-2026-000001: medical advice due"]);
        adviser.post("/calendar/feeds", &json!({"scope": "caseworker"})).refused(403, "forbidden");
        let elsewhere = app.colleague("Olly Other", Role::Adviser, Some(&other));
        assert!(app.calendar(&feed(&elsewhere, &json!({}))).is_empty(), "another organisation owes nothing");
        let request = app.caseworker().work_list("kind=medical").remove(0);
        app.caseworker().advice_step(&request, "submissions", &a_report()).expect(200);
        assert!(app.calendar(&path).is_empty(), "what came is owed no more");
        app.manager().case(&case);
        let admin = app.admin();
        let user = format!("/users/{}", adviser.id);
        let etag = admin.get(&user).expect(200).etag;
        admin.patch(&user, &etag, &json!({"organisation_id": other})).expect(200);
        app.request("GET", &path).send().refused(404, "not_found");
    }

    fn a_reader_may_ask_with_head_first(app: &TestApp) {
        let cass = app.caseworker();
        let path = feed(&cass, &json!({}));
        let case = cass.open_case(own_case(&cass)).id();
        let read = app.request("GET", &path).send().expect(200);
        let logged = || app.manager().get(&format!("/cases/{case}/access-log")).expect(200).json["items"].as_array().unwrap().iter().filter(|one| one["what"] == "calendar_feed").count();
        let before = logged();
        let asked = app.request("HEAD", &path).send().expect(200);
        assert_eq!((asked.bytes.len(), asked.etag.as_str()), (0, read.etag.as_str()));
        for name in ["content-type", "last-modified", "content-length"] {
            assert_eq!(asked.header(name), read.header(name), "{name}");
        }
        assert_eq!(logged(), before, "no day was handed out");
        app.request("HEAD", &path).header("If-None-Match", &read.etag).send().expect(304);
        app.request("HEAD", "/calendar/feeds/nonsense.ics").send().expect(404);
    }

    fn the_uids_stay_when_the_service_moves_to_another_host(app: &TestApp) {
        let cass = app.caseworker();
        let path = feed(&cass, &json!({}));
        cass.open_case(own_case(&cass));
        let before: Vec<String> = app.calendar(&path).into_keys().collect();
        app.with_setting("EHCP_PUBLIC_URL", "https://elsewhere.example");
        assert_eq!(app.calendar(&path).into_keys().collect::<Vec<_>>(), before);
    }
}
