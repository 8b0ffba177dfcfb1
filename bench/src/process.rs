//! What the kernel says of a process: its parent, its time on the processor, its memory.
//!
//! All of it comes from `/proc`. Where there is none, nothing is known, and the table says so.

use std::{fs, time::Duration};

use serde::Serialize;

/// The kernel reports time in hundredths of a second, whatever it counts in itself.
const TICK: Duration = Duration::from_millis(10);

/// The memory of a process, in bytes.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Memory {
    /// What it holds now.
    pub(crate) resident: u64,
    /// The most that it held since the peak was last forgotten.
    pub(crate) peak: u64,
}

struct Stat {
    parent: u32,
    own: Duration,
    reaped: Duration,
}

/// User and system time of a process, without its children.
pub(crate) fn cpu(process: u32) -> Option<Duration> {
    stat(process).map(|stat| stat.own)
}

/// What the threads of a process were busy, to the nanosecond; those that have ended are not counted.
pub(crate) fn busy(process: u32) -> Option<Duration> {
    let threads = fs::read_dir(format!("/proc/{process}/task")).ok()?.flatten();
    let nanoseconds = threads.filter_map(|thread| {
        fs::read_to_string(thread.path().join("schedstat")).ok()?.split_whitespace().next()?.parse::<u64>().ok()
    });
    Some(Duration::from_nanos(nanoseconds.sum()))
}

/// User and system time of a process, its children, and the children that it has outlived.
pub(crate) fn cpu_of_family(process: u32) -> Option<Duration> {
    let parent = stat(process)?;
    let children: Duration = fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter_map(stat)
        .filter(|stat| stat.parent == process)
        .map(|stat| stat.own)
        .sum();
    Some(parent.own + parent.reaped + children)
}

/// The parent of a process that has this name.
pub(crate) fn parent_of(process: u32, name: &str) -> Option<u32> {
    // A server on another machine has a process number too, and here it is somebody else's.
    let found = fs::read_to_string(format!("/proc/{process}/comm")).ok()?;
    (found.trim() == name).then(|| stat(process))?.map(|stat| stat.parent)
}

/// The memory of a process.
pub(crate) fn memory(process: u32) -> Option<Memory> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let bytes = |label: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(label))?;
        let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
        Some(kibibytes * 1024)
    };
    Some(Memory { resident: bytes("VmRSS:")?, peak: bytes("VmHWM:")? })
}

/// Makes the kernel forget the peak, so that the next one belongs to what comes next. Where it may not be
/// forgotten, the peak is that of the process's whole life.
pub(crate) fn forget_peak(process: u32) {
    let _ = fs::write(format!("/proc/{process}/clear_refs"), "5");
}

fn stat(process: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name stands in brackets and may itself contain anything; the fields are counted from its end.
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |place: usize| -> Option<u32> { fields.get(place)?.parse().ok() };
    Some(Stat { parent: ticks(1)?, own: TICK * ticks(11)? + TICK * ticks(12)?, reaped: TICK * ticks(13)? + TICK * ticks(14)? })
}
