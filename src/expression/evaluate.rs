//! How two values stand to each other.

use std::cmp::Ordering;

use serde_json::Value;

use super::Operator;

/// Whether `left` stands to `right` as the operator says.
pub(super) fn stand(left: &Value, operator: Operator, right: &Value) -> bool {
    match operator {
        Operator::Same => same(left, right) == Some(true),
        Operator::Different => same(left, right) == Some(false),
        Operator::Above => order(left, right) == Some(Ordering::Greater),
        Operator::AtLeast => order(left, right).is_some_and(Ordering::is_ge),
        Operator::Below => order(left, right) == Some(Ordering::Less),
        Operator::AtMost => order(left, right).is_some_and(Ordering::is_le),
        Operator::Contains => match (left, right) {
            (Value::String(whole), Value::String(part)) => whole.contains(part.as_str()),
            _ => false,
        },
        Operator::Has => is_in(right, left) == Some(true),
        Operator::In => is_in(left, right) == Some(true),
        Operator::NotIn => is_in(left, right) == Some(false),
    }
}

/// Which of two scalars comes first; texts and numbers have an order, nothing else has.
fn order(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (Value::Number(left), Value::Number(right)) => match (left.as_i64(), right.as_i64()) {
            (Some(left), Some(right)) => Some(left.cmp(&right)),
            _ => left.as_f64()?.partial_cmp(&right.as_f64()?),
        },
        _ => None,
    }
}

/// Nothing for an array or an object, unless it is compared with null.
fn same(left: &Value, right: &Value) -> Option<bool> {
    if left.is_null() || right.is_null() {
        return Some(left.is_null() && right.is_null());
    }
    (is_scalar(left) && is_scalar(right)).then(|| equal(left, right))
}

/// Nothing unless a scalar is looked for in an array.
fn is_in(value: &Value, array: &Value) -> Option<bool> {
    let array = array.as_array().filter(|_| is_scalar(value))?;
    Some(array.iter().any(|element| equal(element, value)))
}

/// Numbers are the same whether they are written `1` or `1.0`.
fn equal(left: &Value, right: &Value) -> bool {
    match order(left, right) {
        Some(order) => order.is_eq(),
        None => left == right,
    }
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}
