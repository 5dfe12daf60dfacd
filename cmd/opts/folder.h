/* SPDX-License-Identifier: Apache-2.0 */
/* folder.h - folders on disk, for the parts of the library that read some. */
#ifndef RV_CMD_FOLDER_H
#define RV_CMD_FOLDER_H

#include <refval.h>

/* Is @path a folder? "-" never is. */
bool rv_is_folder(const char *path);
/* The folder at @path, which is borrowed. */
struct rv_folder rv_folder_at(const char *path);

#endif
