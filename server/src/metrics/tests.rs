use super::*;

#[test]
fn names_and_labels_are_as_promised() {
    let metrics = Metrics::new();
    metrics.event(EventFate::Stale);
    let held = Held::new(&metrics.floor_streams);
    let text = metrics.text();
    assert!(text.contains("shopbell_ingest_events_total{fate=\"Stale\"} 1"), "{text}");
    assert!(text.contains("shopbell_floor_streams 1"));
    assert!(text.contains("shopbell_ingest_batch_seconds_bucket"));
    drop(held);
    assert!(metrics.text().contains("shopbell_floor_streams 0"));
}
