// SPDX-License-Identifier: GPL-2.0-only

import Testing

/// All that starts QEMU runs one after the other: the limits under test are short, and each test looks for processes
/// that were left behind. So does what starts other programs through Foundation: waiting for them blocks a thread,
/// which a time limit under test beside it would suffer from.
@Suite(.serialized) enum EmulatorTests {}
