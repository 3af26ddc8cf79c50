//! Numbers as words, by integers alone: the same on every target.
//!
//! Amounts come in thousandths (of a pod, of a second, of one), instants and lengths of time in
//! milliseconds.

/// A count: `0.5`, `601`, `2,310`, `12M`.
pub(crate) fn count(thousandths: i64) -> String {
    let magnitude = thousandths.unsigned_abs();
    let sign = if thousandths < 0 { "−" } else { "" };
    if magnitude >= 10_000_000_000 {
        return format!("{sign}{}", compact(magnitude));
    }
    if magnitude < 10_000 && !magnitude.is_multiple_of(1_000) {
        let tenths = (magnitude + 50) / 100;
        return format!("{sign}{}", one_decimal(tenths));
    }
    format!("{sign}{}", grouped((magnitude + 500) / 1_000))
}

/// A count in few letters, for axes: `800`, `20k`, `1.5M`.
pub(crate) fn short_count(thousandths: i64) -> String {
    let magnitude = thousandths.unsigned_abs();
    if magnitude < 10_000_000 { count(magnitude as i64) } else { compact(magnitude) }
}

/// A share of one: `97 %`; the ends are kept for all and none.
pub(crate) fn percent(thousandths: i64) -> String {
    match thousandths {
        ..=0 => "0 %".to_owned(),
        1..=9 => "<1 %".to_owned(),
        991..=999 => ">99 %".to_owned(),
        _ => format!("{} %", (thousandths + 5) / 10),
    }
}

/// An amount of memory, in thousandths of a MiB, as Kubernetes counts it: `0`, `512 MiB`, `1.5 GiB`, `20 TiB`.
pub(crate) fn mebibytes(thousandths: i64) -> String {
    let (of, name) = binary_unit(thousandths);
    let amount = thousandths / of;
    if amount == 0 {
        return "0".to_owned();
    }
    format!("{} {name}", count(if amount < 100_000 { amount } else { (amount + 500) / 1_000 * 1_000 }))
}

/// The same in few letters, for labels, as scenarios write it: `512Mi`, `1.5Gi`.
pub(crate) fn short_mebibytes(thousandths: i64) -> String {
    let long = mebibytes(thousandths);
    long.split_once(' ')
        .map_or(long.clone(), |(amount, unit)| format!("{amount}{}", unit.trim_end_matches('B')))
}

/// The largest unit of memory of which there is one at least, in MiB, and its name.
pub(crate) fn binary_unit(thousandths: i64) -> (i64, &'static str) {
    match thousandths {
        ..1_024_000 => (1, "MiB"),
        1_024_000..1_048_576_000 => (1 << 10, "GiB"),
        1_048_576_000..1_073_741_824_000 => (1 << 20, "TiB"),
        _ => (1 << 30, "PiB"),
    }
}

/// A length of time: `0.4 s`, `38 s`, `2 min 30 s`, `1 h 5 min`, `2 d 3 h`.
pub(crate) fn duration(milliseconds: i64) -> String {
    let ms = milliseconds.unsigned_abs();
    if ms < 9_950 && !ms.is_multiple_of(1_000) {
        return format!("{} s", one_decimal((ms + 50) / 100));
    }
    let seconds = (ms + 500) / 1_000;
    let two = |big: u64, big_unit: &str, small: u64, small_unit: &str| {
        if small == 0 {
            format!("{big} {big_unit}")
        } else {
            format!("{big} {big_unit} {small} {small_unit}")
        }
    };
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => two(seconds / 60, "min", seconds % 60, "s"),
        3_600..86_400 => two(seconds / 3_600, "h", seconds % 3_600 / 60, "min"),
        _ => {
            let days = seconds / 86_400;
            if days < 100 {
                two(days, "d", seconds % 86_400 / 3_600, "h")
            } else {
                format!("{} d", grouped(days))
            }
        }
    }
}

/// A length of time in few letters, for labels: `0.4 s`, `38 s`, `3 min`, `5 h`, `2 d`.
pub(crate) fn short_duration(milliseconds: i64) -> String {
    let seconds = (milliseconds.unsigned_abs() + 500) / 1_000;
    match seconds {
        0..120 => duration(if seconds < 60 { milliseconds } else { seconds as i64 * 1_000 }),
        120..7_200 => format!("{} min", (seconds + 30) / 60),
        7_200..172_800 => format!("{} h", (seconds + 1_800) / 3_600),
        _ => format!("{} d", grouped((seconds + 43_200) / 86_400)),
    }
}

/// `1 node`, `14 nodes`.
pub(crate) fn of(thousandths: i64, one: &str, many: &str) -> String {
    format!("{} {}", count(thousandths), if thousandths == 1_000 { one } else { many })
}

fn one_decimal(tenths: u64) -> String {
    if tenths.is_multiple_of(10) {
        (tenths / 10).to_string()
    } else {
        format!("{}.{}", tenths / 10, tenths % 10)
    }
}

fn grouped(whole: u64) -> String {
    let digits = whole.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn compact(thousandths: u64) -> String {
    let (unit, letter) = match thousandths {
        ..1_000_000_000 => (1_000_000, "k"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "M"),
        1_000_000_000_000..1_000_000_000_000_000 => (1_000_000_000_000, "G"),
        _ => (1_000_000_000_000_000, "T"),
    };
    format!("{}{letter}", one_decimal((thousandths + unit / 20) / (unit / 10)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_read_well() {
        let cases = [
            (0, "0"),
            (500, "0.5"),
            (14_000, "14"),
            (14_499, "14"),
            (2_310_000, "2,310"),
            (1_234_567_000, "1,234,567"),
            (12_000_000_000, "12M"),
            (1_000_000_000_000_000_000, "1000T"),
            (-3_000, "−3"),
        ];
        for (thousandths, text) in cases {
            assert_eq!(count(thousandths), text);
        }
        assert_eq!(short_count(20_000_000), "20k");
        assert_eq!(short_count(1_500_000_000), "1.5M");
        assert_eq!(short_count(5_000_000), "5,000");
    }

    #[test]
    fn memory_is_counted_in_powers_of_two() {
        let cases = [
            (0, "0"),
            (512_000, "512 MiB"),
            (1_536_000, "1.5 GiB"),
            (48 * 1_024_000 + 300_000, "48 GiB"),
            (20 * 1_048_576_000, "20 TiB"),
            (3 * 1_073_741_824_000, "3 PiB"),
        ];
        for (thousandths, text) in cases {
            assert_eq!(mebibytes(thousandths), text);
        }
        assert_eq!((short_mebibytes(0), short_mebibytes(1_536_000)), ("0".to_owned(), "1.5Gi".to_owned()));
    }

    #[test]
    fn shares_never_round_to_all_or_none() {
        for (thousandths, text) in [(0, "0 %"), (4, "<1 %"), (40, "4 %"), (996, ">99 %"), (1_000, "100 %")] {
            assert_eq!(percent(thousandths), text);
        }
    }

    #[test]
    fn durations_read_well() {
        let cases = [
            (0, "0 s"),
            (400, "0.4 s"),
            (9_960, "10 s"),
            (38_000, "38 s"),
            (150_000, "2 min 30 s"),
            (3_900_000, "1 h 5 min"),
            (183_600_000, "2 d 3 h"),
        ];
        for (milliseconds, text) in cases {
            assert_eq!(duration(milliseconds), text);
        }
    }
}
