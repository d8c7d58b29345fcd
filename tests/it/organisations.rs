//! Organisations: what is added, changed and listed, and by whom. The first feature, so what holds for all stands here.

use crate::support::{both, json};

both! {
    fn an_organisation_is_added_read_and_changed(app: &TestApp) {
        let admin = app.admin();
        let made = admin.post("/organisations", &json!({"name": "Health Trust", "kind": "health"})).expect(201);
        assert_eq!(made.etag, "\"1\"");
        let location = made.header("location").unwrap();
        assert_eq!(location, format!("/api/v1/organisations/{}", made.id()));
        let read = app.caseworker().get(location).expect(200);
        assert_eq!((read.json, read.etag.as_str()), (made.json.clone(), "\"1\""));
        assert_eq!(made.json["section_31_body"], true);
        let changed = admin.patch(location, "\"1\"", &json!({"mailbox": "dco@trust.example.org"})).expect(200);
        assert_eq!((changed.etag.as_str(), &changed.json["mailbox"]), ("\"2\"", &json!("dco@trust.example.org")));
        assert_eq!(changed.json["name"], "Health Trust");
        app.on_day("2026-02-17");
        assert_eq!(app.caseworker().get(location).expect(200).json, changed.json);
    }
}
