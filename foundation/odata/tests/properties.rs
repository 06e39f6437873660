//! No input panics, and what is printed is read back the same.

use earmark_odata::multipart::parse_batch;
use earmark_odata::{
    Compare, Evaluate, Expr, Literal, compare_by, matches, parse_filter, parse_path, parse_query,
};
use proptest::prelude::*;
use serde_json::{Value, json};

fn word() -> impl Strategy<Value = String> {
    "[a-z_]{1,8}".prop_filter("keywords", |word| {
        !["null", "true", "false", "and", "or", "not", "in", "any", "all"].contains(&word.as_str())
            && Compare::from_word(word).is_none()
    })
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::Int),
        (-1e15_f64..1e15).prop_map(Literal::Decimal),
        ".{0,12}".prop_map(Literal::Text),
        any::<u128>().prop_map(|bits| Literal::Guid(uuid::Uuid::from_u128(bits))),
        (0_i64..4_000_000_000_000).prop_map(|ms| Literal::Instant(
            jiff::Timestamp::from_millisecond(ms).expect("in range")
        )),
        (1_i16..9999, 1_i8..=12, 1_i8..=28)
            .prop_map(|(year, month, day)| Literal::Date(jiff::civil::date(year, month, day))),
    ]
}

fn op() -> impl Strategy<Value = Compare> {
    prop_oneof![
        Just(Compare::Eq),
        Just(Compare::Ne),
        Just(Compare::Gt),
        Just(Compare::Ge),
        Just(Compare::Lt),
        Just(Compare::Le)
    ]
}

fn path() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(word(), 1..3)
}

fn expr() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![
        (path(), op(), literal()).prop_map(|(path, op, literal)| Expr::Compare {
            left: Box::new(Expr::Path(path)),
            op,
            right: Box::new(Expr::Literal(literal)),
        }),
        (path(), prop::collection::vec(literal(), 0..4))
            .prop_map(|(path, list)| Expr::In { left: Box::new(Expr::Path(path)), list }),
        (word(), ".{0,8}").prop_map(|(name, text)| Expr::Call {
            function: "contains".into(),
            arguments: vec![Expr::Path(vec![name]), Expr::Literal(Literal::Text(text))],
        }),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Expr::And(Box::new(a), Box::new(b))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| Expr::Or(Box::new(a), Box::new(b))),
            inner.clone().prop_map(|a| Expr::Not(Box::new(a))),
            (any::<bool>(), path(), word(), inner).prop_map(|(any, path, variable, body)| {
                Expr::Lambda { any, path, variable: Some(variable), body: Some(Box::new(body)) }
            }),
        ]
    })
}

/// Texts that look like filters more often than random characters do.
fn filterish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("(".to_owned()),
        Just(")".to_owned()),
        Just("not ".to_owned()),
        Just(" and ".to_owned()),
        Just(" eq ".to_owned()),
        Just(" in (".to_owned()),
        Just("a/any(x:".to_owned()),
        Just("contains(a,'b')".to_owned()),
        Just("2026-01-01T00:00:00".to_owned()),
        Just("'".to_owned()),
        Just(",".to_owned()),
        ".{0,4}",
        word(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn entity() -> Value {
    json!({"a": [1, "x", null], "b": {"c": "2026-01-01T00:00:00Z"}, "c": 1.5, "d": true, "e": null})
}

proptest! {
    #[test]
    fn a_printed_filter_is_read_back_the_same(expr in expr()) {
        let text = expr.to_string();
        prop_assert_eq!(parse_filter(&text).expect(&text), expr);
    }

    #[test]
    fn no_filter_panics(text in filterish()) {
        if let Ok(expr) = parse_filter(&text) {
            let _ = matches(&expr, &entity(), &Evaluate { ignore_case: true });
            let printed = expr.to_string();
            let _ = parse_filter(&printed);
        }
    }

    #[test]
    fn no_text_panics(text in "\\PC{0,64}", bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = parse_filter(&text);
        let _ = parse_path(&text);
        if let Ok(query) = parse_query(&text) {
            let _ = compare_by(&query.order_by, &entity(), &json!({"c": "x"}));
        }
        let _ = parse_query(&format!("$expand={text}&$orderby={text}&$filter={text}"));
        let _ = parse_batch("b", &bytes, 10);
        let mut framed = b"--b\r\n".to_vec();
        framed.extend(&bytes);
        framed.extend(b"\r\n--b--");
        let _ = parse_batch("b", &framed, 10);
    }

    #[test]
    fn an_encoded_key_is_read_back_the_same(name in ".{0,12}") {
        let quoted = format!("'{}'", name.replace('\'', "''"));
        let encoded = percent_encoding::utf8_percent_encode(&quoted, percent_encoding::NON_ALPHANUMERIC);
        let segments = parse_path(&format!("accounts(name={encoded})/name")).expect("a path");
        prop_assert_eq!(&segments[0].keys[0].value, &Literal::Text(name));
        prop_assert_eq!(segments.len(), 2);
    }

    #[test]
    fn logic_agrees_with_its_meaning(a in any::<bool>(), b in any::<bool>(), c in any::<bool>()) {
        let entity = json!({"a": a, "b": b, "c": c});
        let value = |text: &str| matches(&parse_filter(text).expect(text), &entity, &Evaluate::default()).expect(text);
        prop_assert_eq!(value("a and b or c"), (a && b) || c);
        prop_assert_eq!(value("not a and (b or not c)"), !a && (b || !c));
        prop_assert_eq!(value("a or b and c"), a || (b && c));
    }
}
