/* SPDX-License-Identifier: Apache-2.0 */
/* names.c - the names that options take. */
#include "names.h"
#include "base.h"
#include "records.h"

#include <refval.h>

static const char *pick(const char *const *name, size_t n, size_t i)
{
	return i < n ? name[i] : NULL;
}

const char *rv_name_release(size_t i)
{
	/* For as long as the program runs: they are names of what it has. */
	static struct rv_releases all;
	static bool tried;
	struct rv_err ignored = { 0 };

	if (!tried && !rv_records_load(NULL, &all, &ignored))
		all.n = 0;
	tried = true;
	return i < all.n ? all.item[i].name : NULL;
}

const char *rv_name_hash(size_t i)
{
	static const char *const name[] = {
		"sha256",   "sha384",	 "sha512",    "sha3-256",  "sha3-384",
		"sha3-512", "keccak256", "keccak384", "keccak512", "raw",
	};

	return pick(name, RV_LEN(name), i);
}

const char *rv_name_status(size_t i)
{
	/* The first is none, the last is never accepted. */
	size_t n = i + 1 + (i + 1 >= RV_TCB_REVOKED);

	return n < RV_TCB_STATUSES ? rv_tcb_status_name((enum rv_tcb_status)n)
				   : NULL;
}

const char *rv_name_platform(size_t i)
{
	return i < RV_PCK_PROPERTIES
		   ? rv_pck_property_name((enum rv_pck_property)i)
		   : NULL;
}

const char *rv_name_check(size_t i)
{
	static const char *const name[] = {
		"quote_signature", "tcb_status",    "td_attributes",
		"machine_shape",   "mrtd",	    "rtmr0",
		"rtmr1",	   "rtmr2",	    "rtmr3_log",
		"event_contents",  "os_image_hash", "compose_hash",
		"mr_config_id",	   "app_id",	    "instance_id",
		"key_provider",	   "report_data",   "tdx_module",
		"init_scripts",	   "pcr14_log",	    "pcr8_config",
	};

	return pick(name, RV_LEN(name), i);
}

const char *rv_name_gpu(size_t i)
{
	size_t n;
	const struct rv_gpu_model *all = rv_gpu_models(&n);

	return i < n ? all[i].name : NULL;
}

const char *rv_name_host_share(size_t i)
{
	static const char *const name[] = { "9p", "vvfat", "vhd" };

	return pick(name, RV_LEN(name), i);
}

const char *rv_name_ovmf(size_t i)
{
	static const char *const name[] = { "pre202505", "stable202505" };

	return pick(name, RV_LEN(name), i);
}

const char *rv_name_collateral(size_t i)
{
	static const char *const name[] = { "intel", "phala", "amd", "google" };

	return pick(name, RV_LEN(name), i);
}

const char *rv_name_nvidia(size_t i)
{
	return i == 0 ? "nvidia" : NULL;
}
