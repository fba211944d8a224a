//! Rounds in turns, medians, and what the kernel says of a process.

use std::{
    fs,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

/// Ticks a second in `/proc/PID/stat`: 100 in the interface of Linux, whatever the kernel's own timer does.
const TICKS_A_SECOND: u64 = 100;

/// One round: ours, and what stood beside it directly before or after.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Pair {
    pub(crate) ours: f64,
    pub(crate) beside: f64,
}

/// Medians over rounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Paired {
    pub(crate) ours: f64,
    pub(crate) beside: f64,
    /// Of each round's own ratio: a disturbance that lasts longer than a round falls out.
    pub(crate) ratio: f64,
}

impl Paired {
    /// Of at least one round.
    pub(crate) fn of(rounds: &[Pair]) -> Self {
        let over = |value: fn(&Pair) -> f64| median(rounds.iter().map(value).collect());
        Self {
            ours: over(|pair| pair.ours),
            beside: over(|pair| pair.beside),
            ratio: over(|pair| pair.ours / pair.beside),
        }
    }
}

/// The middle value; of an even number the mean of the two middle ones.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty(), "no rounds");
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len().is_multiple_of(2) {
        f64::midpoint(values[middle - 1], values[middle])
    } else {
        values[middle]
    }
}

/// The value that a share of all values does not exceed (nearest rank).
pub(crate) fn quantile(mut values: Vec<f64>, per_cent: usize) -> f64 {
    assert!(!values.is_empty(), "no values");
    values.sort_by(f64::total_cmp);
    let rank = (values.len() * per_cent).div_ceil(100).max(1);
    values[rank - 1]
}

/// Calls a second of `work`, which does `calls` of them, over at least `at_least`.
pub(crate) fn rate(calls: usize, at_least: Duration, mut work: impl FnMut()) -> f64 {
    let (began, mut done) = (Instant::now(), 0);
    while began.elapsed() < at_least {
        work();
        done += calls;
    }
    done as f64 / began.elapsed().as_secs_f64()
}

/// Milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// Milliseconds since the Unix epoch, finer than a `Timestamp`.
pub(crate) fn unix_millis() -> f64 {
    millis(SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970"))
}

/// Microseconds since the Unix epoch, for names that rise.
pub(crate) fn unix_micros() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
    u64::try_from(since.as_micros()).expect("a time of this age")
}

/// Processor time of a process in user and kernel mode, all threads.
pub(crate) fn cpu_time(pid: u32) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("the process runs");
    // The second field is the program's name in parentheses and may hold spaces.
    let (_, rest) = stat.rsplit_once(')').expect("a name in parentheses");
    let fields: Vec<&str> = rest.split_whitespace().collect();
    // utime and stime are fields 14 and 15 of proc(5); `rest` begins with field 3.
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("a number")).sum();
    Duration::from_millis(ticks * 1_000 / TICKS_A_SECOND)
}

/// Memory of a process in kB: `VmRSS` is what it holds now, `VmHWM` the most it ever held.
pub(crate) fn memory_kb(pid: u32, field: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).expect("the process runs");
    let line = status.lines().find(|line| line.starts_with(field)).expect("a field of proc(5)");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse().ok()).expect("a number of kB")
}

/// Load average of the last minute.
pub(crate) fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

/// Cores of this machine.
pub(crate) fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// The runtime of one bench.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "halves and whole numbers are exact")]
    fn medians_and_quantiles() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0]), 2.5);
        let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
        assert_eq!(quantile(hundred.clone(), 99), 99.0);
        assert_eq!(quantile(hundred, 50), 50.0);
        assert_eq!(quantile(vec![7.0], 99), 7.0);
    }

    #[test]
    fn a_ratio_is_taken_round_by_round() {
        let rounds = [
            Pair { ours: 1.0, beside: 2.0 },
            Pair { ours: 10.0, beside: 20.0 },
            Pair { ours: 3.0, beside: 3.0 },
        ];
        assert_eq!(Paired::of(&rounds), Paired { ours: 3.0, beside: 3.0, ratio: 0.5 });
    }

    #[test]
    fn the_kernel_tells_of_this_process() {
        let pid = std::process::id();
        assert!(memory_kb(pid, "VmRSS") > 100.0);
        assert!(memory_kb(pid, "VmHWM") >= memory_kb(pid, "VmRSS") * 0.5);
        let before = cpu_time(pid);
        let began = Instant::now();
        while cpu_time(pid) == before {
            assert!(began.elapsed() < Duration::from_secs(20), "a busy process uses processor time");
        }
    }
}
