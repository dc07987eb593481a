// SPDX-License-Identifier: GPL-2.0-only

static void test_moving(void)
{
	/* kpatch: remove expect_error(__share(source, moved), EIO, "dead VM"); */
	/* kpatch: end */
}
