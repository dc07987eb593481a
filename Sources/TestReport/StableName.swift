// SPDX-License-Identifier: GPL-2.0-only

extension String {
    /// The name with `ADDR` for each address: kvm-unit-tests has some in its names that are others on every run, and a
    /// history of results needs a key.
    ///
    /// An address is `0x` and at least five hexadecimal digits, or a word of eight or sixteen of them with both letters
    /// and digits in it.
    var withoutAddresses: String {
        var result = ""
        var word = ""
        for character in self {
            if character.isASCII, character.isLetter || character.isNumber {
                word.append(character)
            } else {
                result += Self.isAddress(word) ? "ADDR" : word
                result.append(character)
                word = ""
            }
        }
        return result + (Self.isAddress(word) ? "ADDR" : word)
    }

    private static func isAddress(_ word: String) -> Bool {
        if let digits = word[...].dropping(prefix: "0x") {
            return digits.count >= 5 && digits.allSatisfy(\.isHexDigit)
        }
        return (word.count == 8 || word.count == 16) && word.allSatisfy(\.isHexDigit)
            && word.contains(where: \.isNumber) && word.contains(where: \.isLetter)
    }
}
