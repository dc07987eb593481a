/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KPATCH_CLIBGIT2_SHIM_H
#define KPATCH_CLIBGIT2_SHIM_H

#include <git2.h>
#include <git2/sys/commit.h>
#include <git2/sys/mempack.h>
#include <git2/sys/odb_backend.h>

/*
 * git_libgit2_opts() is variadic and so out of Swift's reach: one function
 * for each option that is set.
 */

/* The library's own check ignores safe.directory=*; Git/Ownership.swift has one that does not. */
static inline int kpatch_git_disable_owner_validation(void)
{
	return git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
}

/*
 * Reading hashes every object again otherwise, with a SHA-1 that looks for
 * collisions: a third of the time of reading. git itself doesn't either.
 */
static inline int kpatch_git_disable_hash_verification(void)
{
	return git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
}

/*
 * Folders of more than 4 KiB are otherwise read and inflated again for each
 * path in them; the kernel's include/linux has 60.
 */
static inline int kpatch_git_keep_large_trees(void)
{
	return git_libgit2_opts(GIT_OPT_SET_CACHE_OBJECT_LIMIT, GIT_OBJECT_TREE, (size_t)1 << 20);
}

static inline int kpatch_git_accept_extensions(const char **names, size_t count)
{
	return git_libgit2_opts(GIT_OPT_SET_EXTENSIONS, names, count);
}

static inline int kpatch_git_set_search_path(git_config_level_t level, const char *path)
{
	return git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, path);
}

#endif
