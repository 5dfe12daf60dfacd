/* SPDX-License-Identifier: Apache-2.0 */
/*
 * schema.c - the keys that the Compose Specification knows, level by
 * level (compose-go, schema/compose-spec.json of v2.16.2). A key it does not
 * know makes compose refuse the file; it may also be one that a later compose
 * does know, and that names another image.
 */
#include "audit.h"

/*
 * What runs a container has in common: services, jobs and what runs before a
 * service; and what the first two have.
 */
#define CONTAINER                                                              \
	"annotations blkio_config:blkio cap_add cap_drop cgroup cgroup_parent" \
	" command configs:mount cpu_count cpu_percent cpu_shares cpu_quota"    \
	" cpu_period cpu_rt_period cpu_rt_runtime cpus cpuset"                 \
	" credential_spec:credential device_cgroup_rules devices:device dns"   \
	" dns_opt dns_search domainname entrypoint env_file:env_file"          \
	" label_file environment extra_hosts gpus:gpu group_add hostname"      \
	" image init ipc isolation labels logging:logging mac_address"         \
	" mem_limit mem_reservation mem_swappiness memswap_limit"              \
	" network_mode models:*use networks:*attach oom_kill_disable"          \
	" oom_score_adj pid pids_limit platform privileged pull_policy"        \
	" pull_refresh_after read_only runtime security_opt shm_size"          \
	" secrets:mount sysctls stop_grace_period stop_signal storage_opt"     \
	" tmpfs ulimits:*ulimit umask use_api_socket user uts userns_mode"     \
	" volumes:bind volumes_from working_dir"

#define WORKLOAD                                                               \
	" build:build depends_on:*depends expose healthcheck:healthcheck"      \
	" ports:port stdin_open tty"

/*
 * "key" or "key:level"; "key:*level" is a map of names, each of that level.
 * Values that are no maps are not looked into; lists are, element by element.
 * "x-..." is known everywhere but where noext says so.
 */
static const struct level {
	const char *name;
	bool noext;
	const char *keys;
} levels[] = {
	{ "top level", false,
	  "version name include:include services:*service models:*model"
	  " networks:*network volumes:*volume secrets:*secret"
	  " configs:*config jobs:*job" },
	{ "service", false,
	  CONTAINER WORKLOAD
	  " develop:develop deploy:deploy attach container_name"
	  " extends:extends provider:provider external_links links"
	  " pre_start:pre_start post_start:hook pre_stop:hook profiles"
	  " restart scale" },
	{ "job", false, CONTAINER WORKLOAD " profiles triggers:triggers" },
	{ "triggers", false, "manual schedule:schedule" },
	{ "schedule", false, "cron timezone concurrency missed_fires" },
	{ "build", false,
	  "context dockerfile dockerfile_inline entitlements args ssh labels"
	  " cache_from cache_to no_cache no_cache_filter"
	  " additional_contexts network provenance sbom pull target shm_size"
	  " extra_hosts isolation privileged secrets:mount tags"
	  " ulimits:*ulimit platforms" },
	{ "blkio", true,
	  "device_read_bps:rate device_read_iops:rate device_write_bps:rate"
	  " device_write_iops:rate weight weight_device:weight" },
	{ "rate", true, "path rate" },
	{ "weight", true, "path weight" },
	{ "credential", false, "config file registry" },
	{ "depends", false, "restart required condition" },
	{ "device", false, "source target permissions" },
	{ "env_file", true, "path format required" },
	{ "extends", true, "service file" },
	{ "provider", false, "type options" },
	{ "gpu", false, "capabilities count device_ids driver options" },
	{ "healthcheck", false,
	  "disable interval retries test timeout start_period"
	  " start_interval" },
	{ "logging", false, "driver options" },
	{ "use", false, "endpoint_var model_var" },
	{ "attach", false,
	  "aliases interface_name ipv4_address ipv6_address link_local_ips"
	  " mac_address driver_opts priority gw_priority"
	  " use_service_name_alias" },
	{ "port", false,
	  "name mode host_ip target published protocol app_protocol" },
	{ "hook", false, "command user privileged working_dir environment" },
	{ "pre_start", false, CONTAINER " per_replica" },
	{ "mount", false, "source target uid gid mode" },
	{ "ulimit", false, "hard soft" },
	{ "bind", false,
	  "type source target read_only consistency bind:bindopt"
	  " volume:volopt tmpfs:tmpopt image:imgopt" },
	{ "bindopt", false, "propagation create_host_path recursive selinux" },
	{ "volopt", false, "labels nocopy subpath" },
	{ "tmpopt", false, "size mode" },
	{ "imgopt", false, "subpath" },
	{ "develop", false, "watch:watch" },
	{ "watch", false,
	  "ignore include path action target exec:hook initial_sync" },
	{ "deploy", false,
	  "mode endpoint_mode replicas labels rollback_config:rollout"
	  " update_config:rollout resources:resources restart_policy:restart"
	  " placement:placement" },
	{ "rollout", false,
	  "parallelism delay failure_action monitor max_failure_ratio"
	  " order" },
	{ "resources", false, "limits:limits reservations:reserved" },
	{ "limits", false, "cpus memory pids" },
	{ "reserved", false, "cpus memory generic_resources devices:gpu" },
	{ "restart", false, "condition delay max_attempts window" },
	{ "placement", false, "constraints preferences max_replicas_per_node" },
	{ "include", true, "path env_file project_directory" },
	{ "network", false,
	  "name driver driver_opts ipam:ipam external internal enable_ipv4"
	  " enable_ipv6 attachable labels" },
	{ "ipam", false, "driver config:subnet options" },
	{ "subnet", false, "subnet ip_range gateway aux_addresses" },
	{ "volume", false, "name driver driver_opts external labels" },
	{ "secret", false,
	  "name environment file external labels driver driver_opts"
	  " template_driver" },
	{ "config", false,
	  "name content environment file external labels template_driver" },
	{ "model", false, "name model context_size runtime_flags" },
};

static const struct level *level_named(struct rv_span name)
{
	for (size_t i = 0; i < RV_LEN(levels); i++)
		if (rv_same_text(name, levels[i].name))
			return &levels[i];
	return NULL;
}

/* The word for @key in @keys; *child: what stands behind its colon. */
static bool knows(const char *keys, struct rv_span key, struct rv_span *child)
{
	struct rv_span rest = rv_text(keys);

	while (rest.n) {
		const uint8_t *blank = memchr(rest.p, ' ', rest.n);
		size_t n = blank ? (size_t)(blank - rest.p) : rest.n;
		const uint8_t *colon = memchr(rest.p, ':', n);
		size_t k = colon ? (size_t)(colon - rest.p) : n;

		if (rv_same(rv_span(rest.p, k), key)) {
			*child = colon ? rv_span(colon + 1, n - k - 1)
				       : rv_span(NULL, 0);
			return true;
		}
		n += n < rest.n;
		rest = rv_span(rest.p + n, rest.n - n);
	}
	return false;
}

static const struct yn_member *check(const struct yn *v, const struct level *l,
				     const char **where);

/* A map of names, or a list of what else may stand there. */
static const struct yn_member *
check_child(const struct yn *v, struct rv_span child, const char **where)
{
	bool names = child.n && child.p[0] == '*';
	const struct level *l;

	if (!child.p)
		return NULL;
	l = level_named(names ? rv_span(child.p + 1, child.n - 1) : child);
	if (!names || v->type != YN_MAP)
		return check(v, l, where);
	for (size_t i = 0; i < v->n; i++) {
		const struct yn_member *bad = check(v->m[i].value, l, where);

		if (bad)
			return bad;
	}
	return NULL;
}

static const struct yn_member *check(const struct yn *v, const struct level *l,
				     const char **where)
{
	for (size_t i = 0; i < v->n; i++) {
		const struct yn_member *m = &v->m[i], *bad;
		struct rv_span child = { 0 };

		if (v->type == YN_LIST) {
			bad = m->value->type == YN_LIST
				  ? NULL
				  : check(m->value, l, where);
			if (bad)
				return bad;
			continue;
		}
		if (!l->noext && rv_audit_starts(m->key, "x-"))
			continue;
		if (!knows(l->keys, m->key, &child)) {
			*where = l->name;
			return m;
		}
		bad = check_child(m->value, child, where);
		if (bad)
			return bad;
	}
	return NULL;
}

const struct yn_member *rv_audit_unknown_key(const struct yn *root,
					     const char **level)
{
	return check(root, &levels[0], level);
}
