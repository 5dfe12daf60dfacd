/* SPDX-License-Identifier: Apache-2.0 */
/* gpu_opts.c - reference manifests of GPUs from files and folders, and what
 * several commands ask of GPUs. */
#include "gpu_opts.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ROOT_MAX = 64 << 10 };

void rv_gpu_files_free(struct rv_gpu_files *f)
{
	for (size_t i = 0; i < f->n; i++) {
		free((void *)(uintptr_t)f->item[i].name);
		free((void *)(uintptr_t)f->item[i].file.p);
	}
	free(f->item);
	*f = (struct rv_gpu_files){ 0 };
}

static int ends_in(const struct dirent *e, const char *const *end, size_t ends)
{
	size_t n = strlen(e->d_name);

	for (size_t i = 0; i < ends; i++) {
		size_t k = strlen(end[i]);

		if (e->d_name[0] != '.' && n > k &&
		    strcmp(e->d_name + n - k, end[i]) == 0)
			return 1;
	}
	return 0;
}

static int is_manifest(const struct dirent *e)
{
	static const char *const end[] = { ".xml", ".swidtag", ".json" };

	return ends_in(e, end, RV_LEN(end));
}

static int is_answer(const struct dirent *e)
{
	static const char *const end[] = { ".ocsp", ".crl", ".der" };

	return ends_in(e, end, RV_LEN(end));
}

static bool add_file(struct rv_gpu_files *f, const char *path, bool meant,
		     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	RV_AUTO(rv_free) char *name = NULL;
	const char *slash = strrchr(path, '/');
	struct rv_gpu_file *more;

	if (f->n == RV_GPU_RIMS_MAX)
		return rv_fail(err, RV_INPUT, "%s: more than %d manifests",
			       path, RV_GPU_RIMS_MAX);
	if (!rv_buf_read(path, 2 * RV_GPU_RIM_MAX, &file, err) ||
	    !rv_text_copy(rv_text(slash ? slash + 1 : path), "name", &name,
			  err))
		return false;
	more = realloc(f->item, (f->n + 1) * sizeof *more);
	if (!more)
		return rv_no_memory(err, path);
	f->item = more;
	more[f->n].name = RV_TAKE(name);
	more[f->n].file = rv_buf_span(&file);
	more[f->n++].meant = meant;
	file = (struct rv_buf){ 0 };
	return true;
}

/* Plain files only: a link or a pipe of somebody's folder is passed over. */
static bool add_entry(struct rv_gpu_files *f, const char *folder,
		      const char *name, struct rv_err *err)
{
	RV_AUTO(rv_grow_free) struct rv_grow g = { 0 };
	RV_AUTO(rv_buf_free) struct rv_buf path = { 0 };
	struct stat st;

	rv_grow_printf(&g, "%s/%s", folder, name);
	if (!rv_grow_take(&g, &path, err))
		return false;
	if (lstat((char *)path.p, &st) != 0 || !S_ISREG(st.st_mode))
		return true;
	return add_file(f, (char *)path.p, false, err);
}

static bool add_folder(struct rv_gpu_files *f, const char *folder,
		       int (*wanted)(const struct dirent *), struct rv_err *err)
{
	struct dirent **list = NULL;
	int n = scandir(folder, &list, wanted, alphasort);
	bool ok = true;

	if (n < 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", folder,
			       strerror(errno));
	for (int i = 0; i < n; i++) {
		ok = ok && add_entry(f, folder, list[i]->d_name, err);
		free(list[i]);
	}
	free(list);
	return ok;
}

static bool read_all(const struct rv_list *paths,
		     int (*wanted)(const struct dirent *),
		     struct rv_gpu_files *out, struct rv_err *err)
{
	RV_AUTO(rv_gpu_files_free) struct rv_gpu_files f = { 0 };

	for (size_t i = 0; i < paths->n; i++) {
		const char *path = paths->item[i];
		struct stat st;
		bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

		if (folder ? !add_folder(&f, path, wanted, err)
			   : !add_file(&f, path, true, err))
			return false;
	}
	*out = RV_TAKE(f);
	return true;
}

bool rv_gpu_files_read(const struct rv_list *paths, struct rv_gpu_files *out,
		       struct rv_err *err)
{
	return read_all(paths, is_manifest, out, err);
}

bool rv_gpu_answers_read(const struct rv_list *paths, struct rv_gpu_files *out,
			 struct rv_err *err)
{
	return read_all(paths, is_answer, out, err);
}

bool rv_gpu_root_load(const char *path, struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };

	return rv_buf_read(path, ROOT_MAX, &file, err) &&
	       rv_bind_certificate_der(rv_buf_span(&file), out, err);
}

bool rv_gpu_driver_arg(const char *name, const char *text, struct rv_err *err)
{
	if (text && (!*text || strspn(text, "0123456789.") != strlen(text)))
		return rv_fail(err, RV_USAGE,
			       "--%s %s: no version such as 570.172.08", name,
			       text);
	return true;
}

bool rv_gpu_opts_read(const struct rv_gpu_asked *a, struct rv_gpu_files *rims,
		      struct rv_gpu_files *answers, struct rv_verify_input *in,
		      struct rv_err *err)
{
	const char *idle = a->driver	   ? "gpu-driver"
			   : a->rims->n	   ? "gpu-rim"
			   : a->answers->n ? "gpu-ocsp"
					   : NULL;
	uint64_t n = 0;

	if (a->count &&
	    (!rv_decimal(rv_text(a->count), RV_GPU_LIST_MAX, &n) || n == 0))
		return rv_fail(err, RV_USAGE, "--require-gpu %s: not 1 to %d",
			       a->count, RV_GPU_LIST_MAX);
	if (!rv_gpu_driver_arg("gpu-driver", a->driver, err) ||
	    !rv_gpu_files_read(a->rims, rims, err) ||
	    !rv_gpu_answers_read(a->answers, answers, err))
		return false;
	/* What would have nothing to be checked on is no silent yes. */
	if (idle && !n && !in->evidence->gpu.there)
		return rv_fail(err, RV_USAGE,
			       "--%s: the evidence has no GPU in it", idle);
	in->gpus = (unsigned)n;
	in->gpu_driver = a->driver;
	in->gpu_rim = rims->item;
	in->gpu_rims = rims->n;
	in->gpu_answer = answers->item;
	in->gpu_answers = answers->n;
	return true;
}
