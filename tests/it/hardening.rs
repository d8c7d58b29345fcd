//! What clients and browsers may not do, and what is told to nobody.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::support::{Backend, Response, TestApp, json, logs};

/// Sends the beginning of a request and then the rest, a byte at a time, until the service has had enough; answers what it
/// said and how long it took.
fn dribble(app: &TestApp, beginning: &str, rest: &[u8]) -> (String, Duration) {
    let started = Instant::now();
    let mut stream = TcpStream::connect(app.address()).unwrap();
    stream.write_all(beginning.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let mut said = Vec::new();
    for byte in rest.iter().cycle() {
        let mut piece = [0; 4096];
        match stream.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => said.extend_from_slice(&piece[..length]),
            Err(fault) if fault.kind() == std::io::ErrorKind::ConnectionReset => break,
            Err(_still_silent) => {}
        }
        assert!(started.elapsed() < Duration::from_secs(60), "still open: {}", String::from_utf8_lossy(&said));
        if stream.write_all(&[*byte]).is_err() {
            break;
        }
    }
    (String::from_utf8_lossy(&said).into_owned(), started.elapsed())
}

fn app() -> TestApp {
    TestApp::on(Backend::Sqlite, "2026-01-05")
}

#[test]
fn a_head_that_comes_by_drops_is_cut_off() {
    let app = app();
    let (said, took) = dribble(&app, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ", b"a");
    assert!(said.starts_with("HTTP/1.1 408 "), "{said}");
    assert!(took < Duration::from_secs(15), "{took:?}");
    app.request("GET", "//healthz").send().expect(200);
}

#[test]
fn a_body_that_comes_by_drops_is_cut_off_and_others_are_served_meanwhile() {
    let app = app();
    let head = "POST /api/v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{";
    std::thread::scope(|scope| {
        let slow: Vec<_> = (0..8).map(|_| scope.spawn(|| dribble(&app, head, b" "))).collect();
        for _ in 0..10 {
            app.caseworker().get("/cases").expect(200);
            std::thread::sleep(Duration::from_millis(200));
        }
        for one in slow {
            let (said, took) = one.join().unwrap();
            assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("\"too_slow\""), "{said}");
            assert!(said.to_lowercase().contains("connection: close"), "{said}");
            assert!(took < Duration::from_secs(40), "{took:?}");
        }
    });
}

#[test]
fn an_upload_that_stops_is_cut_off_and_leaves_nothing() {
    let app = app();
    let caseworker = app.caseworker();
    let case = caseworker.open_case(crate::support::cases::a_case()).id();
    let head = format!(
        "POST /api/v1/cases/{case}/documents HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\
        Content-Type: multipart/form-data; boundary=b\r\nContent-Length: 99999\r\n\r\n\
        --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\nHello",
        caseworker.access_token
    );
    let (said, took) = dribble(&app, &head, b"x");
    assert!(said.starts_with("HTTP/1.1 408 ") && said.contains("\"too_slow\""), "{said}");
    assert!(took < Duration::from_secs(40), "{took:?}");
    crate::documents::wait_until_stored(&app, 0);
}

#[test]
fn a_body_that_nobody_reads_does_not_keep_the_connection() {
    let app = app();
    let head =
        "POST /api/v1/cases HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{";
    let (said, took) = dribble(&app, head, b" ");
    assert!(said.starts_with("HTTP/1.1 401 "), "{said}");
    assert!(took < Duration::from_secs(40), "{took:?}");
}

#[test]
fn what_is_too_long_is_refused() {
    let app = app();
    let caseworker = app.caseworker();
    caseworker.get(&format!("/cases?cursor={}", "a".repeat(8_200))).refused(414, "uri_too_long");
    let with = |headers: &str| {
        let mut stream = TcpStream::connect(app.address()).unwrap();
        let head = format!("GET /api/v1/cases HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
        // Whoever is cut off may not get to send it all, nor read why.
        drop(stream.write_all(head.as_bytes()));
        let mut said = Vec::new();
        drop(stream.read_to_end(&mut said));
        String::from_utf8_lossy(&said).into_owned()
    };
    let refused = with(&format!("X-Long: {}\r\n", "a".repeat(17_000)));
    assert!(refused.starts_with("HTTP/1.1 431 ") && refused.contains("\"headers_too_large\""), "{refused}");
    let many: String = (0..120).map(|n| format!("X-{n}: a\r\n")).collect();
    assert!(with(&many).starts_with("HTTP/1.1 431 "), "{}", with(&many));
    let longest = with(&format!("X-Longest: {}\r\n", "a".repeat(400_000)));
    assert!(longest.is_empty() || longest.starts_with("HTTP/1.1 431 "), "{longest}");
    assert!(with("X-Short: a\r\n").starts_with("HTTP/1.1 401 "));
    let body = format!("{{\"email\": \"{}\"}}", "a".repeat(2_000_001));
    app.request("POST", "/auth/login").body("application/json", body).send().refused(413, "too_large");
    caseworker.get(&format!("/cases?cursor={}", "a".repeat(4_000))).refused(422, "invalid_cursor");
}

#[test]
fn an_answer_tells_a_hundred_faults_at_most_and_repeats_nothing_long() {
    let app = app();
    let many = serde_json::json!({"email": vec!["\0"; 200_000], "password": "x"});
    let names: serde_json::Map<_, _> =
        (0..20_000).map(|n| (format!("field {n} {}", "n".repeat(50)), 1.into())).collect();
    let long: serde_json::Map<_, _> = [("n".repeat(1_000_000), 1.into())].into_iter().collect();
    for (body, faults) in [(many, 100), (names.into(), 100), (long.into(), 3)] {
        let refused = app.request("POST", "/auth/login").json(&body).send().expect(422);
        assert_eq!(refused.faults().len(), faults);
        assert!(refused.bytes.len() < 40_000, "{} bytes", refused.bytes.len());
        assert!(refused.faults().iter().all(|(pointer, _)| pointer.chars().count() <= 201));
        if faults == 100 {
            assert!(refused.json["detail"].as_str().unwrap().starts_with("100 fields or more are not valid."));
        }
    }
}

#[test]
fn every_answer_tells_browsers_what_not_to_do() {
    let app = TestApp::with(Backend::Sqlite, "2026-01-05", &[("EHCP_HSTS_SECONDS", "31536000")]);
    let caseworker = app.caseworker();
    let case = caseworker.open_case(crate::support::cases::a_case()).id();
    let answers = [
        caseworker.get(&format!("/cases/{case}")).expect(200),
        caseworker.get("/nowhere").expect(404),
        app.request("GET", "/cases").send().expect(401),
        app.request("GET", "//healthz").send().expect(200),
        app.request("GET", "//openapi.yaml").send().expect(200),
        app.request("GET", "//docs/").send().expect(200),
    ];
    for answer in &answers {
        let header = |name: &str| answer.header(name).unwrap_or_default().to_owned();
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-frame-options"), "DENY");
        assert_eq!(header("cache-control"), "no-store");
        assert_eq!(header("strict-transport-security"), "max-age=31536000");
        assert!(header("content-security-policy").starts_with("default-src 'none'"), "{answer:?}");
        assert!(header("content-security-policy").contains("frame-ancestors 'none'"));
        assert!(answer.header("server").is_none());
    }
    let docs = answers[5].header("content-security-policy").unwrap();
    assert!(
        docs.contains("script-src 'self';")
            && !answers[0].header("content-security-policy").unwrap().contains("script")
    );
    // The page of the documentation needs no more than its policy gives.
    let page = answers[5].text();
    assert!(!page.contains("<script>") && !page.contains("http://") && !page.contains("https://"), "{page}");
    assert!(self::app().request("GET", "//healthz").send().header("strict-transport-security").is_none());
}

#[test]
fn pages_of_listed_origins_may_call_and_no_others() {
    let listed = "https://send.example.gov.uk";
    let app = TestApp::with(
        Backend::Sqlite,
        "2026-01-05",
        &[("EHCP_CORS_ORIGINS", "https://a.example, https://send.example.gov.uk")],
    );
    let from =
        |app: &TestApp, origin: &str| app.request("GET", "//healthz").header("Origin", origin).send().expect(200);
    let allowed = |answer: &Response| answer.header("access-control-allow-origin").map(str::to_owned);
    assert_eq!(allowed(&from(&app, listed)).as_deref(), Some(listed));
    let exposed = from(&app, listed).header("access-control-expose-headers").unwrap().to_lowercase();
    assert!(["etag", "location", "retry-after", "x-request-id"].iter().all(|name| exposed.contains(name)), "{exposed}");
    assert!(from(&app, listed).header("access-control-allow-credentials").is_none());
    for other in
        ["https://send.example.gov.uk.evil.example", "http://send.example.gov.uk", "null", "https://evil.example"]
    {
        assert_eq!(allowed(&from(&app, other)), None, "{other}");
    }
    // A refusal can be read by the page that may call.
    let refused = app.request("GET", "/cases").header("Origin", listed).send().refused(401, "unauthenticated");
    assert_eq!(allowed(&refused).as_deref(), Some(listed));
    assert_eq!(allowed(&from(&self::app(), listed)), None);
    let ask = format!(
        "OPTIONS /api/v1/cases HTTP/1.1\r\nHost: x\r\nOrigin: {listed}\r\nAccess-Control-Request-Method: POST\r\n\
        Access-Control-Request-Headers: authorization, content-type, if-match, idempotency-key\r\nConnection: close\r\n\r\n"
    );
    let mut stream = TcpStream::connect(app.address()).unwrap();
    stream.write_all(ask.as_bytes()).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    let said = said.to_lowercase();
    assert!(
        said.starts_with("http/1.1 200 ") && said.contains(&format!("access-control-allow-origin: {listed}")),
        "{said}"
    );
}

/// What somebody types who takes one field for another: it must come back to nobody and stand in no log.
const TYPED: &str = "Zephyrine-Quillfeather";

/// A body that has `TYPED` in every place of a schema: where a text is asked for, or everywhere.
fn body_of(schema: &serde_json::Value, all: &serde_json::Value, everywhere: bool, depth: usize) -> serde_json::Value {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return if depth > 6 { json!(TYPED) } else { body_of(&all[name], all, everywhere, depth + 1) };
    }
    if let Some(some) = ["oneOf", "anyOf", "allOf"].iter().find_map(|key| schema[*key].as_array()) {
        let meant = some.iter().find(|one| one["type"] != "null").unwrap();
        return body_of(meant, all, everywhere, depth + 1);
    }
    if let Some(fields) = schema["properties"].as_object() {
        let fields = fields.iter().map(|(name, field)| (name.clone(), body_of(field, all, everywhere, depth + 1)));
        return fields.collect::<serde_json::Map<_, _>>().into();
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default();
    match kind {
        "array" => json!([body_of(&schema["items"], all, everywhere, depth + 1)]),
        "integer" | "number" if !everywhere => json!(7),
        "boolean" if !everywhere => json!(true),
        "string" if !everywhere && schema["enum"].is_array() => schema["enum"][0].clone(),
        "string" if !everywhere && schema["format"] == "date" => json!("1987-06-05"),
        _ => json!(TYPED),
    }
}

#[test]
fn what_is_typed_into_any_operation_comes_back_in_no_refusal_and_stands_in_no_log() {
    let mark = logs::mark();
    let app = app();
    let document = serde_json::to_value(ehcp_tracker::http::document()).unwrap();
    let schemas = &document["components"]["schemas"];
    let case = app.caseworker().open_case(crate::support::cases::a_case()).id();
    let mut tried = 0;
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let method = method.to_uppercase();
            if !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
                continue;
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let query: Vec<_> = parameters.iter().filter(|one| one["in"] == "query").collect();
            for one in &query {
                let name = one["name"].as_str().unwrap();
                let personal =
                    ["forename", "surname", "date_of_birth", "nhs_number", "upn", "uln", "postcode", "email", "q"];
                assert!(!personal.contains(&name), "{path}: what {name} says would stand in addresses");
            }
            let asked: Vec<_> = query.iter().map(|one| format!("{}={TYPED}", one["name"].as_str().unwrap())).collect();
            let content = &operation["requestBody"]["content"];
            let schema = &content["application/json"]["schema"];
            for (id, everywhere, who) in [
                (TYPED, true, app.manager()),
                (case.as_str(), true, app.manager()),
                (case.as_str(), false, app.caseworker()),
                (case.as_str(), false, app.admin()),
            ] {
                let filled: Vec<_> =
                    path.split('/').map(|part| if part.starts_with('{') { id } else { part }).collect();
                let address = format!("/{}?{}", filled.join("/"), asked.join("&"));
                let mut request = who.request(&method, &address).if_match("*");
                if schema.is_object() {
                    request = request.json(&body_of(schema, schemas, everywhere, 0));
                } else if content["multipart/form-data"].is_object() {
                    let parts: [crate::documents::Part<'_>; 2] =
                        [("title", None, TYPED.as_bytes()), ("file", Some(TYPED), TYPED.as_bytes())];
                    request = request.body(&crate::documents::form_type(), crate::documents::form(&parts[..]));
                }
                let answer = request.send();
                tried += 1;
                assert!(answer.status < 500, "{method} {address}: {}", answer.text());
                let refused = answer.status >= 400;
                assert!(!refused || !answer.text().contains(TYPED), "{method} {address}: {}", answer.text());
                assert!(!answer.header("location").unwrap_or_default().contains(TYPED));
            }
        }
    }
    assert!(tried > 300, "only {tried} requests were made");
    let logged = logs::since(mark);
    assert!(logged.contains("\"request\""), "nothing was logged");
    assert!(!logged.contains(TYPED), "{:?}", logged.lines().find(|line| line.contains(TYPED)));
    let metrics = app.request("GET", "//metrics").send();
    assert!(!metrics.text().contains(TYPED));
}

#[test]
fn what_is_logged_in_a_whole_story_is_looked_through_for_everything_personal() {
    let mark = logs::mark();
    let app = app();
    let case = crate::support::cases::a_case()
        .with("requester", json!({"name": "Orla Quillfeather", "email": "orla@family.example"}));
    app.caseworker().open_case(case);
    let personal = app.personal_data();
    for text in ["Robin", "Ashdown", "2016-03-04", "Orla Quillfeather", "orla@family.example", "Cass Caseworker"] {
        assert!(personal.iter().any(|one| one == text), "{text} is not looked for");
    }
    app.assert_nothing_personal_was_logged(mark);
    tracing::info!("the search finds what it looks for: Orla Quillfeather");
    let found = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| app.assert_nothing_personal_was_logged(mark)));
    assert!(found.is_err());
    app.forget_logs();
}

#[test]
fn the_root_says_what_this_is_and_leads_to_the_front_end_where_there_is_one() {
    let app = app();
    let page = app.request("GET", "//").send().expect(200);
    assert!(page.header("content-type").unwrap().starts_with("text/html"));
    assert!(page.header("content-security-policy").unwrap().contains("default-src 'none'"));
    let without_slash = app.request("GET", "//docs").send().expect(308);
    assert_eq!(without_slash.header("location"), Some("/docs/"));
    assert!(page.text().contains("docs/") && page.text().contains("Local authority"), "{}", page.text());
    app.request("HEAD", "//").send().expect(200);
    app.with_setting("EHCP_FRONT_END_URL", "https://send.council.example/ehc");
    let page = app.request("GET", "//").send().expect(303);
    assert_eq!(page.header("location"), Some("https://send.council.example/ehc"));
}
