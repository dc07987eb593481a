// SPDX-License-Identifier: GPL-2.0-only

/// A value that puts a defect (back) in, which the tests are to find.
public struct Defect: Sendable, Equatable {
    public let option: String
    public let value: String
    /// What goes wrong with it, as series.yml says.
    public let symptom: String
    /// Why no test can see it; nil if one must.
    public let unseen: String?
    /// Review points of the option: what a test that finds it is tied to.
    public let points: [String]

    /// As `--set` takes it.
    public var setting: Setting { Setting(option, value) }
}

extension Series {
    /// Every value that puts a defect in, in the order of series.yml.
    public var defects: [Defect] {
        options.flatMap { option in
            option.values.compactMap { value in
                value.defect.map {
                    Defect(
                        option: option.name,
                        value: value.name,
                        symptom: $0,
                        unseen: value.unseen,
                        points: option.points
                    )
                }
            }
        }
    }

    /// The variants that are not the patch as posted; the last of series.yml comes first.
    public var fixed: [Variant] { variants.reversed().filter { $0.name != posted } }

    /// The fixed variants whose rules allow this defect, each with nothing but it; at least one.
    ///
    /// Throws `.selection` with what stands in the way in the last one, if none does.
    public func selections(with defect: Defect) throws(SeriesError) -> [Selection] {
        var allowed: [Selection] = []
        var refusal: SeriesError?
        for variant in fixed {
            do {
                let selection = try Selection(variant: variant.name, settings: [defect.setting], of: self)
                if !selection.changed.isEmpty { allowed.append(selection) }
            } catch {
                refusal = error
            }
        }
        guard allowed.isEmpty else { return allowed }
        throw refusal
            ?? SeriesError(
                .selection,
                [Diagnostic(file: manifestPath, message: "no variant is without \(defect.setting)")]
            )
    }
}
