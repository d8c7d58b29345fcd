//! What the Department for Education published, beside the authority's own figures; and newer figures by one command.

use serde_json::{Value, json};

use crate::commands::Place;
use crate::support::{TestApp, both};

const HEADINGS: &str = "year,level,code,ons_code,name,region,plans_issued,plans_issued_ex,within_20_weeks,within_20_weeks_ex,pct_within_20_weeks,pct_within_20_weeks_ex,requests_received,requests_refused";

fn beside(report: &Value) -> Vec<(&str, &str, i64, Option<f64>)> {
    let all = report["benchmarks"].as_array().unwrap();
    let row = |one: &'_ Value| -> (String, String, i64, Option<f64>) {
        let text = |name: &str| one[name].as_str().unwrap().to_owned();
        (text("role"), text("area"), one["year"].as_i64().unwrap(), one["pct_within_20_weeks_ex"].as_f64())
    };
    all.iter().map(row).map(|(role, area, year, pct)| (&*role.leak(), &*area.leak(), year, pct)).collect()
}

both! {
    fn england_the_region_the_authority_and_its_comparators_stand_beside_the_figure(app: &TestApp) {
        let settings = [("EHCP_AUTHORITY_CODE", "802"), ("EHCP_COMPARATORS", "933,865")];
        let database = app.settings()["EHCP_DATABASE_URL"].clone();
        let own = TestApp::with(app.backend(), "2026-11-20", &[&settings[..], &[("EHCP_DATABASE_URL", &database)]].concat());
        let report = own.report("timeliness?from=2024-01-01&to=2024-12-31");
        let expected = [
            ("country", "England", 2024, Some(46.4)),
            ("region", "South West", 2024, Some(28.5)),
            ("own", "North Somerset", 2024, Some(61.5)),
            ("comparator", "Somerset", 2024, Some(33.5)),
            ("comparator", "Wiltshire", 2024, Some(29.5)),
        ];
        let found = beside(&report);
        assert_eq!(found, expected);
        assert!(report["benchmarks_source"].as_str().unwrap().contains("Department for Education") && report["benchmarks_source"].as_str().unwrap().contains("Open Government Licence v3.0"));
        // Of a year that is not published yet, the latest before it stands there and says of which year it is.
        let report = own.report("timeliness?from=2026-01-01&to=2026-12-31");
        assert!(beside(&report).iter().all(|one| one.2 == 2024), "{:?}", beside(&report));
        let years: Vec<i64> = beside(&own.report("timeliness?from=2018-06-01&to=2020-06-30")).into_iter().filter(|one| one.0 == "country").map(|one| one.2).collect();
        assert_eq!(years, [2018, 2019, 2020]);
    }

    fn a_newer_file_takes_the_place_of_the_older_whole_or_not_at_all(app: &TestApp) {
        let place = Place::new().set("EHCP_DATABASE_URL", &app.settings()["EHCP_DATABASE_URL"]);
        let import = |csv: &str| {
            std::fs::write(place.path("new.csv"), csv).unwrap();
            place.run(&["import", "benchmarks", "new.csv"], "")
        };
        let england = |app: &TestApp| {
            let report = app.report("timeliness?from=2024-01-01&to=2026-01-05");
            beside(&report).into_iter().map(|one| (one.2, one.3)).collect::<Vec<_>>()
        };
        let before = england(app);
        assert_eq!(before, [(2024, Some(46.4))]);
        let bad = import(&format!("{HEADINGS}\n2025,country,,,England,,10,10,5,5,50,50,1,1\n2025,region,,,London,London,10,10,5,5,150,50,1,1\n"));
        assert_eq!(bad.code, 1);
        assert!(bad.stdout.starts_with("row,column,code,what\n3,pct_within_20_weeks,out_of_range,"), "{bad:?}");
        assert!(bad.stderr.contains("nothing was written"), "{bad:?}");
        let wrong = import("year,level\n2025,country\n");
        assert!(wrong.code == 1 && wrong.stdout.contains("1,,unknown_field,"), "{wrong:?}");
        assert_eq!(england(app), before);
        let good = import(&format!("\u{feff}{HEADINGS}\n2025,country,,,England,,400,200,202,101,50.5,50.5,1,1\n"));
        assert_eq!((good.code, good.stdout.as_str()), (0, "rows: 1\n"), "{good:?}");
        assert_eq!(england(app), [(2025, Some(50.5))]);
        assert!(app.events().iter().any(|event| event.action == "benchmarks_replaced"));
        assert!(place.run(&["import", "benchmarks", "none.csv"], "").stderr.contains("none.csv"), "a file that is not there");
        assert_eq!(json!(app.count("benchmarks")), json!(1));
        let place = place.set("EHCP_AUTHORITY_CODE", "802").set("EHCP_COMPARATORS", "999");
        let own = "2024,local_authority,802,E06000024,North Somerset,South West,625,522,394,321,63,61.5,1092,431";
        std::fs::write(place.path("own.csv"), format!("{HEADINGS}\n{own}\n")).unwrap();
        let told = place.run(&["import", "benchmarks", "own.csv"], "");
        assert_eq!((told.code, told.stdout.as_str()), (0, "rows: 1\nno figures of authority: 999\n"), "{told:?}");
    }
}
