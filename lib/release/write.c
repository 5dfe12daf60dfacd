/* SPDX-License-Identifier: Apache-2.0 */
/* write.c - a record as text: what is read is written as it was. */
#include "release.h"

#include "json.h"

static void put_why(struct rv_jw *w, const struct rv_provenance *why)
{
	rv_jw_str(w, "from", rv_from_name(why->from));
	rv_jw_str(w, "source", why->source);
}

static void put_value(struct rv_jw *w, const struct rv_recorded *r)
{
	rv_jw_hex(w, "value", rv_span(r->value.b, sizeof r->value.b));
	put_why(w, &r->why);
}

static void put_recorded(struct rv_jw *w, const char *key,
			 const struct rv_recorded *r)
{
	if (!r->known)
		return;
	rv_jw_open(w, key, '{');
	put_value(w, r);
	rv_jw_close(w);
}

static void put_chars(struct rv_jw *w, const char *key, const char *s)
{
	if (*s)
		rv_jw_str(w, key, s);
}

static void put_tarball(struct rv_jw *w, const struct rv_release *r)
{
	if (!*r->url && !r->has_tarball)
		return;
	rv_jw_open(w, "tarball", '{');
	put_chars(w, "url", r->url);
	if (r->has_tarball)
		rv_jw_hex(w, "sha256", rv_span(r->tarball.b, 32));
	rv_jw_close(w);
}

static void put_hash(struct rv_jw *w, const struct rv_release *r)
{
	if (!r->has_os_image_hash)
		return;
	rv_jw_open(w, "os_image_hash", '{');
	rv_jw_hex(w, "value", rv_span(r->os_image_hash.b, 32));
	put_why(w, &r->os_image_hash_why);
	rv_jw_close(w);
}

static void put_files(struct rv_jw *w, const struct rv_release *r)
{
	if (!r->files)
		return;
	rv_jw_open(w, "files", '[');
	for (size_t i = 0; i < r->files; i++) {
		rv_jw_open(w, NULL, '{');
		put_chars(w, "name", r->file[i].name);
		rv_jw_hex(w, "sha256", rv_span(r->file[i].sha256.b, 32));
		rv_jw_close(w);
	}
	rv_jw_close(w);
}

static void put_firmware(struct rv_jw *w, const struct rv_release *r)
{
	if (!*r->edk2 && !r->ovmf && !r->td_hob.n && !r->cfv.known)
		return;
	rv_jw_open(w, "firmware", '{');
	put_chars(w, "edk2", r->edk2);
	if (r->ovmf)
		rv_jw_str(w, "ovmf_variant", rv_ovmf_name(r->ovmf));
	if (r->td_hob.n)
		rv_jw_hex(w, "td_hob", rv_buf_span(&r->td_hob));
	put_recorded(w, "cfv", &r->cfv);
	rv_jw_close(w);
}

static void put_mrtd(struct rv_jw *w, const struct rv_release *r)
{
	if (!r->single_pass.known && !r->two_pass.known)
		return;
	rv_jw_open(w, "mrtd", '{');
	put_recorded(w, "single_pass", &r->single_pass);
	put_recorded(w, "two_pass", &r->two_pass);
	rv_jw_close(w);
}

/* Events are of their register: their provenance is not told again. */
static void put_events(struct rv_jw *w, const char *const name[],
		       const struct rv_recorded *const event[], size_t n)
{
	bool some = false;

	for (size_t i = 0; i < n; i++)
		some = some || event[i]->known;
	if (!some)
		return;
	rv_jw_open(w, "events", '{');
	for (size_t i = 0; i < n; i++)
		if (event[i]->known)
			rv_jw_hex(w, name[i], rv_span(event[i]->value.b, 48));
	rv_jw_close(w);
}

static void put_rtmr1(struct rv_jw *w, const struct rv_release *r)
{
	static const char *const name[] = { "kernel" };
	const struct rv_recorded *const event[] = { &r->kernel };

	if (!r->rtmr1.known)
		return;
	rv_jw_open(w, "rtmr1", '{');
	put_value(w, &r->rtmr1);
	rv_jw_open(w, "memory", '[');
	for (size_t i = 0; i < r->ranges; i++) {
		rv_jw_open(w, NULL, '{');
		rv_jw_u64(w, "min", r->memory[i].min);
		if (r->memory[i].max != UINT64_MAX)
			rv_jw_u64(w, "max", r->memory[i].max);
		rv_jw_close(w);
	}
	rv_jw_close(w);
	put_events(w, name, event, RV_LEN(name));
	rv_jw_close(w);
}

static void put_rtmr2(struct rv_jw *w, const struct rv_release *r)
{
	static const char *const name[] = { "cmdline", "initrd" };
	const struct rv_recorded *const event[] = { &r->cmdline, &r->initrd };

	if (!r->rtmr2.known)
		return;
	rv_jw_open(w, "rtmr2", '{');
	put_value(w, &r->rtmr2);
	put_events(w, name, event, RV_LEN(name));
	rv_jw_close(w);
}

static bool put_platforms(struct rv_jw *w, const struct rv_release *r,
			  struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };

	if (!rv_platforms_any(&r->platforms))
		return true;
	if (!rv_platforms_text(&r->platforms, &text, err))
		return false;
	rv_jw_json(w, "platforms", rv_buf_span(&text));
	return true;
}

/* A member of the older text, as it stands there. */
static bool put_older(struct rv_jw *w, const rv_json *older, const char *key,
		      struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf text = { 0 };
	const rv_json *j = older ? rv_json_get(older, key) : NULL;

	if (!j)
		return true;
	if (!rv_json_dump(j, &text, err))
		return false;
	rv_jw_json(w, key, rv_buf_span(&text));
	return true;
}

bool rv_release_write(const struct rv_release *r, struct rv_span older,
		      struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_json_free) rv_json *j = NULL;
	struct rv_jw w = { .to = &g };

	if (older.n && !rv_json_parse(older, "release record", &j, err))
		return false;
	rv_jw_open(&w, NULL, '{');
	rv_jw_str(&w, "schema", rv_release_schema);
	rv_jw_str(&w, "name", r->name);
	rv_jw_str(&w, "version", r->version);
	rv_jw_str(&w, "flavour", r->flavour);
	put_chars(&w, "date", r->date);
	put_tarball(&w, r);
	rv_jw_str(&w, "rootfs", r->iso ? "iso" : "verity");
	put_hash(&w, r);
	if (!put_older(&w, j, "note", err))
		return false;
	put_files(&w, r);
	put_firmware(&w, r);
	put_mrtd(&w, r);
	if (!put_older(&w, j, "rtmr0", err))
		return false;
	put_rtmr1(&w, r);
	put_rtmr2(&w, r);
	if (!put_platforms(&w, r, err))
		return false;
	rv_jw_close(&w);
	return rv_grow_take(&g, out, err);
}
