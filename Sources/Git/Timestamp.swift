// SPDX-License-Identifier: GPL-2.0-only

import Glibc

/// A moment with the time zone of whoever recorded it.
public struct Timestamp: Sendable, Hashable {
    /// Seconds since 1970-01-01 00:00 UTC.
    public var seconds: Int64
    /// Minutes east of UTC.
    public var offsetMinutes: Int

    /// A moment in a time zone.
    public init(seconds: Int64, offsetMinutes: Int = 0) {
        self.seconds = seconds
        self.offsetMinutes = offsetMinutes
    }

    /// The present moment in the local time zone.
    public static var now: Timestamp {
        var moment = time(nil)
        var local = tm()
        localtime_r(&moment, &local)
        return Timestamp(seconds: Int64(moment), offsetMinutes: local.tm_gmtoff / 60)
    }

    /// What `GIT_AUTHOR_DATE` may hold in git's internal format, with or without the `@`: `1112911993 +0200`.
    /// Other formats, and what is none, are nil: git itself has to be asked.
    init?(gitText: some StringProtocol) {
        let parts = gitText.split(separator: " ")
        guard parts.count == 2, let first = parts.first, let zone = parts.last,
            let seconds = Int64(first.hasPrefix("@") ? first.dropFirst() : first), seconds >= 0,
            // Git takes fewer digits for a date like 20050407.
            first.hasPrefix("@") || seconds >= 100_000_000,
            zone.utf8.count == 5, "+-".contains(zone.prefix(1)), let number = Int(zone),
            abs(number) <= 1400, abs(number) % 100 < 60
        else { return nil }
        self.init(seconds: seconds, offsetMinutes: number / 100 * 60 + number % 100)
    }

    /// As the `Date:` header of a mail has it (RFC 5322), in git's spelling: `Thu, 7 Apr 2005 22:13:13 +0200`.
    var mailText: String {
        let local = seconds + Int64(offsetMinutes) * 60
        let days = floorDivide(local, 86400)
        let (year, month, day) = civilDate(days)
        let clock = local - days * 86400
        let weekday = Int((days % 7 + 11) % 7)
        let weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let time = [clock / 3600, clock / 60 % 60, clock % 60].map(twoDigits).joined(separator: ":")
        return "\(weekdays[weekday]), \(day) \(months[month - 1]) \(year) \(time) \(zoneText)"
    }

    /// `+0200`.
    var zoneText: String {
        let minutes = Int64(abs(offsetMinutes))
        return (offsetMinutes < 0 ? "-" : "+") + twoDigits(minutes / 60) + twoDigits(minutes % 60)
    }

    /// The Gregorian date of a day counted from 1970-01-01: years that begin in March, in cycles of 400.
    private func civilDate(_ days: Int64) -> (year: Int64, month: Int, day: Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return (year, Int(month), dayOfYear - (153 * marchMonth + 2) / 5 + 1)
    }

    private func floorDivide(_ value: Int64, _ divisor: Int64) -> Int64 {
        value >= 0 ? value / divisor : -((-value + divisor - 1) / divisor)
    }

    private func twoDigits(_ value: Int64) -> String {
        value < 10 ? "0\(value)" : "\(value)"
    }
}
