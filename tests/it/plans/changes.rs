//! What one version changes of another.

use super::*;
use crate::support::both;

both! {
    fn changes_are_told_by_section(app: &TestApp) {
        let (working, first) = Working::served(app);
        let said = working.represent(&json!({"received_on": "2026-04-20", "text": "More hours."})).expect(201).id();
        let next = working.start().expect(201).id();
        let changes = |query: &str| working.officer.get(&format!("/plans/{next}/changes?{query}"));
        assert_eq!(changes(&format!("since={first}")).expect(200).json["sections"], json!([]));
        working.write(&next, "A", "").expect(200);
        working.write(&next, "B", "Needs help\n<strong>with</strong> reading.").expect(200);
        working.write(&next, "G", "A nurse.").expect(200);
        working.put(&next, "F", &json!({"text": "Twelve hours.", "representation_id": said})).expect(200);
        let answer = changes(&format!("since={first}")).expect(200).json;
        assert_eq!((&answer["plan"]["id"], &answer["since"]["id"]), (&json!(next), &json!(first)));
        assert_eq!((&answer["plan"]["number"], &answer["since"]["status"]), (&json!(2), &json!("served")));
        let change = |section: &str, change: &str, before: &str, after: &str, said: Value| {
            json!({"section": section, "change": change, "before": before, "after": after, "representation_id": said})
        };
        assert_eq!(
            answer["sections"],
            json!([
                change("A", "removed", "<p>Likes trains.</p>", "", Value::Null),
                change("F", "changed", "<p>Ten hours a week.</p>", "Twelve hours.", json!(said)),
                change("G", "added", "", "A nurse.", Value::Null),
            ])
        );
        changes("").refused(422, "invalid_parameter");
        changes("since=nonsense").refused(422, "invalid_parameter");
        let other = Working::drafting_of(app, a_case().of("Ada", "Birch", "2016-01-01"), false).start().expect(201).id();
        let refused = changes(&format!("since={other}")).expect(422);
        assert_eq!(refused.faults(), [("/since", "unknown_plan")]);
    }
}
