//! A line that tells of what waits in a shop: a pick-up, a return, a repair.

use serde::Deserialize;
use shopbell_domain::{
    event::{Line, ServiceKind, ServiceStep, ServiceTold},
    id::{CustomerId, OrderId, ProductId, ServiceId, StoreId},
    ports::Change,
    profile::MAX_SERVICE_LINES,
};

use super::{Record, Type, When, label, one};

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Kind {
    PickUp,
    Return,
    Repair,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Step {
    Announced,
    Ready,
    Done,
    Cancelled,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    product_id: ProductId,
    size: Option<String>,
    #[serde(default = "one")]
    quantity: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ServiceLine {
    #[serde(rename = "type")]
    _type: Type,
    service_id: ServiceId,
    customer_id: CustomerId,
    at: When,
    kind: Kind,
    step: Step,
    store_id: Option<StoreId>,
    until: Option<When>,
    order_id: Option<OrderId>,
    #[serde(default)]
    lines: Vec<Row>,
}

pub(super) fn read(line: ServiceLine) -> Result<Record, String> {
    if line.lines.len() > MAX_SERVICE_LINES {
        return Err(format!("lines: holds {} lines; give at most {MAX_SERVICE_LINES}", line.lines.len()));
    }
    let mut lines = Vec::with_capacity(line.lines.len());
    for Row { product_id, size, quantity } in line.lines {
        let size = label("size", size)?;
        lines.push(Line { size, quantity: Some(quantity), ..Line::of(product_id) });
    }
    let told = ServiceTold {
        service: line.service_id,
        kind: match line.kind {
            Kind::PickUp => ServiceKind::PickUp,
            Kind::Return => ServiceKind::Return,
            Kind::Repair => ServiceKind::Repair,
        },
        step: match line.step {
            Step::Announced => ServiceStep::Announced,
            Step::Ready => ServiceStep::Ready,
            Step::Done => ServiceStep::Done,
            Step::Cancelled => ServiceStep::Cancelled,
        },
        store: line.store_id,
        until: line.until.map(|until| until.0),
        order: line.order_id,
        lines,
    };
    Ok(Record::Change(Change::Service { customer: line.customer_id, at: line.at.0, told }))
}
