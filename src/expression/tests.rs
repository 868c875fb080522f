//! What the expression language understands, what it refuses and where, and that nothing makes it panic.

use std::fmt::{self, Display, Formatter};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn holds(text: &str, scope: &Value) -> bool {
    let expression = Expression::read(text);
    expression
        .unwrap_or_else(|refusal| panic!("{text}: {}", refusal.0))
        .holds(scope)
}

#[test]
fn what_parking_asks_is_understood() {
    let task =
        json!({"isParkHangup": true, "call_sid": "CA1", "n": 2, "a": {"b": "it's"}, "l": [1]});
    for (text, expected) in [
        ("1==1", true),
        ("isParkHangup == true AND call_sid == 'CA1'", true),
        ("isParkHangup == true and call_sid == \"CA2\"", false),
        ("isParkHangup==false OR n == 2.0", true),
        ("(n == 3 OR n == 2) AND a.b == \"it's\"", true),
        ("missing == null", true),
        ("missing != 'x'", true),
        ("n == '2'", false),
        ("l == 1", false),
        ("l != 1", false),
        ("n != -2", true),
    ] {
        assert_eq!(holds(text, &task), expected, "{text}");
    }
}

/// The examples of Twilio's page, and one line at least for each operator, literal and rule.
#[test]
fn every_operator_holds_where_it_should_and_nowhere_else() {
    let scope = json!({
        "language": "es", "skill_rating": 5.1, "key": 2, "skills": ["support", "sales"],
        "levels": [1, 2.0], "object": {"array": ["a", "b", {"c": "d"}], "attr": "bar"},
        "phone": "+15127640580", "yes": true, "none": null, "in": 1,
    });
    for (text, expected) in [
        ("\"apple\" != \"orange\"", true),
        ("0 != 1", true),
        ("key > 1", true),
        ("key > 2", false),
        ("key >= 2 AND key <= 2.0 AND NOT_THERE == NULL", true),
        ("key < 2", false),
        ("-1 < key", true),
        ("'abc' < 'abd' AND 'b' > 'abc'", true),
        ("'2' > 1 OR '2' < 3 OR '2' >= 2", false),
        ("yes > false OR none < 1 OR none >= none", false),
        ("skill_rating >= 5.1 AND skill_rating <= 5.1", true),
        ("9007199254740993 > 9007199254740992", true),
        ("language IN [\"en\", \"es\"]", true),
        ("language in ['en']", false),
        ("language NOT IN ['en']", true),
        ("missing NOT IN ['en']", true),
        ("language IN []", false),
        ("skills HAS 'support'", true),
        ("skills has 'chat'", false),
        ("levels HAS 2 AND 1.0 IN levels", true),
        ("language HAS 'es'", false),
        ("language IN 'es' OR language NOT IN 'es'", false),
        ("skills IN skills OR skills NOT IN skills", false),
        ("phone CONTAINS '5127640580'", true),
        ("'5127640580' CONTAINS phone", false),
        ("skills CONTAINS 'support' OR key CONTAINS 2", false),
        ("object.attr == 'bar' AND object.array[1] == 'b'", true),
        ("object.array[2].c == 'd'", true),
        ("object.array[3] == null AND object.attr[0] == null", true),
        ("object.attr.more == null AND object != null", true),
        ("skills != null", true),
        ("skills == null OR skills == skills", false),
        ("none == NULL AND Null == none", true),
        ("True == yes AND FALSE != yes", true),
        ("yes == 'true' OR yes == 1", false),
        ("1 == 2 AND 1 == 1 OR 1 == 1", true),
        ("1 == 2 AND (1 == 1 OR 1 == 1)", false),
        ("object.in == null AND yes == true", true),
    ] {
        assert_eq!(holds(text, &scope), expected, "{text}");
    }
}

#[test]
fn what_is_not_understood_is_refused_where_it_stands() {
    let nested = format!("{}1==1{}", "(".repeat(40), ")".repeat(40));
    for (text, at) in [
        ("", 1),
        ("x", 2),
        ("x =", 3),
        ("x == ", 6),
        ("x == 'a", 8),
        ("x == 'a\\'b'", 8),
        ("skill-level == 3", 6),
        ("x == task.agent-sid", 16),
        ("x IN 'y' 'z'", 10),
        ("x IN [y]", 7),
        ("x IN [1 2]", 9),
        ("x IN [1,]", 9),
        ("x IN ['y'", 10),
        ("x NOT 3", 7),
        ("x == 1 y == 2", 8),
        ("(x == 1", 8),
        ("x == 1)", 7),
        ("a..b == 1", 3),
        ("a[b] == 1", 3),
        ("a[-1] == 1", 3),
        ("a[1 == 1", 5),
        ("x == 1 AND", 11),
        ("x == 1-2", 7),
        ("x == 1.", 6),
        ("x == -", 6),
        ("x == 01", 6),
        ("1x == 1", 2),
        ("x = 1", 3),
        ("x == ü", 6),
        ("'ü' == ö", 8),
        ("x == \u{0}", 6),
        (nested.as_str(), 34),
    ] {
        let refusal = Expression::read(text).unwrap_err();
        let place = format!(" position {at}:");
        assert!(refusal.0.contains(&place), "{text}: {}", refusal.0);
    }
    assert!(Expression::read(&"1==1 AND ".repeat(20_000)).is_err());
    let long = format!("{}1==1", "1==1 AND ".repeat(20_000));
    assert!(holds(&long, &Value::Null));
}

#[test]
fn a_target_sees_its_task_and_its_worker() {
    let (task, worker) = (
        json!({"want": ["es"]}),
        json!({"speaks": "es", "channel": {}}),
    );
    let pair = Pair {
        task: &task,
        worker: &worker,
    };
    let expression = Expression::read("worker.speaks IN task.want AND speaks == null").unwrap();
    assert!(expression.holds(&pair));
    assert!(expression.asks_for(&["worker"]) && expression.asks_for(&["task", "want"]));
    assert!(!expression.asks_for(&["worker", "channel"]));
    assert_eq!(Path::read("task.want[0]").unwrap().value(&pair), "es");
    assert!(Path::read("task.want[0] == 1").is_err() && Path::read("'task'").is_err());
}

#[test]
fn workers_are_put_in_order() {
    let mut workers = [
        json!({"worker": {"name": "none"}}),
        json!({"worker": {"name": "b", "level": 3, "english": false}}),
        json!({"worker": {"name": "text", "level": "9"}}),
        json!({"worker": {"name": "c", "level": 3, "english": true}}),
        json!({"worker": {"name": "a", "level": 10.5}}),
    ];
    let sorted = |workers: &mut [Value], by: &str| {
        let by = OrderBy::read(by).unwrap();
        workers.sort_by(|left, right| by.compare(left, right));
        let names = workers.iter().map(|it| it["worker"]["name"].as_str());
        names.map(Option::unwrap).collect::<Vec<_>>().join(" ")
    };
    let by = "worker.level DESC, worker.english desc, worker.name";
    assert_eq!(sorted(&mut workers, by), "a c b text none");
    assert_eq!(sorted(&mut workers, "worker.level asc"), "c b a text none");
    assert_eq!(sorted(&mut workers, "worker.name"), "a b c none text");
    for wrong in ["", "worker.level UP", "worker.level,", "1 DESC", "a-b"] {
        assert!(OrderBy::read(wrong).is_err(), "{wrong}");
    }
    assert!(OrderBy::default().is_empty());
}

/// Printed so that it reads back as exactly itself.
impl Display for Expression {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let join = |f: &mut Formatter<'_>, parts: &[Self], word: &str, any: bool| {
            for (index, part) in parts.iter().enumerate() {
                f.write_str(if index == 0 { "" } else { word })?;
                match part {
                    Self::Compare(..) => write!(f, "{part}")?,
                    Self::All(_) if any => write!(f, "{part}")?,
                    Self::All(_) | Self::Any(_) => write!(f, "({part})")?,
                }
            }
            Ok(())
        };
        match self {
            Self::All(parts) => join(f, parts, " AND ", false),
            Self::Any(parts) => join(f, parts, " or ", true),
            Self::Compare(left, operator, right) => {
                let sign = match operator {
                    Operator::Same => "==",
                    Operator::Different => "!=",
                    Operator::Above => ">",
                    Operator::AtLeast => ">=",
                    Operator::Below => "<",
                    Operator::AtMost => "<=",
                    Operator::Contains => "Contains",
                    Operator::Has => "HAS",
                    Operator::In => "in",
                    Operator::NotIn => "NOT IN",
                };
                write!(f, "{left} {sign} {right}")
            }
        }
    }
}

impl Display for Operand {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(value) => f.write_str(&literal(value)),
            Self::Attribute(path) => {
                f.write_str(&path.first)?;
                path.rest.iter().try_for_each(|step| match step {
                    Step::Member(name) => write!(f, ".{name}"),
                    Step::Element(index) => write!(f, "[{index}]"),
                })
            }
        }
    }
}

fn literal(value: &Value) -> String {
    match value {
        Value::String(text) if text.contains('"') => format!("'{text}'"),
        Value::String(text) => format!("\"{text}\""),
        Value::Array(all) => {
            let all: Vec<_> = all.iter().map(literal).collect();
            format!("[{}]", all.join(","))
        }
        other => other.to_string(),
    }
}

fn any_scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1_000_000..1_000_000).prop_map(|number| json!(f64::from(number) / 64.0)),
        "[^\\\\'\"]{0,6}".prop_map(Value::from),
        "[^\\\\']{0,6}".prop_map(Value::from),
    ]
}

fn any_operand() -> impl Strategy<Value = Operand> {
    let name = "[a-z_][a-zA-Z0-9_]{0,5}".prop_filter("a keyword", |name| {
        let words = [
            "and", "or", "not", "in", "has", "contains", "true", "false", "null",
        ];
        !words.contains(&name.to_ascii_lowercase().as_str())
    });
    let step = prop_oneof![
        "[a-zA-Z_][a-z0-9_]{0,5}".prop_map(Step::Member),
        any::<usize>().prop_map(Step::Element),
    ];
    let path = (name, prop::collection::vec(step, 0..3));
    prop_oneof![
        any_scalar().prop_map(Operand::Literal),
        prop::collection::vec(any_scalar(), 0..3)
            .prop_map(|all| Operand::Literal(Value::Array(all))),
        path.prop_map(|(first, rest)| Operand::Attribute(Path { first, rest })),
    ]
}

fn any_expression() -> impl Strategy<Value = Expression> {
    let operator = prop::sample::select(vec![
        Operator::Same,
        Operator::Different,
        Operator::Above,
        Operator::AtLeast,
        Operator::Below,
        Operator::AtMost,
        Operator::Contains,
        Operator::Has,
        Operator::In,
        Operator::NotIn,
    ]);
    let compare = (any_operand(), operator, any_operand())
        .prop_map(|(left, operator, right)| Expression::Compare(left, operator, right));
    compare.prop_recursive(4, 24, 3, |inner| {
        let parts = prop::collection::vec(inner, 2..4);
        (parts, any::<bool>()).prop_map(|(parts, all)| {
            if all {
                Expression::All(parts)
            } else {
                Expression::Any(parts)
            }
        })
    })
}

proptest! {
    #[test]
    fn what_is_printed_reads_back_as_itself(expression in any_expression()) {
        let text = expression.to_string();
        prop_assert_eq!(Expression::read(&text).map_err(|it| it.0), Ok(expression), "{}", text);
    }

    #[test]
    fn nothing_makes_it_panic(text in "\\PC{0,60}", scope in any_scalar()) {
        if let Ok(expression) = Expression::read(&text) {
            expression.holds(&scope);
        }
        let _ = OrderBy::read(&text);
    }

    #[test]
    fn nothing_near_the_language_makes_it_panic(
        words in prop::collection::vec(prop::sample::select(vec![
            "x", "task.a[0]", "==", "!=", ">", "IN", "not", "HAS", "contains", "(", ")", "[", "]", ",",
            "'a'", "\"", "1", "-", ".", "AND", "or", "null", "true", "é",
        ]), 0..12),
    ) {
        let text = words.join(" ");
        match Expression::read(&text) {
            Ok(expression) => {
                expression.holds(&json!({"x": [1, "a"], "task": {"a": [null]}}));
                prop_assert_eq!(Expression::read(&expression.to_string()).unwrap(), expression);
            }
            Err(refusal) => {
                prop_assert!(refusal.0.contains(" position "), "{}", refusal.0);
            }
        }
    }
}
