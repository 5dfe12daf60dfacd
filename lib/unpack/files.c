/* SPDX-License-Identifier: Apache-2.0 */
/* files.c - the files of an image that was read. */
#include "unpack.h"
#include <stdlib.h>

void rv_image_free(struct rv_image *image)
{
	for (size_t i = 0; i < image->n; i++) {
		rv_free(&image->file[i].name);
		rv_buf_free(&image->file[i].data);
	}
	rv_free(&image->file);
	rv_free(&image->name);
	rv_metadata_free(&image->metadata);
	*image = (struct rv_image){ 0 };
}

const struct rv_image_file *rv_image_find(const struct rv_image *image,
					  const char *name)
{
	for (size_t i = 0; i < image->n; i++)
		if (strcmp(image->file[i].name, name) == 0)
			return &image->file[i];
	return NULL;
}
