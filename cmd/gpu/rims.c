/* SPDX-License-Identifier: Apache-2.0 */
/* rims.c - reference manifests from files and folders. */
#include "gpu/rims.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum { ROOT_MAX = 64 << 10 };

static int is_manifest(const struct dirent *e)
{
	static const char *const end[] = { ".xml", ".swidtag", ".json" };
	size_t n = strlen(e->d_name);

	for (size_t i = 0; i < RV_LEN(end); i++) {
		size_t k = strlen(end[i]);

		if (e->d_name[0] != '.' && n > k &&
		    strcmp(e->d_name + n - k, end[i]) == 0)
			return 1;
	}
	return 0;
}

static bool add_file(struct rv_gpu_rims *rims, const char *path, bool meant,
		     struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };
	const char *slash = strrchr(path, '/');

	return rv_buf_read(path, 2 * RV_GPU_RIM_MAX, &file, err) &&
	       rv_gpu_rims_add(rims, slash ? slash + 1 : path,
			       rv_buf_span(&file), meant, err);
}

/* Plain files only: a link or a pipe of somebody's folder is passed over. */
static bool add_entry(struct rv_gpu_rims *rims, const char *folder,
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
	return add_file(rims, (char *)path.p, false, err);
}

static bool add_folder(struct rv_gpu_rims *rims, const char *folder,
		       struct rv_err *err)
{
	struct dirent **list = NULL;
	int n = scandir(folder, &list, is_manifest, alphasort);
	bool ok = true;

	if (n < 0)
		return rv_fail(err, rv_errno_code(errno), "%s: %s", folder,
			       strerror(errno));
	for (int i = 0; i < n; i++) {
		ok = ok && add_entry(rims, folder, list[i]->d_name, err);
		free(list[i]);
	}
	free(list);
	return ok;
}

bool rv_gpu_rims_load(const struct rv_list *paths, struct rv_span root,
		      struct rv_gpu_rims **out, struct rv_err *err)
{
	RV_AUTO(rv_gpu_rims_free) struct rv_gpu_rims *rims = NULL;

	if (!rv_gpu_rims_new(root, &rims, err))
		return false;
	for (size_t i = 0; i < paths->n; i++) {
		const char *path = paths->item[i];
		struct stat st;
		bool folder = stat(path, &st) == 0 && S_ISDIR(st.st_mode);

		if (folder ? !add_folder(rims, path, err)
			   : !add_file(rims, path, true, err))
			return false;
	}
	*out = RV_TAKE(rims);
	return true;
}

bool rv_gpu_root_load(const char *path, struct rv_buf *out, struct rv_err *err)
{
	RV_AUTO(rv_buf_free) struct rv_buf file = { 0 };

	return rv_buf_read(path, ROOT_MAX, &file, err) &&
	       rv_bind_certificate_der(rv_buf_span(&file), out, err);
}
