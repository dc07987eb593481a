/* SPDX-License-Identifier: GPL-2.0-only */

/* kpatch: after variable sev_reclaim_asid_bitmap */
/* By the ASID: VMs that share one have one account of what they pin. */
static atomic_long_t *sev_pages_locked;
/* kpatch: end */

static struct page **sev_pin_memory(struct kvm *kvm, unsigned long uaddr,
				    unsigned long ulen, unsigned long *n,
				    int write)
{
	/* kpatch: replace locked = sev->pages_locked + npages; */
	locked = atomic_long_add_return(npages, &sev_pages_locked[sev->asid]);
	/* kpatch: end */
	if (locked > lock_limit && !capable(CAP_IPC_LOCK)) {
		/* kpatch: replace return ERR_PTR(-ENOMEM); */
		ret = -ENOMEM;
		goto e_uncount;
		/* kpatch: end */
	}

	/* kpatch: replace if (!pages) return ERR_PTR(-ENOMEM); */
	if (!pages) {
		ret = -ENOMEM;
		goto e_uncount;
	}
	/* kpatch: end */

	/* kpatch: replace sev->pages_locked = locked; */
	/* kpatch: end */

	/* kpatch: after kvfree(pages); */
e_uncount:
	atomic_long_sub(npages, &sev_pages_locked[sev->asid]);
	/* kpatch: end */
}

static void sev_unpin_memory(struct kvm *kvm, struct page **pages,
			     unsigned long npages)
{
	/* kpatch: replace sev->pages_locked -= npages; */
	atomic_long_sub(npages, &sev_pages_locked[sev->asid]);
	/* kpatch: end */
}

KPATCH_setup_type __init sev_hardware_setup(void)
{
	/* kpatch: before sev_asid_bitmap = bitmap_zalloc */
	/* ASIDs count from 1. */
	sev_pages_locked = kcalloc(max_sev_asid + 1, sizeof(*sev_pages_locked),
				   GFP_KERNEL);
	if (!sev_pages_locked)
		KPATCH_leave_setup;

	/* kpatch: end */
}

void sev_hardware_teardown(void)
{
	/* kpatch: before bitmap_free(sev_asid_bitmap); */
	kfree(sev_pages_locked);
	/* kpatch: end */
}
