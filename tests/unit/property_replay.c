/* SPDX-License-Identifier: Apache-2.0 */
/*
 * property_replay.c - random logs: the registers are those of a replay written
 * here again, and no byte of what was measured can change without them.
 */
#include "random.h"

#include "base.h"
#include "digest.h"
#include "evidence/parts.h"

#include <refval.h>

enum { EVENTS = 8, TEXT = 12 };

static struct rv_err err;

static const uint32_t types[] = {
	RV_EV_SEPARATOR,
	RV_EV_ACTION,
	RV_EV_PLATFORM_CONFIG_FLAGS,
	RV_EV_EFI_VARIABLE_DRIVER_CONFIG,
	RV_EV_EFI_VARIABLE_BOOT,
	RV_EV_TAG,
	RV_EV_EFI_HANDOFF_TABLES2,
	RV_EV_EFI_BOOT_SERVICES_APPLICATION,
};

static size_t width(enum rv_bank bank)
{
	return bank == RV_BANK_TPM_SHA256 ? 32 : 48;
}

static void random_event(struct rv_log *log)
{
	bool runtime = log->bank == RV_BANK_TDX && rnd_once(3);
	uint8_t digest[48], payload[TEXT], name[TEXT];
	struct ev_in in = { .version = runtime ? 1 + rnd(2) : 1 };

	rnd_fill(digest, sizeof digest);
	rnd_fill(payload, sizeof payload);
	for (size_t i = 0; i < sizeof name; i++)
		name[i] = (uint8_t)('a' + rnd(26));
	in.imr = runtime ? 3 : rnd(rv_bank_registers(log->bank));
	in.type = runtime ? RV_EV_DSTACK_RUNTIME : types[rnd(RV_LEN(types))];
	in.name = rv_span(name, runtime ? 1 + rnd(TEXT) : 0);
	in.payload = rv_span(payload, runtime ? rnd(TEXT + 1) : 0);
	in.digest = rv_span(digest, runtime ? 0 : width(log->bank));
	if (!rv_ev_push(log, &in, &err))
		fail_msg("%s", err.msg);
}

static void random_log(struct rv_log *log)
{
	size_t n = 1 + rnd(EVENTS);

	*log = (struct rv_log){ .bank = (enum rv_bank)rnd(RV_BANKS) };
	if (log->bank != RV_BANK_TDX)
		log->locality = (uint8_t)rnd(5);
	while (log->n < n)
		random_event(log);
}

static struct rv_mrs registers(const struct rv_log *log)
{
	RV_AUTO(rv_replay_free) struct rv_replay r = { 0 };

	if (!rv_replay_run(log, &r, &err))
		fail_msg("%s", err.msg);
	return r.reg;
}

/* Which registers differ, a bit each. */
static unsigned differ(const struct rv_mrs *a, const struct rv_mrs *b)
{
	unsigned out = 0;

	assert_int_equal(a->n, b->n);
	for (size_t i = 0; i < a->n; i++)
		if (memcmp(a->item[i].b, b->item[i].b, a->item[i].n) != 0)
			out |= 1u << i;
	return out;
}

/* ---- the replay, again ---- */

static void hash(enum rv_bank bank, struct rv_span s, uint8_t *out)
{
	struct rv_sha256 d256;
	struct rv_sha384 d384;

	if (bank == RV_BANK_TPM_SHA256) {
		assert_true(rv_sha256(s, &d256, &err));
		memcpy(out, d256.b, 32);
	} else {
		assert_true(rv_sha384(s, &d384, &err));
		memcpy(out, d384.b, 48);
	}
}

/* DSTACK.md 3.3: type, colon, name, colon, payload; or JSON of the three. */
static void runtime_digest(const struct rv_event *e, uint8_t *out)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };

	if (e->version == 2) {
		rv_grow_printf(&g, "{\"name\":\"%s\",\"payload\":\"", e->name);
		for (size_t i = 0; i < e->payload.n; i++)
			rv_grow_printf(&g, "%02x", e->payload.p[i]);
		rv_grow_printf(&g, "\",\"type\":%u}", e->type);
	} else {
		rv_grow_le(&g, e->type, 4);
		rv_grow_printf(&g, ":%s:", e->name);
		rv_grow_add(&g, e->payload.p, e->payload.n);
	}
	hash(RV_BANK_TDX, rv_buf_span(&g.buf), out);
}

static void oracle(const struct rv_log *log, unsigned imr, uint8_t out[48])
{
	size_t n = width(log->bank);

	memset(out,
	       log->bank != RV_BANK_TDX && imr >= 17 && imr <= 22 ? 0xff : 0,
	       48);
	if (log->bank != RV_BANK_TDX && imr == 0)
		out[n - 1] = log->locality;
	for (size_t i = 0; i < log->n; i++) {
		const struct rv_event *e = &log->event[i];
		uint8_t both[96];

		if (e->imr != imr)
			continue;
		memcpy(both, out, n);
		memcpy(both + n, e->digest.b, n);
		if (e->type == RV_EV_DSTACK_RUNTIME && log->bank == RV_BANK_TDX)
			runtime_digest(e, both + n);
		hash(log->bank, rv_span(both, 2 * n), out);
	}
}

static void as_written_again(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 200)) {
		RV_AUTO(rv_log_free) struct rv_log log;
		struct rv_mrs got;
		uint8_t want[48];

		random_log(&log);
		got = registers(&log);
		for (unsigned i = 0; i < got.n; i++) {
			oracle(&log, i, want);
			assert_int_equal(got.item[i].n, width(log.bank));
			assert_memory_equal(got.item[i].b, want,
					    width(log.bank));
		}
	}
}

/* ---- nothing that was measured can change unnoticed ---- */

static void only_register(const struct rv_log *log, const struct rv_mrs *was,
			  unsigned imr)
{
	const struct rv_mrs now = registers(log);

	assert_int_equal(differ(was, &now), 1u << imr);
}

static void flip(uint8_t *p, const struct rv_log *log, const struct rv_mrs *was,
		 unsigned imr)
{
	uint8_t mask = (uint8_t)(1u << rnd(8));

	*p ^= mask;
	only_register(log, was, imr);
	*p ^= mask;
}

static void every_byte_counts(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 100)) {
		RV_AUTO(rv_log_free) struct rv_log log;
		struct rv_mrs was;

		random_log(&log);
		was = registers(&log);
		for (size_t i = 0; i < log.n; i++) {
			struct rv_event *e = &log.event[i];

			for (size_t k = 0; e->has_digest && k < width(log.bank);
			     k++)
				flip(&e->digest.b[k], &log, &was, e->imr);
			if (e->has_digest)
				continue;
			for (size_t k = 0; k < e->payload.n; k++)
				flip(&e->payload.p[k], &log, &was, e->imr);
			for (size_t k = 0; k < strlen(e->name); k++) {
				char c = e->name[k];

				e->name[k] = (char)(c == 'z' ? 'a' : c + 1);
				only_register(&log, &was, e->imr);
				e->name[k] = c;
			}
			e->version = 3 - e->version;
			only_register(&log, &was, e->imr);
			e->version = 3 - e->version;
		}
	}
}

/* An event left out, told twice, or in another place. */
static void every_event_counts(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 200)) {
		RV_AUTO(rv_log_free) struct rv_log log;
		struct rv_mrs was, now;
		struct rv_event tmp;
		size_t i, k;

		random_log(&log);
		was = registers(&log);
		i = rnd(log.n);
		k = rnd(log.n);
		/* Exchanged: seen if they are of one register. */
		tmp = log.event[i];
		log.event[i] = log.event[k];
		log.event[k] = tmp;
		now = registers(&log);
		if (i == k)
			assert_int_equal(differ(&was, &now), 0);
		else if (log.event[i].imr == log.event[k].imr)
			assert_int_equal(differ(&was, &now),
					 1u << log.event[i].imr);
		tmp = log.event[i];
		log.event[i] = log.event[k];
		log.event[k] = tmp;
		/* Left out. */
		tmp = log.event[log.n - 1];
		log.n--;
		only_register(&log, &was, tmp.imr);
		log.n++;
	}
}

/* A digest beside contents that do not give it is seen, and where. */
static void contents_and_digest(void **state)
{
	unsigned long long round = 0;

	(void)state;
	while (rnd_round(&round, 200)) {
		RV_AUTO(rv_replay_free) struct rv_replay r = { 0 };
		RV_AUTO(rv_log_free) struct rv_log log;
		size_t i, bad = SIZE_MAX;

		random_log(&log);
		for (i = 0; i < log.n && log.bank == RV_BANK_TDX; i++) {
			struct rv_event *e = &log.event[i];

			if (e->type != RV_EV_DSTACK_RUNTIME)
				continue;
			runtime_digest(e, e->digest.b);
			e->has_digest = true;
			if (rnd_once(2))
				continue;
			e->digest.b[rnd(48)] ^= (uint8_t)(1u << rnd(8));
			if (bad == SIZE_MAX)
				bad = i;
		}
		assert_true(rv_replay_run(&log, &r, &err));
		assert_int_equal(r.contradicted, bad != SIZE_MAX);
		if (r.contradicted)
			assert_int_equal(r.first_contradiction, bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		property(as_written_again),
		property(every_byte_counts),
		property(every_event_counts),
		property(contents_and_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
